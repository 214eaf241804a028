"""A receipt's token is told from any other text by its form, and from a forged one by its HMAC."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.receipts import nonce_of, token, token_in

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
