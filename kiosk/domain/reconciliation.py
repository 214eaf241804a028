"""The evening's sum: everybody who was due or came stands in exactly one place, and a difference has a name.

    due + came without a place = photographed + refused + observation + absent + cancelled + open

`open` must be 0 once the session is closed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.states import PHOTOGRAPHED, VisitState

#: End code of a visit that was cancelled out of observation: a new one must not be the way around the measurement.
UNDER_OBSERVATION = "observation"
#: End codes of a visit that was ended because the site closed, and of one that goes on on another day.
CLOSED, MOVED = "closed", "moved"


class Outcome(StrEnum):
    """What became of a person on the day; texts: `evening.outcome.<value>`."""

    PHOTOGRAPHED = "photographed"
    REFUSED = "refused"  # declaration not passed
    OBSERVATION = "observation"  # stopped by the temperature, or left out of observation
    ABSENT = "absent"
    CANCELLED = "cancelled"  # came and left without a photo that counts
    OPEN = "open"  # still inside, or still awaited


class Absence(StrEnum):
    """Why somebody who was due did not come; texts: `evening.why.<value>`."""

    NO_SHOW = "no_show"
    PHOTOGRAPHED_BEFORE = "photographed_before"  # has a photo from another day
    ELSEWHERE = "elsewhere"  # came to another site or campaign on the day
    OFF_ROSTER = "off_roster"  # no longer on the roster
    CLOSED_BEFORE = "closed_before"  # the session was closed before the slot had ended
    AWAITED = "awaited"  # the slot has not ended


#: Why somebody who came and was accepted has no photo that counts.
PHOTO_REJECTED = "photo_rejected"
#: Outcomes from the strongest word to the weakest, for a person with several visits.
_RANK = (Outcome.PHOTOGRAPHED, Outcome.OPEN, Outcome.OBSERVATION, Outcome.REFUSED, Outcome.CANCELLED)


@dataclass(frozen=True, slots=True)
class Seen:
    """One visit of the day: where it stands, why it ended, whether staff rejected the photo that was accepted."""

    state: VisitState
    end_code: str | None = None
    photo_rejected: bool = False


def outcome_of(visit: Seen) -> tuple[Outcome, str]:
    """Outcome of one visit and why, a word of `evening.why.*`; empty for a photo that counts."""
    state = visit.state
    if state in PHOTOGRAPHED:
        if visit.photo_rejected:
            return Outcome.CANCELLED, PHOTO_REJECTED
        return (Outcome.PHOTOGRAPHED, "") if state is VisitState.DONE else (Outcome.OPEN, state.value)
    if state is VisitState.REFUSED:
        return Outcome.REFUSED, visit.end_code or state.value
    if state is VisitState.ESCALATED:
        return Outcome.OBSERVATION, visit.end_code or state.value
    if state is VisitState.CANCELLED:
        observed = visit.end_code == UNDER_OBSERVATION
        return Outcome.OBSERVATION if observed else Outcome.CANCELLED, visit.end_code or state.value
    return Outcome.OPEN, state.value


def of_person(visits: Sequence[Seen], absence: Absence) -> tuple[Outcome, str]:
    """Where a person stands in the sum: the strongest word of their visits, or `absence` where there is none."""
    if not visits:
        return (Outcome.OPEN if absence is Absence.AWAITED else Outcome.ABSENT), absence.value
    return min((outcome_of(visit) for visit in visits), key=lambda found: _RANK.index(found[0]))


@dataclass(frozen=True, slots=True)
class Sum:
    """Due and walked in on one side, the outcomes on the other; people."""

    due: int
    walked_in: int
    outcomes: dict[str, int]  # every Outcome.value, also those that nobody has

    @property
    def expected(self) -> int:
        """The left side."""
        return self.due + self.walked_in

    @property
    def holds(self) -> bool:
        """Whether both sides are equal and nobody is open."""
        return self.expected == sum(self.outcomes.values()) and self.outcomes[Outcome.OPEN.value] == 0

    def to_json(self) -> dict[str, object]:
        """`{"due", "walked_in", "outcomes", "holds"}`."""
        return {"due": self.due, "walked_in": self.walked_in, "outcomes": self.outcomes, "holds": self.holds}


def total(people: Iterable[tuple[bool, Outcome]]) -> Sum:
    """The sum over everybody; `(due, outcome)` of each."""
    due = walked_in = 0
    counted: Counter[Outcome] = Counter()
    for was_due, outcome in people:
        due, walked_in = due + was_due, walked_in + (not was_due)
        counted[outcome] += 1
    return Sum(due, walked_in, {outcome.value: counted[outcome] for outcome in Outcome})
