"""Every fault of §8 of the readers' reference, by its number, done by the command that the product has for it.

Faults 17 (smart-card service), 19 (page), 20 (machine) and 21 (scanners) are those of other parts: `ELSEWHERE`.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from kiosk.bridge import day, figures, simulated
from kiosk.bridge.codec import commands
from kiosk.bridge.drivers.reader import ordeal
from kiosk.bridge.faults import TABLE, FaultCategory, FaultCode, Retry
from kiosk.bridge.protocol import DeviceState
from kiosk.commands import devices, devices_day
from kiosk.domain.identity import Flag
from kiosk.i18n import LANGUAGES, catalog
from kiosk.settings import ROOT, Reader
from tests.bridge.bench import ReaderBench, card, demo_settings, until

NUMBER = "990101199001010027"
ENTRY = {
    "name": "测试一",
    "sex": "女",
    "ethnic": "汉",
    "birth": "19900101",
    "number": NUMBER,
    "issuer": "测试市公安局",
    "valid_from": "20200101",
    "valid_to": "20990101",
}
#: Command → what comes of a card laid after it: `read`; `told CODE` (the person is told, the reader is well);
#: `fault CODE` (the reader is in fault, and back after `behave` and `replug`); `flag FLAG` and `sex WORD` of one
#: that is read.
EXPECTED = {
    "reader unplug": "fault not_found",
    "reader unplug command=find": "fault gone",
    "reader unplug_half command=read": "fault gone",
    "reader plug": "read",
    "reader half_frame command=read": "read",
    "reader late_half command=read": "read",
    "reader bad_checksum command=read": "read",
    "reader bad_checksum times=-1": "fault bad_checksum",
    "reader length_zero": "read",
    "reader length_small": "read",
    "reader length_large": "read",
    "reader length_ffff": "read",
    "reader inner_lengths command=read": "read",
    "reader garbage": "read",
    "reader garbage_between": "read",
    "reader extra_aa": "read",
    "card next photo=frames": "read",
    "reader drip command=read": "read",
    "reader endless_drip": "read",
    "reader two_frames": "read",
    "reader every_byte command=read": "read",
    "reader stale": "read",
    "reader other_answer": "read",
    "reader slow command=find": "read",
    "reader status:31 command=read times=-1": "told auth_failed",
    "reader status:66 times=-1": "fault sam_not_authorised",
    "reader status:EE": "read",
    "reader pull_card find": "told lost",
    "reader pull_card select": "told lost",
    "reader pull_card read": "told lost",
    "reader firmware edge": "read",
    "reader firmware level": "read",
    "card next": "read",
    "reader two_cards": "told multiple",
    "reader two_cards off": "read",
    "card lay 0 kind=foreigner_2023": "flag number_invalid",
    "card lay 0 flag=Q": "told unknown_type",
    "card lay 0 valid_to=长期": "read",
    "card lay 0 valid_to=20200101": "flag expired",
    "card lay 0 valid_from=20990101 valid_to=21190101": "flag not_yet_valid",
    "card lay 0 padding=nul": "read",
    "card lay 0 number=990101199001010020": "flag check_digit",
    "card lay 0 birth=19900102": "flag birth_mismatch",
    "card lay 0 sex=9": "sex unstated",
    "reader busy": "fault busy",
    "reader behave": "read",
    "reader replug": "read",
    "reader move": "read",
    "reader swap": "read",
    "reader power_up_silence 1.5": "read",
    "reader ghost": "fault not_found",
}
#: Where the faults of other parts are tested, and those whose command needs another table than this one.
ELSEWHERE = {
    17: "tests.bridge.drivers.reader.test_pcsc",
    19: "tests.faults.test_devices",
    20: "tests.faults.test_machine",
    21: "tests.bridge.drivers.codes.test_scanner",
}
CASES = [
    pytest.param(command, id=f"8.{fault.number:02} {command}")
    for fault in simulated.FAULTS
    if fault.number not in ELSEWHERE
    for command in dict.fromkeys(fault.commands)
    if command != "reader denied"  # below, with rights that the superuser has not
]


def do(bench: ReaderBench, line: str) -> None:
    target, verb, *rest = line.split()
    named = [word for word in rest if "=" in word]
    options = dict(word.split("=", 1) for word in named)
    bench.simulator.simulate(target, verb, [word for word in rest if word not in named], options)


@pytest.fixture
def table(bench: ReaderBench) -> ReaderBench:
    folder = bench.host.settings.data / "demo"
    folder.mkdir(parents=True)
    (folder / "cards.json").write_text(json.dumps([ENTRY]), "utf-8")
    return bench.start()


@pytest.mark.faults
@pytest.mark.parametrize("line", CASES)
def test_the_fault_is_survived(table: ReaderBench, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.bridge.drivers.reader.conversation.DRAIN_SECONDS", 0.6)
    what, _, word = EXPECTED[line].partition(" ")
    do(table, line)
    if what == "fault":
        if "command=" in line:
            do(table, "card next")
        until(lambda: _fault(table) == word)
        do(table, "reader behave")
        if "bad_checksum" not in line:
            do(table, "reader replug")
        table.wait_for(DeviceState.READY)
    if not line.startswith("card"):
        do(table, "card next")
    if what == "told":
        until(lambda: word in table.troubles)
        assert not table.cards
        assert table.board.state("reader") is DeviceState.READY
        do(table, "card remove")
        do(table, "reader behave")
        table.polls(2)
        do(table, "card next")
    until(lambda: table.cards)
    table.polls(3)
    assert len(table.cards) == 1  # told once, however often it was asked for
    found = table.cards[0]
    if what == "flag":
        assert found["flags"] == [word]
    elif what == "sex":
        assert found["sex"] == word
    else:
        assert (found["number"], found["name"], found["flags"]) == (NUMBER, "测试一", [])


def _fault(bench: ReaderBench) -> str | None:
    found: str | None = bench.board.snapshot()["devices"].get("reader", {}).get("fault")
    return found


def test_every_fault_has_its_text_and_its_test_and_every_command_is_tried() -> None:
    assert [fault.number for fault in simulated.FAULTS] == list(range(1, 22))
    offered = {line for fault in simulated.FAULTS if fault.number not in ELSEWHERE for line in fault.commands}
    assert offered - {"reader denied"} == set(EXPECTED)
    for name in ELSEWHERE.values():
        assert (ROOT / f"{name.replace('.', '/')}.py").is_file(), name
    for language in LANGUAGES:
        texts = catalog(language)
        keys = [f"devices.simulated.{fault.number}" for fault in simulated.FAULTS]
        keys += [f"devices.simulated.how.{fault.how}" for fault in simulated.FAULTS if fault.how]
        assert [key for key in keys if key not in texts] == []


# -- finding the right reader (8.15), rights (8.18)


@pytest.mark.faults
def test_8_15_a_reader_chosen_by_its_module_is_found_on_another_port_and_no_other_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = "05.03-20120806-0001234567-0123456789"
    bench = ReaderBench(demo_settings(tmp_path, reader=Reader(driver="virtual", sam_id=wanted)))
    try:
        bench.start()
        before = bench.sam.address
        do(bench, "reader move")
        until(lambda: bench.sam.asked["sam_id"] >= 2)
        bench.wait_for(DeviceState.READY)
        assert bench.sam.address != before
        do(bench, "reader swap")
        until(lambda: _fault(bench) == "not_found")
        bench.sam.lay(card())
        assert not bench.cards
    finally:
        bench.stop()


@pytest.mark.faults
def test_8_15_of_several_ports_the_one_with_a_reader_is_found(
    bench: ReaderBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another device with the same chip stands first and says nothing."""
    silent = day.VirtualSam()
    silent.plug()
    silent.plan("silent", times=-1)
    first = silent.address
    monkeypatch.setattr(
        "kiosk.bridge.drivers.reader.virtual.VirtualReader.addresses", lambda self: [first, bench.sam.address]
    )
    try:
        bench.start().sam.lay(card())
        until(lambda: bench.cards)
        assert silent.asked["status"]
    finally:
        silent.unplug()


