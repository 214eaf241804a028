"""The simulated card reader as a driver: the very same serial driver on the port of a simulated device."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kiosk.bridge.codec.card_text import ETHNIC_CODES, CardText
from kiosk.bridge.drivers.base import Simulator
from kiosk.bridge.drivers.reader.serial import SerialReader
from kiosk.bridge.drivers.reader.virtual_sam import FAULTS, VirtualSam
from kiosk.domain.identity import DocumentKind

_SEX = {"男": "1", "女": "2", "male": "1", "female": "2", "unknown": "0", "unstated": "9"}


class ReaderSimulator(Simulator):
    """The table with the simulated reader and the demo's cards on it."""

    targets = ("card", "reader")

    def __init__(self, cards: Path, baud: int | None = None) -> None:
        self.sam = VirtualSam(baud)
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
        self.sam.lay(demo_card({**cards[at], **overrides}))
        return f"card {at} laid"

    def _reader(self, verb: str, words: list[str], options: dict[str, str]) -> str:
        if verb == "unplug":
            self.sam.unplug()
        elif verb == "plug":
            self.sam.plug()
        elif verb == "replug":
            self.sam.unplug()
            self.sam.plug()
        elif verb == "behave":
            self.sam.behave()
        elif verb == "pull_card":
            self.sam.pull_after = words[0] if words else "select"
        elif verb == "power_up_silence":
            self.sam.power_up_silence = float(words[0])
        elif verb == "firmware":
            self.sam.firmware = words[0]
        elif verb == "baud":
            self.sam.baud = int(words[0]) or None
        elif verb in FAULTS or verb.startswith("status:"):
            self.sam.plan(verb, options.get("command", ""), int(options.get("times", "1")))
        else:
            raise ValueError(f"reader {verb}")
        return f"reader {verb}"


def demo_card(entry: dict[str, Any]) -> CardText:
    """The card of one entry of the demo's `cards.json`; dates there are ISO 8601 or YYYYMMDD."""

    def day(key: str) -> str:
        return str(entry.get(key, "")).replace("-", "").replace(".", "")

    ethnic = str(entry.get("ethnic", ""))
    return CardText(
        DocumentKind(entry.get("kind", DocumentKind.RESIDENT)),
        name=str(entry["name"]),
        sex=_SEX.get(str(entry.get("sex", "")), str(entry.get("sex", ""))),
        ethnic=ETHNIC_CODES.get(ethnic.removesuffix("族"), ethnic if ethnic.isdigit() else ""),
        birth=day("birth"),
        address=str(entry.get("address", ""))[:35],
        number=str(entry["number"]),
        issuer=str(entry.get("issuer", ""))[:15],
        valid_from=day("valid_from"),
        valid_to=day("valid_to"),
    )


class VirtualReader(SerialReader):
    """Finds the simulated reader's port instead of a real one; everything else is the serial driver."""

    driver = "virtual"

    def addresses(self) -> list[str]:
        """The port of the simulated device, none while it is unplugged."""
        settings = self.host.settings
        simulator = self.host.simulator(
            "reader", lambda: ReaderSimulator(settings.data / "demo" / "cards.json", settings.devices.reader.baud)
        )
        return [simulator.sam.address] if simulator.sam.address else []
