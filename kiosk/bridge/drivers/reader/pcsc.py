"""Readers behind PC/SC, any number of them: ID cards through a security module, campus cards by their UID.

The watcher is our own: it waits for changes with a short limit, and ends with SERVICE_DOWN when the service goes;
the supervisor then establishes it anew. Each card is read in a thread of its own with a time limit: PC/SC knows
none, and PC/SC Lite lets nobody break off what a card has begun, so that a card that never answers occupies its
reader until it is taken away, and nothing else.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from kiosk.bridge import wlt
from kiosk.bridge.codec import card_text
from kiosk.bridge.drivers.base import CardTrouble, Driver, Host, Identified, Report
from kiosk.bridge.drivers.reader import pcsc_calls, pcsc_card
from kiosk.bridge.drivers.reader.card_entry import to_json
from kiosk.bridge.drivers.reader.pcsc_card import Found
from kiosk.bridge.drivers.reader.presence import Presence
from kiosk.bridge.faults import OF_THE_CARD, TABLE, Fault, FaultCode, Retry
from kiosk.bridge.protocol import Mode
from kiosk.domain.identity import Assurance
from kiosk.settings import Settings

log = logging.getLogger(__name__)

#: Longest wait for a change; a card that is laid ends it at once, a change of what is wanted does not.
GLANCE_SECONDS = 0.1
#: A card that has not been read after this time counts as mute.
READING_SECONDS = 6.0
#: Pause before a card is read again that could not be read, or that another program holds.
AGAIN_SECONDS = 0.4
#: A card that can't be read is tried this often before it must be taken away first.
TRIES = 3
#: Seconds between two messages to the person about the same trouble.
TROUBLE_SECONDS = 3.0
_LISTENING = (Mode.IDLE, Mode.IDENTIFY)


class Reading:
    """One attempt at one card, in a thread with a context of its own."""

    def __init__(self, scard: Any, reader: str, settings: Settings) -> None:
        self.found: Found | None = None
        self.picture: bytes | None = None  # the card's photo as a PNG, where a plug-in decodes it
        self.fault: Fault | None = None
        self.overdue = False  # it was given up; its thread may still hang
        self._begun = time.monotonic()
        self._thread = threading.Thread(
            target=self._work, args=(scard, reader, settings), name="pcsc-card", daemon=True
        )
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether the card still holds it up."""
        return self._thread.is_alive()

    @property
    def late(self) -> bool:
        """Whether it takes longer than any card may."""
        return self.running and time.monotonic() - self._begun > READING_SECONDS

    def _work(self, scard: Any, reader: str, settings: Settings) -> None:
        try:
            found = _read(scard, reader, wlt.wanted(settings))
            self.picture = wlt.decode(settings, found.photo)
            self.found = found
        except Fault as fault:
            self.fault = fault
        except Exception as error:
            log.exception("reading a card failed")
            self.fault = Fault(FaultCode.INTERNAL, type(error).__name__)


def _read(scard: Any, reader: str, with_photo: bool) -> Found:
    context = pcsc_calls.Context(scard)
    try:
        card = context.connect(reader)
        try:
            return pcsc_card.read(card, with_photo)
        finally:
            card.disconnect()
    finally:
        context.release()


def _content(found: Found, picture: bytes | None) -> tuple[dict[str, Any], Assurance]:
    """The entry of an identity, and how sure it is. Raises `Fault` for a text that makes no sense."""
    if found.uid:
        return {"uid": found.uid}, Assurance.UID_ONLY
    return {"card": {**to_json(card_text.parse(found.text)), **wlt.entry(picture)}}, Assurance.CHIP_VERIFIED


@dataclass
class Slot:
    """One reader: what lies in it and what is done about it."""

    presence: Presence
    state: int = 0  # as PC/SC reported it; the high half counts insertions and removals
    due: bool = False  # a card lies there that is to be read
    not_before: float = 0.0
    failures: int = 0
    busy: bool = False  # another program holds the card
    spent: bool = False  # the card was laid for a test and opens nothing
    reading: Reading | None = None

    @property
    def present(self) -> bool:
        """Whether a card lies there."""
        return bool(self.state & pcsc_calls.PRESENT)

    @property
    def fault(self) -> Fault | None:
        """Why this reader can't be used now."""
        if self.reading is not None and self.reading.overdue:
            return Fault(FaultCode.MUTE, "a card does not answer; take it away")
        return Fault(FaultCode.BUSY, "another program holds the card") if self.busy else None


@dataclass
class _Told:
    """The last trouble that the person was told of."""

    code: FaultCode | None = None
    at: float = field(default=-TROUBLE_SECONDS)


