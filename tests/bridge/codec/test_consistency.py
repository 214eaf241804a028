"""A text that contradicts itself is found out; one that doesn't is left in peace."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.bridge.codec import card_text
from kiosk.bridge.codec.card_text import CardText
from kiosk.bridge.codec.consistency import doubtful
from kiosk.bridge.drivers.reader.ordeal import synthetic_card
from kiosk.domain.identity import DocumentKind
from tests.bridge.bench import card

PERMIT = CardText(
    DocumentKind.RESIDENCE_PERMIT,
    name="测试甲",
    sex="1",
    birth="19940823",
    address="测试市示例区一号",
    number="810000199408230021",
    issuer="测试市公安局",
    valid_from="20200101",
    valid_to="20990101",
    pass_number="H99999999",
    issue_count="01",
)
FOREIGNER_2017 = CardText(
    DocumentKind.FOREIGNER_2017,
    english_name="TEST, PERSON",
    sex="2",
    number="ABC990000000001",
    nationality="ABC",
    birth="19900101",
    valid_from="20200101",
    valid_to="20990101",
    version="01",
    authority="1500",
)
FOREIGNER_2023 = CardText(
    DocumentKind.FOREIGNER_2023,
    name="测试",
    english_name="TEST PERSON",
    sex="1",
    birth="19810803",
    nationality="ABC",
    number="911124198108030024",
    valid_from="20240101",
    valid_to="20990101",
)


@pytest.mark.parametrize("padding", [" ", "\0"], ids=["spaces", "NUL"])
@pytest.mark.parametrize("one", [card(), PERMIT, FOREIGNER_2017, FOREIGNER_2023], ids=lambda one: one.kind.value)
def test_a_card_of_every_kind_contradicts_itself_nowhere(one: CardText, padding: str) -> None:
    assert doubtful(card_text.encode(one, padding)) == ""


@given(st.integers(0, 7_000_000), st.integers())
def test_no_synthetic_card_contradicts_itself(nth: int, seed: int) -> None:
    assert doubtful(card_text.encode(synthetic_card(random.Random(seed), nth))) == ""


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"number": "990101199001010020"}, "number"),
        ({"birth": "19900102"}, "birth"),
        ({"birth": "1990010"}, "birth"),
        ({"sex": "1"}, "sex"),
        ({"sex": "3"}, "sex"),
        ({"sex": "9"}, ""),
        ({"valid_to": "20200132"}, "validity"),
        ({"valid_to": "20190101"}, "validity"),
        ({"ethnic": "77"}, "ethnic"),
        ({"name": "测试  一"}, "name"),
        ({"name": "测试\u0378"}, "name"),
    ],
)
def test_a_contradiction_is_named_by_its_field(changes: dict[str, str], word: str) -> None:
    assert doubtful(card_text.encode(card(**changes))) == word


def test_rare_and_private_characters_are_no_contradiction() -> None:
    assert doubtful(card_text.encode(card(name="䶮㛃\ue864𠮷·"))) == ""


def test_something_where_nothing_may_stand_is_doubtful() -> None:
    block = bytearray(card_text.encode(card()))
    block[230:232] = "x".encode("utf-16-le")
    assert doubtful(bytes(block)) == "reserved"


@given(st.binary(max_size=300) | st.binary(min_size=256, max_size=256))
def test_no_bytes_crash_it(block: bytes) -> None:
    assert isinstance(doubtful(block), str)


@given(st.integers(0, 35), st.integers(1, 255))
def test_any_byte_of_the_number_that_is_damaged_is_found(at: int, flip: int) -> None:
    block = bytearray(card_text.encode(replace(card(), sex="2")))
    block[122 + at] ^= flip
    assert doubtful(bytes(block))
