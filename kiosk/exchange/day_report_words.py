"""The words of a day's report that PDF and workbook share: times, people, reasons, decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from kiosk.domain.reconciliation import Outcome
from kiosk.domain.states import VisitState
from kiosk.exchange.notices import group_of
from kiosk.i18n import catalog, text
from kiosk.records.day_balance import Line
from kiosk.records.day_figures import OWN_WISH, Stop
from kiosk.records.site_tables import Slot
from kiosk.records.tables import Audit, Campaign, Visit

#: Titles of a row about a person, below `evening.column.`.
PERSON = ("number", "name", "student_number", "group", "slot", "outcome", "why")


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language on the site's clock."""

    language: str
    zone: ZoneInfo

    def say(self, key: str, /, **values: object) -> str:
        """The text of `evening.<key>`."""
        return text(self.language, f"evening.{key}", **values)

    def clock(self, moment: datetime | None, form: str = "%Y-%m-%d %H:%M") -> str:
        """A moment as the site's clock showed it."""
        return moment.astimezone(self.zone).strftime(form) if moment is not None else "–"

    def title(self, campaign: Campaign) -> str:
        """What the campaign is called."""
        return campaign.title_zh if self.language == "zh_CN" else campaign.title_en

    def slot(self, slot: Slot | None) -> str:
        """`09:00–09:30`."""
        if slot is None:
            return "–"
        return f"{self.clock(slot.starts_at, '%H:%M')}–{self.clock(slot.ends_at, '%H:%M')}"

    def why(self, line: Line) -> str:
        """Why somebody has no photo; where somebody is who is still inside."""
        return self.because(line.why)

    def because(self, code: str) -> str:
        """The text of an end, an absence or a state."""
        if not code:
            return ""
        known = catalog(self.language)
        for key in (f"evening.why.{code}", f"staff.state.{code}", f"refusal.{code}.title"):
            if key in known:
                return known[key]
        return code

    def person(self, line: Line, who: tuple[str, str], brief: bool = False) -> list[str]:
        """The cells of `PERSON`; `who`: name and student number as they may be shown; `brief`: the class alone."""
        group = ""
        if line.student is not None:
            group = line.student.class_name if brief and line.student.class_name else group_of(line.student)
        return [
            str(line.number or "–"),
            who[0] or "–",
            who[1] or "–",
            group or "–",
            self.slot(line.slot),
            self.say(f"outcome.{line.outcome.value}"),
            self.why(line),
        ]

    def decision(self, row: Audit) -> list[str]:
        """Time, what, by whom, the second person, the reason."""
        what = text(self.language, f"action.{row.action}")
        aside = [self.rule(str(code)) for code in row.detail.get("overridden", [])]
        if aside:
            what += self.say("paper.set_aside", rules="、".join(aside))
        second = str(row.detail.get("second", "–"))
        return [self.clock(row.at, "%H:%M"), what, login(row.actor), second, row.reason or ""]

    def rule(self, code: str) -> str:
        """The short name of a refusal."""
        return catalog(self.language).get(f"refusal.{code}.title", code)

    def retake(self, code: str) -> str:
        """Why a photo was taken again."""
        if code == OWN_WISH:
            return self.say("paper.own_wish")
        known = catalog(self.language)
        return known.get(f"photo.check.{code}") or known.get(f"staff.check.{code}", code)

    def refusal(self, code: str) -> str:
        """Why somebody was not photographed, as staff read it."""
        known = catalog(self.language)
        return known.get(f"staff.day.refused.{code}") or known.get(f"refusal.{code}.title", code)

    def stop(self, stop: Stop) -> list[str]:
        """Time, number, readings, what came of it."""
        readings = "　".join(f"{celsius:.1f} ℃" for celsius, _abnormal in stop.readings)
        return [
            self.clock(stop.since, "%H:%M"),
            str(stop.visit.number or "–"),
            readings or "–",
            self.ended(stop.visit),
        ]

    def ended(self, visit: Visit) -> str:
        """Where a visit stands or how it ended."""
        state = VisitState(visit.state)
        if state is VisitState.CANCELLED and visit.end_code:
            return self.because(visit.end_code)
        return text(self.language, f"staff.state.{state.value}")

    def parts(self, outcomes: dict[str, int]) -> str:
        """`已拍 5 + 未到 1`: every outcome, the open ones only where there are any."""
        shown = [name for name in Outcome if name is not Outcome.OPEN or outcomes[name.value]]
        named = [self.say("sum.part", name=self.say(f"outcome.{one}"), count=outcomes[one]) for one in shown]
        return " + ".join(named)


def login(actor: str) -> str:
    """`li` of `staff:li`; what did it by itself keeps its kind."""
    kind, _, name = actor.partition(":")
    return name if kind == "staff" and name else actor
