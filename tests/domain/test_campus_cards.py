"""A campus card's number has one form, however it was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain import campus_cards
from kiosk.domain.campus_cards import Writing, canonical, is_random, read

uids = st.sampled_from(campus_cards.SIZES).flatmap(lambda size: st.binary(min_size=size, max_size=size))


@pytest.mark.parametrize(
    ("writing", "text"),
    [
        (Writing.HEX, "04a1b2c3"),
        (Writing.HEX, "04:A1:B2:C3"),
        (Writing.HEX, "4A1B2C3"),  # a table swallowed the leading zero
        (Writing.HEX_REVERSED, "C3B2A104"),
        (Writing.DECIMAL, "77705923"),
        (Writing.DECIMAL, "0077705923"),
        (Writing.DECIMAL_REVERSED, "3283263748"),
    ],
)
def test_every_writing_of_a_number_is_read(writing: Writing, text: str) -> None:
    assert read(text, writing) == "04A1B2C3"


@given(uids)
def test_what_was_written_is_read_again(data: bytes) -> None:
    uid = data.hex().upper()
    assert canonical(uid) == uid
    assert read(uid, Writing.HEX) == uid
    assert read(data[::-1].hex(), Writing.HEX_REVERSED) == uid


@given(st.text(max_size=30), st.sampled_from(Writing))
def test_any_text_is_a_number_or_none(text: str, writing: Writing) -> None:
    try:
        found = read(text, writing)
    except ValueError:
        return
    assert canonical(found) == found


@pytest.mark.parametrize("text", ["", "04A1B2", "04A1B2C3D4", "ZZA1B2C3", "04A1B2C3" * 3])
def test_other_lengths_are_no_number(text: str) -> None:
    with pytest.raises(ValueError, match="UID"):
        canonical(text)


def test_only_four_bytes_can_be_random() -> None:
    assert is_random("08A1B2C3")
    assert not is_random("04A1B2C3")
    assert not is_random("08A1B2C3D4E5F6")
