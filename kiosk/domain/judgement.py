"""What a photo measured, as plain data: how verdicts travel from the photo engine to pages, records and files.

No pixels here. The JSON form (`to_json`) is the one of `kiosk photo check --json`, of the coaching stream and
of the shot record, so that what the student is told, what staff see and what is delivered never differ.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """`ask` means: the machine can't judge it; a person does. It is never passed in silence."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Check:
    """One measured value against its band.

    `low` and `high` are inclusive, None is open. `passed` None means: the machine can't judge it, ask staff.
    `hint` is the message key of what the person can do (`photo.hint.<...>`).
    """

    code: str
    value: float | None
    unit: str
    low: float | None
    high: float | None
    passed: bool | None
    hint: str

    def to_json(self) -> dict[str, Any]:
        """A dictionary in the order of the fields, ready for `json.dumps`."""
        # by hand: `asdict` copies each value deeply, three milliseconds for the forty checks of a picture
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one picture under one profile. `checks` are ranked: the first failed one is said first."""

    profile: str
    verdict: Verdict
    checks: tuple[Check, ...] = field(default=())

    @property
    def reason(self) -> Check | None:
        """The one check to act on now: the first that failed, else the first that can't be judged."""
        for wanted in (False, None):
            for check in self.checks:
                if check.passed is wanted:
                    return check
        return None

    def to_json(self) -> dict[str, Any]:
        """`{"profile", "verdict", "checks": [...]}`."""
        return {
            "profile": self.profile,
            "verdict": self.verdict.value,
            "checks": [check.to_json() for check in self.checks],
        }


def judgement_from_json(data: dict[str, Any]) -> Judgement:
    """The inverse of `Judgement.to_json`. Raises `KeyError`, `TypeError` or `ValueError` for another shape."""
    return Judgement(
        profile=str(data["profile"]),
        verdict=Verdict(data["verdict"]),
        checks=tuple(Check(**check) for check in data["checks"]),
    )
