"""Each kind of data of the way to the registry goes when its days are over; the audit and what must stay stay."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk.domain.campaign import RETENTION_DAYS
from kiosk.jobs import purge
from kiosk.records import audit, queue
from kiosk.records.registry_tables import (
    CopyRequest,
    HandOut,
    Package,
    Payment,
    RegistryResult,
    ResultImport,
    StudentCheck,
    UploadLink,
)
from kiosk.records.tables import Audit, Base
from kiosk.settings import ROOT
from tests.actions.conftest import bare_desk, desk, migrated_file
from tests.actions.desk import Desk
from tests.jobs.purging import context_of

__all__ = ["bare_desk", "desk", "migrated_file"]

BY = "staff:test"


def link(desk: Desk) -> Base:
    return UploadLink(token_sha256="t", student_id=1, expires_at=desk.now, by=BY, created_at=desk.now)


def package(desk: Desk) -> Base:
    return Package(
        public_id="p" * 32, campaign_id=1, profile="chsi-2017-99",
        parts=[{"name": "p.zip", "sha256": "", "bytes": 1}], manifest_sha256="m",
        key_id="k", by=BY, made_at=desk.now,
    )  # fmt: skip


def check(desk: Desk) -> Base:
    return StudentCheck(
        public_id="c" * 32, campaign_id=1, student_id=1, confirmed=False, fields=["name"], note="my name is wrong",
        at=desk.now, resolved_at=desk.now, resolution="corrected",
    )  # fmt: skip


def payment(desk: Desk, number: int = 1) -> Base:
    return Payment(
        public_id=f"{number:032d}", campaign_id=1, student_id=1, kind="paid", cents=1500,
        receipt_number=f"N{number}", by=BY, at=desk.now,
    )  # fmt: skip


def hand_out(desk: Desk) -> Base:
    return HandOut(campaign_id=1, student_id=1, kind="prints", way="collected", by=BY, at=desk.now)


def copy(desk: Desk) -> Base:
    return CopyRequest(
        public_id="r" * 32, campaign_id=1, student_id=1, asked_by="phone", asked_at=desk.now, decision="granted",
        token_sha256="x" * 64, expires_at=desk.now,
    )  # fmt: skip


def add(desk: Desk, *rows: Base) -> None:
    with desk.database.write() as session:
        session.add_all(rows)


def rows(session: Session, table: type[Base]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize(
    ("kind", "make", "table"),
    [
        ("uploads", link, UploadLink),
        ("payments", payment, Payment),
        ("hand_outs", hand_out, HandOut),
        ("copies", copy, CopyRequest),
    ],
)
def test_rows_go_when_their_days_are_over_and_not_before(
    desk: Desk, kind: str, make: Callable[[Desk], Base], table: type[Base]
) -> None:
    add(desk, make(desk))
    desk.later(days=RETENTION_DAYS[kind])
    assert purge.run(context_of(desk)) == {"rows": {}}
    desk.later(days=1)
    assert purge.is_due(desk.database, desk.settings, desk.now)
    assert purge.run(context_of(desk, run="2" * 32)) == {"rows": {kind: 1}}
    assert not purge.is_due(desk.database, desk.settings, desk.now)
    with desk.database.read() as session:
        assert rows(session, table) == 0
        said = session.scalars(select(Audit).where(Audit.action == "purge")).one().detail
        assert (said["kind"], said["rows"]) == (kind, 1)
        assert audit.verify(session)[1] is None


def test_a_packages_files_go_and_the_record_of_it_stays(desk: Desk) -> None:
    folder: Path = desk.settings.data / queue.PACKAGES
    folder.mkdir(parents=True)
    (folder / "p.zip").write_bytes(b"PK")
    (folder / "other.zip").write_bytes(b"PK")
    add(desk, package(desk))
    desk.later(days=RETENTION_DAYS["packages"] + 1)
    assert purge.run(context_of(desk)) == {"rows": {"packages": 1}}
    assert [file.name for file in folder.iterdir()] == ["other.zip"]
    with desk.database.read() as session:
        assert session.scalars(select(Package)).one().purged_at == desk.now
    assert not purge.is_due(desk.database, desk.settings, desk.now)


def test_a_students_note_goes_once_it_is_settled(desk: Desk) -> None:
    still_open = check(desk)
    still_open.public_id, still_open.resolved_at = "d" * 32, None  # type: ignore[attr-defined]
    add(desk, check(desk), still_open)
    desk.later(days=RETENTION_DAYS["checks"] + 1)
    assert purge.run(context_of(desk)) == {"rows": {"checks": 1}}
    with desk.database.read() as session:
        kept = session.scalars(select(StudentCheck).order_by(StudentCheck.id)).all()
        assert [(row.note, row.fields) for row in kept] == [("", ["name"]), ("my name is wrong", ["name"])]


def test_the_registrys_words_go_and_its_answer_stays(desk: Desk) -> None:
    add(desk, ResultImport(campaign_id=1, file_name="a.xlsx", file_sha256="f", counts={}, by=BY, at=desk.now))
    add(
        desk,
        RegistryResult(
            import_id=1, campaign_id=1, student_id=1, linked=False, reason="eyes", reason_text="words", at=desk.now
        ),
    )
    desk.later(days=RETENTION_DAYS["results"] + 1)
    assert purge.run(context_of(desk)) == {"rows": {"results": 1}}
    with desk.database.read() as session:
        kept = session.scalars(select(RegistryResult)).one()
        assert (kept.linked, kept.reason, kept.reason_text) == (False, "eyes", "")


def test_payments_stay_together_until_the_last_one_is_old(desk: Desk) -> None:
    add(desk, payment(desk))
    desk.later(days=100)
    add(desk, payment(desk, 2))
    desk.later(days=RETENTION_DAYS["payments"] - 50)
    assert purge.run(context_of(desk)) == {"rows": {}}
    desk.later(days=51)
    assert purge.run(context_of(desk, run="2" * 32)) == {"rows": {"payments": 2}}


def test_the_guide_says_of_each_kind_how_long_it_is_kept() -> None:
    guide = (ROOT / "docs" / "administrators.md").read_text("utf-8")
    for kind, days in RETENTION_DAYS.items():
        assert f"`retention.{kind}`, {days}" in guide, kind
