"""What people hand in by mistake, at the command line: a sentence and a status, nothing half done."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from kiosk.cli import main
from kiosk.i18n import text
from kiosk.photo.studio import Scene, Studio
from kiosk.records.database import Database
from kiosk.records.tables import Student
from kiosk.settings import Settings
from tests.exchange.conftest import database, empty_records, settings
from tests.exchange.rosters import student, with_sheet, write
from tests.photo.conftest import engine, models, people, studio

__all__ = ["database", "empty_records", "engine", "models", "people", "settings", "studio"]

CAMPAIGN = "open-2027-spring"


def kiosk(*words: object) -> Result:
    """`kiosk <words>`."""
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def own_records(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The command line works on the records of the test, in English."""
    config = tmp_path / "kiosk.toml"
    config.write_text(f'data_dir = "{settings.data.as_posix()}"\n', "utf-8")
    monkeypatch.setenv("KIOSK_CONFIG", str(config))
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    return settings


def _none(folder: Path) -> Path:
    (folder / "none.xlsx").write_bytes(b"\xff\xd8\xff\xe0 a picture" * 50)
    return folder / "none.xlsx"


def _encrypted(folder: Path) -> Path:
    compound = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1016)
    (folder / "locked.xlsx").write_bytes(compound + "EncryptedPackage".encode("utf-16-le") + bytes(992))
    return folder / "locked.xlsx"


def _headless(folder: Path) -> Path:
    return write(folder / "headless.xlsx", [{"甲": "1", "乙": "2"}], ["甲", "乙"])


def _endless(folder: Path) -> Path:
    rows = (
        b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>x</t></is></c></row>' % (row, row)
        for row in range(1, 200_001)
    )
    return with_sheet(folder / "endless.xlsx", write(folder / "good.xlsx", [student(1)]), rows)


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (_none, "file_not_a_workbook"),
        (_encrypted, "file_encrypted"),
        (_headless, "file_no_header"),
        (_endless, "file_too_large"),
    ],
)
def test_a_workbook_that_cannot_be_a_roster_is_named_and_nothing_is_imported(
    own_records: Settings, database: Database, tmp_path: Path, made: Callable[[Path], Path], code: str
) -> None:
    result = kiosk("roster", "import", made(tmp_path), "--campaign", CAMPAIGN)
    assert result.exit_code == 1
    assert text("en", f"refusal.{code}.staff").partition("{")[0] in result.output
    assert "Traceback" not in result.output
    with database.read() as session:
        assert session.scalar(select(func.count(Student.id))) == 0


def _huge_png() -> bytes:
    header = b"IHDR" + (30_000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    chunk = (13).to_bytes(4, "big") + header + zlib.crc32(header).to_bytes(4, "big")
    return b"\x89PNG\r\n\x1a\n" + chunk + bytes(4000)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 no picture", _huge_png()], ids=["empty", "none", "30000"])
def test_a_picture_that_is_none_or_endless_is_unreadable(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "photo.png"
    file.write_bytes(content)
    for words in (("check", file, "--json"), ("make", file, tmp_path / "out.jpg")):
        result = kiosk("photo", *words)
        assert result.exit_code == 2, words
        assert "Traceback" not in result.output
    assert not (tmp_path / "out.jpg").exists()


def test_a_picture_without_a_face_and_one_with_two_fail_for_that_reason(
    studio: Callable[[str], Studio], tmp_path: Path
) -> None:
    room = studio("T000486")
    room.scene = Scene({"two_people": 1.0})
    cv2.imwrite(str(tmp_path / "two.png"), room.frame(0.0))
    cv2.imwrite(str(tmp_path / "wall.png"), np.full((960, 720, 3), (219, 142, 67), np.uint8))
    for name, code in (("two.png", "second_face"), ("wall.png", "face_count")):
        result = kiosk("photo", "check", tmp_path / name, "--json")
        assert result.exit_code == 1
        failed = {check["code"] for check in json.loads(result.stdout)["checks"] if check["passed"] is False}
        assert code in failed
    result = kiosk("photo", "make", tmp_path / "wall.png", tmp_path / "out.jpg")
    assert result.exit_code != 0
    assert not (tmp_path / "out.jpg").exists()


def test_a_picture_that_a_person_must_look_at_ends_with_3(studio: Callable[[str], Studio], tmp_path: Path) -> None:
    room = studio("T000486")
    room.scene = Scene({"head_cover": 0.7})
    cv2.imwrite(str(tmp_path / "hat.png"), room.frame(0.0))
    result = kiosk("photo", "check", tmp_path / "hat.png", "--json")
    said = json.loads(result.stdout)
    assert (result.exit_code, said["verdict"]) == (3, "ask")
    assert [check["code"] for check in said["checks"] if check["passed"] is None] == ["head_cover"]
