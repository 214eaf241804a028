"""Simulated cards on a real PC/SC service: clients of vsmartcard's `vpcd`, which asks them as a reader would.

vpcd listens on a port for each of its readers; whoever connects is the card that is laid, hanging up takes it
away. A message is a length of two bytes, big endian, and that many bytes; 00 powers off, 01 on, 02 resets, 04
asks for the answer to reset, everything longer is an APDU. The service, pcscd with vpcd configured, must run.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

from kiosk.bridge.codec import card_text
from kiosk.bridge.codec.card_text import CardText
from kiosk.bridge.drivers.base import Simulator
from kiosk.bridge.drivers.reader.pcsc import PcscReader
from kiosk.bridge.drivers.reader.pcsc_card import GET_UID, PAGE
from kiosk.bridge.drivers.reader.virtual import demo_card
from kiosk.domain import campus_cards

#: Port of vpcd's first reader; the next one has the next port.
PORT = 0x8C7B
PHOTO_BYTES = 1024
_GOOD, _NO_SUCH_DATA, _NO_SUCH_COMMAND = b"\x90\x00", b"\x6a\x82", b"\x6d\x00"
_GET_ATR = b"\x04"
#: vpcd takes one card at a time and looks for it every 0.4 s: a call that comes between is not heard and repeated.
_CONNECT_SECONDS, _CALL_SECONDS = 5.0, 0.5
#: pcscd looks every 0.4 s whether a card lies there: one that is changed for another faster is not seen to change.
_CHANGE_SECONDS = 1.0


def storage_atr() -> bytes:
    """The answer to reset that PC/SC part 3 gives a contactless storage card (here: MIFARE Classic 1K)."""
    body = bytes.fromhex("8F8001804F0CA000000306030001") + bytes(4)
    return b"\x3b" + body + bytes((reduce(lambda left, right: left ^ right, body),))


#: An answer to reset in which nothing makes sense: the card powers up and can't be talked to.
MUTE_ATR = b"\x3b"


@dataclass(frozen=True, slots=True)
class VirtualCard:
    """What a card answers. `answer` returns None for a card that is torn away at that very moment."""

    answer: Callable[[bytes], bytes | None]
    atr: bytes = storage_atr()


def id_card(card: CardText, photo: bytes = bytes(PHOTO_BYTES), padding: str = " ") -> VirtualCard:
    """An ID card on a reader with a security module: pages behind `FF B0`."""
    text = card_text.encode(card, padding)
    return raw_id_card(len(text).to_bytes(2, "big") + len(photo).to_bytes(2, "big") + text + photo)


def raw_id_card(memory: bytes) -> VirtualCard:
    """An ID card whose pages hold exactly `memory`, lengths included."""

    def answer(apdu: bytes) -> bytes:
        if apdu[:2] != b"\xff\xb0":
            return _NO_SUCH_COMMAND
        page = memory[apdu[2] * PAGE : (apdu[2] + 1) * PAGE]
        return page + _GOOD if page else _NO_SUCH_DATA

    return VirtualCard(answer)


def campus_card(uid: str) -> VirtualCard:
    """An ordinary contactless card with that UID, in hexadecimal."""
    data = bytes.fromhex(uid)

    def answer(apdu: bytes) -> bytes:
        return data + _GOOD if apdu == GET_UID else _NO_SUCH_DATA

    return VirtualCard(answer)


def slow(card: VirtualCard, seconds: float) -> VirtualCard:
    """The same card, each answer so much later; without end when `seconds` is infinite."""
    never = threading.Event()

    def answer(apdu: bytes) -> bytes | None:
        never.wait(None if seconds == float("inf") else seconds)
        return card.answer(apdu)

    return VirtualCard(answer, card.atr)


def torn(card: VirtualCard, after: int) -> VirtualCard:
    """The same card, pulled away in the middle of the answer after `after` good ones."""
    left = iter(range(after))

    def answer(apdu: bytes) -> bytes | None:
        return card.answer(apdu) if next(left, None) is not None else None

    return VirtualCard(answer, card.atr)


def mute() -> VirtualCard:
    """A card that powers up and then makes no sense."""
    return VirtualCard(lambda apdu: None, MUTE_ATR)


class VirtualSlot:
    """The field of one of vpcd's readers. All methods may be called from any thread."""

    def __init__(self, number: int = 0, port: int = PORT) -> None:
        self._address = ("127.0.0.1", port + number)
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        #: APDUs that were asked, in hexadecimal.
        self.asked: list[str] = []

    def lay(self, card: VirtualCard) -> None:
        """Put a card there instead of what lies there. Raises `ValueError` where no service listens."""
        if self._socket is not None:
            self.remove()
            threading.Event().wait(_CHANGE_SECONDS)
        line = self._connect()
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = line
        self._thread = threading.Thread(target=self._serve, args=(line, card), name="vpcd-card", daemon=True)
        self._thread.start()

    def _connect(self) -> socket.socket:
        end = time.monotonic() + _CONNECT_SECONDS
        while True:
            try:
                line = socket.create_connection(self._address, _CALL_SECONDS)
            except TimeoutError:
                if time.monotonic() < end:
                    continue
                raise ValueError("the virtual reader does not answer") from None
            except OSError as error:
                raise ValueError("no PC/SC service with a virtual reader: pcscd with vpcd must run") from error
            line.settimeout(None)
            return line

    def remove(self) -> None:
        """Take the card away."""
        line, self._socket = self._socket, None
        if line is not None:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def _serve(self, line: socket.socket, card: VirtualCard) -> None:
        try:
            while True:
                message = _receive(line, struct.unpack(">H", _receive(line, 2))[0])
                if message == _GET_ATR:
                    _send(line, card.atr)
                elif len(message) > 1:
                    self.asked.append(message.hex().upper())
                    answer = card.answer(message)
                    if answer is None:
                        line.close()
                        return
                    _send(line, answer)
        except (EOFError, OSError):
            return  # taken away, or the service is gone


