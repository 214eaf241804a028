"""What can be wrong with a device or a card: one code each, who mends it, and whether trying again helps.

The codes are those of the reader's field (device, protocol, card, data). `TABLE` says of each its category and
what the bridge does by itself; what the student sees and what staff see and do stands in the texts
(`devices.fault.<code>.student`, `devices.fault.<code>.staff`). `refusal` is the coarser code that the web process
and the pages know; the precise one stands beside it for staff.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.refusals import Code


class FaultCode(StrEnum):
    """Every fault a driver may report. Those that `Retry.FLAG` marks are never raised: the card was read."""

    # device
    NOT_FOUND = "not_found"
    GONE = "gone"
    BUSY = "busy"
    PERMISSION_DENIED = "permission_denied"
    SERVICE_DOWN = "service_down"
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
    NO_CARD = "no_card"
    LOST = "lost"
    READ_FAILED = "read_failed"
    AUTH_FAILED = "auth_failed"
    UNKNOWN_TYPE = "unknown_type"
    MULTIPLE = "multiple"
    MUTE = "mute"
    UID_RANDOM = "uid_random"
    # data: but for the first these are flags of a card that was read (`kiosk.domain.identity.Flag`)
    MALFORMED = "malformed"
    CHECK_DIGIT = "check_digit"
    NUMBER_INVALID = "number_invalid"
    BIRTH_MISMATCH = "birth_mismatch"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    DATE_UNREADABLE = "date_unreadable"
    # camera
    BLACK = "black"
    FROZEN = "frozen"
    LAGGING = "lagging"
    # inside
    INTERNAL = "internal"


class FaultCategory(StrEnum):
    """Where it lies. The values are translation keys (`devices.category.<value>`)."""

    DEVICE = "device"
    PROTOCOL = "protocol"
    CARD = "card"
    DATA = "data"
    CAMERA = "camera"
    INSIDE = "inside"


class Retry(StrEnum):
    """What the bridge does by itself. The values are translation keys (`devices.retry.<value>`)."""

    REOPEN = "reopen"  # opens the device again, after 0.25 to 5 s
    SLOWLY = "slowly"  # opens it again every 5 s: somebody must do something first
    RESYNCHRONISE = "resynchronise"  # drains the line, pings, asks once more; without success opens it again
    PRESENT_AGAIN = "present_again"  # reads again up to three times, then waits until the card was taken away
    LEAVE = "leave"  # asks nothing more of that card: another reading says the same
    FLAG = "flag"  # passes the card on with a flag; the campaign's rule decides
    NONE = "none"  # nothing is wrong with the reader: it goes on looking


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a code beside its texts."""

    category: FaultCategory
    retry: Retry


def _table() -> dict[FaultCode, About]:
    rows = {
        (FaultCategory.DEVICE, Retry.REOPEN): "NOT_FOUND GONE BUSY SERVICE_DOWN",
        (FaultCategory.DEVICE, Retry.SLOWLY): "PERMISSION_DENIED SAM_SELFTEST SAM_NOT_AUTHORISED UNSUPPORTED",
        (FaultCategory.PROTOCOL, Retry.RESYNCHRONISE): (
            "TIMEOUT_NO_ANSWER TIMEOUT_PARTIAL BAD_CHECKSUM BAD_LENGTH UNEXPECTED_ANSWER REJECTED_BY_READER"
        ),
        (FaultCategory.CARD, Retry.NONE): "NO_CARD",
        (FaultCategory.CARD, Retry.PRESENT_AGAIN): "LOST READ_FAILED AUTH_FAILED MULTIPLE MUTE",
        (FaultCategory.CARD, Retry.LEAVE): "UNKNOWN_TYPE UID_RANDOM",
        (FaultCategory.DATA, Retry.LEAVE): "MALFORMED",
        (FaultCategory.DATA, Retry.FLAG): (
            "CHECK_DIGIT NUMBER_INVALID BIRTH_MISMATCH EXPIRED NOT_YET_VALID DATE_UNREADABLE"
        ),
        (FaultCategory.CAMERA, Retry.REOPEN): "BLACK FROZEN LAGGING",
        (FaultCategory.INSIDE, Retry.REOPEN): "INTERNAL",
    }
    return {FaultCode[name]: About(*about) for about, names in rows.items() for name in names.split()}


#: Every code with its category and what is done about it.
TABLE = _table()


def _with(*retries: Retry) -> frozenset[FaultCode]:
    return frozenset(code for code, about in TABLE.items() if about.retry in retries)


#: Faults that opening the device again does not mend: staff must do something first. They are still tried again,
#: at the slowest pace, because "something" may be a cable.
PERMANENT = _with(Retry.SLOWLY)
#: Faults of the conversation: resynchronise and ask once more.
RESYNCHRONISE = _with(Retry.RESYNCHRONISE)
#: Faults of the card that lies there: the reader is well.
OF_THE_CARD = _with(Retry.PRESENT_AGAIN, Retry.LEAVE)
_SILENT = RESYNCHRONISE | {FaultCode.SAM_SELFTEST, FaultCode.SAM_NOT_AUTHORISED}
_OF_A_CARD = {
    FaultCode.LOST: Code.CARD_PULLED,
    FaultCode.MULTIPLE: Code.CARD_MULTIPLE,
    FaultCode.UID_RANDOM: Code.CARD_NOT_USABLE,
}
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
        if self.code in OF_THE_CARD:
            return _OF_A_CARD.get(self.code, Code.CARD_UNREADABLE)
        if kind == "camera":
            return _OF_THE_PICTURE.get(self.code, Code.CAMERA_GONE)
        if kind == "codes":
            return Code.SCANNER_GONE
        if kind == "thermometer":
            return Code.THERMOMETER_GONE
        return Code.READER_SILENT if self.code in _SILENT else Code.READER_GONE
