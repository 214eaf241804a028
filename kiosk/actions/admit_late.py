"""Headquarters lets in roster rows that came after the deadline."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from sqlalchemy import select

from kiosk.actions import slots
from kiosk.actions.base import STAFF, Outcome, Transaction, action
from kiosk.domain.refusals import Code, Refusal
from kiosk.records.tables import Student


@action(kinds=(STAFF,), roles=slots.PLANNERS, needs_reason=True)
def admit_late(
    tx: Transaction,
    campaign: str,
    students: Annotated[list[int], Field(min_length=1, max_length=1000)] | None = None,
) -> Outcome:
    """Late rows are collected from now on: those named, or all that are held. They stay marked as late.

    Answers `{"admitted"}`. Raises `Refusal` no_campaign, student_unknown for one that is not held.
    """
    of = slots.campaign_of(tx, campaign)
    query = select(Student).where(Student.campaign_id == of.id, Student.late, Student.late_admitted_at.is_(None))
    if students is not None:
        query = query.where(Student.id.in_(students))
    held = tx.session.scalars(query).all()
    if students is not None and len(held) != len(set(students)):
        raise Refusal(Code.STUDENT_UNKNOWN)
    for row in held:
        row.late_admitted_at, row.late_admitted_by = tx.now, str(tx.actor)
    tx.detail["students"] = len(held)
    return {"admitted": len(held)}
