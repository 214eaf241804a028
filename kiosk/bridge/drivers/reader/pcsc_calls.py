"""The few calls of PC/SC that the driver needs, with what they answer as faults of ours.

pyscard is optional: it is loaded when a driver opens, and its absence says UNSUPPORTED. Its high-level monitors
are not used: they die for good with the service. Nothing here waits without a limit except `Card.transmit` and
`Context.connect`, which PC/SC gives none: they belong into a thread of their own, with a context of their own,
because a context is locked while one of its calls runs (measured on PC/SC Lite 1.9.9).
"""

from __future__ import annotations

import importlib
from typing import Any

from kiosk.bridge.faults import Fault, FaultCode

#: Name under which a change of the list of readers is reported.
NEW_READERS = "\\\\?PnP?\\Notification"
PRESENT = 0x0020
_CHANGED, _UNAWARE = 0x0002, 0x0000
_OK = 0
_TIMEOUT, _CANCELLED, _UNKNOWN_READER, _NO_READERS = 0x8010000A, 0x80100002, 0x80100009, 0x8010002E

#: What a result means for us. Seen with PC/SC Lite unless marked: documented only.
FAULTS = {
    0x80100003: FaultCode.SERVICE_DOWN,  # invalid handle: the service was started anew
    0x80100009: FaultCode.GONE,  # unknown reader
    0x8010000B: FaultCode.BUSY,  # another process holds the card for itself alone
    0x8010000C: FaultCode.NO_CARD,
    0x8010000F: FaultCode.MUTE,  # no protocol in common: its answer to reset makes no sense
    0x80100013: FaultCode.READ_FAILED,  # communication error, also when the service was killed meanwhile
    0x80100016: FaultCode.LOST,  # not transacted: pulled while it was asked
    0x80100017: FaultCode.GONE,  # reader unavailable (documented)
    0x8010001D: FaultCode.SERVICE_DOWN,
    0x8010001E: FaultCode.SERVICE_DOWN,  # service stopped (documented; Windows without any reader)
    0x80100027: FaultCode.PERMISSION_DENIED,  # no access (documented)
    0x80100065: FaultCode.MUTE,  # unsupported card (documented)
    0x80100066: FaultCode.MUTE,  # unresponsive card (documented)
    0x80100067: FaultCode.MUTE,  # unpowered card (documented)
    0x80100068: FaultCode.READ_FAILED,  # another process has reset it (documented)
    0x80100069: FaultCode.LOST,  # removed
    0x8010006A: FaultCode.PERMISSION_DENIED,  # security violation: a polkit rule forbids it (documented)
}


def load() -> Any:
    """pyscard's `smartcard.scard`. Raises `Fault` (UNSUPPORTED) where it, or the library under it, is missing."""
    try:
        return importlib.import_module("smartcard.scard")
    except ImportError as error:
        raise Fault(FaultCode.UNSUPPORTED, f"pyscard: {error.name or 'its library'} is missing") from error


def fault_of(result: int, what: str) -> Fault:
    """The fault of a call that failed; an unknown result is a fault of the device."""
    code = result & 0xFFFFFFFF
    return Fault(FAULTS.get(code, FaultCode.GONE), f"{what} {code:08X}")


def _service_down(result: int, what: str) -> Fault:
    """The fault of a call that asks no card: a service that was killed leaves any result behind."""
    return Fault(FaultCode.SERVICE_DOWN, f"{what} {result & 0xFFFFFFFF:08X}")


class Context:
    """A connection to the service. Used by one thread at a time."""

    def __init__(self, scard: Any) -> None:
        """Raises `Fault` (SERVICE_DOWN, PERMISSION_DENIED)."""
        self._scard = scard
        result, self._handle = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        if result != _OK:
            fault = fault_of(result, "establish")
            raise fault if fault.code is FaultCode.PERMISSION_DENIED else _service_down(result, "establish")

    def readers(self) -> list[str]:
        """The names of the readers that are plugged in. Raises `Fault`."""
        result, names = self._scard.SCardListReaders(self._handle, [])
        if result & 0xFFFFFFFF == _NO_READERS:
            return []
        if result != _OK:
            raise _service_down(result, "list")
        return list(names)

    def changes(self, known: dict[str, int], seconds: float) -> dict[str, int]:
        """The new state of the readers that changed since `known` (name → state), waiting at most `seconds`.

        A state's high half counts insertions and removals. A reader that is new to `known` has the state 0. Ends
        early, without a change, when a reader was plugged in or pulled. Raises `Fault`.
        """
        asked = [*known.items(), (NEW_READERS, len(known) << 16)]
        result, states = self._scard.SCardGetStatusChange(self._handle, round(seconds * 1000), asked)
        if result & 0xFFFFFFFF in (_TIMEOUT, _CANCELLED, _UNKNOWN_READER):
            return {}
        if result != _OK:
            raise _service_down(result, "status")
        return {name: state & ~_CHANGED for name, state, _atr in states if name in known and state & _CHANGED}

    def connect(self, reader: str) -> Card:
        """The card in `reader`, shared with other programs. May hang with its reader. Raises `Fault`."""
        scard = self._scard
        result, card, protocol = scard.SCardConnect(
            self._handle, reader, scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        )
        if result != _OK:
            raise fault_of(result, "connect")
        return Card(scard, card, protocol)

    def release(self) -> None:
        """Let go, also of a service that is gone."""
        self._scard.SCardReleaseContext(self._handle)


class Card:
    """A card that was connected to."""

    def __init__(self, scard: Any, handle: Any, protocol: int) -> None:
        self._scard, self._handle = scard, handle
        self._pci = scard.SCARD_PCI_T0 if protocol == scard.SCARD_PROTOCOL_T0 else scard.SCARD_PCI_T1

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        """Data and status word of the answer. Hangs as long as the card does. Raises `Fault`."""
        result, answer = self._scard.SCardTransmit(self._handle, self._pci, list(apdu))
        if result != _OK:
            raise fault_of(result, f"transmit {apdu[:2].hex()}")
        if len(answer) < 2:  # torn away in the middle: success, and nothing in it
            raise Fault(FaultCode.LOST, f"transmit {apdu[:2].hex()}: no status word")
        return bytes(answer[:-2]), answer[-2] << 8 | answer[-1]

    def disconnect(self) -> None:
        """Let go and leave the card powered, also when it is gone."""
        self._scard.SCardDisconnect(self._handle, self._scard.SCARD_LEAVE_CARD)
