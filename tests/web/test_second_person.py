"""A grave override takes two people at the same tablet."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from kiosk.domain.refusals import Code, Refusal
from kiosk.records.tables import Audit, Student
from kiosk.web.tries import MOST, WITHIN_SECONDS, Tries
from tests.web.conftest import PASSWORD, Web


def late_student(web: Web) -> dict[str, Any]:
    with web.desk.database.write() as session:
        row = session.get_one(Student, 1)
        row.late = True
    return {"student": 1, "station": "kiosk-1", "reason": "told by headquarters", "override": ["roster_late"]}


def test_two_agree_and_both_stand_in_the_audit(web: Web) -> None:
    press = late_student(web)
    web.add_staff("operator", "second")
    page = web.staff("administrator")
    alone = page.act("confirm_without_card", **press)
    assert alone.json is not None and alone.json["refusal"]["code"] == "second_person_required"
    agreed = page.act("confirm_without_card", **press, second={"login": " Second ", "password": PASSWORD})
    assert agreed.status_code == 200
    with web.desk.database.read() as session:
        row = session.scalars(select(Audit).order_by(Audit.sequence.desc())).first()
        assert row is not None and row.actor == "staff:the-administrator"
        assert row.detail["second"] == "second" and row.detail["overridden"] == ["roster_late"]
        assert PASSWORD not in str(row.detail)


@pytest.mark.parametrize(
    ("login", "password"),
    [("the-administrator", PASSWORD), ("the-usher", PASSWORD), ("second", "wrong password"), ("nobody", PASSWORD)],
)
def test_who_is_no_second_person(web: Web, login: str, password: str) -> None:
    press = late_student(web)
    web.add_staff("operator", "second")
    web.add_staff("usher")
    answer = web.staff("administrator").act(
        "confirm_without_card", **press, second={"login": login, "password": password}
    )
    assert answer.json is not None and answer.json["refusal"]["code"] == "second_person_invalid"
    assert web.desk.front() is None


def test_guessing_ends_after_a_few_tries(web: Web) -> None:
    press = late_student(web)
    web.add_staff("operator", "second")
    page = web.staff("administrator")
    wrong = {"login": "second", "password": "wrong password"}
    for _ in range(MOST):
        page.act("confirm_without_card", **press, second=wrong)
    answer = page.act("confirm_without_card", **press, second={"login": "second", "password": PASSWORD})
    assert answer.json is not None and answer.json["refusal"]["code"] == "too_many_attempts"


def test_tries_are_forgotten_after_their_time_and_after_the_right_one() -> None:
    now = 0.0
    tries = Tries(clock=lambda: now)
    for _ in range(MOST):
        tries.check("door")
        tries.failed("door")
    with pytest.raises(Refusal) as caught:
        tries.check("door")
    assert caught.value.code is Code.TOO_MANY_ATTEMPTS
    tries.check("another door")
    now = WITHIN_SECONDS + 1
    tries.check("door")
    tries.failed("door")
    tries.right("door")
    assert "door" not in tries.known
