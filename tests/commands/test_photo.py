"""What `kiosk photo` must print and which status it must leave."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from kiosk import settings as settings_module
from kiosk.commands.photo import command
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
