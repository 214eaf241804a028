"""What a measure is: a code, a unit, a place in the order of advice, and a pure function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.domain.profiles import Band
from kiosk.photo.sight import Sight


def always(_: Sight) -> bool:
    """A check that every profile and every station asks for."""
    return True


@dataclass(frozen=True)
class Measure:
    """`function` gives the raw value, or None where the picture does not let it be measured.

    `rank`: the lower, the earlier its failure is said: first who is there, then where, then how, then light and
    wall. `low` and `high` are the words of the advice below and above the band (`photo.hint.<code>.<word>`),
    `advice` gives the word where it depends on more; directions are the person's own. `standard`: the name in
    ISO/IEC 29794-5 where it has one. `applies`: False where the profile allows what it looks for, or the station
    has nothing to compare with; it is then no check at all. `band`: what the value is held against where that is
    neither a threshold nor a band of the profile's file.
    """

    code: str
    unit: str
    rank: int
    function: Callable[[Sight], float | None]
    low: str | None = None
    high: str | None = None
    advice: Callable[[Sight], str] | None = None
    standard: str | None = None
    needs_mask: bool = False
    applies: Callable[[Sight], bool] = always
    band: Callable[[Sight], Band | None] | None = None
