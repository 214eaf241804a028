"""Who is no longer on the roster is found, listed, confirmed, told and let in nowhere; who came back is again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from kiosk.domain.queue import day_of
from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange import notices
from kiosk.records import planning
from kiosk.records.site_tables import Site, Slot, SlotAssignment
from kiosk.records.tables import Student
from tests.web.conftest import Web


@pytest.fixture
def planned(web: Web) -> Web:
    """Students 1 and 2 are due in the slot that runs now; 2 was taken off the roster."""
    now = web.desk.now
    with web.desk.database.write() as session:
        session.add(Site(id=1, code="hall", name="Hall", waiting_metres=5))
        session.flush()
        session.add(
            Slot(
                id=1, public_id="1" * 32, campaign_id=1, site_id=1, day=day_of(now), capacity=9,
                starts_at=now - timedelta(minutes=5), ends_at=now + timedelta(minutes=25),
            )
        )  # fmt: skip
        session.flush()
        for student in (1, 2):
            session.add(SlotAssignment(slot_id=1, student_id=student, state="due", assigned_at=now, by="test"))
    remove(web, 2)
    return web


def remove(web: Web, student: int, removed: bool = True) -> None:
    with web.desk.database.write() as session:
        when = web.desk.now if removed else None
        session.execute(update(Student).where(Student.id == student).values(removed_at=when))


def test_the_staff_search_finds_nobody_who_was_removed(planned: Web) -> None:
    page = planned.staff("operator")

    def ids() -> list[int]:
        rows: Any = page.post("/api/students", {"q": "学生"}).json
        return [row["id"] for row in rows]

    assert ids() == [1, 3, 4, 5, 6]
    remove(planned, 2, removed=False)
    assert ids() == [1, 2, 3, 4, 5, 6]


def test_nobody_who_was_removed_is_confirmed_without_a_card(planned: Web) -> None:
    with pytest.raises(Refusal) as refused:
        planned.desk.staff("confirm_without_card", student=2, station="kiosk-1")
    assert refused.value.code is Code.STUDENT_UNKNOWN
    remove(planned, 2, removed=False)
    assert planned.desk.staff("confirm_without_card", student=2, station="kiosk-1")["visit"]


def test_the_card_of_somebody_who_was_removed_is_refused(planned: Web) -> None:
    with pytest.raises(Refusal) as refused:
        planned.desk.card(2)
    assert refused.value.code is Code.NOT_ON_ROSTER


def test_the_usher_waits_for_nobody_who_was_removed(planned: Web) -> None:
    told: Any = planned.staff("usher").get("/api/usher").json
    (slot,) = told["slots"]
    assert (slot["due"], slot["came"], len(slot["missing"])) == (1, 0, 1)


def test_lists_and_notices_of_a_slot_leave_out_who_was_removed(planned: Web) -> None:
    with planned.desk.database.read() as session:
        campaign = planning.campaign(session, "autumn")
        assert campaign is not None
        (sheet,) = notices.sheets(session, campaign)
    assert [student.id for _, student in sheet.people] == [1]
