"""A simulated card reader: answers GA/T 467 frames byte for byte over a serial line or a USB cable.

It misbehaves on command. Its answers leave at the pace of a baud rate or at once; the line itself has no pace.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from kiosk.bridge.codec import card_text, commands, frames, sam_id
from kiosk.bridge.codec.card_text import CardText
from kiosk.bridge.drivers.reader.lines import Line, make_line

PHOTO_BYTES = 1024
#: Faults that one of the next answers can carry; see `VirtualSam._send`.
FAULTS = (
    "bad_checksum",
    "half_frame",
    "late_half",
    "drip",
    "endless_drip",
    "silent",
    "garbage",
    "extra_aa",
    "length_zero",
    "length_ffff",
    "length_small",
    "length_large",
    "inner_lengths",
    "two_frames",
    "every_byte",
    "stale",
    "other_answer",
    "garbage_between",
    "slow",
    "unplug",
    "unplug_half",
)
_DRIP_SECONDS = 0.01
#: Slower than the host waits for an answer to find or select.
_SLOW_SECONDS = 1.2
_CHUNK = 64


@dataclass
class PlannedFault:
    """A fault of the next `times` answers to `command` (empty: to any); `times` below 0 is for ever."""

    name: str
    command: str = ""
    times: int = 1


class VirtualSam:
    """The device: one thread while it is plugged in. All public methods may be called from any thread."""

    def __init__(self, baud: int | None = None, line: Callable[[], Line] = make_line) -> None:
        """`baud` None sends at once, otherwise at the pace of that speed (10 bits a byte)."""
        self.baud = baud
        #: `edge`: a card is found once until it left the field. `level`: found as long as it lies.
        self.firmware = "edge"
        #: After this command the card is pulled away: find, select or read (which then fails).
        self.pull_after = ""
        self.power_up_silence = 0.0
        self.number = sam_id.SamId(5, 3, 20120806, 1234567, 123456789)
        self._make_line = line
        self._lock = threading.RLock()
        self._line: Line | None = None
        self._thread: threading.Thread | None = None
        self._blocks: tuple[bytes, ...] = ()  # text, photo, fingerprint of the card in the field
        self._fresh = False  # the card came since the last successful read
        #: Two cards lie there: they are found and answer at once, so that none can be selected.
        self.two_cards = False
        #: The next ports: `busy` are held by other software, `denied` ones the account may not use.
        self.port_state = ""
        #: A port that is listed though its device is gone.
        self.ghost = ""
        self._planned: list[PlannedFault] = []
        self._last_answer = b""
        #: How often each command was asked.
        self.asked: Counter[str] = Counter()

    # -- what people do with it

    @property
    def address(self) -> str:
        """Port under which the host finds it; empty while it is unplugged."""
        with self._lock:
            return self._line.address if self._line else self.ghost

    @property
    def line(self) -> Line | None:
        """Its end of the cable; None while it is unplugged."""
        return self._line

    def plug(self) -> None:
        """Put the cable in; the security module wakes up. Raises `ValueError` where a port can't be held."""
        with self._lock:
            if self._line is None:
                self._connect(self._make_line())

    def _connect(self, line: Line) -> None:
        if self.port_state == "busy":
            line.hold()
        elif self.port_state == "denied":
            line.deny()
        with self._lock:
            self._line = line
            self._fresh = bool(self._blocks)
            self._thread = threading.Thread(target=self._serve, args=(line,), daemon=True)
            self._thread.start()

    def unplug(self) -> None:
        """Pull the cable; the host's port hangs up and is gone."""
        with self._lock:
            line, self._line = self._line, None
            thread = self._thread
        if line is not None:
            line.close()
        if thread is not None and thread is not threading.current_thread():
            thread.join(2)

    def move(self) -> None:
        """Pull the cable and put it into another socket: the port has another name."""
        line = self._make_line()  # the old name is not free yet
        self.unplug()
        self._connect(line)

    def swap(self) -> None:
        """Put another reader in this one's place, with another security module."""
        self.unplug()
        self.number = replace(self.number, serial=(self.number.serial + 1) % 10**10)
        self.plug()

    def lay(self, card: CardText, padding: str = " ", photo: bytes | None = None) -> None:
        """Lay a card on the reader."""
        self.lay_block(card_text.encode(card, padding), photo)

    def lay_block(self, text: bytes, photo: bytes | None = None) -> None:
        """Lay a card whose text block is `text`, whatever stands in it."""
        with self._lock:
            self._blocks = (text, secrets.token_bytes(PHOTO_BYTES) if photo is None else photo)
            self._fresh = True

    def remove(self) -> None:
        """Take the card away."""
        with self._lock:
            self._blocks, self._fresh = (), False

    def plan(self, name: str, command: str = "", times: int = 1) -> None:
        """Misbehave in one of the next answers. `name` is one of FAULTS or `status:XX`. Raises `ValueError`."""
        if name not in FAULTS and not name.startswith("status:"):
            raise ValueError(name)
        with self._lock:
            self._planned.append(PlannedFault(name, command, times))

    def behave(self) -> None:
        """Forget every fault."""
        with self._lock:
            self._planned.clear()
            self.pull_after = ""
            self.power_up_silence = 0.0
            self.two_cards = False
            self.port_state = self.ghost = ""

    # -- what the device does

    def _serve(self, line: Line) -> None:
        awake_at = time.monotonic() + self.power_up_silence
        decoder = frames.Decoder()
        while True:
            data = line.receive(0.1)
            if data is None:
                return
            for item in decoder.feed(data):
                if time.monotonic() < awake_at:
                    continue
                if isinstance(item, frames.Frame):
                    self._answer(line, item.body)
                else:
                    self._send(line, "", commands.answer_body(0x10))  # checksum of the command wrong

    def _answer(self, line: Line, body: bytes) -> None:
        command = commands.COMMANDS.get(body)
        name = command.name if command else "rf_frame" if body[:2] == b"\x61\xff" and len(body) == 3 else "other"
        with self._lock:
            self.asked[name] += 1
            fault = self._take_fault(name)
            # a reader that reports a failure has not done what it was asked
            failed = fault.startswith("status:")
            answer = commands.answer_body(int(fault[7:], 16)) if failed else self._perform(name)
            if name and name == self.pull_after:
                self.remove()
                self.pull_after = ""
        self._send(line, fault, answer)

    def _perform(self, name: str) -> bytes:
        if name in ("reset", "status", "rf_frame"):
            return commands.answer_body(commands.DONE)
        if name == "sam_id":
            return commands.answer_body(commands.DONE, self.number.to_bytes())
        if name == "find":
            seen = bool(self._blocks) and (self._fresh or self.firmware == "level")
            return (
                commands.answer_body(commands.FOUND, bytes(4)) if seen else commands.answer_body(commands.NO_CARD)
            )
        if name == "select":
            found = bool(self._blocks) and not self.two_cards
            return commands.answer_body(commands.DONE, bytes(8)) if found else commands.answer_body(0x81)
        if name in ("read", "read_fp"):
            if not self._blocks or self.pull_after == name:
                return commands.answer_body(commands.READ_FAILED)
            self._fresh = False
            parts = self._blocks if name == "read" else (*self._blocks, b"")
            return commands.answer_body(commands.DONE, commands.read_data(*parts))
        if name == "read_address":
            return commands.answer_body(commands.NOT_ON_CARD)
        return commands.answer_body(0x21)

    def _take_fault(self, command: str) -> str:
        with self._lock:
            for planned in self._planned:
                if planned.command in ("", command) and planned.times:
                    planned.times -= 1
                    self._planned = [item for item in self._planned if item.times]
                    return planned.name
        return ""

    def _send(self, line: Line, fault: str, body: bytes) -> None:
        good = frames.encode(body)
        stale, self._last_answer = self._last_answer, good
        if fault == "slow":
            threading.Event().wait(_SLOW_SECONDS)
        if fault.startswith("unplug"):
            line.send(good[: len(good) // 2] if fault == "unplug_half" else b"")
            self.unplug()
            return
        for data, pause in _spoil(fault, body, good, stale):
            self._pace(line, data, pause)

    def _pace(self, line: Line, data: bytes, seconds_a_byte: float) -> None:
        """Send at the pace of the baud rate, or one byte every `seconds_a_byte`."""
        chunk = 1 if seconds_a_byte else _CHUNK
        rate = seconds_a_byte or (10 / self.baud if self.baud else 0.0)
        if not rate:
            line.send(data)
            return
        begun = time.monotonic()
        for at in range(0, len(data), chunk):
            if self._line is not line:
                return
            line.send(data[at : at + chunk])
            time.sleep(max(0.0, begun + min(at + chunk, len(data)) * rate - time.monotonic()))


def _spoil(fault: str, body: bytes, good: bytes, stale: bytes) -> list[tuple[bytes, float]]:
    """The pieces (bytes, seconds a byte or 0) that leave the reader instead of the `good` frame."""
    head, tail = good[: len(frames.PREAMBLE)], good[len(frames.PREAMBLE) + 2 :]
    half = good[: len(good) // 2]
    if fault == "bad_checksum":
        return [(good[:-1] + bytes((good[-1] ^ 0x55,)), 0)]
    if fault in ("silent", "half_frame"):
        return [(b"" if fault == "silent" else half, 0)]
    if fault == "late_half":
        return [(half, 0), (b"", 0), (good[len(half) :], 1.1 / max(1, len(good) - len(half)))]
    if fault == "drip":
        return [(good, _DRIP_SECONDS if len(good) < 100 else 0.001)]
    if fault == "endless_drip":
        return [(frames.PREAMBLE + b"\x0f\xff" + bytes(250), _DRIP_SECONDS)]
    if fault == "garbage":
        return [(b"\x00\xff\xaa\x96" + good + b"\x13\x37", 0)]
    if fault == "garbage_between":
        return [(good[:7] + b"\x13\x37\xaa" + good[7:], 0)]
    if fault == "extra_aa":
        return [(b"\xaa\xaa" + good, 0)]
    if fault.startswith("length_"):
        length = {"length_zero": 0, "length_ffff": 0xFFFF, "length_small": 3, "length_large": len(tail) + 9}[fault]
        return [(head + length.to_bytes(2, "big") + tail, 0)]
    if fault == "inner_lengths" and len(body) > 7:
        return [(frames.encode(body[:3] + b"\x00\x10\x00\x10" + body[7:]), 0)]
    if fault == "two_frames":
        return [(good + good, 0)]
    if fault == "every_byte":
        return [(good, 0.0002)]
    if fault == "stale":
        return [(stale, 0)]
    if fault == "other_answer":
        return [(frames.encode(commands.answer_body(commands.DONE, bytes(8))), 0)]
    return [(good, 0)]
