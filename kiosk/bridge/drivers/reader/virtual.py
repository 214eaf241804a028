"""The simulated card reader as a driver: the very same serial driver on the port of a simulated device."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kiosk.bridge.codec import card_text, commands, frames
from kiosk.bridge.codec.card_text import ETHNIC_CODES, CardText
from kiosk.bridge.drivers.base import Host, Simulator
from kiosk.bridge.drivers.reader.lines import Line, make_line
from kiosk.bridge.drivers.reader.serial import SerialReader
from kiosk.bridge.drivers.reader.virtual_sam import FAULTS, PHOTO_BYTES, VirtualSam
from kiosk.domain.identity import DocumentKind

#: A photo in which frames stand: a preamble inside the data begins nothing.
_FRAMES_IN_PHOTO = frames.encode(commands.answer_body(commands.DONE)).ljust(PHOTO_BYTES, frames.PREAMBLE[:1])
_SEX = {"男": "1", "女": "2", "male": "1", "female": "2", "unknown": "0", "unstated": "9"}


class ReaderSimulator(Simulator):
    """The table with the simulated reader and the demo's cards on it."""

    targets = ("card", "reader")

    def __init__(self, cards: Path, baud: int | None = None, line: Callable[[], Line] = make_line) -> None:
        self.sam = VirtualSam(baud, line)
        self.sam.plug()
        self._file = cards
        self._next = 0

    def cards(self) -> list[dict[str, Any]]:
        """The demo roster's cards. Raises `ValueError` where the demo's data was not made."""
        try:
            found: list[dict[str, Any]] = json.loads(self._file.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise ValueError("no cards: the demo's data has not been made") from error
        return found

    def simulate(self, target: str, verb: str, words: list[str], options: dict[str, str]) -> str:
        """`card lay N | lay number=… | next | remove | fields`, `reader plug | unplug | behave | <fault> …`."""
        return self._card(verb, words, options) if target == "card" else self._reader(verb, words, options)

    def stop(self) -> None:
        """Unplug."""
        self.sam.unplug()

    def _card(self, verb: str, words: list[str], options: dict[str, str]) -> str:
        if verb == "remove":
            self.sam.remove()
            return "card removed"
        if verb not in ("lay", "next"):
            raise ValueError(f"card {verb}")
        cards = self.cards()
        if not cards:
            raise ValueError("no cards: the demo's roster is empty")
        if verb == "next":
            at, self._next = self._next % len(cards), self._next + 1
        elif words:
            at = int(words[0])
        elif "number" in options:
            numbers = [str(card["number"]) for card in cards]
            if options["number"] not in numbers:
                raise ValueError("no card with that number")
            at = numbers.index(options["number"])
        else:
            at = 0
        if not 0 <= at < len(cards):
            raise ValueError(f"there are cards 0 to {len(cards) - 1}")
        overrides = {key: value for key, value in options.items() if key in CardText.__dataclass_fields__}
        padding = "\0" if options.get("padding") == "nul" else " "
        block = bytearray(card_text.encode(demo_card({**cards[at], **overrides}), padding))
        if "flag" in options:  # a kind of card that nobody knows
            block[248:250] = options["flag"][:1].encode("utf-16-le")
        photo = _FRAMES_IN_PHOTO if options.get("photo") == "frames" else None
        self.sam.lay_block(bytes(block), photo)
        return f"card {at} laid"

    def _reader(self, verb: str, words: list[str], options: dict[str, str]) -> str:
        word = words[0] if words else ""
        if (verb in FAULTS and (verb != "unplug" or "command" in options)) or verb.startswith("status:"):
            self.sam.plan(verb, options.get("command", ""), int(options.get("times", "1")))
        elif verb in ("plug", "unplug", "move", "swap", "behave"):
            getattr(self.sam, verb)()
        elif verb == "replug":
            self._replugged("")
        elif verb in ("busy", "denied"):
            self._replugged(verb)
        elif verb == "ghost":
            self.sam.unplug()
            self.sam.ghost = word or "/dev/ttyGHOST"
        elif verb == "two_cards":
            self.sam.two_cards = word != "off"
        elif verb == "pull_card":
            self.sam.pull_after = word or "select"
        elif verb == "power_up_silence":
            self.sam.power_up_silence = float(word)
            self._replugged("")
        elif verb == "firmware":
            self.sam.firmware = word
        elif verb == "baud":
            self.sam.baud = int(word) or None
        else:
            raise ValueError(f"reader {verb}")
        return f"reader {verb} {' '.join(words)}".rstrip()

    def _replugged(self, port_state: str) -> None:
        self.sam.unplug()
        self.sam.port_state = port_state
        self.sam.plug()


def demo_card(entry: dict[str, Any]) -> CardText:
    """The card of one entry of the demo's `cards.json`; dates there are ISO 8601 or YYYYMMDD."""

    def day(key: str) -> str:
        return str(entry.get(key, "")).replace("-", "").replace(".", "")

    ethnic = str(entry.get("ethnic", ""))
    kind = DocumentKind(entry.get("kind", DocumentKind.RESIDENT))
    values = {
        "name": str(entry["name"]),
        "english_name": str(entry.get("english_name", "")),
        "sex": _SEX.get(str(entry.get("sex", "")), str(entry.get("sex", ""))),
        "ethnic": ETHNIC_CODES.get(ethnic.removesuffix("族"), ethnic if ethnic.isdigit() else ""),
        "birth": day("birth"),
        "address": str(entry.get("address", ""))[:35],
        "number": str(entry["number"]),
        "issuer": str(entry.get("issuer", ""))[:15],
        "valid_from": day("valid_from"),
        "valid_to": day("valid_to"),
    }
    return CardText(kind, **{field: value for field, value in values.items() if field in card_text.LAYOUTS[kind]})


def simulated(host: Host, line: Callable[[], Line] = make_line, baud: int | None = None) -> VirtualSam:
    """The reader on this station's table, made at the first call. Raises `Fault` outside a demonstration."""
    cards = host.settings.data / "demo" / "cards.json"
    return host.simulator("reader", lambda: ReaderSimulator(cards, baud, line)).sam


class VirtualReader(SerialReader):
    """Finds the simulated reader's port instead of a real one; everything else is the serial driver."""

    driver = "virtual"

    def addresses(self) -> list[str]:
        """The port of the simulated device, none while it is unplugged."""
        address = simulated(self.host, baud=self.host.settings.devices.reader.baud).address
        return [address] if address else []
