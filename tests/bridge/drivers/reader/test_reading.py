"""One card over a line of memory: whatever comes in whatever pieces, it ends with the card or a fault."""

from __future__ import annotations

from collections import deque
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.bridge.codec import card_text, commands, frames
from kiosk.bridge.drivers.reader.conversation import Conversation
from kiosk.bridge.drivers.reader.reading import read_card
from kiosk.bridge.drivers.reader.serial import SerialWire
from kiosk.bridge.faults import Fault
from tests.bridge.bench import ReaderBench, card

BLOCK = card_text.encode(card())
DATA = frames.encode(commands.answer_body(commands.DONE, commands.read_data(BLOCK, bytes(1024))))
GOOD = {
    commands.SELECT.body: frames.encode(commands.answer_body(commands.DONE, bytes(8))),
    commands.FIND.body: frames.encode(commands.answer_body(commands.FOUND, bytes(4))),
    commands.STATUS.body: frames.encode(commands.answer_body(commands.DONE)),
    commands.READ.body: DATA,
}


class Line:
    """Answers in the given pieces, then with silence; its clock moves only while somebody waits."""

    def __init__(self, scripted: list[list[bytes]]) -> None:
        self.seconds = 0.0
        self._scripted = deque(scripted)
        self._coming: deque[bytes] = deque()

    def clock(self) -> float:
        return self.seconds

    def write(self, data: bytes) -> None:
        pieces = self._scripted.popleft() if self._scripted else [GOOD[data[7:-1]]]
        self._coming.extend(piece for piece in pieces if piece)

    def read(self, seconds: float) -> bytes:
        if self._coming:
            self.seconds += 0.001
            return self._coming.popleft()
        self.seconds += seconds
        assert self.seconds < 120, "it never ends"
        return b""


NOISE = st.lists(
    st.sampled_from([frames.PREAMBLE, b"\xaa", b"\x00", *GOOD.values(), DATA[:700]]) | st.binary(max_size=40)
)


@given(st.lists(NOISE, max_size=8))
def test_whatever_comes_reading_ends_with_the_card_or_with_a_fault(scripted: list[list[bytes]]) -> None:
    line = Line(scripted)
    try:
        found = read_card(Conversation(line, line.clock), twice=True)
    except Fault:
        return
    assert found == BLOCK


@given(st.lists(st.integers(0, len(DATA)), max_size=20))
def test_data_split_anywhere_are_the_same_data(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(DATA)]
    pieces = [DATA[a:b] for a, b in pairwise(edges)]
    select = [GOOD[commands.SELECT.body]]
    line = Line([select, pieces, [GOOD[commands.STATUS.body]], pieces])
    assert read_card(Conversation(line, line.clock), twice=True) == BLOCK


@pytest.mark.parametrize(
    "command",
    [*commands.COMMANDS.values(), commands.largest_rf_frame(0x50)],
    ids=lambda command: command.name,
)
def test_every_command_of_the_standard_is_answered_over_the_wire(
    bench: ReaderBench, command: commands.Command
) -> None:
    bench.sam.lay(card())
    wire = SerialWire(bench.sam.address, 115200)
    try:
        conversation = Conversation(wire)
        answer = conversation.ask(command)
    finally:
        wire.close()
    assert answer.status in command.answers
    if command.name.startswith("read") and command.name != "read_address":
        assert answer.parts[0] == BLOCK
        assert len(answer.parts) == command.lengths
