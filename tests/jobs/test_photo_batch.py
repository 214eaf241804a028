"""A whole batch: good, bad and odd files; killed anywhere it goes on, loses and redoes nothing, ends the same."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from openpyxl import load_workbook
from PIL import Image

from kiosk import settings as settings_module
from kiosk.catalogue import tables
from kiosk.domain.id_numbers import make_synthetic
from kiosk.domain.profiles import Profile, profiles_from
from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange.photos import Subject, Subjects
from kiosk.i18n import LANGUAGES
from kiosk.jobs.photo_batch import process
from kiosk.launch.lock import FolderLock
from kiosk.photo import batch, maker
from kiosk.photo.batch import Item
from kiosk.photo.batch_worker import WORK
from kiosk.photo.models import FILES, ModelsMissing
from kiosk.photo.read import read_picture
from kiosk.photo.studio import Studio, choose_portrait
from tests.harness.waiting import until

TODAY = date(2026, 6, 12)
PATIENCE = 120.0


def number(sequence: int) -> str:
    """A synthetic ID number."""
    return make_synthetic(date(1990, 1, 1), sequence)


@pytest.fixture(scope="session")
def models() -> Path:
    """Folder of the face models."""
    folder = settings_module.load().assets / "models"
    if not all((folder / name).is_file() for name in FILES):
        pytest.skip("face models are missing, run the set-up first")
    return folder


@pytest.fixture(scope="session")
def profile() -> Profile:
    """The default profile."""
    return profiles_from(tables(settings_module.ROOT / "config" / "photo_profiles"))["chsi-2017-99"]


@pytest.fixture(scope="session")
def shots(models: Path) -> list[bytes]:
    """Good stills as a camera writes them, none like another."""
    studio = Studio(choose_portrait(settings_module.load()), 1280, 960)
    frames = [studio.frame(0.4 * step) for step in range(8)]
    exif = Image.Exif()
    exif[0x010F] = "Canon"
    found = []
    for frame in frames:
        out = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(frame[..., ::-1])).save(out, "JPEG", quality=93, exif=exif)
        found.append(out.getvalue())
    return found


@pytest.fixture
def run(profile: Profile, models: Path) -> Callable[..., Any]:
    """`run(folder, out, **more)`: a batch in this process with two workers."""

    def do(folder: Path, out: Path, **more: Any) -> Any:
        return process(folder, more.pop("profile", profile), out, models, today=TODAY, jobs=2, **more)

    return do


def _lines(out: Path) -> list[dict[str, Any]]:
    journal = out / WORK / "journal.jsonl"
    if not journal.exists():
        return []
    whole = [line for line in journal.read_bytes().splitlines(keepends=True) if line.endswith(b"}\n")]
    return [json.loads(line) for line in whole]


def _tree(out: Path) -> dict[str, str]:
    """Every delivered file and report with its content's digest."""
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file() and WORK not in path.parts
    }