def _send(line: socket.socket, data: bytes) -> None:
    line.sendall(struct.pack(">H", len(data)) + data)


def _receive(line: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        if hasattr(socket, "TCP_QUICKACK"):  # vpcd sends length and bytes apart: 40 ms an APDU otherwise
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        piece = line.recv(size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


class PcscSimulator(Simulator):
    """The table with vpcd's readers and the demo's cards beside them."""

    targets = ("card", "pcsc")

    def __init__(self, cards: Path) -> None:
        self.slots = [VirtualSlot(0), VirtualSlot(1)]
        self._file = cards
        self._next = 0

    def simulate(self, target: str, verb: str, words: list[str], options: dict[str, str]) -> str:
        """`card next | lay N | remove`, `pcsc campus UID | random | mute | torn N | slow SECONDS | remove`.

        `slot=1` means the second reader; `torn` and `slow` take the demo's next ID card.
        """
        slot = self.slots[int(options.get("slot", "0"))]
        if verb == "remove":
            slot.remove()
        else:
            slot.lay(self._card(verb, words))
        return f"{target} {verb} {' '.join(words)}".strip()

    def stop(self) -> None:
        """Take every card away."""
        for slot in self.slots:
            slot.remove()

    def _card(self, verb: str, words: list[str]) -> VirtualCard:
        if verb in ("next", "lay"):
            return self._demo_card(int(words[0]) if words else None)
        if verb == "campus":
            return campus_card(campus_cards.canonical(words[0]))
        if verb == "random":
            return campus_card("08A1B2C3")
        if verb == "mute":
            return mute()
        if verb == "torn":
            return torn(self._demo_card(None), int(words[0]) if words else 0)
        if verb == "slow":
            return slow(self._demo_card(None), float(words[0]))
        raise ValueError(f"pcsc {verb}")

    def _demo_card(self, at: int | None) -> VirtualCard:
        try:
            cards: list[dict[str, Any]] = json.loads(self._file.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise ValueError("no cards: the demo's data has not been made") from error
        if at is None:
            at, self._next = self._next % len(cards), self._next + 1
        if not 0 <= at < len(cards):
            raise ValueError(f"there are cards 0 to {len(cards) - 1}")
        return id_card(demo_card(cards[at]))


class VirtualPcscReader(PcscReader):
    """The PC/SC driver itself on a service that runs with vpcd, with a simulator for its cards."""

    driver = "virtual_pcsc"

    def open(self) -> None:
        """As PC/SC does, after the simulated cards were made."""
        settings = self.host.settings
        self.host.simulator("reader", lambda: PcscSimulator(settings.data / "demo" / "cards.json"))
        super().open()
