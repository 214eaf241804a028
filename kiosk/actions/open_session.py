"""Staff open the day's session of a campaign: with the checklist signed, or an administrator with a reason."""

from __future__ import annotations

from kiosk.actions import checklists, slots
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, Outcome, Transaction, action
from kiosk.domain import opening
from kiosk.domain.queue import day_of
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import planning, queries
from kiosk.records.tables import SiteSession


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR))
def open_session(tx: Transaction, campaign: str) -> Outcome:
    """Open today's session. Answers `{"campaign", "missing": [lines]}`.

    Mandatory lines that are not signed keep it closed unless an administrator gives a reason; both stand with the
    session and in the audit. Raises `Refusal` no_campaign, campaign_closed, session_already_open, session_closed,
    opening_incomplete, reason_required.
    """
    of = slots.campaign_of(tx, campaign)
    today = day_of(tx.now)
    if not queries.is_open(of, today):
        window: dict[str, object] = {"from": of.capture_from.isoformat(), "until": of.capture_until.isoformat()}
        raise Refusal(Code.CAMPAIGN_CLOSED, window)
    here = tx.settings.site.code
    known = queries.site_session(tx.session, of.id, today, here)
    if known is not None:
        raise Refusal(Code.SESSION_CLOSED if known.closed_at is not None else Code.SESSION_ALREADY_OPEN)
    listed = checklists.checklist(tx.settings, of.opening)
    missing = opening.missing(listed, planning.opening(tx.session, listed, today, here))
    if missing:
        if tx.actor.role != ADMINISTRATOR:
            raise Refusal(Code.OPENING_INCOMPLETE, {"missing": len(missing)})
        if not (tx.reason or "").strip():
            raise Refusal(Code.REASON_REQUIRED)
    tx.session.add(
        SiteSession(
            campaign_id=of.id, day=today, opened_at=tx.now, site=here, opened_by=str(tx.actor),
            open_reason=tx.reason if missing else None, open_missing=missing,
        )
    )  # fmt: skip
    tx.session.flush()
    tx.detail.update({"checklist": listed.id, "version": listed.version, "missing": missing})
    return {"campaign": of.code, "missing": missing}
