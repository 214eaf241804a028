"""ID card readers behind a serial port, also a USB-serial chip: GA/T 467 frames at 115200 8N1."""

from __future__ import annotations

import errno
import logging
import sys
import threading
import time
from datetime import UTC, datetime
from typing import Any

import serial
from serial.tools import list_ports

from kiosk.bridge.codec import card_text, commands, sam_id
from kiosk.bridge.drivers.base import CardTrouble, Driver, Host, Identified, Report
from kiosk.bridge.drivers.reader.conversation import Conversation
from kiosk.bridge.drivers.reader.presence import Presence
from kiosk.bridge.faults import OF_THE_CARD, RESYNCHRONISE, Fault, FaultCode
from kiosk.bridge.protocol import Mode
from kiosk.domain import id_numbers, identity

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

if sys.platform == "win32":
    PORT_ERRORS: tuple[type[Exception], ...] = (serial.SerialException, OSError)
else:
    import termios

    #: What pyserial raises when a port hangs up; the last one is no OSError.
    PORT_ERRORS = (serial.SerialException, OSError, termios.error)


class SerialWire:
    """A pyserial port as the conversation wants it."""

    def __init__(self, address: str, baud: int) -> None:
        """Open `address` (a port, or `socket://host:port`) for this process alone. Raises `Fault`."""
        try:
            self._port = serial.serial_for_url(
                address, baudrate=baud, timeout=0, write_timeout=1, do_not_open=True
            )
            if not address.startswith("socket://"):
                self._port.exclusive = True
            self._port.open()
        except PORT_ERRORS as error:
            raise _open_fault(error, address) from error

    def write(self, data: bytes) -> None:
        """Send all of `data`. Raises `Fault` (GONE)."""
        try:
            self._port.write(data)
        except PORT_ERRORS as error:
            raise Fault(FaultCode.GONE, _reason(error)) from error

    def read(self, seconds: float) -> bytes:
        """What has come, waiting at most `seconds` for the first byte. Raises `Fault` (GONE)."""
        try:
            self._port.timeout = seconds
            first: bytes = self._port.read(1)
            if not first:
                return b""
            self._port.timeout = 0
            return first + bytes(self._port.read(4096))
        except PORT_ERRORS as error:
            raise Fault(FaultCode.GONE, _reason(error)) from error

    def close(self) -> None:
        """Let go of the port, also of one that is gone."""
        loopback = getattr(self._port, "_socket", None)
        try:
            self._port.close()
        except PORT_ERRORS as error:
            log.debug("closing a port that is gone: %s", error)
        if loopback is not None:
            loopback.close()  # pyserial forgets it unclosed when the other side went first


