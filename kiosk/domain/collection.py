"""The four ways in which a photo comes in, and where a photo that came in stands."""

from __future__ import annotations

from enum import StrEnum

from kiosk.domain.judgement import Verdict
from kiosk.domain.review import ACCEPT, REJECT


class Mode(StrEnum):
    """How a photo was taken, in the order of the notices. Values are translation keys (`collection.mode.…`)."""

    OWN = "own"  # the student's own photo
    COMPANY = "company"  # a company that came to the branch
    STUDIO = "studio"  # a photo studio
    KIOSK = "kiosk"  # this kiosk


class Standing(StrEnum):
    """Where a photo stands. Of a student's photos in a campaign at most one is accepted: that one counts."""

    CANDIDATE = "candidate"  # nobody has decided yet
    ACCEPTED = "accepted"
    REPLACED = "replaced"  # it counted until another one took its place
    REJECTED = "rejected"


def of_shot(verdict: str, staff_decision: str | None) -> Standing:
    """Where a kiosk's photo stands that its student accepted: staff's word goes before the judge's."""
    if staff_decision == REJECT:
        return Standing.REJECTED
    if staff_decision == ACCEPT or verdict == Verdict.PASS:
        return Standing.ACCEPTED
    return Standing.CANDIDATE
