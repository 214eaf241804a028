"""What a card yields: its data as it is, and a flag for whatever is odd about it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.id_numbers import NumberKind
from kiosk.domain.identity import CardIdentity, DocumentKind, Flag, Sex, from_card

TODAY = date(2026, 11, 22)


def read(**changes: str) -> CardIdentity:
    fields = {
        "name": "测试一",
        "sex": "2",
        "birth": "19900101",
        "number": "990101199001010027",
        "valid_from": "20200101",
        "valid_to": "20400101",
    }
    kind = DocumentKind(changes.pop("kind", "resident"))
    return from_card(kind, **{**fields, **changes}, today=TODAY)


def test_a_good_card_has_no_flags() -> None:
    found = read()
    assert (found.flags, found.birth, found.sex, found.valid_to) == ((), "1990-01-01", Sex.FEMALE, "2040-01-01")


@pytest.mark.parametrize(
    ("changes", "flag"),
    [
        ({"number": "990101199001010028"}, Flag.CHECK_DIGIT),
        ({"number": "99010119900101002"}, Flag.NUMBER_INVALID),
        ({"number": ""}, Flag.NUMBER_INVALID),
        ({"kind": "residence_permit"}, Flag.NUMBER_INVALID),
        ({"birth": "19900102"}, Flag.BIRTH_MISMATCH),
        ({"birth": "19901301"}, Flag.DATE_UNREADABLE),
        ({"valid_to": ""}, Flag.DATE_UNREADABLE),
        ({"valid_to": "20261121"}, Flag.EXPIRED),
        ({"valid_from": "20261123"}, Flag.NOT_YET_VALID),
    ],
)
def test_what_is_odd_becomes_a_flag(changes: dict[str, str], flag: Flag) -> None:
    assert read(**changes).flags == (flag,)


@pytest.mark.parametrize("changes", [{"valid_to": "20261122"}, {"valid_from": "20261122"}, {"valid_to": "长期"}])
def test_first_and_last_day_are_valid_and_long_term_cards_are(changes: dict[str, str]) -> None:
    assert read(**changes).flags == ()


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=9), st.sampled_from(DocumentKind))
def test_no_text_on_a_card_crashes_it(name: str, number: str, day: str, kind: DocumentKind) -> None:
    found = from_card(
        kind, name=name, sex=day[:1], birth=day, number=number, valid_from=day, valid_to=day, today=TODAY
    )
    assert set(found.to_json()) == {
        "kind", "name", "sex", "birth", "number", "valid_from", "valid_to", "flags",
    }  # fmt: skip


def test_kinds_are_words_that_the_number_rules_know() -> None:
    assert {kind.value for kind in DocumentKind} <= {kind.value for kind in NumberKind}


def test_a_card_never_shows_its_holder_in_its_repr() -> None:
    assert "990101" not in repr(read())