class PcscReader(Driver):
    """Watches every wanted reader and reads what is laid, once for each time it is laid."""

    kind = "reader"
    driver = "pcsc"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._context: pcsc_calls.Context
        self._opened = False
        self._slots: dict[str, Slot] = {}
        self._listening = True
        self._told = _Told()
        self._scard: Any = None

    def open(self) -> None:
        """Find the service and a reader.

        Raises `Fault`: UNSUPPORTED without pyscard, SERVICE_DOWN, PERMISSION_DENIED, NOT_FOUND without a reader.
        """
        self._scard = pcsc_calls.load()
        self._context = pcsc_calls.Context(self._scard)
        self._opened = True
        if not self._names():
            raise Fault(FaultCode.NOT_FOUND, "no wanted reader")

    def run(self, stop: threading.Event, report: Report) -> None:
        """Watch until told to stop. Raises `Fault`: GONE after the last reader, SERVICE_DOWN after the service."""
        while not stop.is_set():
            self._watch()
            self._heed_mode()
            now = time.monotonic()
            for name, slot in self._slots.items():
                self._collect(slot, now)
                if slot.due and self._listening and slot.reading is None and now >= slot.not_before:
                    slot.reading = Reading(self._scard, name, self.host.settings)
            faults = [slot.fault for slot in self._slots.values() if slot.fault is not None]
            if faults:
                report.degraded(faults[0])
            else:
                report.ready()

    def test(self, stop: threading.Event, report: Report, seconds: float) -> dict[str, Any]:
        """Which readers there are and whether a card lies in one, waiting `seconds` for it; nothing of it is read.

        It counts as read: only taken away and laid again it opens anything.
        """
        end = time.monotonic() + seconds
        while True:
            self._watch()
            report.beat()
            found = [slot for slot in self._slots.values() if slot.present]
            # somebody who came to the kiosk meanwhile needs the reader more
            if found or time.monotonic() >= end or stop.is_set() or self.host.mode() not in (Mode.IDLE, Mode.HOLD):
                break
        for slot in found:
            slot.due, slot.spent = False, True
        return {"readers": ", ".join(self._slots), "card": bool(found)}

    def close(self) -> None:
        """Let go of the service. A card that hangs keeps its own thread and nothing of ours."""
        if self._opened:
            self._opened = False
            self._context.release()

    # -- watching

    def _names(self) -> list[str]:
        wanted = self.host.settings.devices.reader.pcsc_readers
        found = self._context.readers()
        return [name for name in found if not wanted or any(part.lower() in name.lower() for part in wanted)]

    def _watch(self) -> None:
        """Wait a little for a change and take it in. Raises `Fault`."""
        names = self._names()
        if not names:
            raise Fault(FaultCode.GONE, "the last reader was pulled")
        if names != list(self._slots):
            self._slots = {name: self._slots.get(name) or Slot(self._presence(name)) for name in names}
            self.host.label(self.kind, ", ".join(names))
        known = {name: slot.state for name, slot in self._slots.items()}
        waits_for_card = any(slot.reading is not None for slot in self._slots.values())
        # a card that is being read is looked after more often: its holder waits
        for name, state in self._context.changes(known, GLANCE_SECONDS / (5 if waits_for_card else 1)).items():
            self._changed(self._slots[name], state, time.monotonic())

    def _presence(self, name: str) -> Presence:
        """What is known of the last card in that reader, also from before it was opened anew."""
        known: dict[str, Presence] = self.host.lasting.setdefault(f"{self.kind}.pcsc", {})
        presence = known.setdefault(name, Presence())
        presence.reader_was_away()
        return presence

    def _changed(self, slot: Slot, state: int, now: float) -> None:
        same_card = slot.present and slot.state >> 16 == state >> 16
        slot.state = state
        if same_card and slot.present:
            return
        slot.presence.none_found(now)  # also when one card took the place of another between two looks
        slot.failures, slot.busy, slot.spent, slot.not_before = 0, False, False, 0.0
        slot.due = slot.present and slot.presence.found(now)

    def _heed_mode(self) -> None:
        """After a time in which nobody wanted a card, what lies there may be the next person's."""
        listening = self.host.mode() in _LISTENING
        if listening and not self._listening:
            for slot in self._slots.values():
                if slot.present and not slot.spent:
                    slot.presence.nobody_looked()
                    slot.due = slot.presence.found(time.monotonic())
        self._listening = listening

    # -- cards

    def _collect(self, slot: Slot, now: float) -> None:
        reading = slot.reading
        if reading is None:
            return
        if reading.running:
            if reading.late and not reading.overdue:
                reading.overdue = True
                slot.due = False
                slot.presence.give_up()
                self._tell(Fault(FaultCode.MUTE, "no answer in time"), now)
            return
        slot.reading = None
        if reading.overdue:
            return  # whatever it said in the end, the person was told to take it away
        if reading.found is not None:
            self._found(slot, reading.found, reading.picture, now)
        elif reading.fault is not None:
            self._failed(slot, reading.fault, now)

    def _found(self, slot: Slot, found: Found, picture: bytes | None, now: float) -> None:
        try:
            content, assurance = _content(found, picture)
        except Fault as fault:
            self._failed(slot, fault, now)
            return
        slot.due, slot.busy, slot.failures = False, False, 0
        if slot.presence.read(found.text or found.uid.encode()):
            self.host.emit(Identified(assurance, self.driver, content))

    def _failed(self, slot: Slot, fault: Fault, now: float) -> None:
        """Raises `Fault` where the service is gone: its end looks like a card's trouble at first."""
        self._names()
        if fault.code is FaultCode.BUSY:
            slot.busy, slot.not_before = True, now + AGAIN_SECONDS
            return
        slot.busy = False
        if fault.code is FaultCode.NO_CARD:
            fault = Fault(FaultCode.LOST, fault.detail)  # it lay there a moment ago
        if fault.code not in OF_THE_CARD:
            raise fault
        slot.failures += 1
        slot.not_before = now + AGAIN_SECONDS
        if slot.failures >= TRIES or TABLE[fault.code].retry is Retry.LEAVE:
            slot.due = False
            slot.presence.give_up()
        if fault.code is FaultCode.LOST or not slot.due:
            self._tell(fault, now)

    def _tell(self, fault: Fault, now: float) -> None:
        """Tell the person, not again and again; a trouble that the next try mends is not told."""
        if fault.code is self._told.code and now - self._told.at < TROUBLE_SECONDS:
            return
        self._told = _Told(fault.code, now)
        log.info("reader: card not read: %s", fault)
        self.host.emit(CardTrouble(fault))