_AS_NOBODY = """
import json, os, sys
from kiosk.bridge.drivers.reader.serial import SerialWire
from kiosk.bridge.faults import Fault
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    SerialWire(sys.argv[1], 115200)
except Fault as fault:
    print(fault.code.value)
"""


@pytest.mark.faults
@pytest.mark.skipif(sys.platform == "win32", reason="ports have no permissions there")
def test_8_18_a_port_that_the_account_may_not_use_says_so(bench: ReaderBench) -> None:
    """For real: the superuser may do everything, so that the driver runs as nobody."""
    do(bench, "reader denied")
    done = subprocess.run(
        [sys.executable, "-c", _AS_NOBODY, bench.sam.address],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == ("permission_denied", "")


# -- readings that must agree


@pytest.mark.faults
def test_a_late_answer_about_the_card_before_is_never_taken_for_this_one(bench: ReaderBench) -> None:
    bench.start()
    for number in ("990101199001010027", "990101199001010043"):
        bench.polls(1)
        bench.sam.lay(card(number=number))
        until(lambda number=number: number in [found["number"] for found in bench.cards])
        bench.sam.plan("stale", "read")
        bench.sam.plan("stale", "select")
    assert len(bench.cards) == 2


@pytest.mark.faults
def test_a_damage_that_passes_the_checksum_is_found_by_reading_again(bench: ReaderBench) -> None:
    bench.start()
    true, bent = card(), card(name="测试二")
    real = bench.sam._perform
    answers = iter([bent, true, true])

    def perform(name: str) -> bytes:
        if name == "read":
            bench.sam.lay(next(answers))
        return real(name)

    bench.sam._perform = perform  # type: ignore[method-assign]
    bench.sam.lay(true)
    until(lambda: bench.cards)
    assert [found["name"] for found in bench.cards] == ["测试一"]


@pytest.mark.parametrize(
    ("firmware_again", "changes", "events"),
    [(False, {}, 1), (False, {"number": "990101199001010020"}, 0)],
    ids=["nothing doubtful", "a number that fails its check digit"],
)
def test_a_reader_that_reads_each_card_but_once_is_believed_where_nothing_is_doubtful(
    bench: ReaderBench, firmware_again: bool, changes: dict[str, str], events: int
) -> None:
    bench.start()
    real, read = bench.sam._perform, []

    def perform(name: str) -> bytes:
        if name == "read":
            read.append(name)
            if len(read) > 1:
                return commands.answer_body(commands.READ_FAILED)
        return real(name)

    bench.sam._perform = perform  # type: ignore[method-assign]
    bench.sam.lay(card(**changes))
    until(lambda: bench.cards or bench.troubles)
    assert (len(bench.cards), bench.troubles) == (events, [] if events else ["read_failed"])


def test_read_once_is_enough_where_the_settings_say_so(tmp_path: Path) -> None:
    bench = ReaderBench(demo_settings(tmp_path, reader=Reader(driver="virtual", read_twice=False)))
    try:
        bench.start().sam.lay(card())
        until(lambda: bench.cards)
        bench.polls(2)
        assert bench.sam.asked["read"] == 1
        bench.sam.remove()
        bench.polls(1)
        bench.sam.lay(card(birth="19900102"))  # contradicts the number: read again
        until(lambda: len(bench.cards) == 2)
        assert bench.sam.asked["read"] == 3
    finally:
        bench.stop()


def test_no_corrupted_stream_crashes_hangs_or_gives_another_card() -> None:
    found = ordeal.run(4000, seed=3)
    assert (found.crashed, found.hung, found.wrong) == (0, 0, 0)
    assert found.read > 1000
    assert found.read + found.refused == found.streams


def test_streams_read_but_once_do_give_another_card() -> None:
    """What the second reading is for; were this 0, the test above would prove nothing."""
    assert ordeal.run(4000, seed=3, twice=False).wrong > 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_short_day_loses_doubles_and_mixes_up_nothing_and_prints_its_table(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "FRAMES", 100)
    monkeypatch.setattr(devices_day, "language", lambda: language)
    monkeypatch.setattr(figures, "RATE_BAR", 0)  # a busy machine is no fault of the command
    monkeypatch.setattr(figures, "WAIT_BAR_MS", 60_000.0)
    words = ["simulate", "--day", "--reads", "12", "--streams", "200", "--seed", "2", "--no-camera"]
    said = CliRunner().invoke(devices.command, words)
    assert said.exit_code == 0
    for line in ("day", "streams"):
        assert catalog(language)[f"devices.figure.{line}"] in said.output
    assert {"en": "0 lost, 0 wrong, 0 double", "zh_CN": "丢失 0、错误 0、重复 0"}[language] in said.output


def test_a_missed_bar_ends_the_command_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "FRAMES", 100)
    monkeypatch.setattr(figures, "RATE_BAR", 10**12)
    words = ["simulate", "--day", "--faults", "none", "--reads", "1", "--streams", "0", "--no-camera"]
    assert CliRunner().invoke(devices.command, words).exit_code == 1


