"""Answers: only the shape of the command that is open is taken for its answer."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.bridge.codec import commands
from kiosk.bridge.codec.commands import COMMANDS, Command
from kiosk.bridge.faults import Fault, FaultCode

ALL = list(COMMANDS.values())
GOOD = {
    "reset": (0x90, b""),
    "status": (0x90, b""),
    "sam_id": (0x90, bytes(16)),
    "find": (0x9F, bytes(4)),
    "select": (0x90, bytes(8)),
    "read": (0x90, commands.read_data(bytes(256), bytes(1024))),
    "read_fp": (0x90, commands.read_data(bytes(256), bytes(1024), bytes(512))),
    "read_address": (0x90, bytes(70)),
}


def fault_of(command: Command, body: bytes) -> FaultCode:
    with pytest.raises(Fault) as caught:
        commands.read_answer(command, body)
    return caught.value.code


def test_requests_are_the_bytes_of_the_standard() -> None:
    assert commands.READ.frame.hex() == "aaaaaa96690003300132"
    assert commands.largest_rf_frame(0x50).body.hex() == "61ff50"


@pytest.mark.parametrize("command", ALL, ids=lambda command: command.name)
def test_a_good_answer_is_taken(command: Command) -> None:
    status, data = GOOD[command.name]
    assert commands.read_answer(command, commands.answer_body(status, data)).status == status


@pytest.mark.parametrize("asked", ALL, ids=lambda command: command.name)
@pytest.mark.parametrize("answered", ALL, ids=lambda command: command.name)
def test_the_answer_to_another_command_is_not_taken(asked: Command, answered: Command) -> None:
    alike = {"reset", "status"}, {"read", "read_fp"}
    if asked is answered or any({asked.name, answered.name} <= pair for pair in alike):
        return
    status, data = GOOD[answered.name]
    assert fault_of(asked, commands.answer_body(status, data)) in (
        FaultCode.UNEXPECTED_ANSWER,
        FaultCode.BAD_LENGTH,
    )


@pytest.mark.parametrize("status", range(256))
def test_every_status_byte_has_a_meaning(status: int) -> None:
    if status == commands.DONE:
        return
    code = fault_of(commands.READ, commands.answer_body(status))
    assert code is commands.STATUS_FAULTS.get(status, FaultCode.UNEXPECTED_ANSWER)


@given(st.binary(max_size=60), st.sampled_from(ALL))
def test_no_bytes_crash_the_reading_of_an_answer(body: bytes, command: Command) -> None:
    with contextlib.suppress(Fault):
        commands.read_answer(command, body)


@pytest.mark.parametrize("lengths", [(256, 1023), (257, 1024), (0, 0), (0xFFFF, 0xFFFF)])
def test_inner_lengths_that_do_not_sum_are_refused(lengths: tuple[int, int]) -> None:
    data = b"".join(length.to_bytes(2, "big") for length in lengths) + bytes(1280)
    assert fault_of(commands.READ, commands.answer_body(0x90, data)) is FaultCode.BAD_LENGTH


@pytest.mark.parametrize("sizes", [(256, 1024, 1024), (256, 1024, 512), (256, 1024, 0), (256, 0, 0)])
def test_parts_are_cut_by_their_own_lengths(sizes: tuple[int, ...]) -> None:
    parts = tuple(bytes([number]) * size for number, size in enumerate(sizes))
    body = commands.answer_body(0x90, commands.read_data(*parts))
    assert commands.read_answer(commands.READ_WITH_FINGERPRINT, body).parts == parts
