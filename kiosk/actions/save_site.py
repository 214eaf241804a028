"""Planners add or change a site: where photos are taken, and what limits how many may come at once."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints
from sqlalchemy import select

from kiosk.actions import slots
from kiosk.actions.base import STAFF, SYSTEM, Outcome, Transaction, action
from kiosk.domain.refusals import Code, Refusal
from kiosk.records.site_tables import OrganisationUnit, Site

Name = Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)]


@action(kinds=(STAFF, SYSTEM), roles=slots.PLANNERS)
def save_site(
    tx: Transaction,
    code: slots.CodeText,
    title: Name,
    waiting_metres: Annotated[float, Field(ge=0, le=1000, strict=False)],
    seats: Annotated[int, Field(ge=1, le=50)],
    student_seconds: Annotated[int, Field(ge=10, le=3600)],
    address: Annotated[str, StringConstraints(max_length=200, strip_whitespace=True)] = "",
    unit: str = "",
    active: bool = True,
) -> Outcome:
    """Write the site of that code; slots that were made already keep their capacity.

    Raises `Refusal` unit_invalid.
    """
    found = tx.session.scalar(select(Site).where(Site.code == code))
    if found is None:
        found = Site(code=code)
        tx.session.add(found)
    owner = None
    if unit:
        owner = tx.session.scalar(select(OrganisationUnit.id).where(OrganisationUnit.code == unit))
        if owner is None:
            raise Refusal(Code.UNIT_INVALID, {"unit": unit, "problem": "no_parent"})
    found.name, found.address, found.unit_id, found.active = title, address, owner, active
    found.waiting_metres, found.seats, found.student_seconds = waiting_metres, seats, student_seconds
    tx.session.flush()
    tx.detail.update({"site": code, "waiting_metres": waiting_metres, "seats": seats, "seconds": student_seconds})
    return {"site": code}
