"""Nothing personal reaches a log, however it got into a record."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from kiosk import logs
from kiosk.records.database import Database
from kiosk.settings import Settings

NUMBER = "990101199001010015"
WHO = "欧阳丽娜"
log = logging.getLogger("kiosk.test")


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """The log file of a process that has just set up its log."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    logs.set_up(Settings(data_dir=tmp_path), "web")
    yield tmp_path / "logs" / "web.log"
    for handler in root.handlers:
        handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)


def test_a_line_says_when_who_and_what(file: Path) -> None:
    log.info("the bridge answers")
    assert file.read_text("utf-8").endswith(" INFO kiosk.test: the bridge answers\n")
    assert file.read_text("utf-8")[:4].isdigit()


@pytest.mark.parametrize(
    "text",
    [
        f"card {NUMBER} was read",
        "name=张三",
        'body {"name": "张三", "id_number": "x"}',
        "{'name': '张三'}",
        "GET /kiosk/open?ticket=abcDEF_123-456&next=/",
        "Authorization: Bearer abcDEF_123-456",
        "GET /r/abcDEF_123-456",
        "GET /setup/abcDEF_123-456 200",
        "call 13912345678 back",
        "student_number: 2351161400123",
    ],
)
def test_personal_data_and_secrets_are_starred(file: Path, text: str) -> None:
    log.warning(text)
    written = file.read_text("utf-8")
    for secret in (NUMBER, "张三", "abcDEF_123-456", "13912345678", "2351161400123"):
        assert secret not in written
    assert "*" in written


def test_structured_values_are_starred_by_key(file: Path) -> None:
    log.info("read %s", {"name": "张三", "kind": "id-card", "nested": {"phone": "1"}})
    log.info("read %(name)s of %(kind)s", {"name": "张三", "kind": "id-card"})
    written = file.read_text("utf-8")
    assert "张三" not in written
    assert written.count("id-card") == 2


def test_a_traceback_is_cleaned_too(file: Path) -> None:
    try:
        raise ValueError(f"no such student: {NUMBER}")
    except ValueError:
        log.exception("failed")
    written = file.read_text("utf-8")
    assert "Traceback" in written
    assert NUMBER not in written


def test_warnings_are_also_said_on_the_screen(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(Settings(data_dir=file.parent.parent), "web")  # with the stream that capsys watches
    log.info("quiet")
    log.warning("card %s", NUMBER)
    said = capsys.readouterr().err
    assert "quiet" not in said
    assert said == "WARNING kiosk.test: card ****************15\n"


@given(st.text(max_size=300))
def test_cleaning_takes_any_text_and_is_stable(text: str) -> None:
    assert logs.clean(logs.clean(text)) == logs.clean(text)


@given(st.from_regex(r"99[0-9]{15}[0-9X]", fullmatch=True), st.sampled_from(" ,;:=\"'()[]{}<>/|、，。证"))
def test_a_document_number_is_never_left_whole(number: str, around: str) -> None:
    assert number not in logs.clean(f"x{around}{number}{around}y")


def test_a_full_disk_stops_neither_the_process_nor_floods_the_screen(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    handler = next(each for each in logging.getLogger().handlers if isinstance(each, logs.LogFile))
    log.info("opens the file")
    with monkeypatch.context() as disk:
        disk.setattr(handler, "flush", full)
        log.info("nowhere to go")
    log.info("space again")
    assert "space again" in file.read_text("utf-8")
    assert "Logging error" not in capsys.readouterr().err


def test_a_fault_of_the_database_does_not_tell_whose_row_it_was(file: Path) -> None:
    database = Database(f"sqlite:///{file.parent / 'x.sqlite3'}")
    try:
        with database.write() as session:
            session.execute(text("INSERT INTO nowhere VALUES (:who)"), {"who": WHO})
    except OperationalError:
        log.exception("failed")
    database.close()
    written = file.read_text("utf-8")
    assert "no such table" in written
    assert WHO not in written
