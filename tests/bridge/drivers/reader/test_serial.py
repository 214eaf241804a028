"""The serial driver against a simulated reader that misbehaves in every way named in the reference."""

from __future__ import annotations

import errno
import json
import os
import sys
from pathlib import Path

import pytest
import serial

from kiosk.bridge.codec import card_text
from kiosk.bridge.codec.card_text import CardText
from kiosk.bridge.drivers.base import Host
from kiosk.bridge.drivers.reader import card_entry, presence
from kiosk.bridge.drivers.reader import serial as serial_driver
from kiosk.bridge.drivers.reader.serial import PORT_ERRORS, SerialReader, SerialWire
from kiosk.bridge.faults import Fault, FaultCode
from kiosk.bridge.protocol import DeviceState, Mode
from kiosk.domain.identity import DocumentKind
from kiosk.settings import Reader
from tests.bridge.bench import ReaderBench, card, demo_settings, until

#: A fault of one answer: its name, and the command whose answer it spoils.
MENDED = [
    (fault, command)
    for fault in (
        "bad_checksum",
        "half_frame",
        "garbage",
        "extra_aa",
        "length_zero",
        "length_ffff",
        "length_small",
        "length_large",
        "two_frames",
        "stale",
        "other_answer",
        "every_byte",
    )
    for command in ("find", "read")
    if not (fault == "stale" and command == "find")  # the answer before was one to find: nothing is wrong with it
] + [
    ("inner_lengths", "read"),
    ("drip", "read"),
    ("late_half", "read"),
    ("silent", "find"),
    ("bad_checksum", "select"),
    ("status:41", "read"),
    ("status:10", "read"),
    ("status:24", "find"),
]


def test_a_card_is_read_with_what_stands_on_it(bench: ReaderBench) -> None:
    bench.start().sam.lay(card())
    until(lambda: bench.cards)
    assert bench.cards == [
        {
            "kind": "resident",
            "name": "测试一",
            "sex": "female",
            "birth": "1990-01-01",
            "number": "990101199001010027",
            "valid_from": "2020-01-01",
            "valid_to": "长期",
            "flags": [],
        }
    ]


@pytest.mark.parametrize("firmware", ["edge", "level"])
def test_card_left_lying_is_read_once_and_laid_again_is_read_again(bench: ReaderBench, firmware: str) -> None:
    bench.sam.firmware = firmware
    bench.start().sam.lay(card())
    until(lambda: bench.cards)
    bench.polls(5)
    # read twice, and a firmware that finds a card as long as it lies is found out by reading it once more
    assert (len(bench.cards), bench.sam.asked["read"]) == (1, 4 if firmware == "level" else 2)
    bench.sam.remove()
    bench.polls(5)
    bench.sam.lay(card())
    until(lambda: len(bench.cards) == 2)


def test_another_card_is_read_at_once(bench: ReaderBench) -> None:
    bench.start().sam.lay(card())
    until(lambda: bench.cards)
    bench.polls(1)
    bench.sam.lay(card(name="测试二", number="990101199001010043"))
    until(lambda: len(bench.cards) == 2)
    assert bench.cards[1]["name"] == "测试二"


@pytest.mark.faults
@pytest.mark.parametrize(("fault", "command"), MENDED, ids=lambda value: str(value))
def test_damage_of_one_answer_is_mended_and_the_card_read_once(
    bench: ReaderBench, fault: str, command: str
) -> None:
    bench.start().sam.plan(fault, command)
    bench.sam.lay(card())
    until(lambda: bench.cards)
    bench.polls(2)
    assert [found["number"] for found in bench.cards] == ["990101199001010027"]


@pytest.mark.faults
def test_damage_without_end_is_a_silent_reader_that_comes_back(bench: ReaderBench) -> None:
    bench.start().sam.plan("bad_checksum", times=-1)
    bench.wait_for(DeviceState.FAULT)
    assert bench.board.code("reader") == "reader_silent"
    bench.sam.behave()
    bench.wait_for(DeviceState.READY)
    bench.sam.lay(card())
    until(lambda: bench.cards)


