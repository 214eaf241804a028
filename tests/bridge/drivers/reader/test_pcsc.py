"""The PC/SC driver on a real pcscd with virtual readers: every kind of card, and a service that stops and dies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.bridge.codec import card_text
from kiosk.bridge.codec.card_text import CardText
from kiosk.bridge.drivers.base import Host, find
from kiosk.bridge.drivers.reader import pcsc_calls, pcsc_card, virtual_pcsc
from kiosk.bridge.faults import Fault, FaultCode
from kiosk.domain.identity import DocumentKind
from kiosk.settings import Settings
from tests.bridge.bench import card
from tests.harness import pcscd
from tests.harness.waiting import until

_WHY_NOT = pcscd.missing()
needs_service = pytest.mark.skipif(bool(_WHY_NOT), reason=f"no PC/SC service for tests: {_WHY_NOT}")
UID = "04A1B2C3"

Tables = Callable[..., pcscd.Table]


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[Tables]:
    """Makes tables whose service runs and whose driver is ready."""
    made: list[pcscd.Table] = []

    def make(**reader: Any) -> pcscd.Table:
        table = pcscd.Table(tmp_path, **reader)
        made.append(table)
        table.do("start_service")
        table.do("start_driver")
        table.wait_for("ready")
        return table

    yield make
    for table in made:
        table.__exit__()


def seen(table: pcscd.Table) -> list[str]:
    """What came out, in one word each: the number of an ID card, a UID, a trouble."""
    return [
        event.get("trouble") or event.get("uid") or event["card"]["number"] for event in table.events
    ]  # fmt: skip


@needs_service
def test_an_id_card_behind_a_security_module_is_verified_by_its_chip(tables: Tables) -> None:
    table = tables()
    table.do("lay", 0, "id")
    event = table.wait_for_events(1)[0]
    assert (event["assurance"], event["source"]) == ("chip_verified", "pcsc")
    assert event["card"]["name"] == "测试一"
    assert event["card"]["number"] == "990101199001010027"
    assert "photo_b64" not in event["card"]
    # the two pages that hold the text, and no more: the photo is nobody's business
    assert table.do("asked", 0) == ["FFB0000000", "FFB0010000"]


@needs_service
def test_all_layouts_go_through_the_same_codec(tables: Tables) -> None:
    table = tables()
    for number, kind in enumerate(DocumentKind, start=1):
        text = card_text.encode(CardText(kind, name="测试", sex="1", number=f"99010119900101{number:04d}"[:15]))
        memory = len(text).to_bytes(2, "big") + bytes((4, 0)) + text + bytes(1024)
        table.do("lay", 0, "raw", memory.hex())
        assert table.wait_for_events(number)[-1]["card"]["kind"] == kind.value


@needs_service
def test_a_campus_card_is_known_by_its_number_alone(tables: Tables) -> None:
    table = tables()
    table.do("lay", 0, "campus", UID)
    assert table.wait_for_events(1) == [{"assurance": "uid_only", "source": "pcsc", "uid": UID}]


@needs_service
def test_two_readers_are_watched_at_once_and_each_card_is_read_once(tables: Tables) -> None:
    table = tables()
    table.do("lay", 0, "slow", 0.3, "id")
    table.do("lay", 1, "campus", UID)
    table.wait_for_events(2)
    assert sorted(seen(table)) == [UID, "990101199001010027"]
    # a third one only to know that nothing more came of the two that still lie there
    table.do("lay", 1, "campus", "04FFFFFF")
    table.wait_for_events(3)
    assert seen(table)[2] == "04FFFFFF"


@needs_service
def test_a_card_is_read_anew_when_it_was_wanted_by_nobody_and_only_news_are_told(tables: Tables) -> None:
    table = tables()
    table.do("lay", 0, "campus", UID)
    table.wait_for_events(1)
    asked = len(table.do("asked", 0))
    table.do("want", "hold")
    table.do("lay", 1, "campus", "04FFFFFF")
    table.do("want", "identify")
    table.wait_for_events(2)
    until(lambda: len(table.do("asked", 0)) > asked)
    assert seen(table) == [UID, "04FFFFFF"]


@needs_service
def test_only_the_readers_of_the_settings_are_used(tables: Tables) -> None:
    table = tables(pcsc_readers=["00 01"])
    assert table.do("test_driver", 0.0) == {"readers": "Virtual PCD 00 01", "card": False}
    table.do("lay", 0, "campus", "04FFFFFF")
    table.do("lay", 1, "campus", UID)
    table.wait_for_events(1)
    assert seen(table) == [UID]
    assert table.do("asked", 0) == []


@needs_service
def test_a_card_laid_for_a_test_opens_nothing_until_it_is_laid_again(tables: Tables) -> None:
    table = tables()
    table.do("want", "hold")
    table.do("lay", 0, "campus", UID)
    assert table.do("test_driver", 20.0)["card"] is True
    assert table.do("asked", 0) == []
    table.do("want", "idle")
    table.do("lay", 1, "campus", "04FFFFFF")
    table.wait_for_events(1)
    table.do("lay", 0, "campus", UID)
    table.wait_for_events(2)
    assert seen(table) == ["04FFFFFF", UID]


@needs_service
@pytest.mark.faults
@pytest.mark.parametrize(
    ("made", "trouble"),
    [
        (["campus", "08A1B2C3"], "uid_random"),
        (["mute"], "mute"),
        (["torn", 1, "id"], "lost"),
    ],
    ids=["random", "mute", "torn"],
)
def test_trouble_with_a_card_is_told_once_and_the_next_card_is_read(
    tables: Tables, made: list[Any], trouble: str
) -> None:
    table = tables()
    table.do("lay", 0, *made)
    table.wait_for_events(1)
    table.do("lay", 0, "id")
    until(lambda: "990101199001010027" in seen(table))
    assert seen(table) == [trouble, "990101199001010027"]
    assert table.state() == ("ready", None)


@needs_service
@pytest.mark.faults
def test_fault_17_a_slow_card_is_waited_for(tables: Tables) -> None:
    table = tables()
    table.do("lay", 0, "slow", 1.0, "id")
    table.wait_for_events(1)
    assert seen(table) == ["990101199001010027"]


@needs_service
@pytest.mark.faults
def test_fault_17_a_card_that_never_answers_holds_up_nothing_but_its_reader(tables: Tables) -> None:
    table = tables()
    table.do("shorten", 1.0)
    table.do("lay", 0, "silent", "campus", UID)
    table.wait_for_events(1)
    assert seen(table) == ["mute"]
    table.wait_for("fault", "mute")
    table.do("shorten", 30.0)  # the others may be slow on a busy machine
    table.do("lay", 1, "campus", UID)
    table.wait_for_events(2)
    table.do("remove", 0)
    table.wait_for("ready")
    table.do("lay", 0, "id")
    table.wait_for_events(3)
    assert seen(table) == ["mute", UID, "990101199001010027"]


@needs_service
@pytest.mark.faults
def test_a_card_that_another_program_holds_is_read_as_soon_as_it_lets_go(tables: Tables) -> None:
    table = tables()
    table.do("want", "hold")
    table.do("lay", 0, "campus", UID)
    table.do("hold", True)
    table.do("want", "idle")
    table.wait_for("fault", "busy")
    assert table.events == []
    table.do("hold", False)
    table.wait_for_events(1)
    table.wait_for("ready")
    assert seen(table) == [UID]


@needs_service
@pytest.mark.faults
@pytest.mark.parametrize("how", ["TERM", "KILL"])
def test_fault_17_the_service_stopped_or_killed_and_started_again(tables: Tables, how: str) -> None:
    table = tables()
    table.do("lay", 0, "campus", UID)
    table.wait_for_events(1)
    table.do("end_service", how)
    table.wait_for("fault", "service_down")
    table.do("start_service")
    table.wait_for("ready")
    table.do("lay", 0, "id")
    until(lambda: "990101199001010027" in seen(table))
    assert seen(table) == [UID, "990101199001010027"]


@needs_service
@pytest.mark.faults
def test_fault_17_the_service_killed_while_a_card_is_asked(tables: Tables) -> None:
    table = tables()
    table.do("lay", 0, "slow", 1.5, "id")
    until(lambda: table.do("asked", 0))
    table.do("end_service", "KILL")
    table.wait_for("fault", "service_down")
    assert table.events == []  # a service that dies is no trouble of the card's
    table.do("start_service")
    table.wait_for("ready")
    table.do("lay", 0, "id")
    table.wait_for_events(1)
    assert seen(table) == ["990101199001010027"]


@needs_service
@pytest.mark.faults
def test_a_service_that_is_not_there_at_first_is_found_when_it_comes(tmp_path: Path) -> None:
    with pcscd.Table(tmp_path) as table:
        table.do("start_driver")
        table.wait_for("fault", "service_down")
        table.do("start_service")
        table.wait_for("ready")


class Straight:
    """A card that is asked without any service in between."""

    def __init__(self, card: virtual_pcsc.VirtualCard) -> None:
        self._answer = card.answer

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        answer = self._answer(apdu)
        assert answer is not None
        return answer[:-2], int.from_bytes(answer[-2:], "big")


@pytest.mark.parametrize("uid", [UID, "04A1B2C3D4E5F6", "04A1B2C3D4E5F60718AB"])
def test_numbers_of_all_three_lengths_are_read(uid: str) -> None:
    assert pcsc_card.read(Straight(virtual_pcsc.campus_card(uid))).uid == uid


def test_text_and_photo_are_put_together_from_their_pages() -> None:
    photo = bytes(range(256)) * 4
    found = pcsc_card.read(Straight(virtual_pcsc.id_card(card(), photo)), with_photo=True)
    assert (found.text, found.photo) == (card_text.encode(card()), photo)
    assert pcsc_card.read(Straight(virtual_pcsc.id_card(card(), photo))).photo == b""


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (virtual_pcsc.campus_card("08A1B2C3"), FaultCode.UID_RANDOM),
        (virtual_pcsc.campus_card("04A1B2C3D4"), FaultCode.MALFORMED),
        (virtual_pcsc.raw_id_card(b"\xff\xff"), FaultCode.UNKNOWN_TYPE),  # a tag with some bytes, and no UID
        (virtual_pcsc.raw_id_card(bytes((1, 0, 4, 0)) + bytes(256)), FaultCode.READ_FAILED),  # ends too early
    ],
)
def test_what_can_not_be_read_says_why(made: virtual_pcsc.VirtualCard, code: FaultCode) -> None:
    with pytest.raises(Fault) as caught:
        pcsc_card.read(Straight(made))
    assert caught.value.code is code


@given(st.binary(max_size=2000))
def test_any_memory_ends_in_a_card_or_a_fault(memory: bytes) -> None:
    try:
        found = pcsc_card.read(Straight(virtual_pcsc.raw_id_card(memory)), with_photo=True)
    except Fault:
        return
    assert len(found.text) == card_text.SIZE


def test_it_may_stand_beside_an_id_card_reader_of_another_kind() -> None:
    beside = find("codes", "pcsc")
    assert (beside.kind, issubclass(beside, find("reader", "pcsc"))) == ("codes", True)


def test_without_pyscard_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def missing(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(pcsc_calls.importlib, "import_module", missing)
    with pytest.raises(Fault) as caught:
        find("reader", "pcsc")(Host(Settings(data_dir=tmp_path), emit=lambda event: None)).open()
    assert caught.value.code is FaultCode.UNSUPPORTED
    assert caught.value.permanent


def test_every_result_of_the_reference_has_its_code() -> None:
    wanted = {
        0x8010000B: FaultCode.BUSY,
        0x8010000C: FaultCode.NO_CARD,
        0x80100016: FaultCode.LOST,
        0x80100069: FaultCode.LOST,
        0x8010001D: FaultCode.SERVICE_DOWN,
    }
    for result, code in wanted.items():
        assert pcsc_calls.fault_of(result, "call").code is code
        assert pcsc_calls.fault_of(result - (1 << 32), "call").code is code  # some builds give signed numbers
