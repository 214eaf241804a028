"""Judges and makes many photos in several processes, with a journal from which it goes on after any death.

    out/passed/<name>.jpg   deliverables that passed
    out/ask/<name>.jpg      deliverables about which staff decide
    out/.batch/             journal.jsonl (one line a photo, appended when it is done), thumbs/, workers.log

A line of the journal counts only while the source (size, time of change), the profile, the program and the bytes
of the deliverable are the same as then: what was half written or has changed is done again, nothing else is.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from kiosk.domain.profiles import Profile
from kiosk.domain.refusals import Code
from kiosk.photo import batch_worker
from kiosk.photo.batch_worker import PASSED, STATUSES, WORK, Task, thumb_of

__all__ = ["PASSED", "STATUSES", "Item", "Outcome", "outcomes", "processes", "run"]

JOURNAL = "journal.jsonl"
#: Seconds after which a picture counts as one that hangs the program.
PATIENCE = 120.0
#: How often a picture is begun before it counts as one that stops the program.
_ATTEMPTS = 2
_SYNC_SECONDS = 1.0
_LIBRARIES = ("opencv-python", "pillow", "numpy", "ai-edge-litert")

Outcome = dict[str, Any]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Item:
    """One picture of a batch.

    `relative`: its path below the folder, which names it in journal and report; `name`: what the deliverable is
    called, None where it gets none; `refusal`: why it gets none (code and args), found before it was opened;
    `signs`: JSON of signs found before it was opened.
    """

    path: Path
    relative: str
    name: str | None = None
    refusal: tuple[str, dict[str, Any]] | None = None
    signs: tuple[dict[str, Any], ...] = ()


def processes() -> int:
    """How many processes use the machine: one a core that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(
    items: Sequence[Item],
    profile: Profile,
    out: Path,
    models: Path,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> None:
    """Do what is not done yet; `outcomes` then tells how it went.

    `progress(done, all)` is called first and after each picture. Memory does not grow with the number of items
    beyond their names. Only one `run` may work on `out` at a time: the caller holds a lock. Raises
    `ModelsMissing`, `OSError` where `out` can't be written.
    """
    work = out / WORK
    for folder in (work / "thumbs", *(out / status for status in batch_worker.DELIVERED)):
        folder.mkdir(parents=True, exist_ok=True)
        for draft in folder.glob(".*.part"):  # of a worker that was killed while it wrote
            draft.unlink()
    engine = _engine(profile)
    journal = _Journal(work / JOURNAL)
    known = journal.lines(engine)
    done = {item.relative for item in items if _holds(item, journal, known.get(item.relative), out)}
    todo = [item for item in items if item.relative not in done]
    _clear(journal, done, todo, out)
    say = progress or (lambda finished, total: None)
    say(len(done), len(items))
    if todo:
        with journal, _Crew(profile, out, models, engine, min(len(todo), max(1, jobs or processes()))) as crew:
            for finished, outcome in enumerate(crew.outcomes(todo), start=len(done) + 1):
                journal.append(outcome)
                say(finished, len(items))


def outcomes(items: Sequence[Item], profile: Profile, out: Path) -> Iterator[Outcome]:
    """What the journal says of every item, in their order, read line by line. Raises `KeyError` for one not done.

    An outcome: `{"file", "status": "passed" | "ask" | "failed" | "refused", "verdict": the judge's or None,
    "refusal": [code, args] | None, "checks", "signs", "output", "output_sha256", "making", "sha256", "bytes",
    "mtime_ns", "width", "height", "asked", "engine"}`; paths are relative to the folder and to `out`.
    """
    journal = _Journal(out / WORK / JOURNAL)
    places = journal.lines(_engine(profile))
    for item in items:
        yield journal.read(places[item.relative])


def _engine(profile: Profile) -> str:
    """What decides an outcome beside the picture, as one digest: program, weights, libraries, profile."""
    return hashlib.sha256(f"{_program()} {profile!r}".encode()).hexdigest()[:16]


@cache
def _program() -> str:
    """Digest of program, weights and libraries as they were when this process first asked."""
    digest = hashlib.sha256()
    here = Path(__file__).parent
    # the virtual studio and the training decide nothing here
    files = [*here.glob("*.py"), *(here / "measures").glob("*.py"), *(here / "data").glob("*")]
    files += [here.parent / "domain" / name for name in ("judgement.py", "profiles.py")]
    for file in sorted(path for path in files if path.is_file()):
        digest.update(file.name.encode() + file.read_bytes())
    for library in _LIBRARIES:
        try:
            digest.update(f"{library} {importlib.metadata.version(library)}".encode())
        except importlib.metadata.PackageNotFoundError:
            digest.update(f"{library} missing".encode())
    return digest.hexdigest()


def _holds(item: Item, journal: _Journal, place: int | None, out: Path) -> bool:
    """Whether the journal's line is still true of the item and of the file that was made."""
    if place is None:
        return False
    line = journal.read(place)
    try:
        now = item.path.stat()
    except OSError:
        now = None
    if (line["bytes"], line["mtime_ns"]) != ((now.st_size, now.st_mtime_ns) if now else (None, None)):
        return False
    if line["asked"] != item_key(item) or (line["refusal"] or [""])[0] == Code.INTERNAL.value:
        return False  # a fault of the program is tried again
    if not thumb_of(out, item.relative).exists() and line["width"]:
        return False
    if line["output"] is None:
        return True
    try:
        return hashlib.sha256((out / line["output"]).read_bytes()).hexdigest() == line["output_sha256"]
    except OSError:
        return False


def _clear(journal: _Journal, done: set[str], todo: Sequence[Item], out: Path) -> None:
    """Remove what earlier runs made of the pictures that are done anew: a pass must not outlive its verdict."""
    before = journal.lines(None)
    kept = {journal.read(before[relative])["output"] for relative in done}
    for item in todo:
        old = journal.read(before[item.relative])["output"] if item.relative in before else None
        if old is not None and old not in kept:
            (out / old).unlink(missing_ok=True)


def item_key(item: Item) -> list[Any]:
    """What was asked of an item, as it stands in the journal."""
    refusal = None if item.refusal is None else [item.refusal[0], dict(item.refusal[1])]
    key: list[Any] = json.loads(json.dumps([item.name, refusal, list(item.signs)]))
    return key


class _Journal:
    """The lines that were written; only where each stands is kept in memory."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: Any = None
        self._synced = 0.0

    def lines(self, engine: str | None) -> dict[str, int]:
        """Where the last whole line of each file stands, of those that `engine` wrote; None: whoever wrote it."""
        places: dict[str, int] = {}
        if not self._path.exists():
            return places
        with self._path.open("rb") as file:
            place = 0
            for line in file:
                if line.endswith(b"\n"):
                    try:
                        found = json.loads(line)
                        if engine in (None, found["engine"]):
                            places[found["file"]] = place
                    except (ValueError, KeyError, TypeError):
                        pass  # a line torn by a power cut: its photo is done again
                place += len(line)
        return places

    def read(self, place: int) -> Outcome:
        """The line at `place`."""
        with self._path.open("rb") as file:
            file.seek(place)
            found: Outcome = json.loads(file.readline())
        return found

    def append(self, outcome: Outcome) -> None:
        """Write a line; at most a second of work is unsynced when the power goes."""
        self._file.write(json.dumps(outcome, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        self._file.flush()
        if time.monotonic() - self._synced > _SYNC_SECONDS:
            self._sync()

    def _sync(self) -> None:
        os.fsync(self._file.fileno())
        self._synced = time.monotonic()

    def __enter__(self) -> _Journal:
        self._file = self._path.open("ab")
        with self._path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 1))
            torn = size > 0 and file.read(1) != b"\n"
        if torn:
            self._file.write(b"\n")
        return self

    def __exit__(self, *_: object) -> None:
        self._sync()
        self._file.close()


@dataclass
class _Hand:
    """One worker process, what it does, and until when it may."""

    process: multiprocessing.process.BaseProcess
    line: Connection
    ready: bool = False
    doing: int | None = None
    until: float = 0.0


@dataclass
class _Crew:
    """The worker processes. A worker that dies or hangs is replaced; its picture is tried once more."""

    profile: Profile
    out: Path
    models: Path
    engine: str
    count: int
    hands: list[_Hand] = field(default_factory=list)

    def __enter__(self) -> _Crew:
        try:
            self.hands = [self._hire() for _ in range(self.count)]
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for hand in self.hands:
            self._dismiss(hand)
        self.hands = []

    def _hire(self) -> _Hand:
        # spawned: a fork of a process with threads may hang, and a worker must not inherit the other lines
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        arguments = (theirs, self.profile, str(self.out), str(self.models), self.engine)
        process = context.Process(target=batch_worker.main, args=arguments, daemon=True, name="photo-batch")
        with _deaf(), _one_thread():
            process.start()
        theirs.close()  # the worker holds the only other end: our death ends it, its death is seen here
        return _Hand(process, ours)

    @staticmethod
    def _dismiss(hand: _Hand) -> None:
        hand.line.close()
        hand.process.join(5 if hand.doing is None else 0)
        if hand.process.is_alive():
            hand.process.kill()
            hand.process.join()
        hand.process.close()

    def outcomes(self, todo: Sequence[Item]) -> Iterator[Outcome]:
        """The outcomes as they come. Raises `ModelsMissing`, `OSError`."""
        waiting = list(range(len(todo) - 1, -1, -1))
        attempts = [0] * len(todo)
        left = len(todo)
        while left:
            for hand in self.hands:
                if hand.ready and hand.doing is None and waiting:
                    self._give(hand, todo, waiting.pop())
            busy = [hand.line for hand in self.hands if not hand.ready or hand.doing is not None]
            ready = wait(busy, timeout=1.0)
            for number, hand in enumerate(self.hands):
                place = hand.doing
                if not hand.ready and hand.line in ready:
                    self._begin(hand)
                if place is None:
                    continue
                outcome: Outcome | None = None
                if hand.line in ready:
                    outcome = self._take(hand)
                elif time.monotonic() < hand.until:
                    continue
                if outcome is None:  # it died or hangs
                    self._dismiss(hand)
                    self.hands[number] = self._hire()
                    attempts[place] += 1
                    if attempts[place] < _ATTEMPTS:
                        waiting.append(place)
                        continue
                    outcome = _stopped(todo[place], self.engine)
                hand.doing = None
                left -= 1
                yield outcome

    def _give(self, hand: _Hand, todo: Sequence[Item], place: int) -> None:
        item = todo[place]
        hand.doing, hand.until = place, time.monotonic() + PATIENCE
        task = Task(str(item.path), item.relative, item.name, item.refusal, item.signs, item_key(item))
        with suppress(OSError):  # it died before it was asked: seen at the next look as the end of its line
            hand.line.send(task)

    @staticmethod
    def _begin(hand: _Hand) -> None:
        """The worker has loaded its models, or says why not."""
        try:
            trouble = hand.line.recv()
        except (EOFError, OSError) as error:
            raise RuntimeError("a worker could not start; workers.log says more") from error
        if trouble is not None:
            raise trouble
        hand.ready = True

    def _take(self, hand: _Hand) -> Outcome | None:
        try:
            answer = hand.line.recv()
        except (EOFError, OSError):
            return None
        if isinstance(answer, Exception):
            raise answer
        found: Outcome = answer
        return found


@contextmanager
def _deaf() -> Iterator[None]:
    """Processes started here never hear Ctrl+C, which is for us alone; not even before they could ignore it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Processes started here calculate with one thread each.

    numpy reads this once, when it is first imported. With a thread a core, the helpers for one worker's small
    matrix products wait by spinning and take the cores from the other workers: twice the processor time a photo.
    """
    name = "OPENBLAS_NUM_THREADS"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _stopped(item: Item, engine: str) -> Outcome:
    """What is written of a picture at which the program died twice."""
    outcome = batch_worker.blank(item.relative, item_key(item), engine)
    try:
        now = item.path.stat()
        outcome |= {"bytes": now.st_size, "mtime_ns": now.st_mtime_ns}
    except OSError:
        pass  # it is gone: there is nothing to compare with later
    return outcome | {"refusal": [Code.PICTURE_CRASHED.value, {}], "signs": list(item.signs)}
