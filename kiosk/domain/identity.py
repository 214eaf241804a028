"""What showing a card or a code yields: who it says that somebody is, and how sure that is.

Wrong check digits, contradicting dates and expired cards are data with a flag: the campaign's rule decides what
they mean, staff see why. Nothing here is ever logged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from kiosk.domain import id_numbers

#: How a card says that it never expires; also `valid_to` in an identity.
LONG_TERM = "长期"


class Assurance(StrEnum):
    """How sure an identity is, surest first. A campaign says which it takes."""

    CHIP_VERIFIED = "chip_verified"  # read by a security module from the chip of an ID document
    UID_ONLY = "uid_only"  # the number of a campus card: identifies, proves nothing
    CODE = "code"  # a collection code or receipt shown to the camera
    TYPED = "typed"  # typed by staff


class DocumentKind(StrEnum):
    """What kind of ID document was read; the same words as `id_numbers.NumberKind`."""

    RESIDENT = "resident"
    RESIDENCE_PERMIT = "residence_permit"
    FOREIGNER_2017 = "foreigner_2017"
    FOREIGNER_2023 = "foreigner_2023"


class Sex(StrEnum):
    """GB/T 2261.1. "Not male" is not "female"."""

    UNKNOWN = "unknown"  # 0
    MALE = "male"  # 1
    FEMALE = "female"  # 2
    UNSTATED = "unstated"  # 9


SEX_CODES = {"0": Sex.UNKNOWN, "1": Sex.MALE, "2": Sex.FEMALE, "9": Sex.UNSTATED}


class Flag(StrEnum):
    """What is odd about a card. The values are translation keys (`devices.flag.<value>`)."""

    CHECK_DIGIT = "check_digit"  # the number fails its check digit
    NUMBER_INVALID = "number_invalid"  # the number has not the form that its kind of card has
    BIRTH_MISMATCH = "birth_mismatch"  # the date of birth contradicts the number
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    DATE_UNREADABLE = "date_unreadable"  # a date on the card is none


#: Flags with which a card is refused unless its campaign says otherwise: the card contradicts itself.
DEFAULT_REFUSED = (Flag.CHECK_DIGIT.value, Flag.NUMBER_INVALID.value, Flag.BIRTH_MISMATCH.value)


@dataclass(frozen=True, slots=True, repr=False)
class CardIdentity:
    """A card as the roster search needs it. Dates are ISO 8601 or empty, `valid_to` may be 长期."""

    kind: DocumentKind
    name: str
    sex: Sex
    birth: str
    number: str
    valid_from: str
    valid_to: str
    flags: tuple[Flag, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The `card` of an identity, as the bridge sends it to the web process."""
        return {
            "kind": self.kind.value,
            "name": self.name,
            "sex": self.sex.value,
            "birth": self.birth,
            "number": self.number,
            "valid_from": self.valid_from,
            "valid_to": self.valid_to,
            "flags": [flag.value for flag in self.flags],
        }


def from_card(
    kind: DocumentKind,
    *,
    name: str,
    sex: str,
    birth: str,
    number: str,
    valid_from: str,
    valid_to: str,
    today: date,
) -> CardIdentity:
    """Judge the raw fields of a card (dates YYYYMMDD, `sex` the digit of GB/T 2261.1) as of `today`.

    Never raises: whatever is odd becomes a flag.
    """
    number = id_numbers.normalise(number)
    born, begins, ends = (compact_day(text) for text in (birth, valid_from, valid_to))
    flags = number_flags(kind, number, born.isoformat() if born else "", today)
    if born is None or begins is None or (ends is None and valid_to != LONG_TERM):
        flags.append(Flag.DATE_UNREADABLE)
    if ends is not None and ends < today:
        flags.append(Flag.EXPIRED)
    if begins is not None and begins > today:
        flags.append(Flag.NOT_YET_VALID)
    return CardIdentity(
        kind=kind,
        name=name.strip(),
        sex=SEX_CODES.get(sex, Sex.UNKNOWN),
        birth=born.isoformat() if born else "",
        number=number,
        valid_from=begins.isoformat() if begins else "",
        valid_to=LONG_TERM if valid_to == LONG_TERM else (ends.isoformat() if ends else ""),
        flags=tuple(flags),
    )


def number_flags(kind: DocumentKind, number: str, birth: str, today: date | None = None) -> list[Flag]:
    """What is odd about a canonical number on a card of `kind`; `birth` is ISO 8601, or says nothing."""
    checked = id_numbers.check(number, id_numbers.NumberKind(kind.value), today)
    flags: list[Flag] = []
    if checked.problem is id_numbers.NumberProblem.CHECK_DIGIT:
        flags.append(Flag.CHECK_DIGIT)
    elif checked.problem is not None:
        flags.append(Flag.NUMBER_INVALID)
    born = compact_day(birth.replace("-", "")) if len(birth) == 10 else None
    if checked.birth is not None and born is not None and checked.birth != born:
        flags.append(Flag.BIRTH_MISMATCH)
    return flags


def compact_day(text: str) -> date | None:
    """The day of a card's text like 19990131; None where that is no day."""
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None