@pytest.mark.faults
def test_a_drip_without_end_ends(bench: ReaderBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.bridge.drivers.reader.conversation.DRAIN_SECONDS", 0.3)
    bench.start().sam.plan("endless_drip", "find")
    bench.wait_for(DeviceState.FAULT)
    bench.wait_for(DeviceState.READY)


@pytest.mark.faults
@pytest.mark.parametrize("moment", ["find", "select"])
def test_a_card_pulled_while_it_is_read_is_told(bench: ReaderBench, moment: str) -> None:
    bench.start().sam.pull_after = moment
    bench.sam.lay(card())
    until(lambda: bench.troubles)
    assert bench.troubles == ["lost"]
    assert not bench.cards
    bench.sam.lay(card())
    until(lambda: bench.cards)


@pytest.mark.faults
def test_a_card_pulled_mid_read_is_told(bench: ReaderBench) -> None:
    bench.start().sam.pull_after = "read"
    bench.sam.lay(card())
    until(lambda: bench.troubles)
    assert (bench.troubles, bench.cards) == (["lost"], [])


@pytest.mark.faults
@pytest.mark.parametrize(
    ("status", "fault"),
    [
        ("31", "auth_failed"),
        ("32", "auth_failed"),
        ("33", "auth_failed"),
        ("40", "unknown_type"),
        ("41", "read_failed"),
        ("47", "read_failed"),
        ("91", "malformed"),
    ],
)
def test_a_card_that_can_not_be_read_is_told_once_and_left_alone(
    bench: ReaderBench, status: str, fault: str
) -> None:
    bench.start().sam.plan(f"status:{status}", "read", times=-1)
    bench.sam.lay(card())
    until(lambda: bench.troubles)
    bench.polls(8)
    assert bench.troubles == [fault]
    assert bench.sam.asked["read"] <= 6
    assert bench.board.state("reader") is DeviceState.READY
    bench.sam.behave()
    bench.sam.remove()
    bench.polls(2)
    bench.sam.lay(card())
    until(lambda: bench.cards)


@pytest.mark.faults
@pytest.mark.parametrize("status", ["60", "66"])
def test_a_security_module_that_fails_needs_staff(bench: ReaderBench, status: str) -> None:
    bench.sam.plan(f"status:{status}", times=-1)
    bench.supervisor.start()
    bench.wait_for(DeviceState.FAULT)
    expected = {"60": "sam_selftest", "66": "sam_not_authorised"}[status]
    entry = bench.board.snapshot()["devices"]["reader"]
    assert (entry["state"], entry["code"], entry["fault"]) == ("fault", "reader_silent", expected)


@pytest.mark.faults
def test_the_module_may_sleep_after_power_up(bench: ReaderBench) -> None:
    bench.sam.unplug()
    bench.sam.power_up_silence = 1.2
    bench.sam.plug()
    bench.start()
    assert bench.board.state("reader") is DeviceState.READY


@pytest.mark.faults
def test_the_first_sam_id_may_be_wrong(bench: ReaderBench) -> None:
    bench.sam.plan("other_answer", "sam_id")
    bench.start()
    assert bench.sam.asked["sam_id"] == 2


@pytest.mark.faults
@pytest.mark.parametrize("moment", ["idle", "select", "read"])
def test_unplugged_and_plugged_in_elsewhere_it_comes_back(bench: ReaderBench, moment: str) -> None:
    bench.start()
    before = bench.sam.address
    held = os.open(before, os.O_RDWR | os.O_NOCTTY)  # a name in use is given to no other port
    if moment != "idle":
        bench.sam.plan("silent", moment)
        bench.sam.lay(card())
        until(lambda: bench.sam.asked[moment])
    bench.sam.unplug()
    bench.wait_for(DeviceState.FAULT)
    assert bench.board.code("reader") == "reader_gone"
    bench.sam.plug()
    bench.wait_for(DeviceState.READY)
    os.close(held)
    assert bench.sam.address != before
    bench.sam.lay(card())
    until(lambda: bench.cards)


@pytest.mark.faults
def test_a_card_left_lying_while_the_reader_is_replugged_is_no_news(bench: ReaderBench) -> None:
    bench.start().sam.lay(card())
    until(lambda: bench.cards)
    bench.polls(3)  # the reader says of a card that was read that there is none
    bench.sam.unplug()
    bench.wait_for(DeviceState.FAULT)
    bench.sam.plug()
    bench.wait_for(DeviceState.READY)
    until(lambda: bench.sam.asked["read"] == 4)
    bench.polls(2)
    assert len(bench.cards) == 1


@pytest.mark.faults
def test_a_card_that_is_laid_again_on_a_replugged_reader_is_news_at_once(
    bench: ReaderBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "ABSENT_SECONDS", 60.0)
    bench.start().sam.lay(card())
    until(lambda: bench.cards)
    bench.sam.remove()
    bench.sam.unplug()
    bench.wait_for(DeviceState.FAULT)
    bench.sam.plug()
    bench.wait_for(DeviceState.READY)
    bench.polls(2)  # the field was seen empty, once for sure
    bench.sam.lay(card())
    until(lambda: len(bench.cards) == 2)


def test_the_next_persons_card_is_read_though_nobody_looked_when_the_last_one_was_taken(
    bench: ReaderBench,
) -> None:
    bench.start().sam.lay(card())
    until(lambda: bench.cards)
    bench.mode = Mode.HOLD
    until(lambda: bench.sam.asked["status"] >= 1)
    bench.sam.remove()
    bench.sam.lay(card(name="测试二", number="990101199001010043"))
    bench.mode = Mode.IDLE
    until(lambda: len(bench.cards) == 2)
    assert bench.cards[1]["name"] == "测试二"


@pytest.mark.parametrize("firmware", ["edge", "level"])
def test_a_card_changed_between_two_looks_is_read(bench: ReaderBench, firmware: str) -> None:
    bench.sam.firmware = firmware
    bench.start().sam.lay(card())
    until(lambda: bench.cards)
    bench.sam.lay(card(name="测试二", number="990101199001010043"))
    until(lambda: len(bench.cards) == 2)


def test_no_card_is_looked_for_while_none_is_wanted(bench: ReaderBench) -> None:
    bench.mode = Mode.HOLD
    bench.start().sam.lay(card())
    until(lambda: bench.sam.asked["status"] >= 2)
    assert bench.sam.asked["find"] == 0
    bench.mode = Mode.IDENTIFY
    until(lambda: bench.cards)


@pytest.mark.parametrize(
    ("changes", "flags"),
    [
        ({"valid_to": "20200102"}, ["expired"]),
        ({"valid_from": "20990101", "valid_to": "21190101"}, ["not_yet_valid"]),
        ({"birth": "19900102"}, ["birth_mismatch"]),
        ({"number": "990101199001010020"}, ["check_digit"]),
        ({"number": "99010119900101002"}, ["number_invalid"]),
        ({"valid_to": "2020"}, ["date_unreadable"]),
    ],
)
def test_odd_cards_are_data_with_a_flag(changes: dict[str, str], flags: list[str]) -> None:
    assert card_entry.to_json(card(**changes))["flags"] == flags


@pytest.mark.parametrize(("digit", "word"), [("0", "unknown"), ("1", "male"), ("2", "female"), ("9", "unstated")])
def test_sex_is_what_the_card_says(digit: str, word: str) -> None:
    assert card_entry.to_json(card(sex=digit))["sex"] == word


def test_every_layout_reaches_the_identity_with_nul_padding_too(bench: ReaderBench) -> None:
    bench.start()
    permit = CardText(
        DocumentKind.RESIDENCE_PERMIT,
        name="测试甲",
        sex="1",
        birth="19940823",
        number="810000199408230021",
        valid_from="20200101",
        valid_to="20990101",
    )
    old = CardText(
        DocumentKind.FOREIGNER_2017,
        english_name="TEST, PERSON",
        sex="2",
        number="ABC990000000001",
        nationality="ABC",
        birth="19900101",
        valid_from="20200101",
        valid_to="20990101",
    )
    new = CardText(
        DocumentKind.FOREIGNER_2023,
        english_name="TEST",
        sex="1",
        birth="19810803",
        nationality="ABC",
        number="911124198108030024",
        valid_from="20240101",
        valid_to="20990101",
    )
    for number, one in enumerate((permit, old, new), 1):
        bench.polls(1)
        bench.sam.lay(one, padding="\0")
        until(lambda number=number: len(bench.cards) == number)
    assert [(found["kind"], found["name"], found["flags"]) for found in bench.cards] == [
        ("residence_permit", "测试甲", []),
        ("foreigner_2017", "TEST, PERSON", []),
        ("foreigner_2023", "TEST", []),
    ]


@pytest.mark.faults
def test_a_text_block_of_noise_is_told_as_malformed_once(bench: ReaderBench) -> None:
    bench.start().sam.lay_block(b"\x00\xd8" * 124 + card_text.encode(card())[248:])
    until(lambda: bench.troubles)
    bench.polls(4)
    assert (bench.troubles, bench.sam.asked["read"]) == (["malformed"], 2)


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals exist on Unix only")
def test_a_port_that_other_software_holds_is_busy(bench: ReaderBench) -> None:
    holder = serial.Serial(bench.sam.address, exclusive=True)
    with pytest.raises(Fault) as caught:
        SerialWire(bench.sam.address, 115200)
    holder.close()
    assert caught.value.code is FaultCode.BUSY


def test_a_port_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(Fault) as caught:
        SerialWire(str(tmp_path / "ttyUSB9"), 115200)
    assert caught.value.code is FaultCode.NOT_FOUND


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.EACCES, FaultCode.PERMISSION_DENIED),
        (errno.EBUSY, FaultCode.BUSY),
        (errno.ENODEV, FaultCode.NOT_FOUND),
        (errno.EIO, FaultCode.GONE),
    ],
)
@pytest.mark.parametrize("kind", [serial.SerialException, OSError])
def test_what_the_system_says_about_a_port_is_understood(
    monkeypatch: pytest.MonkeyPatch, number: int, code: FaultCode, kind: type[Exception]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise kind(number, os.strerror(number))

    monkeypatch.setattr(serial, "serial_for_url", refuse)
    with pytest.raises(Fault) as caught:
        SerialWire("/dev/somewhere", 115200)
    assert caught.value.code is code


@pytest.mark.parametrize("error", PORT_ERRORS)
def test_each_kind_of_error_of_a_port_that_hangs_up_means_gone(
    bench: ReaderBench, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def hang_up(*_: object) -> bytes:
        raise error(5, "hung up")

    wire = SerialWire(bench.sam.address, 115200)
    for method in ("read", "write"):
        monkeypatch.setattr(wire._port, method, hang_up)
    for use in (lambda: wire.read(0), lambda: wire.write(b"x")):
        with pytest.raises(Fault) as caught:
            use()
        assert caught.value.code is FaultCode.GONE
    wire.close()


class _Port:
    def __init__(self, device: str, vid: int | None, pid: int | None) -> None:
        self.device, self.vid, self.pid = device, vid, pid


def test_only_listed_chips_are_ever_opened_the_last_good_one_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = [
        _Port("/dev/ttyUSB0", 0x1A86, 0x7523),
        _Port("/dev/ttyUSB1", 0x0403, 0x6001),
        _Port("/dev/ttyS0", None, None),
        _Port("/dev/ttyUSB2", 0x10C4, 0xEA60),
    ]
    monkeypatch.setattr(serial_driver.list_ports, "comports", lambda: ports)
    settings = demo_settings(tmp_path, reader=Reader(driver="serial"))
    host = Host(settings, emit=lambda event: None, recall=lambda key: {"port": "/dev/ttyUSB2"})
    assert SerialReader(host).addresses() == ["/dev/ttyUSB2", "/dev/ttyUSB0"]
    named = demo_settings(tmp_path, reader=Reader(driver="serial", port="COM7"))
    assert SerialReader(Host(named, emit=lambda event: None)).addresses() == ["COM7"]


def test_cards_of_the_demo_are_laid_by_number_by_turn_and_by_place(bench: ReaderBench) -> None:
    folder = bench.host.settings.data / "demo"
    folder.mkdir()
    entry = {
        "name": "测试一",
        "sex": "女",
        "ethnic": "汉族",
        "birth": "1990-01-01",
        "number": "990101199001010027",
        "issuer": "测试市公安局",
        "valid_from": "2020.01.01",
        "valid_to": "长期",
    }
    other = {**entry, "name": "测试二", "number": "990101199001010043"}
    (folder / "cards.json").write_text(json.dumps([entry, other]), "utf-8")
    do = bench.simulator.simulate
    bench.start()
    for number, words in enumerate((["next"], ["next"], ["lay", "0"], ["lay", "number=990101199001010043"]), 1):
        options = dict(word.split("=") for word in words if "=" in word)
        bench.polls(1)
        do("card", words[0], [word for word in words[1:] if "=" not in word], options)
        until(lambda number=number: len(bench.cards) == number)
    assert [found["name"] for found in bench.cards] == ["测试一", "测试二", "测试一", "测试二"]
    assert bench.cards[0]["flags"] == []
    for target, verb, words in (("card", "lay", ["9"]), ("card", "eat", []), ("reader", "explode", [])):
        with pytest.raises(ValueError, match=r"there are|eat|explode"):
            do(target, verb, words, {})


def test_simulators_are_refused_outside_a_demonstration(tmp_path: Path) -> None:
    settings = demo_settings(tmp_path).model_copy(update={"demo": False})
    with pytest.raises(Fault) as caught:
        SerialReader.__subclasses__()[0](Host(settings, emit=lambda event: None)).open()
    assert caught.value.code is FaultCode.UNSUPPORTED


def test_a_loopback_socket_carries_the_same_frames(bench: ReaderBench, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Windows has instead of a pseudo-terminal."""
    from kiosk.bridge.drivers.reader.lines import SocketLine

    bench.sam.unplug()
    bench.sam._make_line = SocketLine
    bench.sam.plug()
    bench.start().sam.lay(card())
    until(lambda: bench.cards)
    bench.sam.unplug()
    bench.wait_for(DeviceState.FAULT)
    bench.sam.plug()
    bench.wait_for(DeviceState.READY)


def test_nothing_of_a_card_stands_in_a_log(bench: ReaderBench, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        bench.sam.plan("bad_checksum", "read")
        bench.start().sam.lay(card())
        until(lambda: bench.cards)
        bench.sam.remove()
        bench.polls(4)
        bench.sam.plan("status:41", "read", times=-1)
        bench.sam.lay(card())
        until(lambda: bench.troubles)
    said = caplog.text + repr(bench.events) + repr(bench.board.snapshot())
    assert [text for text in ("测试一", "990101199001010027", "19900101", "1990-01-01") if text in said] == []
