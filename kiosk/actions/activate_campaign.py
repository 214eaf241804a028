"""Planners open or close a campaign for stations and rosters; its data stays."""

from __future__ import annotations

from kiosk.actions import slots
from kiosk.actions.base import STAFF, Outcome, Transaction, action


@action(kinds=(STAFF,), roles=slots.PLANNERS)
def activate_campaign(tx: Transaction, campaign: str, active: bool) -> Outcome:
    """Set whether the campaign is active. Raises `Refusal` no_campaign."""
    of = slots.campaign_of(tx, campaign)
    of.active = active
    tx.detail["active"] = active
    return {"campaign": of.code, "active": active}
