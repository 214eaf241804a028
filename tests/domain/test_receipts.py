"""A receipt's token is told from any other text by its form, and from a forged one by its HMAC."""

from __future__ import annotations

import secrets
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.receipts import address, nonce_of, photo_nonce, photo_of, token, token_in

KEY = b"key"
NONCE = "n" * 32


@pytest.mark.parametrize(
    "before", ["https://kiosk.example/", "http://10.0.0.7:8080/", "HTTPS://KIOSK.EXAMPLE/", "/"]
)
def test_the_address_in_the_code_holds_the_token(before: str) -> None:
    made = token(KEY, secrets.token_urlsafe(24))
    assert token_in(f"{before}r/{made}") == made
    assert token_in(f" {before}r/{made}/\n") == made


@pytest.mark.parametrize(
    "text",
    ["", "1234567890", "https://kiosk.example/r/short", "https://kiosk.example/r/", "r/" + "a" * 54, "a" * 54,
     "https://kiosk.example/x/" + "a" * 54, "https://kiosk.example/r/" + "a" * 54 + "?x=1",
     "https://a b/r/" + "a" * 54,
     "https://kiosk.example/r/" + "码" * 54],
)  # fmt: skip
def test_a_collection_code_is_not_taken_for_a_receipt(text: str) -> None:
    assert token_in(text) is None


def test_only_the_key_makes_a_genuine_token() -> None:
    made = token(KEY, NONCE)
    assert nonce_of(KEY, made) == NONCE
    assert nonce_of(b"other", made) is None
    assert nonce_of(KEY, made[:-1] + ("A" if made[-1] != "A" else "B")) is None


@given(st.text())
def test_any_text_is_no_token(text: str) -> None:
    assert nonce_of(KEY, text) is None
    token_in(text)


@given(st.binary(min_size=16, max_size=16), st.dates(date(1970, 1, 1), date(2149, 6, 6)))
def test_a_photos_link_says_which_photo_and_since_when(photo: bytes, made: date) -> None:
    nonce = photo_nonce(photo.hex(), made)
    assert photo_of(nonce) == (photo.hex(), made)
    assert token_in(address("https://kiosk.example", KEY, nonce)) == token(KEY, nonce)


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]{32}", fullmatch=True))
def test_a_visits_nonce_names_no_photo(nonce: str) -> None:
    if len(nonce) != 24:
        assert photo_of(nonce) is None


@pytest.mark.parametrize("photo", ["", "ab", "x" * 32, "0" * 34])
def test_only_a_public_id_has_a_link(photo: str) -> None:
    with pytest.raises(ValueError):
        photo_nonce(photo, date(2026, 11, 22))


def test_a_link_has_a_day_of_this_and_the_next_century() -> None:
    for far in (date(1969, 12, 31), date(2149, 6, 7)):
        with pytest.raises(ValueError):
            photo_nonce("0" * 32, far)
