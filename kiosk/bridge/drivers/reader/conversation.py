"""One question and its answer with a reader over any byte stream: time limits, silence, resynchronisation.

The stream has no sequence numbers. After anything odd the line is drained until it is quiet and the reader pinged
until it answers cleanly, so that the rest of an old answer never poisons the next.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from kiosk.bridge.codec import commands
from kiosk.bridge.codec.commands import Answer, Command
from kiosk.bridge.codec.frames import Damage, Decoder, Frame
from kiosk.bridge.faults import RESYNCHRONISE, Fault, FaultCode

#: Silence inside a frame that ends it, and silence after which a line counts as quiet, in seconds.
SILENCE_SECONDS = 0.3
#: A line that does not become quiet within this time is broken.
DRAIN_SECONDS = 3.0
PINGS = 3
_FAULT_OF = {Damage.BAD_CHECKSUM: FaultCode.BAD_CHECKSUM, Damage.BAD_LENGTH: FaultCode.BAD_LENGTH}


class Wire(Protocol):
    """A byte stream. Every method raises `Fault` (GONE) when the device is no longer there."""

    def write(self, data: bytes) -> None:
        """Send all of `data`."""

    def read(self, seconds: float) -> bytes:
        """What has come, waiting at most `seconds` for the first byte; empty when nothing came."""


class Conversation:
    """Asks one command after the other."""

    def __init__(self, wire: Wire, clock: Callable[[], float] = time.monotonic) -> None:
        self._wire, self._clock = wire, clock

    def ask(self, command: Command) -> Answer:
        """Send `command` and wait for an answer of its shape. Raises `Fault`."""
        self._drop_stale()
        decoder = Decoder()
        self._wire.write(command.frame)
        begun = self._clock()
        last_byte: float | None = None
        while True:
            now = self._clock()
            if last_byte is not None and decoder.pending:
                left = min(last_byte + SILENCE_SECONDS, begun + command.total_seconds) - now
            else:
                left = begun + command.first_byte_seconds - now  # noise is no beginning
            if left <= 0:
                silent = last_byte is None
                raise Fault(FaultCode.TIMEOUT_NO_ANSWER if silent else FaultCode.TIMEOUT_PARTIAL, command.name)
            data = self._wire.read(left)
            if not data:
                continue
            last_byte = self._clock()
            found = decoder.feed(data)
            if found:
                return commands.read_answer(command, _only(found, command))

    def _drop_stale(self) -> None:
        """Throw away the late rest of an older answer. Raises `Fault` for a line that pours."""
        end = self._clock() + SILENCE_SECONDS
        while self._wire.read(0):
            if self._clock() > end:
                raise Fault(FaultCode.UNEXPECTED_ANSWER, "the line pours")

    def resynchronise(self, pings: int = PINGS) -> None:
        """Drain the line, then ping until the answer is clean. Raises `Fault` when none of `pings` is."""
        self.drain()
        for attempt in range(1, pings + 1):
            try:
                self.ask(commands.STATUS)
                return
            except Fault as fault:
                if attempt == pings or fault.code not in RESYNCHRONISE:
                    raise
                self.drain()

    def drain(self) -> None:
        """Read until the line was quiet for `SILENCE_SECONDS`. Raises `Fault` for a drip without end."""
        end = self._clock() + DRAIN_SECONDS
        while self._wire.read(SILENCE_SECONDS):
            if self._clock() > end:
                raise Fault(FaultCode.TIMEOUT_PARTIAL, "the line never falls silent")


def _only(found: list[Frame | Damage], command: Command) -> bytes:
    first = found[0]
    if isinstance(first, Damage):
        raise Fault(_FAULT_OF[first], command.name)
    if len(found) > 1:
        raise Fault(FaultCode.UNEXPECTED_ANSWER, f"{command.name}: two answers at once")
    return first.body
