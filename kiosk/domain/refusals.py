"""Typed refusals: why something was not done, for the student, for staff, and what to do next.

A code is at once the exception's payload, the key of the translations (`refusal.<code>.student`,
`refusal.<code>.staff`, `refusal.<code>.next`) and the code in the audit. A test fails when a code has no
sentence in one of the languages.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Category(StrEnum):
    """Who can mend it."""

    STUDENT = "student"  # the person at the kiosk
    STAFF = "staff"  # somebody with a tablet
    DEVICE = "device"  # something is unplugged or broken
    STALE = "stale"  # the page is behind; it re-reads its snapshot
    SYSTEM = "system"  # disk, database, configuration


class Code(StrEnum):
    """Every refusal of the product."""

    # identify
    NOT_ON_ROSTER = "not_on_roster"
    WRONG_PROGRAMME = "wrong_programme"
    ALREADY_PHOTOGRAPHED = "already_photographed"
    NOT_IN_TIME_SLOT = "not_in_time_slot"
    ROSTER_LATE = "roster_late"
    CARD_DATA_INVALID = "card_data_invalid"
    CARD_EXPIRED = "card_expired"
    CARD_UNREADABLE = "card_unreadable"
    CODE_ALREADY_USED = "code_already_used"
    IDENTITY_MODE = "identity_mode"
    CAMPUS_CARD_UNKNOWN = "campus_card_unknown"
    CAMPUS_CARD_NONE = "campus_card_none"  # staff: none was laid that could be bound
    VISIT_OPEN_ELSEWHERE = "visit_open_elsewhere"
    VISIT_PARKED = "visit_parked"
    VISIT_WAITS_FOR_STAFF = "visit_waits_for_staff"
    VISIT_REFUSED_TODAY = "visit_refused_today"
    NO_CAMPAIGN = "no_campaign"
    CAMPAIGN_CLOSED = "campaign_closed"
    STATION_BUSY = "station_busy"
    # steps
    NOT_NOW = "not_now"  # the visit is in another state than the button assumed
    DECLARATION_INCOMPLETE = "declaration_incomplete"
    DECLARATION_NOT_PASSED = "declaration_not_passed"
    TEMPERATURE_IMPLAUSIBLE = "temperature_implausible"
    TEMPERATURE_ABNORMAL = "temperature_abnormal"
    NOBODY_WAITING = "nobody_waiting"
    WAITING_AREA_FULL = "waiting_area_full"
    SEAT_TAKEN = "seat_taken"
    NOT_IN_SEAT = "not_in_seat"
    NO_SHOTS_LEFT = "no_shots_left"
    SHOT_NOT_ACCEPTABLE = "shot_not_acceptable"
    SHOT_UNKNOWN = "shot_unknown"
    SHOT_STALE = "shot_stale"
    # staff
    REASON_REQUIRED = "reason_required"
    NOT_ALLOWED = "not_allowed"
    NEVER_OVERRIDDEN = "never_overridden"
    SECOND_PERSON_REQUIRED = "second_person_required"
    SECOND_PERSON_INVALID = "second_person_invalid"
    VISIT_UNKNOWN = "visit_unknown"
    STUDENT_UNKNOWN = "student_unknown"
    LOGIN_FAILED = "login_failed"
    LOGIN_REQUIRED = "login_required"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    SETUP_LINK_INVALID = "setup_link_invalid"
    PASSWORD_TOO_SHORT = "password_too_short"  # noqa: S105 - a refusal code, not a secret
    NAME_TAKEN = "name_taken"
    LOGIN_MALFORMED = "login_malformed"
    SESSION_LOCKED = "session_locked"
    PIN_WRONG = "pin_wrong"
    PIN_MALFORMED = "pin_malformed"
    PIN_WEAK = "pin_weak"
    # page and station
    PAGE_SUPERSEDED = "page_superseded"
    STATION_UNKNOWN = "station_unknown"
    STATION_ELSEWHERE = "station_elsewhere"  # a kiosk of another site
    KEY_REUSED = "key_reused"
    BAD_REQUEST = "bad_request"
    CSRF = "csrf"
    NOT_FOUND = "not_found"
    RECEIPT_UNKNOWN = "receipt_unknown"
    RECEIPT_EXPIRED = "receipt_expired"
    RECEIPT_LOCKED = "receipt_locked"  # the last four characters were not given, or too long ago
    CHECK_LINK = "check_link"  # a link to check a photo was shown where a kiosk's receipt is taken
    CHECK_OVER = "check_over"
    ALL_CHECKED = "all_checked"  # nobody is left for whom something is to be printed
    CHECK_WHAT = "check_what"  # something is wrong, but nothing was ticked
    CHECK_OTHER_PHOTO = "check_other_photo"  # another photo counts than the one that was looked at
    # campaigns, schedule, opening
    CAMPAIGN_INVALID = "campaign_invalid"
    UNIT_INVALID = "unit_invalid"
    DRAFT_CHANGED = "draft_changed"  # another page saved the draft after this one read it
    SITE_UNKNOWN = "site_unknown"
    NOT_CALLED_UP = "not_called_up"  # the campaign does not photograph this intake
    SLOT_UNKNOWN = "slot_unknown"
    SLOT_OVERLAPS = "slot_overlaps"
    SLOT_CAPACITY = "slot_capacity"
    SLOT_TIME_INVALID = "slot_time_invalid"
    SLOT_OUTSIDE_WINDOW = "slot_outside_window"
    SLOT_PAST = "slot_past"
    SLOT_NOT_EMPTY = "slot_not_empty"
    SLOT_FULL = "slot_full"
    NO_SLOTS = "no_slots"
    DUE_ELSEWHERE = "due_elsewhere"  # the same person has a slot in another campaign
    SESSION_NOT_OPEN = "session_not_open"
    SESSION_ALREADY_OPEN = "session_already_open"
    SESSION_CLOSED = "session_closed"
    SESSION_HAS_PEOPLE = "session_has_people"  # to be closed while visits are open; lists them
    SESSION_STILL_OPEN = "session_still_open"  # to be opened again, and is not closed
    OPENING_INCOMPLETE = "opening_incomplete"
    OPENING_LINE_INVALID = "opening_line_invalid"
    NO_DAY = "no_day"  # a report of a day on which nothing was
    MAIL_OFF = "mail_off"
    # files
    FILE_NOT_A_WORKBOOK = "file_not_a_workbook"
    FILE_ENCRYPTED = "file_encrypted"
    FILE_NO_HEADER = "file_no_header"
    FILE_EMPTY = "file_empty"
    FILE_TOO_LARGE = "file_too_large"
    FILE_CUT = "file_cut"
    FILE_MACROS = "file_macros"
    FILE_LINKS = "file_links"
    FILE_PATHS = "file_paths"
    FILE_TWO_LISTS = "file_two_lists"
    ROSTER_HAS_ERRORS = "roster_has_errors"
    ROSTER_MOVED = "roster_moved"  # what was confirmed is not what would be done now
    PICTURE_UNREADABLE = "picture_unreadable"
    PICTURE_TOO_LARGE = "picture_too_large"
    PICTURE_EMPTY = "picture_empty"
    PICTURE_TRUNCATED = "picture_truncated"
    PICTURE_FORMAT = "picture_format"
    PICTURE_ANIMATED = "picture_animated"
    PICTURE_CRASHED = "picture_crashed"
    PHOTO_NOT_NAMED = "photo_not_named"
    PHOTO_NUMBER_INVALID = "photo_number_invalid"
    PHOTO_NOT_ON_ROSTER = "photo_not_on_roster"
    PHOTO_OF_SEVERAL = "photo_of_several"
    PHOTO_TWICE = "photo_twice"
    BATCH_BUSY = "batch_busy"
    PROFILE_UNKNOWN = "profile_unknown"
    BRANCH_UNKNOWN = "branch_unknown"
    RECIPIENT_INVALID = "recipient_invalid"
    PACKAGE_BLOCKED = "package_blocked"
    PACKAGE_UNREADABLE = "package_unreadable"
    PACKAGE_SEALED = "package_sealed"
    REPORT_UNREADABLE = "report_unreadable"
    RESULT_TWICE = "result_twice"
    RESULT_OTHER_CAMPAIGN = "result_other_campaign"
    # money, prints, copies
    ALREADY_PAID = "already_paid"
    NOTHING_TO_REFUND = "nothing_to_refund"
    RECEIPT_NUMBER_TAKEN = "receipt_number_taken"
    PAYMENTS_TWICE = "payments_twice"
    NO_PHOTO_THAT_COUNTS = "no_photo_that_counts"
    ALREADY_HANDED_OUT = "already_handed_out"
    PRINTS_TOO_MANY = "prints_too_many"
    PRINTS_DO_NOT_FIT = "prints_do_not_fit"
    COPY_ASKED = "copy_asked"
    COPY_LINK_INVALID = "copy_link_invalid"
    COPY_LINK_EXPIRED = "copy_link_expired"
    CROP_OUTSIDE_FRAME = "crop_outside_frame"
    NO_FACE = "no_face"
    SEVERAL_FACES = "several_faces"
    # devices
    READER_GONE = "reader_gone"
    READER_SILENT = "reader_silent"
    CARD_PULLED = "card_pulled"
    CARD_MULTIPLE = "card_multiple"
    CARD_NOT_USABLE = "card_not_usable"
    SCAN_UNREADABLE = "scan_unreadable"
    SCANNER_GONE = "scanner_gone"
    CAMERA_GONE = "camera_gone"
    CAMERA_BLACK = "camera_black"
    CAMERA_FROZEN = "camera_frozen"
    CAMERA_LAGGING = "camera_lagging"
    THERMOMETER_GONE = "thermometer_gone"
    BRIDGE_GONE = "bridge_gone"
    KIOSK_IN_USE = "kiosk_in_use"
    # collection
    MODE_NOT_ALLOWED = "mode_not_allowed"
    DELIVERY_TWICE = "delivery_twice"
    ARCHIVE_BROKEN = "archive_broken"
    ARCHIVE_BOMB = "archive_bomb"
    ARCHIVE_UNSAFE = "archive_unsafe"
    ARCHIVE_NESTED = "archive_nested"
    ARCHIVE_LOCKED = "archive_locked"
    ARCHIVE_TOO_MANY = "archive_too_many"
    ARCHIVE_NO_PHOTOS = "archive_no_photos"
    UPLOAD_LINK_UNKNOWN = "upload_link_unknown"
    UPLOAD_LINK_EXPIRED = "upload_link_expired"
    UPLOAD_LINK_USED_UP = "upload_link_used_up"
    UPLOAD_BUSY = "upload_busy"
    PHOTO_DECIDED = "photo_decided"
    PHOTO_COUNTS_ALREADY = "photo_counts_already"
    PHOTO_HAS_NO_PICTURE = "photo_has_no_picture"
    PHOTO_TOO_OLD = "photo_too_old"
    PHOTO_OF_NOBODY = "photo_of_nobody"
    PHOTO_ASSIGNED = "photo_assigned"
    PHOTO_REMOVED = "photo_removed"
    # system
    DISK_FULL = "disk_full"
    DATABASE_BUSY = "database_busy"
    INTERNAL = "internal"


#: Category of each code; a code that is missing here is mended by staff.
CATEGORIES: dict[Code, Category] = {
    **dict.fromkeys(
        (
            Code.NOT_IN_TIME_SLOT,
            Code.CARD_UNREADABLE,
            Code.DECLARATION_INCOMPLETE,
            Code.TEMPERATURE_IMPLAUSIBLE,
            Code.CARD_PULLED,
            Code.CARD_MULTIPLE,
            Code.CARD_NOT_USABLE,
            Code.SCAN_UNREADABLE,
            Code.CHECK_LINK,
            Code.NO_FACE,
            Code.SEVERAL_FACES,
            Code.CROP_OUTSIDE_FRAME,
        ),
        Category.STUDENT,
    ),
    **dict.fromkeys(
        (
            Code.READER_GONE,
            Code.READER_SILENT,
            Code.SCANNER_GONE,
            Code.CAMERA_GONE,
            Code.CAMERA_BLACK,
            Code.CAMERA_FROZEN,
            Code.CAMERA_LAGGING,
            Code.THERMOMETER_GONE,
            Code.BRIDGE_GONE,
        ),
        Category.DEVICE,
    ),
    **dict.fromkeys(
        (
            Code.NOT_NOW,
            Code.PAGE_SUPERSEDED,
            Code.SHOT_STALE,
            Code.NOT_IN_SEAT,
            Code.CHECK_OTHER_PHOTO,
            Code.CSRF,
            Code.LOGIN_REQUIRED,
            Code.SESSION_LOCKED,
        ),
        Category.STALE,
    ),
    **dict.fromkeys((Code.DISK_FULL, Code.DATABASE_BUSY, Code.INTERNAL), Category.SYSTEM),
}


@dataclass
class Refusal(Exception):
    """Raised inside a decision to refuse it; nothing of the decision is then written but its audit row.

    `args_` hold values for the sentences (never personal data: they reach logs and pages).
    """

    code: Code
    args_: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(self.code.value)

    def __str__(self) -> str:
        return self.code.value

    @property
    def category(self) -> Category:
        """Who can mend it."""
        return CATEGORIES.get(self.code, Category.STAFF)
