"""Planners write units of the organisation: from a file, from the page, or as the rosters name them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import select

from kiosk.actions import slots
from kiosk.actions.base import STAFF, SYSTEM, Outcome, Transaction, action
from kiosk.domain import organisation
from kiosk.domain.organisation import ORDER, Kind, Unit
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import planning
from kiosk.records.site_tables import OrganisationUnit
from kiosk.records.tables import Student


class GivenUnit(BaseModel):
    """One unit as pages and files send it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
    kind: Literal["province", "branch", "work_station", "teaching_point", "class"]
    name: Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)]
    parent: Annotated[str, StringConstraints(max_length=40)] = ""
    email: Annotated[str, StringConstraints(max_length=200, pattern=r"^$|^[^@\s]+@[^@\s]+$")] = ""


@action(kinds=(STAFF, SYSTEM), roles=slots.PLANNERS)
def save_units(
    tx: Transaction,
    units: Annotated[list[GivenUnit], Field(max_length=5000)] = [],  # noqa: B006
    from_roster: str = "",
) -> Outcome:
    """Add the units or bring them up to date, by code; `from_roster` (a campaign) adds those its students name.

    Nothing is removed. Answers `{"added", "changed"}`. Raises `Refusal` unit_invalid where the whole would be no
    tree, no_campaign.
    """
    before = planning.units(tx.session)
    given = [Unit(item.code, Kind(item.kind), item.name, item.parent, item.email) for item in units]
    if len({unit.code for unit in given}) != len(given):
        raise Refusal(Code.UNIT_INVALID, {"unit": "", "problem": "twice"})
    if from_roster:
        of = slots.campaign_of(tx, from_roster)
        named = tx.session.execute(
            select(Student.branch, Student.teaching_point, Student.class_name)
            .where(Student.campaign_id == of.id)
            .distinct()
        )
        given += organisation.from_roster([(row[0], row[1], row[2]) for row in named], [*before, *given])
    whole = {unit.code: unit for unit in [*before, *given]}
    wrong = organisation.problems(whole.values())
    if wrong:
        raise Refusal(Code.UNIT_INVALID, {"unit": wrong[0][0], "problem": wrong[0][1]})
    known = {unit.code: unit for unit in before}
    rows = {row.code: row for row in tx.session.scalars(select(OrganisationUnit))}
    added = changed = 0
    for unit in sorted(given, key=lambda unit: ORDER[unit.kind]):  # parents first
        if known.get(unit.code) == unit:
            continue
        row = rows.get(unit.code)
        if row is None:
            row = rows[unit.code] = OrganisationUnit(code=unit.code)
            tx.session.add(row)
            added += 1
        else:
            changed += 1
        row.kind, row.name, row.email = unit.kind.value, unit.name, unit.email
        row.parent_id = rows[unit.parent].id if unit.parent else None
        tx.session.flush()
    tx.detail.update({"added": added, "changed": changed})
    return {"added": added, "changed": changed}
