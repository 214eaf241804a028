"""What a measure is: a code, a unit, a place in the order of advice, and a pure function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.photo.sight import Sight


@dataclass(frozen=True)
class Measure:
    """`function` gives the raw value, or None where the picture does not let it be measured.

    `rank`: the lower, the earlier its failure is said: first who is there, then where, then how, then light and
    wall. `low` and `high` are the words of the advice below and above the band (`photo.hint.<code>.<word>`),
    `advice` gives the word where it depends on more; directions are the person's own. `standard`: the name in
    ISO/IEC 29794-5 where it has one.
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
