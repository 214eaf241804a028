"""The text on a card: four layouts, both paddings, and nothing that crashes a reader."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.bridge.codec import card_text
from kiosk.bridge.codec.card_text import ETHNIC_CODES, ETHNIC_GROUPS, LAYOUTS, CardText
from kiosk.bridge.faults import Fault, FaultCode
from kiosk.domain.identity import DocumentKind
from tests.bridge.bench import card


def sized(units: int) -> st.SearchStrategy[str]:
    """Text of at most `units` UTF-16 units that needs no padding told from content."""
    letters = st.characters(exclude_categories=["Cs", "Cc"])
    return (
        st.text(letters, max_size=units)
        .map(lambda text: text.encode("utf-16-le")[: units * 2].decode("utf-16-le", "ignore"))
        .map(lambda text: text.rstrip(" \0"))
    )


@st.composite
def cards(draw: st.DrawFn) -> CardText:
    kind = draw(st.sampled_from(DocumentKind))
    fields = {name: draw(sized(sum(size for _, size in at) // 2)) for name, at in LAYOUTS[kind].items()}
    return CardText(kind, **fields)


@given(cards(), st.sampled_from([" ", "\0"]))
def test_what_was_written_is_read(one: CardText, padding: str) -> None:
    block = card_text.encode(one, padding)
    assert len(block) == card_text.SIZE
    assert card_text.parse(block) == one


@given(st.binary(min_size=256, max_size=256) | st.binary(max_size=300))
def test_no_bytes_crash_it(block: bytes) -> None:
    try:
        found = card_text.parse(block)
    except Fault as fault:
        assert fault.code in (FaultCode.MALFORMED, FaultCode.UNKNOWN_TYPE)
    else:
        assert found.kind in DocumentKind


def test_a_long_term_card_is_read() -> None:
    found = card_text.parse(card_text.encode(card(valid_to="长期")))
    assert found.valid_to == "长期"
    assert found.long_term


def test_rare_and_private_characters_survive() -> None:
    name = "䶮㛃\ue864𠮷"
    assert card_text.parse(card_text.encode(card(name=name))).name == name


def test_the_long_english_name_of_2023_is_joined_with_its_spaces() -> None:
    name = "A" * 34 + " " + "B" * 11
    one = CardText(DocumentKind.FOREIGNER_2023, name="测试", english_name=name, number="9" * 18)
    assert card_text.parse(card_text.encode(one)).english_name == name


@pytest.mark.parametrize(
    ("flag", "kind"),
    [(" ", "resident"), ("J", "residence_permit"), ("I", "foreigner_2017"), ("Y", "foreigner_2023")],
)
def test_the_flag_stands_at_byte_248(flag: str, kind: str) -> None:
    block = card_text.encode(CardText(DocumentKind(kind), number="1"))
    assert block[248:250] == flag.encode("utf-16-le")


def test_an_unknown_flag_is_named() -> None:
    block = bytearray(card_text.encode(card()))
    block[248:250] = "Q".encode("utf-16-le")
    with pytest.raises(Fault) as caught:
        card_text.parse(bytes(block))
    assert caught.value.code is FaultCode.UNKNOWN_TYPE


@pytest.mark.parametrize("damage", [b"\x00\xd8", b"\x07\x00"], ids=["half a pair", "a control character"])
def test_text_that_is_none_is_malformed(damage: bytes) -> None:
    block = bytearray(card_text.encode(card()))
    block[2:4] = damage
    with pytest.raises(Fault) as caught:
        card_text.parse(bytes(block))
    assert caught.value.code is FaultCode.MALFORMED


def test_a_field_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="name does not fit"):
        card_text.encode(card(name="长" * 16))
    with pytest.raises(ValueError, match="english_name does not fit"):
        card_text.encode(replace(card(), english_name="x"))


def test_ethnic_groups_are_those_of_the_standard() -> None:
    assert len(ETHNIC_GROUPS) == 58
    assert set(ETHNIC_GROUPS) == {f"{number:02d}" for number in (*range(1, 57), 97, 98)}
    assert (ETHNIC_GROUPS["01"], ETHNIC_GROUPS["56"], ETHNIC_CODES["鄂伦春"]) == ("汉", "基诺", "52")


def test_a_card_never_shows_its_holder_in_its_repr() -> None:
    assert "测试" not in repr(card())
