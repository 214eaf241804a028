"""What a keyboard-wedge scanner typed identifies, and is never surer than a campus card's number."""

from __future__ import annotations

import secrets

import pytest

from kiosk import secrets_store
from kiosk.domain import receipts
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import campus_cards
from kiosk.records.tables import Audit
from kiosk.settings import Devices, Scanner
from tests.actions.desk import Desk

UID, SCANNED = "04B0BF03", "0078692099"


@pytest.fixture
def scanning(bare_desk: Desk) -> Desk:
    """A site that takes campus cards and receipts; the first student's card is known."""
    bare_desk.prepare(assurances=["chip_verified", "uid_only", "code", "typed"])
    with bare_desk.database.write() as session:
        campus_cards.bind_all(session, bare_desk.settings, {UID: "2026000000001"}, "test:test", bare_desk.now)
    return bare_desk


def refused(desk: Desk, text: str) -> Code:
    with pytest.raises(Refusal) as caught:
        desk.kiosk("scan", text=text)
    return caught.value.code


def test_a_campus_card_opens_its_students_visit_as_uid_only(scanning: Desk) -> None:
    visit = scanning.visit(str(scanning.kiosk("scan", text=SCANNED)["visit"]))
    assert (visit.student_id, visit.assurance) == (1, "uid_only")


def test_a_receipt_is_answered_as_its_students_card_would_be(scanning: Desk) -> None:
    done = scanning.photograph(2)
    nonce = scanning.visit(done).receipt_nonce or ""
    key = secrets_store.read_or_make(scanning.settings, secrets_store.RECEIPT_KEY).encode()
    address = f"https://kiosk.example/r/{receipts.token(key, nonce)}"
    assert refused(scanning, address) is Code.ALREADY_PHOTOGRAPHED


def test_a_collection_code_is_its_bytes(bare_desk: Desk) -> None:
    bare_desk.prepare(
        identity_mode="collection-code", screening="off", temperature_required=False, assurances=["code"]
    )
    visit = bare_desk.visit(str(bare_desk.kiosk("scan", text="CODE-0001")["visit"]))
    assert (visit.code, visit.assurance) == (b"CODE-0001", "code")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0078692100", Code.CAMPUS_CARD_UNKNOWN),
        ("00786920991", Code.SCAN_UNREADABLE),
        ("hello, scanner", Code.SCAN_UNREADABLE),
        ("0134743811", Code.CARD_NOT_USABLE),  # begins with 08: another number each time
    ],
)
def test_what_identifies_nobody_is_refused_and_said(scanning: Desk, text: str, code: Code) -> None:
    assert refused(scanning, text) is code
    notice = scanning.station().notice
    assert notice is not None
    assert notice["code"] == code.value


def test_a_campaign_that_takes_no_campus_cards_takes_none_by_keyboard(desk: Desk) -> None:
    assert refused(desk, SCANNED) is Code.IDENTITY_MODE


def test_a_site_may_refuse_keyboards(scanning: Desk) -> None:
    closed = scanning.with_settings(devices=Devices(scanner=Scanner(keyboard=False)))
    assert refused(closed, SCANNED) is Code.NOT_ALLOWED


def test_what_was_typed_stands_in_no_audit_row(scanning: Desk) -> None:
    scanning.kiosk("scan", text=SCANNED, key=secrets.token_hex(8))
    refused(scanning, "0078692100")
    with scanning.database.read() as session:
        rows = session.query(Audit).all()
        said = repr([(row.detail, row.reason, row.actor) for row in rows])
    assert SCANNED not in said
    assert UID not in said
    assert "0078692100" not in said


def test_the_page_can_not_claim_to_be_a_card_reader(scanning: Desk) -> None:
    with pytest.raises(Refusal) as caught:
        scanning.kiosk("identify", assurance="uid_only", uid=UID)
    assert caught.value.code is Code.NOT_ALLOWED
