"""Staff settle a student's report of wrong data."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import select

from kiosk.actions import stations, visits
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, USHER, Outcome, Transaction, action
from kiosk.domain.states import VisitState
from kiosk.records.tables import DataReport


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR, USHER), needs_reason=True)
def resolve_report(tx: Transaction, visit: str, resolution: Literal["continue", "cancel"]) -> Outcome:
    """DATA_REPORTED → CONFIRMING, to be confirmed again by the student, or CANCELLED."""
    found = visits.by_id(tx, visit)
    visits.require(tx, found, VisitState.DATA_REPORTED)
    for report in tx.session.scalars(
        select(DataReport).where(DataReport.visit_id == found.id, DataReport.resolved_at.is_(None))
    ):
        report.resolved_at, report.resolution = tx.now, (tx.reason or "")[:400]
    tx.detail["resolution"] = resolution
    if resolution == "continue":
        visits.move(tx, found, VisitState.CONFIRMING)
    else:
        visits.move(tx, found, VisitState.CANCELLED, "data_report")
        stations.hide(tx, found)
    return visits.outcome(found)
