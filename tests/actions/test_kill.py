"""`kill -9` in the middle of decisions: nothing that was acknowledged is lost, and everybody goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from kiosk.records import audit
from kiosk.records.tables import Decision, Shot, Visit
from kiosk.settings import ROOT
from tests.actions.desk import Desk

STUDENTS = 4
#: Decisions of one student's way from card to goodbye.
STEPS = 9


def start(desk: Desk) -> subprocess.Popen[str]:
    folder = str(Path(desk.settings.data_dir))
    command = [sys.executable, "-m", "tests.actions.killed", desk.database.url, folder, str(STUDENTS)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def acknowledged(line: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(line)
    return said


@pytest.mark.faults
@pytest.mark.parametrize("until", [1, 7, 13, 26])
def test_nothing_acknowledged_is_lost(desk: Desk, until: int) -> None:
    with start(desk) as child:
        assert child.stdout is not None
        said = [acknowledged(child.stdout.readline()) for _ in range(until)]
        child.kill()
        # What it said between the last line read and its end was acknowledged too; a torn line was not heard.
        said += [
            acknowledged(line) for line in child.stdout.read().splitlines(keepends=True) if line.endswith("\n")
        ]
    with desk.database.read() as session:
        kept = {row.key: row.outcome for row in session.scalars(select(Decision))}
        rows, broken = audit.verify(session)
    assert broken is None
    assert {line["key"]: line["outcome"] for line in said}.items() <= kept.items()
    assert len(kept) <= len(said) + 1  # at most the one decision whose answer nobody heard
    assert rows == len(kept)

    with start(desk) as child:
        assert child.stdout is not None
        again = [acknowledged(line) for line in child.stdout]
    assert child.returncode == 0
    assert [line["outcome"] for line in again[: len(said)]] == [line["outcome"] for line in said]
    assert len(again) == STUDENTS * STEPS
    with desk.database.read() as session:
        assert [visit.state for visit in session.scalars(select(Visit))] == ["done"] * STUDENTS
        assert len(session.scalars(select(Shot)).all()) == STUDENTS
        assert audit.verify(session) == (STUDENTS * STEPS, None)