class SerialReader(Driver):
    """Polls for a card, reads it once for each time it is laid, and mends the conversation by itself."""

    kind = "reader"
    driver = "serial"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._wire: SerialWire | None = None
        self._presence: Presence = host.lasting.setdefault("reader.presence", Presence())
        self._presence.reader_was_away()
        self._failures = 0
        self._told: tuple[FaultCode, float] | None = None

    def ports(self) -> list[str]:
        """What may be written to: the port of the settings, else listed chips, the last good one first."""
        settings = self.host.settings.devices.reader
        if settings.port:
            return [settings.port]
        wanted = {item.upper() for item in settings.usb_ids}
        found = sorted(
            port.device
            for port in list_ports.comports()
            if port.vid is not None and f"{port.vid:04X}:{port.pid:04X}" in wanted
        )
        known = self.host.recall("reader").get("port")
        return sorted(found, key=lambda device: device != known)

    def open(self) -> None:
        """The first port behind which a security module answers. Raises the `Fault` of the last one tried."""
        fault = Fault(FaultCode.NOT_FOUND, "no listed port")
        for address in self.ports():
            try:
                self._open(address)
                return
            except Fault as found:
                fault = found
                self.close()
        raise fault

    def _open(self, address: str) -> None:
        self._wire = SerialWire(address, self.host.settings.devices.reader.baud)
        self._conversation = Conversation(self._wire)
        self._wake(time.monotonic() + POWER_UP_SECONDS)
        module = self._ask_sam_id()
        log.info("reader on %s, security module %s", address, module or "without an id")
        self.host.remember("reader", {"port": address, "sam": str(module or "")})

    def _wake(self, end: float) -> None:
        while True:
            try:
                self._conversation.resynchronise()
                return
            except Fault as fault:
                if fault.code not in RESYNCHRONISE or time.monotonic() > end:
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
        """Let go of the port."""
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
                block = self._read_card()
                card = card_text.parse(block)
            except Fault as fault:
                if fault.code not in OF_THE_CARD:
                    raise
                self._unreadable(fault)
                return
            self._failures = 0
            if self._presence.read(block):
                content = {"card": to_json(card)}
                self.host.emit(Identified(identity.Assurance.CHIP_VERIFIED, self.driver, content))

    def _read_card(self) -> bytes:
        """The text block of the card in the field; damage on the line and a failed read are mended once."""
        try:
            return self._select_and_read()
        except Fault as fault:
            if fault.code in RESYNCHRONISE:
                log.info("reader: %s, reading again", fault)
                self._conversation.resynchronise()
                try:
                    # The module may have read the card well and will not find it again: ask for the data first.
                    return self._conversation.ask(commands.READ).parts[0]
                except Fault as second:
                    if second.code not in OF_THE_CARD and second.code is not FaultCode.REJECTED_BY_READER:
                        raise
            elif fault.code is not FaultCode.READ_FAILED:
                raise
        if self._conversation.ask(commands.FIND).status == commands.NO_CARD:
            raise Fault(FaultCode.LOST, "pulled while it was read")
        return self._select_and_read()

    def _select_and_read(self) -> bytes:
        if self._conversation.ask(commands.SELECT).status == commands.SELECT_FAILED:
            raise Fault(FaultCode.LOST, "select failed")
        return self._conversation.ask(commands.READ).parts[0]

    def _unreadable(self, fault: Fault) -> None:
        """Tell the person, not at every poll; leave the card alone when more tries are of no use."""
        self._failures += 1
        if self._failures >= TRIES or fault.code in (FaultCode.UNKNOWN_TYPE, FaultCode.MALFORMED):
            self._presence.give_up()
        now = time.monotonic()
        if self._told is None or self._told[0] is not fault.code or now - self._told[1] >= TROUBLE_SECONDS:
            self._told = (fault.code, now)
            log.info("reader: card not read: %s", fault)
            self.host.emit(CardTrouble(fault))


def to_json(card: card_text.CardText) -> dict[str, Any]:
    """The `card` entry of an identity; a card without a Chinese name goes by its English one."""
    today = (datetime.now(UTC) + id_numbers.CHINA_OFFSET).date()
    return identity.from_card(
        card.kind,
        name=card.name or card.english_name,
        sex=card.sex,
        birth=card.birth,
        number=card.number,
        valid_from=card.valid_from,
        valid_to=card.valid_to,
        today=today,
    ).to_json()


def _open_fault(error: Exception, address: str) -> Fault:
    number = getattr(error, "errno", None)
    text = str(error).lower()
    if number == errno.EACCES or "access is denied" in text or "permissionerror" in text:
        code = FaultCode.PERMISSION_DENIED
    elif number in (errno.EBUSY, errno.EAGAIN) or "exclusively lock" in text:
        code = FaultCode.BUSY
    elif number in (errno.ENOENT, errno.ENXIO, errno.ENODEV) or "filenotfound" in text or "refused" in text:
        code = FaultCode.NOT_FOUND
    else:
        code = FaultCode.GONE
    return Fault(code, f"{address}: {_reason(error)}")


def _reason(error: Exception) -> str:
    number = getattr(error, "errno", None)
    return errno.errorcode.get(number, type(error).__name__) if isinstance(number, int) else type(error).__name__
