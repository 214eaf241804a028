"""What a scanner types is told apart by its form alone, and half a number is none."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain import campus_cards, receipts, wedge
from kiosk.domain.campus_cards import Writing
from kiosk.domain.identity import Assurance

TOKEN = receipts.token(b"key", "nonce1234567")


def read(text: str, by_code: bool = False, writing: str = "decimal", digits: int = 10) -> dict[str, str]:
    return wedge.read(text.encode(), by_code=by_code, writing=Writing(writing), digits=digits)[1]


@pytest.mark.parametrize("by_code", [False, True])
@pytest.mark.parametrize("form", ["https://kiosk.example/r/{}", "/r/{}", "  https://kiosk.example/r/{}\t"])
def test_a_receipt_is_one_in_every_campaign(form: str, by_code: bool) -> None:
    assert read(form.format(TOKEN), by_code) == {"receipt": TOKEN}


def test_a_collection_code_is_passed_on_as_it_is() -> None:
    data = "采集码 20260001".encode()
    found = wedge.read(data, by_code=True, writing=Writing.DECIMAL, digits=10)
    assert found == (Assurance.CODE, {"code_b64": base64.b64encode(data).decode()})


@pytest.mark.parametrize(
    ("text", "writing", "digits", "uid"),
    [
        ("0078692099", "decimal", 10, "04B0BF03"),
        ("78692099", "decimal", 0, "04B0BF03"),
        ("0062894084", "decimal-reversed", 10, "04B0BF03"),
        ("04b0bf03", "hex", 8, "04B0BF03"),
        ("03BFB004", "hex-reversed", 8, "04B0BF03"),
        ("04A1B2C3D4E5F6", "hex", 14, "04A1B2C3D4E5F6"),
    ],
)
def test_a_cards_number_is_read_as_the_setting_says(text: str, writing: str, digits: int, uid: str) -> None:
    assert read(text, writing=writing, digits=digits) == {"uid": uid}


@pytest.mark.parametrize("text", ["", "007869209", "00786920991", "00x8692099", "hello, world", "٠٠٧٨٦٩٢٠٩٩"])
def test_what_is_no_cards_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read(text)


@given(
    st.binary(min_size=1, max_size=10).filter(lambda data: len(data) in campus_cards.SIZES),
    st.sampled_from(Writing),
)
def test_a_number_of_known_size_survives_every_writing(data: bytes, writing: Writing) -> None:
    turned = data[::-1] if "reversed" in writing else data
    text = turned.hex() if "hex" in writing else str(int.from_bytes(turned, "big"))
    found = campus_cards.read(text, writing)
    shorter = "decimal" in writing and turned[0] == 0  # a decimal number does not say how many bytes it had
    assert shorter or found == data.hex().upper()


@given(st.binary(max_size=200), st.booleans(), st.sampled_from(Writing), st.integers(0, 20))
def test_no_bytes_crash_it(data: bytes, by_code: bool, writing: Writing, digits: int) -> None:
    try:
        assurance, entry = wedge.read(data, by_code=by_code, writing=writing, digits=digits)
    except ValueError:
        return
    assert (assurance in (Assurance.CODE, Assurance.UID_ONLY)) and len(entry) == 1