def _bad_files(folder: Path, good: bytes) -> dict[str, str]:
    """Bad input of every kind under valid names → the code each must have."""
    picture = Image.open(io.BytesIO(good))
    frames: dict[str, Any] = {"save_all": True, "append_images": [picture.resize((64, 64))], "duration": 90}

    def saved(kind: str, image: Image.Image = picture, **more: Any) -> bytes:
        out = io.BytesIO()
        image.save(out, kind, **more)
        return out.getvalue()

    head = good[: good.index(b"\xff\xc0") + 5]
    bomb = head + b"\xff\xff\xff\xff" + good[good.index(b"\xff\xc0") + 9 :]
    small = picture.resize((64, 64))
    contents = {
        "picture_empty": b"",
        "picture_truncated": good[: len(good) // 2],
        "picture_format": b"%PDF-1.7\n%\xe2\xe3\n",
        "picture_animated": saved("GIF", small.convert("P"), **frames),
        "picture_too_large": bomb,
        "picture_unreadable": bytes(range(64)),
    }
    expected = {}
    for place, (code, content) in enumerate(contents.items()):
        name = f"{number(100 + place)}.jpg"
        (folder / name).write_bytes(content)
        expected[name] = code
    return expected


def test_every_bad_file_has_its_code_and_the_batch_goes_on(
    tmp_path: Path, shots: list[bytes], run: Callable[..., Any]
) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    expected = _bad_files(folder, shots[0])
    wall = np.full((960, 1280, 3), 200, np.uint8)
    for place, picture in enumerate((wall, _drawing(), _animal(), _two(shots), _half(shots), _red_wall(shots))):
        cv2.imwrite(str(folder / f"{number(200 + place)}.png"), picture)
    odd = Image.open(io.BytesIO(shots[1]))
    odd.convert("CMYK").save(folder / f"{number(300)}.jpg", quality=95)
    odd.convert("L").save(folder / f"{number(301)}.jpg", quality=95)
    deep = np.asarray(odd.convert("L")).astype(np.uint16) * 257
    Image.fromarray(deep).save(folder / f"{number(302)}.png")
    for place, turn in enumerate(range(1, 9)):
        exif = Image.Exif()
        exif[0x0112] = turn
        _stored(odd, turn).save(folder / f"{number(310 + place)}.jpg", quality=93, exif=exif)
    (folder / f"{number(1)}.jpg").write_bytes(shots[0])
    counted = run(folder, out)
    lines = {line["file"]: line for line in _lines(out)}
    assert counted.files == len(lines) == len(list(folder.iterdir()))
    assert {name: lines[name]["refusal"] and lines[name]["refusal"][0] for name in expected} == expected
    reasons = [_reason(lines[f"{number(200 + place)}.png"]) for place in range(6)]
    assert reasons[0] == "face_count"
    assert reasons[1] in ("face_count", "real_face")  # a drawing
    assert reasons[2] is not None  # an animal: to the models a drawn snout may be a masked face
    assert reasons[3] == "second_face"
    assert reasons[4] is not None
    assert reasons[5] == "wall_colour"
    for place in range(6):
        assert lines[f"{number(200 + place)}.png"]["status"] == "failed", place
    signs = {name: {sign["code"] for sign in line["signs"]} for name, line in lines.items()}
    assert "cmyk" in signs[f"{number(300)}.jpg"]
    assert "grey" in signs[f"{number(301)}.jpg"]
    assert "deep" in signs[f"{number(302)}.png"]
    assert lines[f"{number(301)}.jpg"]["status"] != "passed"
    widths = {lines[f"{number(310 + place)}.jpg"]["width"] for place in range(8)}
    assert widths == {1280}, "every turn must be brought upright"
    assert {lines[f"{number(310 + place)}.jpg"]["verdict"] for place in range(8)} == {
        lines[f"{number(1)}.jpg"]["verdict"]
    }
    assert lines[f"{number(1)}.jpg"]["status"] == "passed"


def _reason(line: dict[str, Any]) -> str | None:
    return next((check["code"] for check in line["checks"] if check["passed"] is False), None)


def _stored(upright: Image.Image, turn: int) -> Image.Image:
    """How a camera stores the picture under that EXIF orientation."""
    t = Image.Transpose
    back = {
        2: t.FLIP_LEFT_RIGHT, 3: t.ROTATE_180, 4: t.FLIP_TOP_BOTTOM, 5: t.TRANSPOSE,
        6: t.ROTATE_90, 7: t.TRANSVERSE, 8: t.ROTATE_270,
    }.get(turn)  # fmt: skip
    return upright if back is None else upright.transpose(back)


def _pixels(data: bytes) -> np.ndarray:
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert found is not None
    return found


def _two(shots: list[bytes]) -> np.ndarray:
    one = _pixels(shots[0])[:, 240:1040]
    return np.hstack([one, one[:, ::-1]])


def _half(shots: list[bytes]) -> np.ndarray:
    return np.ascontiguousarray(_pixels(shots[0])[:, 640:])


def _red_wall(shots: list[bytes]) -> np.ndarray:
    picture = _pixels(shots[2])
    hsv = cv2.cvtColor(picture, cv2.COLOR_BGR2HSV)
    blue = (hsv[..., 0] > 90) & (hsv[..., 0] < 125) & (hsv[..., 1] > 90)
    picture[blue] = picture[blue][:, ::-1]
    return picture


def _drawing() -> np.ndarray:
    """A face of lines on the blue wall."""
    picture = np.full((960, 1280, 3), (255, 197, 100), np.uint8)
    cv2.circle(picture, (640, 430), 190, (20, 20, 20), 8)
    for x in (570, 710):
        cv2.circle(picture, (x, 390), 16, (20, 20, 20), -1)
    cv2.ellipse(picture, (640, 500), (70, 40), 0, 10, 170, (20, 20, 20), 8)
    return picture


def _animal() -> np.ndarray:
    """A drawn dog's head: fur, hanging ears, snout."""
    picture = np.full((960, 1280, 3), (255, 197, 100), np.uint8)
    fur, dark = (70, 120, 170), (30, 50, 80)
    cv2.ellipse(picture, (640, 460), (180, 220), 0, 0, 360, fur, -1)
    for way in (-1, 1):
        cv2.ellipse(picture, (640 + way * 190, 420), (60, 170), way * -12, 0, 360, dark, -1)
        cv2.circle(picture, (640 + way * 75, 400), 22, (20, 20, 20), -1)
    cv2.ellipse(picture, (640, 560), (95, 85), 0, 0, 360, (120, 170, 210), -1)
    cv2.ellipse(picture, (640, 520), (40, 28), 0, 0, 360, (20, 20, 20), -1)
    return picture


@pytest.fixture
def folder(tmp_path: Path, shots: list[bytes]) -> Path:
    """Seven photos, one of them bad, one of an unknown name."""
    made = tmp_path / "in"
    made.mkdir()
    for place, data in enumerate(shots[:5]):
        (made / f"{number(place)}.jpg").write_bytes(data)
    (made / f"{number(10)}.jpg").write_bytes(shots[5][:5000])
    (made / "somebody.jpg").write_bytes(shots[6])
    return made


def _command(folder: Path, out: Path) -> subprocess.Popen[bytes]:
    line = [sys.executable, "-c", "from kiosk.cli import main; main()", "photo", "batch", str(folder)]
    line += ["--out", str(out), "--jobs", "2", "--lang", "zh_CN"]
    return subprocess.Popen(
        line, cwd=settings_module.ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.faults
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc to see the workers end")
def test_killed_anywhere_it_goes_on_redoes_nothing_and_ends_with_the_same_bytes(
    tmp_path: Path, folder: Path, run: Callable[..., Any]
) -> None:
    whole, torn = tmp_path / "whole", tmp_path / "torn"
    run(folder, whole)
    expected = _tree(whole)
    assert {"report.html", "report.xlsx"} < set(expected)
    for after in (1, 4):
        started = _command(folder, torn)
        try:
            until(partial(_has_done, torn, after), PATIENCE, "some photos are done")
        finally:
            started.send_signal(signal.SIGKILL)
            started.wait(PATIENCE)
        until(lambda: not _work_on(torn), PATIENCE, "the workers end with their parent")
    before = [line["file"] for line in _lines(torn)]
    journal = torn / WORK / "journal.jsonl"
    with journal.open("ab") as file:
        file.write(b'{"file": "torn')  # as a power cut leaves it
    run(folder, torn)
    after_all = [line["file"] for line in _lines(torn)]
    assert after_all[: len(before)] == before
    assert len(after_all) == len(set(after_all)) == 7, "nothing is done twice, nothing is left out"
    assert _tree(torn) == expected


def _has_done(out: Path, count: int) -> bool:
    return len(_lines(out)) >= count


def _work_on(out: Path) -> bool:
    """Whether any process still has a file of this batch's folder open: the workers hold their log."""
    wanted = out / WORK / "workers.log"
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if any(link.readlink() == wanted for link in (entry / "fd").iterdir()):
                    return True
            except OSError:
                continue  # it ended meanwhile, or is not ours
    return False


def test_what_changed_is_done_again_and_a_pass_does_not_outlive_its_verdict(
    tmp_path: Path, folder: Path, shots: list[bytes], run: Callable[..., Any]
) -> None:
    out = tmp_path / "out"
    run(folder, out)
    run(folder, out)
    assert len(_lines(out)) == 7
    victim = out / "passed" / f"{number(0)}.jpg"
    victim.write_bytes(victim.read_bytes()[:-1])  # somebody touched the result
    (folder / f"{number(1)}.jpg").write_bytes(shots[7][:9000])  # and a source was replaced by a broken one
    run(folder, out)
    again = [line["file"] for line in _lines(out)[7:]]
    assert sorted(again) == [f"{number(0)}.jpg", f"{number(1)}.jpg"]
    assert not (out / "passed" / f"{number(1)}.jpg").exists()
    assert victim.exists()


def test_another_profile_judges_everything_anew(
    tmp_path: Path, folder: Path, run: Callable[..., Any], profile: Profile
) -> None:
    out = tmp_path / "out"
    run(folder, out)
    blue = profiles_from(tables(settings_module.ROOT / "config" / "photo_profiles"))["icao-35x45"]
    counted = run(folder, out, profile=blue)  # a white wall is wanted
    assert counted.statuses["passed"] == 0
    assert list((out / "passed").iterdir()) == []


def test_the_roster_names_checks_and_misses(tmp_path: Path, folder: Path, run: Callable[..., Any]) -> None:
    out = tmp_path / "out"
    people = [
        Subject(
            {"id_number": number(place), "student_number": f"195100123456{place}", "name": "王小明"}, place + 2
        )
        for place in range(7)
    ]
    counted = run(folder, out, subjects=Subjects(people), language="en")
    assert (counted.files, counted.missing) == (7, 2)
    assert (counted.reasons["photo_not_named"], counted.reasons["picture_truncated"]) == (1, 1)
    for line in _lines(out):
        if line["output"]:  # every deliverable can be made again from its original, bit for bit
            again = maker.remake(read_picture(folder / line["file"]), line["making"])
            assert again == (out / line["output"]).read_bytes()
    page = (out / "report.html").read_text("utf-8")
    assert "2 on the roster without a photo" in page
    assert "王小明" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_reports_stand_by_themselves(
    tmp_path: Path, folder: Path, run: Callable[..., Any], language: str
) -> None:
    out = tmp_path / "out"
    run(folder, out, language=language)
    page = (out / "report.html").read_text("utf-8")
    assert "<script" not in page
    assert not re.search(r"(?:src|href)=[\"'](?!data:)", page)
    assert not re.search(r">(?:batch|photo|refusal)\.[a-z_.]+<", page)
    assert page.count("<img") == 6
    book = load_workbook(out / "report.xlsx")
    sheet = book.worksheets[0]
    assert sheet.max_row == 8
    assert len(sheet._images) == 6
    assert {cell.number_format for cell in sheet[2] if cell.value} == {"@"}
    with zipfile.ZipFile(out / "report.xlsx") as archive:
        assert {part.date_time for part in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_two_at_once_are_refused(tmp_path: Path, folder: Path, run: Callable[..., Any]) -> None:
    out = tmp_path / "out"
    with FolderLock(out / WORK, "lock"), pytest.raises(Refusal) as refused:
        run(folder, out)
    assert refused.value.code is Code.BATCH_BUSY


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a pipe that nobody writes")
def test_a_picture_that_hangs_the_program_is_left_out(
    tmp_path: Path, folder: Path, profile: Profile, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "PATIENCE", 6.0)
    pipe = tmp_path / "pipe.jpg"
    os.mkfifo(pipe)  # whoever reads it waits for ever
    items = [Item(pipe, "pipe.jpg", "a.jpg")]
    items += [Item(path, path.name, path.name) for path in sorted(folder.glob("99*.jpg"))[:2]]
    out = tmp_path / "out"
    (out / WORK).mkdir(parents=True)
    batch.run(items, profile, out, models, 2)
    found = list(batch.outcomes(items, profile, out))
    assert [line["refusal"] and line["refusal"][0] for line in found] == ["picture_crashed", None, None]


def test_without_models_it_says_so(tmp_path: Path, folder: Path, profile: Profile) -> None:
    with pytest.raises(ModelsMissing):
        process(folder, profile, tmp_path / "out", tmp_path, today=TODAY, jobs=1)
