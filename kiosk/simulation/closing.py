"""The end of a simulated day: the session is closed, everybody is accounted for, the report is proved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kiosk.domain.refusals import Refusal
from kiosk.exchange import day_report_check
from kiosk.settings import Settings
from kiosk.signing import Signer
from kiosk.simulation import papers
from kiosk.simulation.clock import SiteClock
from kiosk.simulation.door import Door, Refused
from kiosk.simulation.floor import Course
from kiosk.simulation.installation import CAMPAIGN, Seat, until
from kiosk.simulation.morning import Account, log_in
from kiosk.simulation.plan import Result, Story

#: Real seconds that the worker may take for the report.
REPORT_SECONDS = 240.0
#: Where the product counts each end of a day; `kiosk.domain.reconciliation`.
OUTCOMES = {
    Result.PHOTOGRAPHED: "photographed", Result.REFUSED: "refused", Result.ESCALATED: "observation",
    Result.CANCELLED: "cancelled", Result.LEFT: "absent", Result.ABSENT: "absent",
}  # fmt: skip


@dataclass
class Closing:
    """What the evening found. `problems` are sentences without names."""

    due: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def expected(courses: Sequence[Course]) -> tuple[int, dict[str, int]]:
    """Who was due at the site that day and how they ended, as the students themselves would tell it."""
    due = [
        course for course in courses
        if papers.is_on(course.student, "51161") and course.student.story is not Story.WRONG_DAY
    ]  # fmt: skip
    counted = Counter(OUTCOMES[course.result] for course in due if course.result)
    return len(due), dict(counted)


def close(seat: Seat, account: Account, courses: Sequence[Course], reported: int) -> Closing:
    """Close the session, fetch the signed report and hold it against the courses. Raises `Refused`, `Stuck`.

    `reported`: how many said on their phones that something is wrong.
    """
    found = Closing()
    operator = log_in(seat, account, SiteClock(1.0, 0.0))
    try:
        waiting = len(operator.get("/staff/api/checks")["checks"])
        if waiting != reported:
            found.problems.append(f"{reported} reported something by phone, staff see {waiting}")
        try:
            closed = operator.post("/staff/api/evening/close_session", campaign=CAMPAIGN)["result"]
        except Refused as refused:
            found.problems.append(f"the session does not close: {refused.code}")
            return found
        file = seat.folder / "report.zip"
        file.write_bytes(_report(operator, str(closed["job"])))
    finally:
        operator.close()
    _hold(file, seat.settings, courses, found)
    return found


def _report(operator: Door, job: str) -> bytes:
    def made() -> dict[str, Any] | None:
        report = operator.get("/staff/api/day")["evening"]["report"]
        return report if report and report["job"] == job and report["state"] in ("done", "failed") else None

    until(made, REPORT_SECONDS, "the worker makes the day's report")
    return operator.content(f"/staff/api/evening/reports/{job}.zip")


def _hold(file: Path, settings: Settings, courses: Sequence[Course], found: Closing) -> None:
    try:
        report = day_report_check.verify(file, Signer.of(settings).public_key)
    except Refusal as refusal:
        found.problems.append(f"the report: {refusal.code.value}")
        return
    found.problems += [f"the report: {code} {name}".strip() for code, name in report.problems]
    if not report.manifest["final"] or report.manifest["chain"]["broken_at"] is not None:
        found.problems.append("the report is not final or its audit chain is broken")
    (campaign,) = [row for row in report.manifest["campaigns"] if row["code"] == CAMPAIGN]
    found.due, found.outcomes = campaign["due"], campaign["outcomes"]
    if not campaign["holds"] or campaign["walked_in"]:
        found.problems.append("the sum does not balance")
    due, outcomes = expected(courses)
    counted = {name: count for name, count in found.outcomes.items() if count}
    if (found.due, counted) != (due, outcomes):
        found.problems.append(f"the report says {found.due} due, {counted}; the site says {due} due, {outcomes}")
