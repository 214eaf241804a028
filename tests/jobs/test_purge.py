"""Personal data is removed when its days are over; what was removed stands in a record, also after kill -9."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from kiosk.domain.campaign import RETENTION_DAYS
from kiosk.jobs import purge
from kiosk.jobs.context import Stopped
from kiosk.records import audit
from kiosk.records.site_tables import PurgeRecord
from kiosk.records.tables import Audit, Campaign, Declaration, TemperatureReading
from kiosk.settings import ROOT
from tests.actions.conftest import any_desk, bare_desk, desk, migrated_file
from tests.actions.desk import Desk
from tests.jobs.purging import MANY, context_of, fill

__all__ = ["any_desk", "bare_desk", "desk", "migrated_file"]


def left(desk: Desk) -> int:
    with desk.database.read() as session:
        query = select(func.count()).select_from(Declaration).where(Declaration.purged_at.is_(None))
        return session.scalar(query) or 0


def records(desk: Desk) -> list[tuple[str, int, bool]]:
    with desk.database.read() as session:
        rows = session.scalars(select(PurgeRecord).order_by(PurgeRecord.id))
        return [(row.kind, row.rows, row.ended_at is not None) for row in rows]


def test_answers_are_kept_as_long_as_the_campaign_says(desk: Desk) -> None:
    desk.to_queue(1)
    with desk.database.write() as session:
        session.execute(update(Campaign).values(retention={"answers": 14, "temperatures": 30}))
    desk.later(days=14)
    assert not purge.is_due(desk.database, desk.settings, desk.now)
    assert purge.run(context_of(desk)) == {"rows": {}}
    desk.later(days=1)
    assert purge.is_due(desk.database, desk.settings, desk.now)
    assert purge.run(context_of(desk)) == {"rows": {"answers": 1}}
    with desk.database.read() as session:
        row = session.scalars(select(Declaration)).one()
        assert (row.answers, row.failed_questions, row.passed, row.ruleset) == ({}, [], True, "ningxia-2020")
        assert session.scalars(select(TemperatureReading)).one().celsius == 36.5
        said = session.scalars(select(Audit).where(Audit.action == "purge")).one().detail
        assert said == {"campaign": "autumn", "kind": "answers", "rows": 1, "before": "2026-11-24"}
        assert audit.verify(session)[1] is None
    desk.later(days=20)
    assert purge.run(context_of(desk, run="2" * 32)) == {"rows": {"temperatures": 1}}
    assert records(desk) == [("answers", 1, True), ("temperatures", 1, True)]
    assert not purge.is_due(desk.database, desk.settings, desk.now)


def test_what_is_removed_is_not_left_in_the_file(desk: Desk) -> None:
    desk.card(1)
    desk.kiosk("confirm")
    visit = str(desk.front())
    with desk.database.write() as session:
        found = desk.visit(visit)
        session.add(
            Declaration(
                visit_id=found.id, ruleset="x", ruleset_version="1", answers={"q": "SECRET-ANSWER" * 9},
                passed=True, failed_questions=[], signed_at=desk.now,
            )
        )  # fmt: skip
    desk.later(days=60)
    purge.run(context_of(desk))
    desk.database.close()
    file = Path(desk.database.url.removeprefix("sqlite:///"))
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    assert b"SECRET-ANSWER" not in file.read_bytes()


def test_it_works_on_each_database(any_desk: Desk) -> None:
    any_desk.to_queue(1)
    any_desk.later(days=60)
    assert purge.is_due(any_desk.database, any_desk.settings, any_desk.now)
    assert purge.run(context_of(any_desk)) == {"rows": {"answers": 1, "temperatures": 1}}
    assert not purge.is_due(any_desk.database, any_desk.settings, any_desk.now)


def test_a_stopped_run_goes_on_with_the_same_record(desk: Desk) -> None:
    fill(desk)
    asked = iter(range(100))

    def stop(_share: float) -> None:
        if next(asked) == 2:
            raise Stopped

    with pytest.raises(Stopped):
        purge.run(context_of(desk, progress=stop))
    assert (left(desk), records(desk)) == (MANY - 400, [("answers", 400, False)])
    assert purge.is_due(desk.database, desk.settings, desk.now)
    assert purge.run(context_of(desk)) == {"rows": {"answers": MANY}}
    assert records(desk) == [("answers", MANY, True)]


def test_a_run_that_was_given_up_is_ended_by_the_next(desk: Desk) -> None:
    fill(desk)

    def stop(_share: float) -> None:
        if left(desk) < MANY:
            raise Stopped

    with pytest.raises(Stopped):
        purge.run(context_of(desk, progress=stop))
    assert purge.run(context_of(desk, run="2" * 32)) == {"rows": {"answers": MANY - 200}}
    assert records(desk) == [("answers", 200, True), ("answers", MANY - 200, True)]


@pytest.mark.faults
@pytest.mark.parametrize("where", ["between", "inside"])
def test_a_worker_killed_in_the_middle_has_removed_what_its_record_says(desk: Desk, where: str) -> None:
    fill(desk)
    done = subprocess.run(
        [sys.executable, "-m", "tests.jobs.purging", desk.database.url, str(desk.settings.data), where],
        cwd=ROOT, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL
    with desk.database.read() as session:
        removed = session.scalar(select(PurgeRecord.rows)) or 0
    assert 0 < removed < MANY
    assert left(desk) == MANY - removed
    assert purge.run(context_of(desk)) == {"rows": {"answers": MANY}}
    assert (left(desk), records(desk)) == (0, [("answers", MANY, True)])


def test_every_kind_that_a_campaign_may_name_is_removed_by_something() -> None:
    assert set(purge.KINDS) == set(purge.REMOVE) == set(RETENTION_DAYS)


def test_a_campaign_without_a_word_has_the_usual_days(desk: Desk) -> None:
    with desk.database.read() as session:
        campaign = session.scalars(select(Campaign)).one()
    assert purge.cut(campaign, "answers", desk.now) == date(2026, 11, 23) - timedelta(days=30)
    moved: dict[str, Any] = {"answers": 0}
    campaign.retention = moved
    assert purge.cut(campaign, "answers", desk.now) == date(2026, 11, 23)
