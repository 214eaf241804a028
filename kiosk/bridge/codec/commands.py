"""Commands to the reader's security module and the shapes their answers must have.

The protocol has neither a sequence number nor an echo, so that the late answer to one command looks like the
answer to the next. Therefore every answer is held against the shape of the command that is open; whatever does
not fit is `UNEXPECTED_ANSWER` and ends in a resynchronisation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from kiosk.bridge.codec import frames
from kiosk.bridge.faults import Fault, FaultCode

DONE, NOT_ON_CARD, FOUND, NO_CARD, SELECT_FAILED, READ_FAILED = 0x90, 0x91, 0x9F, 0x80, 0x81, 0x41

#: What the status bytes that are no answer to the question mean.
STATUS_FAULTS = {
    0x10: FaultCode.REJECTED_BY_READER,  # checksum of the received command wrong
    0x11: FaultCode.REJECTED_BY_READER,  # length wrong
    0x21: FaultCode.REJECTED_BY_READER,  # command or parameter wrong
    0x23: FaultCode.REJECTED_BY_READER,  # not permitted
    0x24: FaultCode.REJECTED_BY_READER,  # unknown error
    0x31: FaultCode.AUTH_FAILED,  # card could not authenticate the SAM
    0x32: FaultCode.AUTH_FAILED,  # SAM could not authenticate the card
    0x33: FaultCode.AUTH_FAILED,  # verification failed
    0x40: FaultCode.UNKNOWN_TYPE,
    0x41: FaultCode.READ_FAILED,
    0x47: FaultCode.READ_FAILED,  # random number failed
    0x60: FaultCode.SAM_SELFTEST,
    0x66: FaultCode.SAM_NOT_AUTHORISED,
    0x80: FaultCode.LOST,
    0x81: FaultCode.LOST,  # select failed: the card left the field
    0x91: FaultCode.MALFORMED,
}


@dataclass(frozen=True, slots=True)
class Command:
    """One request. `answers` maps a good SW3 to the number of data bytes, None where lengths stand inside."""

    name: str
    body: bytes
    answers: dict[int, int | None]
    first_byte_seconds: float
    total_seconds: float
    lengths: int = 0  # how many two-byte lengths begin the data

    @property
    def frame(self) -> bytes:
        """The bytes to send."""
        return _framed(self.body)


@lru_cache(maxsize=300)  # every command there is, RF frames of every size
def _framed(body: bytes) -> bytes:
    return frames.encode(body)


RESET = Command("reset", bytes.fromhex("10FF"), {DONE: 0}, 0.8, 0.8)
STATUS = Command("status", bytes.fromhex("11FF"), {DONE: 0}, 0.8, 0.8)
SAM_ID = Command("sam_id", bytes.fromhex("12FF"), {DONE: 16}, 0.8, 0.8)
FIND = Command("find", bytes.fromhex("2001"), {FOUND: 4, NO_CARD: 0}, 0.8, 0.8)
SELECT = Command("select", bytes.fromhex("2002"), {DONE: 8, SELECT_FAILED: 0}, 0.8, 0.8)
READ = Command("read", bytes.fromhex("3001"), {DONE: None}, 3.0, 4.0, lengths=2)
READ_WITH_FINGERPRINT = Command("read_fp", bytes.fromhex("3010"), {DONE: None}, 3.0, 4.0, lengths=3)
READ_ADDRESS = Command("read_address", bytes.fromhex("3003"), {DONE: 70, NOT_ON_CARD: 0}, 3.0, 4.0)

COMMANDS = {
    command.body: command
    for command in (RESET, STATUS, SAM_ID, FIND, SELECT, READ, READ_WITH_FINGERPRINT, READ_ADDRESS)
}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the right shape. `parts` are text, photo and fingerprint of a read."""

    status: int
    data: bytes
    parts: tuple[bytes, ...] = ()


def largest_rf_frame(size: int) -> Command:
    """The command that limits the RF frame to `size` bytes (1 to 255)."""
    return Command("rf_frame", bytes((0x61, 0xFF, size)), {DONE: 0}, 0.8, 0.8)


def read_answer(command: Command, body: bytes) -> Answer:
    """Hold an answer's body (SW1 SW2 SW3 data) against `command`.

    Raises `Fault`: UNEXPECTED_ANSWER for a shape that this command never has, BAD_LENGTH for inner lengths that
    don't sum, otherwise what the status byte means.
    """
    if len(body) < 3 or body[0] or body[1]:
        raise Fault(FaultCode.UNEXPECTED_ANSWER, command.name)
    status, data = body[2], bytes(body[3:])
    if status not in command.answers:
        if data or status not in STATUS_FAULTS:
            raise Fault(FaultCode.UNEXPECTED_ANSWER, f"{command.name} {status:02X}")
        raise Fault(STATUS_FAULTS[status], f"{command.name} {status:02X}")
    size = command.answers[status]
    if size is not None:
        if len(data) != size:
            raise Fault(FaultCode.UNEXPECTED_ANSWER, f"{command.name} {status:02X} with {len(data)} bytes")
        return Answer(status, data)
    return Answer(status, data, _split(command, data))


def _split(command: Command, data: bytes) -> tuple[bytes, ...]:
    head = command.lengths * 2
    if len(data) < head:
        raise Fault(FaultCode.UNEXPECTED_ANSWER, f"{command.name} with {len(data)} bytes")
    sizes = [int.from_bytes(data[at : at + 2], "big") for at in range(0, head, 2)]
    if head + sum(sizes) != len(data):
        raise Fault(FaultCode.BAD_LENGTH, f"{command.name} {sizes}")
    parts, at = [], head
    for size in sizes:
        parts.append(data[at : at + size])
        at += size
    return tuple(parts)


def answer_body(status: int, data: bytes = b"") -> bytes:
    """The body of an answer, as the simulator sends it."""
    return bytes((0, 0, status)) + data


def read_data(*parts: bytes) -> bytes:
    """The data of a good read: the lengths of `parts`, then the parts."""
    return b"".join(len(part).to_bytes(2, "big") for part in parts) + b"".join(parts)
