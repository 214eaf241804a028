"""Whether a shot may be accepted, and whether an accepted one still counts."""

from __future__ import annotations

from kiosk.domain.judgement import Verdict

#: Staff's decisions on a shot.
ACCEPT, REJECT = "accept", "reject"


def acceptable(verdict: str, staff_decision: str | None, deliverable: bool) -> bool:
    """Whether the student may accept the shot.

    `deliverable` says whether a crop was possible at all. Staff's word beats the machine's; without it a shot that
    passed or that the machine can't judge may be accepted, the latter being shown to staff.
    """
    if not deliverable or staff_decision == REJECT:
        return False
    return staff_decision == ACCEPT or verdict in (Verdict.PASS, Verdict.ASK)
