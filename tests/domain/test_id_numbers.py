"""Document numbers: the published samples hold, every slip of a digit is found, no text upsets the check."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.id_numbers import (
    UNKNOWN_REGION,
    NumberKind,
    NumberProblem,
    check,
    check_character,
    identify,
    make_synthetic,
    normalise,
)

TODAY = date(2026, 11, 22)
BIRTHS = st.dates(date(1900, 1, 1), TODAY)
SYNTHETIC = st.builds(make_synthetic, BIRTHS, st.integers(0, 999), st.integers(0, 9999))


@pytest.mark.parametrize(
    ("number", "kind", "birth", "male"),
    [
        ("11010519491231002X", NumberKind.RESIDENT, date(1949, 12, 31), False),
        ("11010519491231002x", NumberKind.RESIDENT, date(1949, 12, 31), False),
        ("440524188001010014", NumberKind.RESIDENT, date(1880, 1, 1), True),
        ("110105491231002", NumberKind.RESIDENT_OLD, date(1949, 12, 31), False),
        ("810000199408230021", NumberKind.RESIDENCE_PERMIT, date(1994, 8, 23), None),
        ("830000199201300022", NumberKind.RESIDENCE_PERMIT, date(1992, 1, 30), None),
        ("932682198501010017", NumberKind.FOREIGNER_2023, date(1985, 1, 1), None),
        ("911124198108030024", NumberKind.FOREIGNER_2023, date(1981, 8, 3), None),
        ("931586198001010028", NumberKind.FOREIGNER_2023, date(1980, 1, 1), None),
        ("ABC123456789012", NumberKind.FOREIGNER_2017, None, None),
        ("E12345678", NumberKind.PASSPORT, None, None),
        ("123456789", NumberKind.PASSPORT, None, None),
    ],
)
def test_a_published_sample_is_what_it_says(
    number: str, kind: NumberKind, birth: date | None, male: bool | None
) -> None:
    found = check(number, today=TODAY)
    assert (found.kind, found.problem, found.birth, found.male) == (kind, None, birth, male)
    assert found.valid
    assert check(number, kind, TODAY).valid


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        ("", NumberProblem.EMPTY),
        ("11010519491231002", NumberProblem.SHAPE),  # a digit is missing
        ("1101051949123100200", NumberProblem.SHAPE),
        ("1101051949123100X2", NumberProblem.SHAPE),
        ("2451161000001", NumberProblem.SHAPE),  # a student number
        ("110105194912310021", NumberProblem.CHECK_DIGIT),
        ("110105194902300021", NumberProblem.BIRTH),
        ("110105000002300021", NumberProblem.BIRTH),
        ("110105203001010021", NumberProblem.BIRTH_IN_FUTURE),
        ("110105499931002", NumberProblem.BIRTH),
        ("1101051949 231002X", NumberProblem.CHARACTERS),
        ("11010519491231002Ｘ", NumberProblem.CHARACTERS),
        ("一二三四五", NumberProblem.CHARACTERS),
    ],
)
def test_what_is_wrong_is_named(number: str, problem: NumberProblem) -> None:
    assert check(number, today=TODAY).problem is problem


def test_a_claimed_kind_must_fit_but_a_passport_may_look_like_anything() -> None:
    assert check("E12345678", NumberKind.RESIDENT, TODAY).problem is NumberProblem.SHAPE
    assert check("11010519491231002X", NumberKind.RESIDENCE_PERMIT, TODAY).problem is NumberProblem.SHAPE
    assert check("110105491231002", NumberKind.PASSPORT, TODAY).valid
    assert check("E1", NumberKind.PASSPORT, TODAY).problem is NumberProblem.SHAPE


def test_today_still_is_no_future() -> None:
    assert check(make_synthetic(TODAY, 1), today=TODAY).valid
    assert check(make_synthetic(date(2026, 11, 23), 1), today=TODAY).problem is NumberProblem.BIRTH_IN_FUTURE


@pytest.mark.parametrize(("typed", "number"), [
    (" 1101 0519 4912 3100 2x ", "11010519491231002X"),
    ("１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
    ("e12345678", "E12345678"),
])  # fmt: skip
def test_typing_is_forgiven_by_normalise_alone(typed: str, number: str) -> None:
    assert normalise(typed) == number


@given(SYNTHETIC)
def test_a_synthetic_number_is_valid_and_belongs_to_no_region(number: str) -> None:
    found = check(number, today=TODAY)
    assert found.valid and found.kind is NumberKind.RESIDENT
    assert number.startswith("99") and found.warnings == (UNKNOWN_REGION,)
    assert found.male is (int(number[16]) % 2 == 1)
    assert found.birth == date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


@given(SYNTHETIC, st.integers(0, 17), st.sampled_from("0123456789X"))
def test_every_changed_character_is_found(number: str, place: int, character: str) -> None:
    changed = number[:place] + character + number[place + 1 :]
    assert check(changed, NumberKind.RESIDENT, TODAY).valid is (changed == number)


@given(SYNTHETIC, st.integers(6, 16))
def test_every_swap_of_neighbours_is_found(number: str, place: int) -> None:
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert check(swapped, NumberKind.RESIDENT, TODAY).valid is (swapped == number)


@given(st.text(max_size=30), st.sampled_from([None, *NumberKind]))
def test_no_text_upsets_the_check(text: str, kind: NumberKind | None) -> None:
    found = check(text, kind, TODAY)
    assert found.valid is (found.problem is None)
    if found.valid:
        assert found.kind is not None and found.number.isascii()
    identify(text)
    normalise(text)


@pytest.mark.parametrize("text", ["", "1234", "1234567890123456X", "１" * 17])
def test_the_check_character_wants_seventeen_digits(text: str) -> None:
    with pytest.raises(ValueError, match="seventeen"):
        check_character(text)


def test_synthetic_numbers_have_ranges() -> None:
    with pytest.raises(ValueError, match="sequence"):
        make_synthetic(TODAY, 1000)
