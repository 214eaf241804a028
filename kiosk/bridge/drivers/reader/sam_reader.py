"""Every reader with a security module that speaks GA/T 467 frames, whatever carries them: what they do alike.

A transport says where readers may be (`addresses`) and opens one (`connect`); finding the right one, polling,
reading and mending the conversation happen here.
"""

from __future__ import annotations

import logging
import threading
import time
from abc import abstractmethod
from typing import Any

from kiosk.bridge import wlt
from kiosk.bridge.codec import card_text, commands, sam_id
from kiosk.bridge.drivers.base import CardTrouble, Driver, Host, Identified, Report
from kiosk.bridge.drivers.reader.card_entry import to_json
from kiosk.bridge.drivers.reader.conversation import PINGS, Conversation, Wire
from kiosk.bridge.drivers.reader.presence import Presence
from kiosk.bridge.drivers.reader.reading import read_card
from kiosk.bridge.faults import OF_THE_CARD, RESYNCHRONISE, TABLE, Fault, FaultCode, Retry
from kiosk.bridge.protocol import Mode
from kiosk.domain.identity import Assurance

log = logging.getLogger(__name__)

#: Seconds a security module may stay silent after power-up.
POWER_UP_SECONDS = 2.5
#: Seconds between two signs of life asked of a reader whose cards are not wanted.
IDLE_PING_SECONDS = 2.0
#: Seconds after which a change of what is wanted is noticed within a pause.
GLANCE_SECONDS = 0.03
#: While somebody stands there and is asked for the card, the pause between two looks is this share of
#: `bridge.poll_seconds`: otherwise the pause alone is most of what that person waits.
ATTENTIVE_SHARE = 0.3
#: A card that can't be read is tried this often before it must be taken away first.
TRIES = 3
#: Seconds between two messages to the person about the same card.
TROUBLE_SECONDS = 3.0
_LISTENING = (Mode.IDLE, Mode.IDENTIFY)


class SamWire(Wire):
    """A byte stream that was opened and must be closed."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the device, also of one that is gone."""


