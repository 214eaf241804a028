"""The student says which of the shown data is wrong."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from kiosk.actions import stations, visits
from kiosk.actions.base import KIOSK, Outcome, Transaction, action
from kiosk.domain.states import VisitState
from kiosk.records.tables import DataReport

ReportedField = Literal[
    "name", "sex", "id_number", "student_number", "school_name", "level", "major_name", "branch",
    "teaching_point", "class_name", "code", "other",
]  # fmt: skip


@action(kinds=(KIOSK,))
def report_wrong_data(
    tx: Transaction,
    fields: Annotated[list[ReportedField], Field(min_length=1, max_length=12)],
    note: Annotated[str, StringConstraints(max_length=400)] = "",
    visit: str | None = None,
) -> Outcome:
    """CONFIRMING → DATA_REPORTED; staff decide whether the visit goes on."""
    station = stations.here(tx)
    shown = visits.in_front(tx, station, visit, VisitState.CONFIRMING)
    wrong = sorted(set(fields))
    tx.session.add(DataReport(visit_id=shown.id, fields=wrong, note=note.strip(), at=tx.now))
    tx.detail["reported"] = len(wrong)
    visits.move(tx, shown, VisitState.DATA_REPORTED)
    stations.call_staff(tx, station)
    return visits.outcome(shown)
