"""Reads the card in the field so that what is accepted is what stands on it.

The wire's only check is one XOR byte, and the late answer about one card looks like the answer about the next. So
a card counts as read when two readings of it agree byte for byte, with nothing wrong on the line between them. At
115200 baud the second costs 115 ms of wire time (1,326 bytes with a sign of life in between), at 9600 1.4 s, and
whatever the reader takes for itself. A reader or a card that gives no second reading, because it was taken away
for instance, is believed only when nothing was damaged and nothing in the text contradicts itself
(`codec.consistency`).
"""

from __future__ import annotations

import logging

from kiosk.bridge.codec import commands
from kiosk.bridge.codec.consistency import doubtful
from kiosk.bridge.drivers.reader.conversation import Conversation
from kiosk.bridge.faults import OF_THE_CARD, RESYNCHRONISE, Fault, FaultCode

log = logging.getLogger(__name__)

#: Readings of one card that may differ or be damaged before it must be laid again.
MOST_READINGS = 5
#: Clean answers that say: not this time. The line is well.
_REFUSED = OF_THE_CARD | {FaultCode.REJECTED_BY_READER}


def read_card(conversation: Conversation, twice: bool) -> bytes:
    """The text block (256 bytes) of the card that `find` found.

    `twice`: every card is read twice; without it only one whose reading gives cause for doubt.
    Raises `Fault`: what the card or the reader says, READ_FAILED when no two readings agree.
    """
    reading = _Reading(conversation)
    first = reading.first()
    if not (twice or reading.damaged or doubtful(first)):
        return first
    reading.seen, reading.asked = [first], 1
    while reading.asked < MOST_READINGS:
        block = reading.again()
        if block is None:
            continue
        if block in reading.seen:
            return block
        reading.seen.append(block)
    if reading.seen == [first] and not reading.damaged and not doubtful(first):
        return first  # a card that was taken away, or a reader that reads each card but once
    if reading.lost:
        raise Fault(FaultCode.LOST, "pulled while it was read")
    raise Fault(FaultCode.READ_FAILED, "no two readings agree")


class _Reading:
    """The questions about one card."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self.seen: list[bytes] = []  # different readings since the line was last damaged
        self.damaged = False  # something on the line was wrong while this card was read
        self.lost = False  # the card left the field meanwhile
        self.asked = 0
        self._select = False

    def first(self) -> bytes:
        """The first reading; damage on the line is mended each time, a failed read once."""
        select, found = True, False
        for left in reversed(range(MOST_READINGS)):
            try:
                return self._select_and_read() if select else self._read()
            except Fault as fault:
                refused = fault.code is FaultCode.READ_FAILED or (not select and fault.code in _REFUSED)
                if refused and left and not found:
                    found = select = True
                    if self._conversation.ask(commands.FIND).status == commands.NO_CARD:
                        raise Fault(FaultCode.LOST, "pulled while it was read") from fault
                elif fault.code in RESYNCHRONISE and left:
                    self._mend(fault)
                    # The module may have read the card well and will not find it again: ask for the data first.
                    select = False
                else:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def again(self) -> bytes | None:
        """One more reading; None when there was none: it is refused, or the line was damaged and mended."""
        try:
            # The answer has another shape: data that come twice by themselves, or late, are found out here.
            self._conversation.ask(commands.STATUS)
            # A module that does not give the same data twice may give them to one that selects the card anew.
            return self._select_and_read() if self._select else self._read()
        except Fault as fault:
            if fault.code in _REFUSED:
                self.lost = fault.code is FaultCode.LOST
                if self._select:
                    self.asked = MOST_READINGS  # asked in both ways
                self._select = True
            elif fault.code in RESYNCHRONISE:
                self._mend(fault)
            else:
                raise
        return None

    def _mend(self, fault: Fault) -> None:
        log.info("reader: %s, reading again", fault)
        self.damaged = True
        self.seen.clear()
        self._conversation.resynchronise()

    def _select_and_read(self) -> bytes:
        if self._conversation.ask(commands.SELECT).status == commands.SELECT_FAILED:
            raise Fault(FaultCode.LOST, "select failed")
        return self._read()

    def _read(self) -> bytes:
        self.asked += 1
        return self._conversation.ask(commands.READ).parts[0]
