"""Which PIN is good enough to open a locked tablet: six digits that a bystander does not guess within five tries.

The rules are ours: a PIN protects a session that is open anyway, on a device that is here, for a few minutes. What
the rules refuse is what fingers do by themselves: rows, repetitions, mirror images, walks over the keypad.
"""

from __future__ import annotations

from itertools import pairwise

#: Digits of a PIN.
LENGTH = 6
#: Different digits that it needs at least.
DIFFERENT = 3
#: Walks over the keypad of a telephone, which no rule below knows.
_WALKS = ("147258", "147852", "258369", "258963", "159753", "357159", "159357", "753159", "741852", "963852")


def is_well_formed(pin: str) -> bool:
    """Whether it is six of the digits 0–9."""
    return len(pin) == LENGTH and pin.isascii() and pin.isdigit()


def is_weak(pin: str) -> bool:
    """Whether a well-formed PIN is guessed at once."""
    digits = [int(digit) for digit in pin]
    steps = {(after - before) % 10 for before, after in pairwise(digits)}
    repeated = any(pin == pin[:size] * (LENGTH // size) for size in (1, 2, 3))
    doubled = pin[0::2] == pin[1::2]
    return (
        len(set(digits)) < DIFFERENT
        or steps <= {1}
        or steps <= {9}
        or steps in ({2}, {8})
        or repeated
        or doubled
        or pin == pin[::-1]
        or not {pin, pin[::-1]}.isdisjoint(_WALKS)
    )
