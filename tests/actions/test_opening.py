"""A session opens with its checklist signed, or by an administrator's reason; before that nobody is admitted."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from kiosk.domain.refusals import Code, Refusal
from kiosk.records.site_tables import DeviceCheck, OpeningSignature
from kiosk.records.tables import SiteSession
from tests.actions.desk import Desk

PICTURE = "a" * 64


def refused(code: Code, desk: Desk, name: str, role: str = "administrator", **arguments: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        desk.staff(name, role, **arguments)
    assert caught.value.code is code
    return caught.value


@pytest.fixture
def site(desk: Desk) -> Desk:
    """A site whose sessions open by the checklist."""
    return desk.with_settings(opening={"required": True})


def sign_everything(desk: Desk, but: str = "") -> None:
    facts: dict[str, dict[str, Any]] = {
        "approval": {"picture": PICTURE}, "ways": {}, "curtains": {}, "waiting_area": {}, "temperature_area": {},
        "observation_room": {}, "medic": {"text": "周医生"},
    }  # fmt: skip
    for line, more in facts.items():
        if line != but:
            desk.staff("sign_opening_line", "usher", line=line, **more)
    for line in ("disinfection", "ventilation"):
        if line != but:
            desk.staff("log_hygiene", "medic", line=line, begins="07:30", ends="08:00", place="礼堂")
    if but != "devices":
        check(desk, "kiosk-1", True)


def check(desk: Desk, station: str, passed: bool) -> None:
    with desk.database.write() as session:
        session.add(
            DeviceCheck(day=desk.now.date(), station=station, passed=passed, steps={}, by="li", at=desk.now)
        )


def opened(desk: Desk) -> list[SiteSession]:
    with desk.database.read() as session:
        return list(session.scalars(select(SiteSession)))


def test_nobody_is_admitted_before_the_opening(site: Desk) -> None:
    with pytest.raises(Refusal) as caught:
        site.card(1)
    assert caught.value.code is Code.SESSION_NOT_OPEN
    site.kiosk("leave")
    sign_everything(site)
    assert site.staff("open_session", "operator", reason=None, campaign="autumn")["missing"] == []
    assert site.card(1)["state"] == "confirming"
    assert [(row.opened_by, row.open_reason, row.open_missing) for row in opened(site)] == [("staff:li", None, [])]
    refused(Code.SESSION_ALREADY_OPEN, site, "open_session", campaign="autumn")


@pytest.mark.parametrize("line", ["approval", "waiting_area", "medic", "ventilation", "devices"])
def test_each_mandatory_line_keeps_it_closed(site: Desk, line: str) -> None:
    sign_everything(site, but=line)
    assert refused(Code.OPENING_INCOMPLETE, site, "open_session", "operator", campaign="autumn").args_ == {
        "missing": 1
    }
    refused(Code.REASON_REQUIRED, site, "open_session", reason=" ", campaign="autumn")
    refused(Code.NOT_ALLOWED, site, "open_session", "usher", campaign="autumn")
    assert opened(site) == []
    site.staff("open_session", "administrator", reason="approved by phone", campaign="autumn")
    assert [(row.open_missing, row.open_reason) for row in opened(site)] == [([line], "approved by phone")]


def test_every_kiosk_that_was_checked_must_have_passed(site: Desk) -> None:
    sign_everything(site)
    check(site, "kiosk-2", False)
    refused(Code.OPENING_INCOMPLETE, site, "open_session", "operator", campaign="autumn")
    check(site, "kiosk-2", True)
    site.staff("open_session", "operator", campaign="autumn")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("sign_opening_line", {"line": "no-such"}),
        ("sign_opening_line", {"line": "medic"}),
        ("sign_opening_line", {"line": "approval"}),
        ("sign_opening_line", {"line": "devices"}),
        ("sign_opening_line", {"line": "disinfection"}),
        ("sign_opening_line", {"line": "room_temperature", "number": 50}),
        ("log_hygiene", {"line": "ways", "begins": "07:00", "ends": "08:00"}),
        ("log_hygiene", {"line": "ventilation", "begins": "08:00", "ends": "07:00"}),
        ("log_hygiene", {"line": "ventilation", "begins": "08:00", "ends": "09:30"}),  # it is nine
    ],
)
def test_a_line_without_what_it_asks_for_is_not_signed(site: Desk, name: str, arguments: dict[str, Any]) -> None:
    refused(Code.OPENING_LINE_INVALID, site, name, **arguments)
    assert site.count(OpeningSignature) == 0


def test_a_signature_can_be_taken_back(site: Desk) -> None:
    sign_everything(site)
    site.staff("sign_opening_line", line="curtains", withdraw=True)
    refused(Code.OPENING_INCOMPLETE, site, "open_session", "operator", campaign="autumn")
    refused(Code.NOT_NOW, site, "sign_opening_line", line="curtains", withdraw=True)
    site.staff("sign_opening_line", line="curtains")
    site.staff("open_session", "operator", campaign="autumn")


def test_yesterdays_signatures_open_nothing(site: Desk) -> None:
    sign_everything(site)
    site.later(days=1)
    assert refused(Code.OPENING_INCOMPLETE, site, "open_session", "operator", campaign="autumn").args_ == {
        "missing": 10
    }


def test_a_closed_session_admits_nobody_new(desk: Desk) -> None:
    inside = desk.card(1)["visit"]
    with desk.database.write() as session:
        session.scalars(select(SiteSession)).one().closed_at = desk.now
    assert desk.kiosk("confirm")["visit"] == inside  # who is inside goes on
    with pytest.raises(Refusal) as caught:
        desk.card(2, "kiosk-2")
    assert caught.value.code is Code.SESSION_CLOSED


def test_where_it_is_not_required_the_first_visit_opens(desk: Desk) -> None:
    desk.card(1)
    assert [(row.opened_by, row.open_missing) for row in opened(desk)] == [("", [])]


def test_a_campaign_out_of_its_days_is_not_opened(site: Desk) -> None:
    site.later(days=60)
    refused(Code.CAMPAIGN_CLOSED, site, "open_session", campaign="autumn")
