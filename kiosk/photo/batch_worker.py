"""One worker process of a batch: reads, judges and makes the pictures that it is sent, one after the other."""

from __future__ import annotations

import hashlib
import logging
import os
import signal
import sys
import traceback
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.domain.judgement import Verdict
from kiosk.domain.profiles import Profile
from kiosk.domain.refusals import Code, Refusal

if TYPE_CHECKING:
    import numpy as np

    from kiosk.photo.engine import Engine, Final

log = logging.getLogger(__name__)

PASSED, ASK, FAILED, REFUSED = STATUSES = ("passed", "ask", "failed", "refused")
#: Folders of the deliverables.
DELIVERED = (PASSED, ASK)
#: Folder of the journal, below the batch's own.
WORK = ".batch"
#: Largest width and height of a thumbnail in px, and its quality.
THUMB = (90, 120)
_THUMB_QUALITY = 72


@dataclass(frozen=True)
class Task:
    """What a worker is sent: see `kiosk.photo.batch.Item`. `asked` stands in the journal as it is."""

    path: str
    relative: str
    name: str | None
    refusal: tuple[str, dict[str, Any]] | None
    signs: tuple[dict[str, Any], ...]
    asked: list[Any]


def thumb_of(out: Path, relative: str) -> Path:
    """Where the thumbnail of a picture lies; its name says nothing about a person."""
    return out / WORK / "thumbs" / f"{hashlib.sha256(relative.encode()).hexdigest()[:24]}.jpg"


def blank(relative: str, asked: list[Any], engine: str) -> dict[str, Any]:
    """An outcome before anything is known."""
    unknown = ("verdict", "refusal", "output", "output_sha256", "making", "sha256", "bytes", "mtime_ns")
    sides = {"width": 0, "height": 0, "checks": [], "signs": []}
    return {
        "file": relative, "status": REFUSED, **dict.fromkeys(unknown), **sides, "asked": asked, "engine": engine,
    }  # fmt: skip


def main(line: Connection, profile: Profile, out: str, models: str, engine: str) -> None:
    """Send None once the models are loaded, then answer tasks until the line ends.

    Sends an exception where none can be done: no models, no disk.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the parent's, which ends the line
    # the libraries' remarks would tear the progress bar apart
    with (Path(out) / WORK / "workers.log").open("a", encoding="utf-8") as remarks:
        os.dup2(remarks.fileno(), sys.stderr.fileno() if sys.stderr else 2)
    from kiosk.photo.models import ModelsMissing

    try:
        worker = _Worker(profile, Path(out), Path(models), engine)
    except ModelsMissing as error:
        line.send(error)
        return
    with suppress(EOFError, OSError):  # the parent is done, or died
        line.send(None)
        while True:
            line.send(worker.answer(line.recv()))


class _Worker:
    def __init__(self, profile: Profile, out: Path, models: Path, engine: str) -> None:
        import cv2

        from kiosk.photo.engine import Engine

        cv2.setNumThreads(1)  # the processes share the cores, threads would only fight for them
        self.profile, self.out, self.digest = profile, out, engine
        self.engine: Engine = Engine(models)
        self.engine.warm()

    def answer(self, task: Task) -> dict[str, Any] | Exception:
        """The outcome of one picture, its files written; an exception where no picture could be done."""
        outcome = blank(task.relative, task.asked, self.digest)
        outcome["signs"] = list(task.signs)
        try:
            self._judge(task, outcome)
        except Refusal as refusal:
            outcome["refusal"] = [refusal.code.value, refusal.args_]
        except FileNotFoundError:
            outcome["refusal"] = [Code.PICTURE_UNREADABLE.value, {"cause": "missing"}]
        except OSError as error:
            return error  # a full or broken disk is no fault of the picture
        except Exception as error:  # noqa: BLE001 - one picture must not end the batch; its code says so
            place = traceback.extract_tb(error.__traceback__)[-1]
            log.error("a picture was left out: %s in %s:%s", type(error).__name__, place.name, place.lineno)
            outcome["refusal"] = [Code.INTERNAL.value, {}]
        if task.refusal is not None and outcome["refusal"] is None:
            outcome["refusal"] = list(task.refusal)
        if outcome["refusal"] is not None:
            outcome["status"] = REFUSED
        return outcome

    def _judge(self, task: Task, outcome: dict[str, Any]) -> None:
        from kiosk.photo.origin import signs
        from kiosk.photo.read import file_bytes, read, reader

        path = Path(task.path)
        facts = path.stat()
        outcome |= {"bytes": facts.st_size, "mtime_ns": facts.st_mtime_ns}
        data = file_bytes(path)
        outcome["sha256"] = hashlib.sha256(data).hexdigest()
        picture = read(data)
        outcome["height"], outcome["width"] = (int(side) for side in picture.bgr.shape[:2])
        phones = self.profile.switch("phone_pictures") is True
        found = [sign.to_json() for sign in signs(picture, data, path.name, phones)]
        outcome["signs"] = [*task.signs, *found]
        final = self.engine.final(picture.bgr, self.profile)
        outcome["verdict"] = final.judgement.verdict.value
        outcome["checks"] = [check.to_json() for check in final.judgement.checks]
        outcome["status"] = _status(final, outcome["signs"])
        self._thumb(task.relative, picture.bgr, final)
        if final.deliverable is None or task.name is None or outcome["status"] not in DELIVERED:
            return
        outcome["output"] = f"{outcome['status']}/{task.name}"
        outcome["output_sha256"] = hashlib.sha256(final.deliverable).hexdigest()
        outcome["making"] = {**final.making, "reader": reader()}
        _write(self.out / outcome["output"], final.deliverable)

    def _thumb(self, relative: str, original: np.ndarray, final: Final) -> None:
        import cv2
        import numpy as np

        shown = original
        if final.deliverable is not None:
            made = cv2.imdecode(np.frombuffer(final.deliverable, np.uint8), cv2.IMREAD_REDUCED_COLOR_4)
            shown = original if made is None else made
        height, width = shown.shape[:2]
        scale = min(THUMB[0] / width, THUMB[1] / height)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = cv2.resize(shown, size, interpolation=cv2.INTER_AREA)
        _, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _THUMB_QUALITY])
        _write(thumb_of(self.out, relative), data.tobytes())


def _status(final: Final, signs: list[dict[str, Any]]) -> str:
    """The judge's word; a sign of editing makes a pass a question, never a failure."""
    if final.judgement.verdict is Verdict.FAIL or final.deliverable is None:
        return FAILED
    asked = final.judgement.verdict is Verdict.ASK or any(sign["ask"] for sign in signs)
    return ASK if asked else PASSED


def _write(path: Path, data: bytes) -> None:
    """The file appears whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    draft.write_bytes(data)
    draft.replace(path)
