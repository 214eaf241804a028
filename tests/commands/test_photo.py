"""What `kiosk photo` must print and which status it must leave."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from kiosk import settings as settings_module
from kiosk.commands.photo import command
from kiosk.domain.id_numbers import make_synthetic
from kiosk.photo.models import FILES

PERSON = "T000486"


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good still of the studio as a file."""
    from kiosk.photo.studio import Studio

    settings = settings_module.load()
    portrait = settings.portraits / "people" / f"{PERSON}.jpg"
    if not portrait.is_file() or not all((settings.assets / "models" / name).is_file() for name in FILES):
        pytest.skip("portraits or face models are missing")
    path = tmp_path_factory.mktemp("stills") / "still.png"
    cv2.imwrite(str(path), Studio(portrait, 1280, 960).frame(0.0))
    return path


def _run(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(command, [str(item) for item in arguments])
    return result.exit_code, result.stdout, result.stderr


def test_a_good_photo_passes_with_the_json_of_the_contract(still: Path) -> None:
    status, out, _ = _run("check", still, "--json")
    assert status == 0
    lines = out.splitlines()
    assert len(lines) == 1
    said = json.loads(lines[0])
    assert list(said) == ["file", "profile", "verdict", "checks"]
    assert (said["file"], said["profile"], said["verdict"]) == (str(still), "chsi-2017-99", "pass")
    for check in said["checks"]:
        assert list(check) == ["code", "value", "unit", "low", "high", "passed", "hint"]


def test_of_several_files_the_worst_counts_and_none_stops_the_others(still: Path, tmp_path: Path) -> None:
    wall = tmp_path / "wall.png"
    cv2.imwrite(str(wall), np.full((480, 640, 3), 200, np.uint8))
    empty = tmp_path / "empty.jpg"
    empty.touch()
    status, out, _ = _run("check", still, wall, "--json")
    assert status == 1
    assert [json.loads(line)["verdict"] for line in out.splitlines()] == ["pass", "fail"]
    status, out, _ = _run("check", empty, wall, still, "--json")
    assert status == 2
    said = [json.loads(line) for line in out.splitlines()]
    assert [item["verdict"] for item in said] == [None, "fail", "pass"]
    assert said[0]["refusal"] == "picture_empty"


def test_people_read_it_in_their_language(still: Path, tmp_path: Path) -> None:
    wall = tmp_path / "wall.png"
    cv2.imwrite(str(wall), np.full((480, 640, 3), 200, np.uint8))
    assert "不合格" in _run("check", wall, "--lang", "zh_CN")[1]
    assert "Not passed" in _run("check", wall, "--lang", "en")[1]
    assert "合格" in _run("check", still, "--lang", "zh_CN")[1]


def test_make_writes_the_file_of_the_profile(still: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jpg"
    status, said, _ = _run("make", still, out, "--profile", "dianda-2013", "--lang", "en")
    assert status == 0
    assert "480×640" in said
    assert cv2.imread(str(out)).shape == (640, 480, 3)


def test_make_writes_nothing_without_a_face(tmp_path: Path) -> None:
    wall, out = tmp_path / "wall.png", tmp_path / "out.jpg"
    cv2.imwrite(str(wall), np.full((480, 640, 3), 200, np.uint8))
    if not all((settings_module.load().assets / "models" / name).is_file() for name in FILES):
        pytest.skip("face models are missing")
    assert _run("make", wall, out)[0] == 1
    assert not out.exists()


def test_an_unknown_profile_is_a_usage_error() -> None:
    status, _, err = _run("check", "x.jpg", "--profile", "nobody")
    assert status == 2
    assert "chsi-2017-99" in err


def test_profiles_are_listed_and_shown_with_source_and_grade() -> None:
    status, out, _ = _run("profiles", "--lang", "en")
    assert status == 0
    assert "us-visa" in out
    status, out, _ = _run("profiles", "chsi-2017-99", "--lang", "en")
    assert "50 to 110 px (grade C)" in out


def test_a_profile_is_drawn_into_a_file(tmp_path: Path) -> None:
    out = tmp_path / "drawing.svg"
    status, said, _ = _run("profiles", "social-card", "--drawing", out, "--lang", "en")
    assert status == 0
    assert str(out) in said
    assert "Social security card" in out.read_text("utf-8")
    assert _run("profiles", "--drawing", out)[0] == 2


def test_a_folder_is_checked_and_counted(still: Path, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    (folder / "deeper").mkdir(parents=True)
    (folder / "deeper" / "good.png").write_bytes(still.read_bytes())
    (folder / "broken.jpg").write_bytes(still.read_bytes()[:999])
    (folder / "notes.txt").write_text("no picture")
    status, out, err = _run("check", folder, "--lang", "en")
    assert status == 2
    assert "2 files: 1 passed, 0 for staff to decide, 0 not passed, 1 unreadable" in out
    assert "broken.jpg" in err


def test_a_batch_tells_its_counts_and_leaves_its_reports(still: Path, tmp_path: Path) -> None:
    folder, out = tmp_path / "photos", tmp_path / "out"
    folder.mkdir()
    number = make_synthetic(date(1990, 1, 1), 7)
    (folder / f"{number}.png").write_bytes(still.read_bytes())
    assert _run("batch", folder, "--out", folder)[0] == 2
    status, said, _ = _run("batch", folder, "--out", out, "--jobs", "1", "--json")
    assert (status, json.loads(said)["passed"]) == (0, 1)
    assert sorted(path.name for path in out.iterdir() if path.is_file()) == ["report.html", "report.xlsx"]
    assert (out / "passed" / f"{number}.jpg").is_file()
    (folder / "IMG_1.jpg").write_bytes(b"")
    status, said, _ = _run("batch", folder, "--out", out, "--jobs", "1", "--lang", "en")
    assert status == 1
    assert "2 files: 1 passed, 0 for staff to decide, 0 not passed, 1 not processed" in said
