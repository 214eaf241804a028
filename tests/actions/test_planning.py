"""Drafts count for nothing until they are published; organisation and sites are written whole or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from kiosk.domain.campaign import RETENTION_DAYS
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import planning
from kiosk.records.campaigns import of_row
from kiosk.records.site_tables import CampaignDraft, OutboxMessage, Site
from kiosk.records.tables import Campaign
from tests.actions.desk import Desk
from tests.domain.test_campaign import GOOD


def refused(code: Code, desk: Desk, name: str, role: str = "headquarters", /, **arguments: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        desk.staff(name, role, **arguments)
    assert caught.value.code is code
    return caught.value


def draft(desk: Desk, **changes: Any) -> tuple[str, int]:
    found = desk.staff("save_draft", "headquarters", content={**GOOD, **changes})
    return found["draft"], found["version"]


def campaign(desk: Desk, code: str) -> Campaign | None:
    with desk.database.read() as session:
        return planning.campaign(session, code)


def test_a_draft_counts_when_it_is_published(desk: Desk) -> None:
    name, version = draft(desk)
    assert campaign(desk, "round-1") is None
    assert desk.staff("publish_draft", "headquarters", draft=name, version=version) == {
        "campaign": "round-1", "new": True, "changed": ["new"]
    }  # fmt: skip
    found = campaign(desk, "round-1")
    assert found is not None and (found.source, found.slot_minutes, found.late_policy) == ("page", 30, "hold")
    assert found.retention == RETENTION_DAYS
    assert desk.count(CampaignDraft) == 0
    assert of_row(found).code == "round-1"


def test_what_is_wrong_is_kept_and_named_but_never_published(desk: Desk) -> None:
    saved = desk.staff("save_draft", "headquarters", content={"code": "round-1", "shots": 0}, step="how")
    assert {"field": "shots", "code": "invalid", "step": "how"} in saved["problems"]
    told = refused(Code.CAMPAIGN_INVALID, desk, "publish_draft", draft=saved["draft"], version=saved["version"])
    assert told.args_ == {"field": "title", "problem": "missing"}
    refused(Code.BAD_REQUEST, desk, "save_draft", content={"secret": 1})
    refused(Code.BAD_REQUEST, desk, "save_draft", content={"cohort": "x" * 30_000})
    assert campaign(desk, "round-1") is None


def test_two_who_edit_one_draft_do_not_overwrite_each_other(desk: Desk) -> None:
    name, version = draft(desk)
    newer = desk.staff("save_draft", "headquarters", content=GOOD | {"shots": 5}, draft=name, version=version)
    refused(Code.DRAFT_CHANGED, desk, "save_draft", content=GOOD, draft=name, version=version)
    refused(Code.DRAFT_CHANGED, desk, "publish_draft", draft=name, version=version)  # not what the preview showed
    desk.staff("publish_draft", "headquarters", draft=name, version=newer["version"])
    refused(Code.NOT_FOUND, desk, "publish_draft", draft=name, version=newer["version"])


def test_a_campaign_with_visits_keeps_its_standard_and_its_slots_their_days(desk: Desk) -> None:
    desk.card(1)
    desk.staff(
        "save_site", "headquarters", code="hall", title="礼堂", waiting_metres=5, seats=1, student_seconds=180
    )
    desk.staff("make_slots", "headquarters", campaign="autumn", days=["2026-12-30"], opens="09:00", closes="10:00")
    known = campaign(desk, "autumn")
    assert known is not None
    fields = {**of_row(known).model_dump(mode="json")}
    for change, code in (
        ({"profile": "moe-2002-4"}, Code.CAMPAIGN_INVALID),
        ({"capture_until": "2026-12-29"}, Code.SLOT_NOT_EMPTY),
    ):
        saved = desk.staff("save_draft", "headquarters", content={**fields, **change})
        refused(code, desk, "publish_draft", draft=saved["draft"], version=saved["version"])
    saved = desk.staff("save_draft", "headquarters", content={**fields, "shots": 4, "active": False})
    changed = desk.staff("publish_draft", "headquarters", draft=saved["draft"], version=saved["version"])[
        "changed"
    ]
    assert sorted(changed) == ["active", "retention", "shots"]  # its retention is written out now


def test_a_campaign_is_opened_and_closed(desk: Desk) -> None:
    desk.staff("activate_campaign", "headquarters", campaign="autumn", active=False)
    found = campaign(desk, "autumn")
    assert found is not None and not found.active


def test_units_are_a_tree_or_nothing(desk: Desk) -> None:
    unit = {"code": "nx", "kind": "province", "name": "示例开放大学"}
    branch = {"code": "yc", "kind": "branch", "name": "银川分校", "parent": "nx", "email": "yc@school.example"}
    assert desk.staff("save_units", "headquarters", units=[branch, unit]) == {"added": 2, "changed": 0}
    assert desk.staff("save_units", "headquarters", units=[branch, unit]) == {"added": 0, "changed": 0}
    assert (
        refused(Code.UNIT_INVALID, desk, "save_units", units=[{**unit, "parent": "yc"}]).args_["problem"] == "loop"
    )
    refused(Code.UNIT_INVALID, desk, "save_units", units=[{**branch, "code": "b2", "parent": "no"}])
    refused(Code.UNIT_INVALID, desk, "save_units", units=[unit, unit])
    refused(Code.BAD_REQUEST, desk, "save_units", units=[{**unit, "email": "no address"}])
    with desk.database.write() as session:
        for number in (7, 8):
            desk.add_student(session, 1, number, branch="银川分校", teaching_point="金凤", class_name="1班")
    assert desk.staff("save_units", "headquarters", from_roster="autumn") == {"added": 2, "changed": 0}
    with desk.database.read() as session:
        assert [(u.kind.value, u.name, u.parent != "") for u in planning.units(session) if u.kind == "class"] == [
            ("class", "1班", True)
        ]


def test_a_site_is_written_and_changed(desk: Desk) -> None:
    facts = {"code": "hall", "title": "礼堂", "waiting_metres": 5, "seats": 1, "student_seconds": 180}
    desk.staff("save_site", "headquarters", **facts)
    desk.staff("save_site", "headquarters", **{**facts, "seats": 3, "active": False})
    refused(Code.UNIT_INVALID, desk, "save_site", **facts, unit="nowhere")
    refused(Code.BAD_REQUEST, desk, "save_site", **{**facts, "seats": 0})
    with desk.database.read() as session:
        assert [(row.seats, row.active) for row in session.scalars(select(Site))] == [(3, False)]
    refused(Code.SITE_UNKNOWN, desk, "make_slots", campaign="autumn", days=["2026-12-01"], opens="09:00",
            closes="10:00", site="hall")  # fmt: skip


@pytest.mark.parametrize(("state", "code"), [("failed", None), ("unsure", None), ("sent", Code.NOT_NOW),
                                             ("waiting", Code.NOT_NOW)])  # fmt: skip
def test_only_a_message_that_may_not_have_arrived_is_sent_again(desk: Desk, state: str, code: Code | None) -> None:
    with desk.database.write() as session:
        session.add(
            OutboxMessage(
                public_id="m1", key="k", kind="x", to="a@x.example", subject="s", body="b", attachments=[],
                state=state, attempts=3, by="t", created_at=desk.now,
            )
        )  # fmt: skip
    if code is None:
        desk.staff("resend_message", "headquarters", message="m1")
    else:
        refused(code, desk, "resend_message", message="m1")
    refused(Code.NOT_FOUND, desk, "resend_message", message="m2")
    refused(Code.NOT_ALLOWED, desk, "resend_message", "operator", message="m1")
