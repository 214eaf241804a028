"""Planners let a draft count: it becomes a campaign, or changes the one of its code."""

from __future__ import annotations

from sqlalchemy import func, select

from kiosk.actions import slots
from kiosk.actions.base import STAFF, SYSTEM, Outcome, Transaction, action
from kiosk.actions.save_draft import Id, by_id
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import planning
from kiosk.records.campaigns import checked, values
from kiosk.records.site_tables import Slot
from kiosk.records.tables import Campaign, Visit

#: What can't change once somebody was photographed: their shots were judged and kept under it.
SETTLED = ("identity_mode", "profile", "school_codes")


@action(kinds=(STAFF, SYSTEM), roles=slots.PLANNERS)
def publish_draft(tx: Transaction, draft: Id, version: int) -> Outcome:
    """Write the campaign of the draft that the preview showed, and remove the draft.

    `version` is that of the preview. Answers `{"campaign", "new", "changed": [fields]}`. Raises `Refusal`
    not_found, draft_changed for a draft that was saved since, campaign_invalid, slot_not_empty where slots lie
    outside of the new window.
    """
    row = by_id(tx, draft)
    if row.version != version:
        raise Refusal(Code.DRAFT_CHANGED)
    file, problems = checked(tx.settings, row.content)
    if file is None:
        raise Refusal(Code.CAMPAIGN_INVALID, {"field": problems[0].field, "problem": problems[0].code})
    known = planning.campaign(tx.session, file.code)
    wanted = values(file)
    if known is None:
        tx.session.add(Campaign(active=file.active, source="page", **wanted))
        changed = ["new"]
    else:
        changed = [key for key, value in wanted.items() if getattr(known, key) != value]
        _may_change(tx, known, changed)
        _slots_inside(tx, known, wanted)
        for key in changed:
            setattr(known, key, wanted[key])
        known.source = "page"
        if known.active is not file.active:
            known.active = file.active
            changed.append("active")
    tx.session.delete(row)
    tx.session.flush()
    tx.detail.update({"campaign": file.code, "changed": changed})
    return {"campaign": file.code, "new": known is None, "changed": changed}


def _may_change(tx: Transaction, known: Campaign, changed: list[str]) -> None:
    settled = next((field for field in SETTLED if field in changed), None)
    if settled is None:
        return
    visit = select(Visit.id).where(Visit.campaign_id == known.id).limit(1)
    if tx.session.scalar(visit) is not None:
        raise Refusal(Code.CAMPAIGN_INVALID, {"field": settled, "problem": "settled"})


def _slots_inside(tx: Transaction, known: Campaign, wanted: dict[str, object]) -> None:
    outside = tx.session.scalar(
        select(func.count())
        .select_from(Slot)
        .where(
            Slot.campaign_id == known.id,
            Slot.ends_at > tx.now,
            (Slot.day < wanted["capture_from"]) | (Slot.day > wanted["capture_until"]),
        )
    )
    if outside:
        raise Refusal(Code.SLOT_NOT_EMPTY, {"students": outside})
