"""Fees: where a student stands with their payments, what a statement names as a difference, amounts as words.

Amounts are whole cents. A payment is never changed: what was wrong gets a row against it, so that a student's
standing is always the sum of their rows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

#: Most that one row may say: a hundred thousand yuan.
MOST_CENTS = 10_000_000
_AMOUNT = re.compile(r"(?P<yuan>\d{1,6})(?:\.(?P<cents>\d{1,2})0*)?")
_SIGNS = re.compile(r"[¥￥元\s,]|CNY|RMB", re.IGNORECASE)


class Kind(StrEnum):
    """What a row says. `REVOKED` takes a waiver back, `REFUNDED` a payment."""

    PAID = "paid"
    WAIVED = "waived"
    REFUNDED = "refunded"
    REVOKED = "revoked"


#: First letter of the receipt numbers that we give ourselves, by kind.
PREFIX = {Kind.PAID: "P", Kind.WAIVED: "W", Kind.REFUNDED: "R", Kind.REVOKED: "V"}


class State(StrEnum):
    """Where a student stands; texts `money.state.<value>`."""

    OPEN = "open"
    PAID = "paid"
    PART = "part"
    OVER = "over"
    WAIVED = "waived"
    REFUNDED = "refunded"


class Difference(StrEnum):
    """What a statement names; texts `money.difference.<value>`. The order is that of the lists."""

    PHOTOGRAPHED_NOT_PAID = "photographed_not_paid"
    PAID_NOT_PHOTOGRAPHED = "paid_not_photographed"
    PAID_TWICE = "paid_twice"
    PAID_TOO_LITTLE = "paid_too_little"
    PAID_TOO_MUCH = "paid_too_much"
    WAIVED_AND_PAID = "waived_and_paid"
    REFUND_WITHOUT_PAYMENT = "refund_without_payment"


@dataclass(frozen=True, slots=True)
class Account:
    """A student's rows summed up: cents paid and given back, how often paid, waivers that still count."""

    paid: int = 0
    refunded: int = 0
    times: int = 0  # rows of kind paid that were not given back as a whole
    waivers: int = 0

    @property
    def net(self) -> int:
        """What is in the till for this student; below zero when more was given back than came in."""
        return self.paid - self.refunded

    @property
    def waived(self) -> bool:
        """Whether nothing is owed."""
        return self.waivers > 0

    def state(self, fee: int) -> State:
        """Where the student stands against a fee of so many cents."""
        if self.net > fee:
            return State.OVER
        if self.net == fee and self.times:
            return State.PAID
        if self.net > 0:
            return State.PART
        if self.waived:
            return State.WAIVED
        return State.REFUNDED if self.refunded else State.OPEN

    def settled(self, fee: int) -> bool:
        """Whether nothing more is to be taken: paid in full, waived, or there is no fee."""
        return self.waived or self.net >= fee

    def owed(self, fee: int, verified: bool) -> int:
        """What there should be of this student: the fee for a verified head that is not let off."""
        return fee if verified and not self.waived else 0

    def differences(self, fee: int, verified: bool) -> tuple[Difference, ...]:
        """Everything that does not fit. Nothing is named exactly when what is there is what is owed and no head
        that was not photographed has anything in the till."""
        owed = self.owed(fee, verified)
        found: list[Difference] = []
        if self.net < 0:
            found.append(Difference.REFUND_WITHOUT_PAYMENT)
        if self.waived and self.net > 0:
            found.append(Difference.WAIVED_AND_PAID)
        if not verified and self.net > 0:
            found.append(Difference.PAID_NOT_PHOTOGRAPHED)
        if self.times > 1 and self.net > fee:
            found.append(Difference.PAID_TWICE)
        if self.net > owed and not found:
            found.append(Difference.PAID_TOO_MUCH)
        if self.net < owed and owed:
            found.append(Difference.PAID_TOO_LITTLE if self.net > 0 else Difference.PHOTOGRAPHED_NOT_PAID)
        return tuple(found)


def account(rows: Iterable[tuple[str, int]]) -> Account:
    """Sum up rows of (kind, cents)."""
    paid = refunded = waivers = 0
    payments: list[int] = []
    for kind, cents in rows:
        if kind == Kind.PAID:
            paid += cents
            payments.append(cents)
        elif kind == Kind.REFUNDED:
            refunded += cents
        elif kind == Kind.WAIVED:
            waivers += 1
        elif kind == Kind.REVOKED:
            waivers = max(0, waivers - 1)
    rest, times = refunded, len(payments)
    for cents in sorted(payments):
        if rest < cents:
            break
        rest, times = rest - cents, times - 1
    return Account(paid, refunded, times, waivers)


@dataclass
class Line:
    """One branch of a statement. received = owed + difference, always; amounts in cents."""

    branch: str
    registered: int = 0
    verified: int = 0  # heads with a photo that passed
    waived: int = 0  # verified heads that were let off
    payers: int = 0  # heads with something in the till
    gross: int = 0  # taken in
    refunded: int = 0
    owed: int = 0
    named: dict[str, int] = field(default_factory=dict)  # difference → heads

    @property
    def received(self) -> int:
        """What is in the till."""
        return self.gross - self.refunded

    @property
    def difference(self) -> int:
        """What is there above what is owed; below zero when it lacks."""
        return self.received - self.owed

    def add(self, of: Account, fee: int, verified: bool) -> tuple[Difference, ...]:
        """Count one head in; answers its differences."""
        self.registered += 1
        self.verified += verified
        self.waived += verified and of.waived
        self.payers += of.net > 0
        self.gross += of.paid
        self.refunded += of.refunded
        self.owed += of.owed(fee, verified)
        found = of.differences(fee, verified)
        for each in found:
            self.named[each.value] = self.named.get(each.value, 0) + 1
        return found


def yuan(cents: int) -> str:
    """`15.00` of 1500, `-0.50` of -50."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def cents_of(words: str) -> int | None:
    """Cents of what a list says: `15`, `15.00`, `￥15.5`, `15元`; None for anything else, also for more than
    `MOST_CENTS` and for fractions of a cent."""
    text = _SIGNS.sub("", unicodedata.normalize("NFKC", words))
    found = _AMOUNT.fullmatch(text)
    if found is None:
        return None
    cents = int(found["yuan"]) * 100 + int((found["cents"] or "0").ljust(2, "0"))
    return cents if cents <= MOST_CENTS else None