def test_the_list_of_faults_is_printed_without_a_kiosk() -> None:
    said = CliRunner().invoke(devices.command, ["simulate", "faults"])
    assert said.exit_code == 0
    assert all(line in said.output for fault in simulated.FAULTS for line in fault.commands)


def test_a_clock_that_jumps_does_not_disturb_a_reading(
    bench: ReaderBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """8.20: whatever waits counts on the monotonic clock."""
    real, jumps = time.time, iter(range(10**9))
    monkeypatch.setattr(time, "time", lambda: real() + 86_400 * (next(jumps) % 3 - 1))
    bench.start().sam.lay(card())
    until(lambda: bench.cards)
    bench.polls(2)
    assert len(bench.cards) == 1


# -- the table of codes

READER = "tests.bridge.drivers.reader"
#: Code → the test that reaches it for real.
REACHED = {
    FaultCode.NOT_FOUND: f"{READER}.test_serial::test_a_port_that_is_not_there_is_not_found",
    FaultCode.GONE: f"{READER}.test_faults::test_the_fault_is_survived",
    FaultCode.BUSY: f"{READER}.test_serial::test_a_port_that_other_software_holds_is_busy",
    FaultCode.PERMISSION_DENIED: f"{READER}.test_faults::test_8_18_a_port_that_the_account_may_not_use_says_so",
    FaultCode.SAM_SELFTEST: f"{READER}.test_serial::test_a_security_module_that_fails_needs_staff",
    FaultCode.SAM_NOT_AUTHORISED: f"{READER}.test_serial::test_a_security_module_that_fails_needs_staff",
    FaultCode.UNSUPPORTED: f"{READER}.test_usb::test_without_libusb_a_bulk_reader_is_unsupported",
    FaultCode.TIMEOUT_NO_ANSWER: f"{READER}.test_faults::test_each_protocol_code_is_reached",
    FaultCode.TIMEOUT_PARTIAL: f"{READER}.test_faults::test_each_protocol_code_is_reached",
    FaultCode.BAD_CHECKSUM: f"{READER}.test_faults::test_each_protocol_code_is_reached",
    FaultCode.BAD_LENGTH: f"{READER}.test_faults::test_each_protocol_code_is_reached",
    FaultCode.UNEXPECTED_ANSWER: f"{READER}.test_faults::test_each_protocol_code_is_reached",
    FaultCode.REJECTED_BY_READER: f"{READER}.test_faults::test_each_protocol_code_is_reached",
    FaultCode.LOST: f"{READER}.test_serial::test_a_card_pulled_while_it_is_read_is_told",
    FaultCode.READ_FAILED: f"{READER}.test_serial::test_a_card_that_can_not_be_read_is_told_once_and_left_alone",
    FaultCode.AUTH_FAILED: f"{READER}.test_serial::test_a_card_that_can_not_be_read_is_told_once_and_left_alone",
    FaultCode.UNKNOWN_TYPE: f"{READER}.test_faults::test_the_fault_is_survived",
    FaultCode.MULTIPLE: f"{READER}.test_faults::test_the_fault_is_survived",
    FaultCode.MALFORMED: f"{READER}.test_serial::test_a_text_block_of_noise_is_told_as_malformed_once",
    **dict.fromkeys(map(FaultCode, Flag), f"{READER}.test_serial::test_odd_cards_are_data_with_a_flag"),
    FaultCode.BLACK: "tests.bridge.drivers.camera.test_reading::",
    FaultCode.FROZEN: "tests.bridge.drivers.camera.test_reading::",
    FaultCode.LAGGING: "tests.bridge.drivers.camera.test_reading::",
    FaultCode.INTERNAL: "tests.bridge.test_supervisor::",
    # a service, a mute card, a random number, no card: against a real pcscd
    **dict.fromkeys(
        (FaultCode.SERVICE_DOWN, FaultCode.MUTE, FaultCode.UID_RANDOM, FaultCode.NO_CARD), f"{READER}.test_pcsc::"
    ),
}


@pytest.mark.parametrize("code", FaultCode)
def test_every_code_is_reached_by_a_test(code: FaultCode) -> None:
    name, _, function = REACHED[code].partition("::")
    if function:
        assert callable(getattr(importlib.import_module(name), function))
    else:
        assert code.name in (ROOT / f"{name.replace('.', '/')}.py").read_text("utf-8") or f'"{code}"' in (
            ROOT / f"{name.replace('.', '/')}.py"
        ).read_text("utf-8")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("silent", "timeout_no_answer"),
        ("half_frame", "timeout_partial"),
        ("bad_checksum", "bad_checksum"),
        ("length_zero", "bad_length"),
        ("other_answer", "unexpected_answer"),
        ("status:21", "rejected_by_reader"),
    ],
)
@pytest.mark.faults
def test_each_protocol_code_is_reached(bench: ReaderBench, fault: str, code: str) -> None:
    bench.sam.plan(fault, "find", times=-1)
    bench.supervisor.start()
    until(lambda: _fault(bench) == code)


def test_every_code_stands_in_the_table_with_its_texts() -> None:
    assert set(TABLE) == set(FaultCode)
    flags = {code for code, about in TABLE.items() if about.retry is Retry.FLAG}
    assert {code.value for code in flags} == {flag.value for flag in Flag}
    for language in LANGUAGES:
        texts = catalog(language)
        keys = [f"devices.fault.{code}.{who}" for code in FaultCode for who in ("student", "staff")]
        keys += [f"devices.category.{word}" for word in FaultCategory] + [
            f"devices.retry.{word}" for word in Retry
        ]
        keys += [
            f"devices.figure.{key}{part}" for key in figures.KEYS for part in ("", ".bar", ".measured", ".with")
        ]
        assert [key for key in keys if key not in texts] == []


def test_no_code_says_the_same_to_staff_as_another() -> None:
    for language in LANGUAGES:
        said = [catalog(language)[f"devices.fault.{code}.staff"] for code in FaultCode]
        assert len(set(said)) == len(said)