class SamReader(Driver):
    """Polls for a card, reads it once for each time it is laid, and mends the conversation by itself."""

    kind = "reader"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._wire: SamWire | None = None
        self._presence: Presence = host.lasting.setdefault("reader.presence", Presence())
        self._presence.reader_was_away()
        self._failures = 0
        self._told: tuple[FaultCode, float] | None = None
        self._module: sam_id.SamId | None = None

    @abstractmethod
    def addresses(self) -> list[str]:
        """What may be written to, in the order of trying. Raises `Fault`."""

    @abstractmethod
    def connect(self, address: str) -> SamWire:
        """Open one for this process alone. Raises `Fault`."""

    def open(self) -> None:
        """The first address behind which the wanted security module answers. Raises the `Fault` of the last one.

        Of several, whoever answers at once is taken first: a chip that carries something else and is silent must
        not hold up the reader by the time that a module may need after power-up.
        """
        addresses = self.addresses()
        fault = Fault(FaultCode.NOT_FOUND, "no listed device")
        for patience in (0.0, POWER_UP_SECONDS) if len(addresses) > 1 else (POWER_UP_SECONDS,):
            for address in addresses:
                try:
                    self._open(address, patience)
                    return
                except Fault as found:
                    fault = found
                    self.close()
        raise fault

    def _open(self, address: str, patience: float) -> None:
        self._wire = self.connect(address)
        self._conversation = Conversation(self._wire)
        self._wake(patience)
        self._module = self._ask_sam_id()
        wanted = self.host.settings.devices.reader.sam_id
        if wanted and str(self._module) != wanted:
            raise Fault(FaultCode.NOT_FOUND, f"{address} has security module {self._module}, not the one wanted")
        name = str(self._module or "")
        known = self.host.recall("reader")
        if known.get("sam") and known["sam"] != name:
            log.warning("reader: another one than last time: %s on %s", name or "without an id", address)
        log.info("reader on %s, security module %s", address, name or "without an id")
        self.host.remember("reader", {"port": address, "sam": name})
        self.host.label("reader", f"{address} {name}".strip())

    def _wake(self, patience: float) -> None:
        end = time.monotonic() + patience
        while True:
            try:
                self._conversation.resynchronise(PINGS if patience else 1)
                return
            except Fault as fault:
                if fault.code not in RESYNCHRONISE or time.monotonic() >= end:
                    raise

    def _ask_sam_id(self) -> sam_id.SamId | None:
        """The first answer after power-up can be wrong: ask up to three times. Not every reader tells."""
        for _ in range(3):
            try:
                return sam_id.from_bytes(self._conversation.ask(commands.SAM_ID).data)
            except Fault as fault:
                if fault.code not in RESYNCHRONISE:
                    raise
                self._conversation.resynchronise()
        return None

    def test(self, stop: threading.Event, report: Report, seconds: float) -> dict[str, Any]:
        """The module's number, how long it takes to answer, whether a card lies there; waits `seconds` for one.

        Nothing on the card is read. It counts as read: only taken away and laid again it opens anything.
        """
        begun = time.monotonic()
        self._ask_or_mend(commands.STATUS)
        answered = time.monotonic() - begun
        while True:
            found = self._ask_or_mend(commands.FIND).status == commands.FOUND
            report.beat()
            left = begun + seconds - time.monotonic()
            # somebody who came to the kiosk meanwhile needs the reader more
            if found or left <= 0 or stop.is_set() or self.host.mode() not in (Mode.IDLE, Mode.HOLD):
                break
            stop.wait(min(left, self.host.settings.bridge.poll_seconds))
        if found:
            self._presence.found(time.monotonic())
            self._presence.give_up()
        return {"sam_id": str(self._module or ""), "answer_ms": round(answered * 1000, 1), "card": found}

    def run(self, stop: threading.Event, report: Report) -> None:
        """Poll until told to stop. Raises `Fault` when the reader has to be opened again."""
        report.ready()
        next_ping = 0.0
        listening = True
        poll = self.host.settings.bridge.poll_seconds
        while not stop.is_set():
            mode = self.host.mode()
            begun = time.monotonic()
            if mode in _LISTENING:
                if not listening:
                    self._presence.nobody_looked()
                self._poll()
                report.ready()
            elif begun >= next_ping:
                self._ask_or_mend(commands.STATUS)
                next_ping = begun + IDLE_PING_SECONDS
                report.ready()
            listening = mode in _LISTENING
            pause = poll * ATTENTIVE_SHARE if mode is Mode.IDENTIFY else poll
            report.beat()
            # somebody who begins while the pause runs is not made to wait for its end
            while (
                (left := begun + pause - time.monotonic()) > 0 and self.host.mode() is mode and not stop.is_set()
            ):
                stop.wait(min(left, GLANCE_SECONDS))

    def close(self) -> None:
        """Let go of the device."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    def _ask_or_mend(self, command: commands.Command) -> commands.Answer:
        """Ask; after damage on the line resynchronise and ask once more."""
        try:
            return self._conversation.ask(command)
        except Fault as fault:
            if fault.code not in RESYNCHRONISE:
                raise
            log.info("reader: %s, resynchronising", fault)
            self._conversation.resynchronise()
            return self._conversation.ask(command)

    def _poll(self) -> None:
        answer = self._ask_or_mend(commands.FIND)
        now = time.monotonic()
        if answer.status == commands.NO_CARD:
            self._presence.none_found(now)
            self._failures = 0
        elif self._presence.found(now):
            try:
                block = read_card(self._conversation, self.host.settings.devices.reader.read_twice)
                card = card_text.parse(block)
            except Fault as fault:
                if fault.code not in OF_THE_CARD:
                    raise
                self._unreadable(fault)
                return
            self._failures = 0
            if self._presence.read(block):
                entry = {**to_json(card), **wlt.entry(self._picture(block))}
                self.host.emit(Identified(Assurance.CHIP_VERIFIED, self.driver, {"card": entry}))

    def _picture(self, text: bytes) -> bytes | None:
        """The photo on the card whose text was read, only where a plug-in decodes it; none is no fault."""
        if not wlt.wanted(self.host.settings):
            return None
        try:
            again, photo = self._conversation.ask(commands.READ).parts[:2]
        except Fault as fault:
            log.info("reader: no photo: %s", fault)
            return None
        return wlt.decode(self.host.settings, photo) if again == text else None

    def _unreadable(self, fault: Fault) -> None:
        """Tell the person, not at every poll; leave the card alone when more tries are of no use."""
        self._failures += 1
        last = self._failures >= TRIES
        if last and fault.code is FaultCode.LOST:
            # Found time and again, never to be selected, the field never empty: two cards answer at once.
            fault = Fault(FaultCode.MULTIPLE, "found, never selected")
        if last or TABLE[fault.code].retry is Retry.LEAVE:
            self._presence.give_up()
        now = time.monotonic()
        if self._told is None or self._told[0] is not fault.code or now - self._told[1] >= TROUBLE_SECONDS:
            self._told = (fault.code, now)
            log.info("reader: card not read: %s", fault)
            self.host.emit(CardTrouble(fault))
