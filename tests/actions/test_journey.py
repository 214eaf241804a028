"""The whole way of one student, on each database."""

from __future__ import annotations

import itertools

from sqlalchemy import select

from kiosk.records import audit, collected
from kiosk.records.tables import VisitStateRow
from tests.actions.desk import NINGXIA, Desk, id_number


def test_from_card_to_goodbye(any_desk: Desk) -> None:
    desk = any_desk
    desk.kiosk("begin", language="en")
    visit = str(desk.card(1)["visit"])
    assert desk.front() == visit
    assert desk.visit(visit).language == "en"
    desk.kiosk("confirm", visit=visit)
    assert desk.kiosk("declare", answers=NINGXIA)["passed"] is True
    desk.later(seconds=10)
    assert desk.bridge("take_temperature", visit=visit, celsius=36.4)["number"] == 1
    assert desk.kiosk("call_next")["seat"] == "1"
    desk.kiosk("begin_capture")
    first = desk.shoot(visit, 1)
    desk.kiosk("retake")
    second = desk.shoot(visit, 2)
    assert first != second
    desk.kiosk("accept", shot=second)
    row = desk.visit(visit)
    assert row.receipt_nonce and row.receipt_issued_at == desk.now
    desk.kiosk("finish")
    assert desk.state(visit) == "done"
    station = desk.station()
    assert (station.front_visit_id, station.seat_visit_id, station.language) == (None, None, "zh_CN")
    with desk.database.read() as session:
        history = session.scalars(select(VisitStateRow).order_by(VisitStateRow.id)).all()
        states = [stretch.state for stretch in history]
        assert audit.verify(session)[1] is None
        photo = collected.last_of_person(session, id_number(1))
        assert photo is not None and photo.public_id == second
    assert states == [
        "confirming", "declaring", "temperature", "queued", "called", "capturing", "review", "capturing", "review",
        "accepted", "done",
    ]  # fmt: skip
    for before, after in itertools.pairwise(history):
        assert before.ended_at == after.started_at
    assert history[-1].ended_at is None
