"""What can be wrong with a device or a card: one code each, who mends it, and whether trying again helps.

The codes are those of the reader's field (device, protocol, card). `refusal` is the coarser code that the web
process and the pages know; the precise one stands beside it for staff (`devices.fault.<code>.*` in the texts).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.refusals import Code


class FaultCode(StrEnum):
    """Every fault a driver may report."""

    # device
    NOT_FOUND = "not_found"
    GONE = "gone"
    BUSY = "busy"
    PERMISSION_DENIED = "permission_denied"
    SAM_SELFTEST = "sam_selftest"
    SAM_NOT_AUTHORISED = "sam_not_authorised"
    UNSUPPORTED = "unsupported"
    # protocol
    TIMEOUT_NO_ANSWER = "timeout_no_answer"
    TIMEOUT_PARTIAL = "timeout_partial"
    BAD_CHECKSUM = "bad_checksum"
    BAD_LENGTH = "bad_length"
    UNEXPECTED_ANSWER = "unexpected_answer"
    REJECTED_BY_READER = "rejected_by_reader"
    # card
    LOST = "lost"
    READ_FAILED = "read_failed"
    AUTH_FAILED = "auth_failed"
    UNKNOWN_TYPE = "unknown_type"
    MALFORMED = "malformed"
    # camera
    BLACK = "black"
    FROZEN = "frozen"
    LAGGING = "lagging"
    # inside
    INTERNAL = "internal"


#: Faults that opening the device again does not mend: staff must do something first. They are still tried again,
#: at the slowest pace, because "something" may be a cable.
PERMANENT = frozenset(
    {FaultCode.PERMISSION_DENIED, FaultCode.UNSUPPORTED, FaultCode.SAM_SELFTEST, FaultCode.SAM_NOT_AUTHORISED}
)
#: Faults of the conversation: resynchronise and ask once more.
RESYNCHRONISE = frozenset(
    {
        FaultCode.TIMEOUT_NO_ANSWER,
        FaultCode.TIMEOUT_PARTIAL,
        FaultCode.BAD_CHECKSUM,
        FaultCode.BAD_LENGTH,
        FaultCode.UNEXPECTED_ANSWER,
        FaultCode.REJECTED_BY_READER,
    }
)
#: Faults of the card that lies there: the reader is well.
OF_THE_CARD = frozenset(
    {
        FaultCode.LOST,
        FaultCode.READ_FAILED,
        FaultCode.AUTH_FAILED,
        FaultCode.UNKNOWN_TYPE,
        FaultCode.MALFORMED,
    }
)
_SILENT = RESYNCHRONISE | {FaultCode.SAM_SELFTEST, FaultCode.SAM_NOT_AUTHORISED}
_OF_THE_PICTURE = {
    FaultCode.BLACK: Code.CAMERA_BLACK,
    FaultCode.FROZEN: Code.CAMERA_FROZEN,
    FaultCode.LAGGING: Code.CAMERA_LAGGING,
}


@dataclass
class Fault(Exception):
    """Raised by a driver. `detail` is for the log: a port, a command, a system error; never personal data."""

    code: FaultCode
    detail: str = ""

    def __post_init__(self) -> None:
        super().__init__(self.code.value)

    def __str__(self) -> str:
        return f"{self.code.value}: {self.detail}" if self.detail else self.code.value

    @property
    def permanent(self) -> bool:
        """Whether trying again soon is of no use."""
        return self.code in PERMANENT

    def refusal(self, kind: str) -> Code:
        """The refusal code under which the web process knows this fault of a device of `kind`."""
        if self.code is FaultCode.LOST:
            return Code.CARD_PULLED
        if self.code in OF_THE_CARD:
            return Code.CARD_UNREADABLE
        if kind in ("camera", "codes"):
            return _OF_THE_PICTURE.get(self.code, Code.CAMERA_GONE)
        if kind == "thermometer":
            return Code.THERMOMETER_GONE
        return Code.READER_SILENT if self.code in _SILENT else Code.READER_GONE
