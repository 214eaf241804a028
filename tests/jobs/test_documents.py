"""What a job writes to be fetched is there whole and for its owner alone, or not at all."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from kiosk.exchange import statements
from kiosk.jobs import statement
from kiosk.jobs.documents import document, file_of
from kiosk.records import queue
from tests.actions.conftest import bare_desk, desk, migrated_file
from tests.actions.desk import Desk
from tests.jobs.purging import context_of

__all__ = ["bare_desk", "desk", "migrated_file"]


def lying(desk: Desk) -> list[Path]:
    return sorted((desk.settings.data / queue.DOCUMENTS).glob("*"))


def test_a_file_appears_at_the_end_for_its_owner_alone(desk: Desk) -> None:
    context = context_of(desk)
    with document(context, "pdf") as file:
        file.write_bytes(b"%PDF")
        assert [found.name for found in lying(desk)] == [file.name] and file.name.startswith(".")
    (found,) = lying(desk)
    assert (found.name, found.read_bytes()) == (file_of(context, "pdf"), b"%PDF")
    assert stat.S_IMODE(found.stat().st_mode) == 0o600


def test_nothing_written_is_nothing_there(desk: Desk) -> None:
    with document(context_of(desk), "xlsx"):
        pass
    assert lying(desk) == []


def test_a_job_that_breaks_off_leaves_no_half_of_a_file(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(_session: object, _of: object, file: Path, *_more: object) -> dict[str, int]:
        file.write_bytes(b"PK half")
        raise OSError("the disk is gone")

    monkeypatch.setattr(statements, "workbook", half)
    with pytest.raises(OSError, match="gone"):
        statement.run(context_of(desk), campaign="autumn", form="xlsx")
    assert lying(desk) == []
