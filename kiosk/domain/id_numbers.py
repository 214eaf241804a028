"""Numbers of identity documents: what kind one is, whether it is well formed, what it says about its holder.

Rules: GB 11643-1999 for resident numbers (18 digits, check digit by ISO 7064 MOD 11-2), GB 11643-1989 for the old
15 digits, the residence permits of Hong Kong, Macao and Taiwan, the foreigner's permanent residence cards of
2017 and 2023, passports by shape alone. A region code is the one of the first issue: abolished codes are valid,
so an unknown region is a warning and never a refusal.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from operator import mul


class NumberKind(StrEnum):
    """What a number is. The values are translation keys (`roster.id_kind.<value>`)."""

    RESIDENT = "resident"  # GB 11643-1999, 18 characters
    RESIDENT_OLD = "resident_old"  # GB 11643-1989, 15 digits, no check digit
    RESIDENCE_PERMIT = "residence_permit"  # Hong Kong, Macao, Taiwan: 81, 82, 83
    FOREIGNER_2017 = "foreigner_2017"  # three letters and twelve digits, shape only
    FOREIGNER_2023 = "foreigner_2023"  # 9 + province + nationality + birth + sequence + check digit
    PASSPORT = "passport"  # no national format, shape only


class NumberProblem(StrEnum):
    """What is wrong with a number. The values are translation keys (`roster.problem.number_<value>`)."""

    EMPTY = "empty"
    CHARACTERS = "characters"  # something other than digits and Latin letters
    SHAPE = "shape"  # wrong length, or a letter where none may be
    BIRTH = "birth"  # the date inside does not exist
    BIRTH_IN_FUTURE = "birth_in_future"
    CHECK_DIGIT = "check_digit"


#: Warning of a number whose region is not one of today's provinces.
UNKNOWN_REGION = "unknown_region"

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
#: First two digits of the codes of GB/T 2260 (provinces).
PROVINCES = frozenset(
    str(code)
    for codes in (
        range(11, 16),
        range(21, 24),
        range(31, 38),
        range(41, 47),
        range(50, 55),
        range(61, 66),
        (71, 81, 82),
    )
    for code in codes
)
PERMIT_REGIONS = frozenset({"810000", "820000", "830000"})
#: Region code that no authority uses: every synthetic number of demo and tests stands under it.
SYNTHETIC_REGION = "99"
#: China has one time and no summer time; a plain offset needs no time-zone data.
CHINA_OFFSET = timedelta(hours=8)

_EIGHTEEN = re.compile(r"[0-9]{17}[0-9X]")
_FIFTEEN = re.compile(r"[0-9]{15}")
_OLD_FOREIGNER = re.compile(r"[A-Z]{3}[0-9]{12}")
_PASSPORT = re.compile(r"[A-Z0-9]{5,20}")
#: With more digits it is no passport but a resident number that lost, gained or mixed up a character.
_PASSPORT_DIGITS = 10


@dataclass(frozen=True, slots=True)
class CheckedNumber:
    """What `check` found. `number` is in its canonical form; `male` and `birth` are None where it does not say."""

    number: str
    kind: NumberKind | None
    problem: NumberProblem | None
    birth: date | None = None
    male: bool | None = None
    warnings: tuple[str, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether nothing is wrong; warnings do not count."""
        return self.problem is None


def normalise(text: str) -> str:
    """The canonical form of a typed number: half-width, capital letters, no white space at all.

    For what people type and what cards say. A roster must hold canonical numbers already: its rules refuse
    what this would have to change, except a small final x.
    """
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def identify(number: str) -> NumberKind | None:
    """The kind of a canonical number by its shape alone, or None; `check` says whether it is valid.

    A number under the synthetic region 99 is a resident number: 9x is no province, so that it can't be a
    foreigner's card of 2023.
    """
    if _EIGHTEEN.fullmatch(number):
        if number[:6] in PERMIT_REGIONS:
            return NumberKind.RESIDENCE_PERMIT
        if number[0] == "9" and number[1:3] in PROVINCES:
            return NumberKind.FOREIGNER_2023
        return NumberKind.RESIDENT
    if _FIFTEEN.fullmatch(number):
        return NumberKind.RESIDENT_OLD
    if _OLD_FOREIGNER.fullmatch(number):
        return NumberKind.FOREIGNER_2017
    if _PASSPORT.fullmatch(number) and sum(map(str.isdigit, number)) <= _PASSPORT_DIGITS:
        return NumberKind.PASSPORT
    return None


def check(number: str, kind: NumberKind | None = None, today: date | None = None) -> CheckedNumber:
    """Check a number against the rules of its kind.

    `number` is taken in its canonical form (see `normalise`); only a small x is raised. `kind` is what the roster
    or the card claims it to be; None means: whatever its shape says. `today` is the day in China against which a
    birth is in the future; None means now. Never raises.
    """
    number = number.upper() if number.isascii() else number
    if not number:
        return CheckedNumber(number, kind, NumberProblem.EMPTY)
    if not (number.isascii() and number.isalnum()):
        return CheckedNumber(number, kind, NumberProblem.CHARACTERS)
    found = identify(number)
    if kind is NumberKind.PASSPORT and _PASSPORT.fullmatch(number):
        found = NumberKind.PASSPORT  # a passport may look like anything, even like fifteen digits
    if found is None or (kind is not None and found is not kind):
        return CheckedNumber(number, kind or found, NumberProblem.SHAPE)
    if found in (NumberKind.PASSPORT, NumberKind.FOREIGNER_2017):
        return CheckedNumber(number, found, None)
    return _check_dated(number, found, today or (datetime.now(UTC) + CHINA_OFFSET).date())


def check_character(first_seventeen: str) -> str:
    """The last character of an 18-character number (ISO 7064 MOD 11-2). Raises `ValueError` for another input."""
    if len(first_seventeen) != 17 or not (first_seventeen.isascii() and first_seventeen.isdigit()):
        raise ValueError("seventeen digits wanted")
    total = sum(map(mul, map(int, first_seventeen), WEIGHTS))
    return CHECK_CHARACTERS[total % 11]


def make_synthetic(birth: date, sequence: int, region: int = 101) -> str:
    """A resident number that belongs to nobody, for demo and tests: region 99 + four digits, valid check digit.

    `sequence` 0..999, odd = male; `region` 0..9999. Raises `ValueError` outside these ranges.
    """
    if not (0 <= sequence <= 999 and 0 <= region <= 9999):
        raise ValueError("sequence 0..999 and region 0..9999 wanted")
    body = f"{SYNTHETIC_REGION}{region:04d}{birth:%Y%m%d}{sequence:03d}"
    return body + check_character(body)


def _check_dated(number: str, kind: NumberKind, today: date) -> CheckedNumber:
    old = kind is NumberKind.RESIDENT_OLD
    birth = _date(f"19{number[6:12]}" if old else number[6:14])
    if birth is None:
        return CheckedNumber(number, kind, NumberProblem.BIRTH)
    if birth > today:
        return CheckedNumber(number, kind, NumberProblem.BIRTH_IN_FUTURE)
    if not old and check_character(number[:17]) != number[17]:
        return CheckedNumber(number, kind, NumberProblem.CHECK_DIGIT)
    male: bool | None = None
    warnings: tuple[str, ...] = ()
    if kind in (NumberKind.RESIDENT, NumberKind.RESIDENT_OLD):
        male = int(number[14] if old else number[16]) % 2 == 1
        warnings = () if number[:2] in PROVINCES else (UNKNOWN_REGION,)
    return CheckedNumber(number, kind, None, birth, male, warnings)


def _date(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None
