"""What a staff member may do with a visit now: the buttons of the staff page.

A hint for the page; the actions check again.
"""

from __future__ import annotations

from kiosk.actions.base import find
from kiosk.domain.states import OPEN, PHOTOGRAPHED, SEATED, VisitState, may_move

S = VisitState

#: Action → states in which it makes sense, in the order of the buttons.
STATES: dict[str, frozenset[VisitState]] = {
    "resume": frozenset({S.PARKED}),
    "resolve_report": frozenset({S.DATA_REPORTED}),
    "record_temperature": frozenset({S.TEMPERATURE}),
    "remeasure": frozenset({S.OBSERVATION}),
    "requeue": frozenset({S.CALLED}),
    "recall": frozenset({S.CALLED}),
    "set_priority": OPEN - SEATED,
    "release_shutter": frozenset({S.CAPTURING}),
    "decide_shot": frozenset({S.REVIEW}) | PHOTOGRAPHED,
    "allow_shot": OPEN - {S.ACCEPTED},
    "send_to_observation": frozenset(state for state in S if may_move(state, S.OBSERVATION)),
    "park_visit": frozenset(state for state in S if may_move(state, S.PARKED)),
    "cancel": frozenset(state for state in S if may_move(state, S.CANCELLED)),
}


def for_visit(
    state: str, role: str, in_front: bool = True, bindable: bool = False, held: bool = False, outside: bool = False
) -> list[str]:
    """Names of the actions a member of `role` may use on a visit in `state`.

    `in_front` says whether a kiosk shows the visit: one that is back from observation and shown nowhere is
    resumed. `bindable` says whether a campus card was laid before it that may be bound to its student, `held` and
    `outside` how it waits.
    """
    now = VisitState(state)
    names = [name for name, states in STATES.items() if now in states and role in find(name).roles]
    if not in_front and now in (S.CONFIRMING, S.DECLARING, S.TEMPERATURE) and role in find("resume").roles:
        names.insert(0, "resume")
    if now is S.QUEUED and role in find("hold").roles:
        names += ["release_hold" if held else "hold", *(["let_in"] if outside else [])]
    if bindable and role in find("bind_campus_card").roles:
        names.append("bind_campus_card")
    return names
