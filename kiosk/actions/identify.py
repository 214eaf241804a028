"""A card was read or a code was shown: find the student and open the visit, or take up the one that is open."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from kiosk import secrets_store
from kiosk.actions import admission, campaigns, campus_cards, stations
from kiosk.actions.base import BRIDGE, Outcome, Transaction, action
from kiosk.domain import id_numbers, identity
from kiosk.domain.identity import Assurance, DocumentKind, Flag
from kiosk.domain.receipts import nonce_of
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import receipts
from kiosk.records.tables import Campaign, Station, Student, Visit

ID_CARD, COLLECTION_CODE = "id-card", "collection-code"
#: Longest collection code that is kept, in bytes; the longest QR holds 2953.
LONGEST_CODE = 2953

Text = Annotated[str, StringConstraints(min_length=1)]


def tell(tx: Transaction, refusal: Refusal) -> None:
    """Leave a refused identification as the station's notice."""
    if refusal.code in (Code.STATION_BUSY, Code.STATION_UNKNOWN):  # the screen is somebody else's, or none
        return
    stations.tell(tx, stations.here(tx), refusal.code, refusal.args_)
    if refusal.code is Code.CAMPUS_CARD_UNKNOWN:
        campus_cards.remember_unbound(tx)


@action(kinds=(BRIDGE,), on_refusal=tell)
def identify(
    tx: Transaction,
    assurance: Annotated[Assurance, Field(strict=False)],
    card: dict[str, Any] | None = None,
    code_b64: Text | None = None,
    uid: Annotated[Text, StringConstraints(max_length=40)] | None = None,
    receipt: Annotated[Text, StringConstraints(max_length=200)] | None = None,
    source: Annotated[str, StringConstraints(max_length=40)] = "",
) -> Outcome:
    """Open a visit in CONFIRMING in front of the station, or show the student's open one where it stands.

    Exactly one of: `card` (`CardIdentity.to_json()`), `code_b64` (the bytes of a collection code), `uid` (a campus
    card's number in hexadecimal), `receipt` (the token of a receipt). A receipt opens what its student's card
    would, no more. A refusal becomes the station's notice.

    Raises `Refusal`: no_campaign, campaign_closed, identity_mode, station_busy, card_data_invalid, card_expired,
    card_not_usable, campus_card_unknown, receipt_unknown, receipt_expired, check_link, not_on_roster,
    wrong_programme, roster_late, already_photographed, not_in_time_slot, code_already_used and the visit_… codes
    for one that is open elsewhere, waits for staff or was refused today.
    """
    station = stations.here(tx)
    campaign = campaigns.open_at(tx, station)
    shown = {"card": card, "code_b64": code_b64, "uid": uid, "receipt": receipt}
    kinds = [kind for kind, value in shown.items() if value is not None]
    if len(kinds) != 1 or not _takes(campaign, kinds[0], assurance):
        raise Refusal(Code.IDENTITY_MODE, {"mode": campaign.identity_mode, "takes": ways(campaign)})
    tx.detail.update({"assurance": assurance.value, "source": source, "by": kinds[0].removesuffix("_b64")})
    if card is not None:
        return _by_card(tx, station, campaign, card, assurance)
    if uid is not None:
        return _by_uid(tx, station, campaign, uid)
    if receipt is not None:
        return _by_receipt(tx, station, campaign, receipt)
    return _by_code(tx, station, campaign, _decoded(code_b64 or ""))


def ways(campaign: Campaign) -> list[str]:
    """What a campaign takes, surest first; the words are translation keys (`identity.way.<word>`)."""
    by_card = campaign.identity_mode == ID_CARD
    words = {
        Assurance.CHIP_VERIFIED: ["id_card"] if by_card else [],
        Assurance.UID_ONLY: ["campus_card"] if by_card else [],
        Assurance.CODE: ["receipt"] if by_card else ["collection_code", "receipt"],
        Assurance.TYPED: ["staff"] if by_card else [],
    }
    return [word for assurance, found in words.items() if assurance in campaign.assurances for word in found]


def _takes(campaign: Campaign, kind: str, assurance: Assurance) -> bool:
    """Whether the campaign takes an identity of that kind, and whether the claimed assurance is that kind's."""
    by_card = campaign.identity_mode == ID_CARD
    fits = {
        "card": by_card and assurance is Assurance.CHIP_VERIFIED,
        "uid": by_card and assurance is Assurance.UID_ONLY,
        "code_b64": not by_card and assurance is Assurance.CODE,
        "receipt": assurance is Assurance.CODE,
    }
    return fits[kind] and assurance in campaign.assurances


def _by_card(
    tx: Transaction, station: Station, campaign: Campaign, card: dict[str, Any], assurance: Assurance
) -> Outcome:
    number, flags = _read(card, campaign)
    student = admission.student(tx, campaign, number)
    return _of_student(tx, station, campaign, student, assurance, _flags(card, flags, student))


def _by_uid(tx: Transaction, station: Station, campaign: Campaign, uid: str) -> Outcome:
    number = campus_cards.student_number(tx, uid)
    if number is None:
        raise Refusal(Code.CAMPUS_CARD_UNKNOWN)
    student = admission.student_by_number(tx, campaign, number)
    return _of_student(tx, station, campaign, student, Assurance.UID_ONLY, [])


def _by_receipt(tx: Transaction, station: Station, campaign: Campaign, token: str) -> Outcome:
    key = secrets_store.read_or_make(tx.settings, secrets_store.RECEIPT_KEY).encode()
    nonce = nonce_of(key, token)
    found = receipts.of_nonce(tx.session, tx.settings, nonce) if nonce else None
    if found is None:
        raise Refusal(Code.RECEIPT_UNKNOWN)
    if found.link:
        raise Refusal(Code.CHECK_LINK)
    if tx.now >= found.expires:
        raise Refusal(Code.RECEIPT_EXPIRED)
    visit = found.visit
    if campaign.identity_mode == COLLECTION_CODE and visit is not None and visit.code is not None:
        return _by_code(tx, station, campaign, visit.code)
    if found.student is None or campaign.identity_mode != ID_CARD:
        raise Refusal(Code.NOT_ON_ROSTER)
    student = admission.student(tx, campaign, found.student.id_number)
    return _of_student(tx, station, campaign, student, Assurance.CODE, [])


def _of_student(
    tx: Transaction, station: Station, campaign: Campaign, student: Student, assurance: Assurance, flags: list[str]
) -> Outcome:
    open_visit = admission.open_visit(tx, campaign, student=student)
    if open_visit is not None:
        return admission.take_up(tx, station, open_visit)
    if not stations.has_room(tx, station):
        raise Refusal(Code.STATION_BUSY)
    admission.admit(tx, campaign, student)
    visit = Visit(student_id=student.id, assurance=assurance.value, card={"flags": flags})
    return admission.open_new(tx, station, campaign, visit)


def _by_code(tx: Transaction, station: Station, campaign: Campaign, code: bytes) -> Outcome:
    sha256 = hashlib.sha256(code).hexdigest()
    open_visit = admission.open_visit(tx, campaign, code_sha256=sha256)
    if open_visit is not None:
        return admission.take_up(tx, station, open_visit)
    if not stations.has_room(tx, station):
        raise Refusal(Code.STATION_BUSY)
    admission.admit_code(tx, campaign, sha256)
    visit = Visit(code=code, code_sha256=sha256, assurance=Assurance.CODE.value, card={"flags": []})
    return admission.open_new(tx, station, campaign, visit)


def _decoded(code_b64: str) -> bytes:
    try:
        code = base64.b64decode(code_b64, validate=True)
    except binascii.Error as error:
        raise Refusal(Code.BAD_REQUEST, {"what": "code_b64"}) from error
    if not 0 < len(code) <= LONGEST_CODE:
        raise Refusal(Code.BAD_REQUEST, {"what": "code_b64"})
    return code


def _read(card: dict[str, Any], campaign: Campaign) -> tuple[str, list[str]]:
    """The number and the flags of a card that the campaign lets pass.

    The number is checked here once more: what the bridge says is believed, what it missed is not. Raises `Refusal`
    card_data_invalid, or card_expired where that alone is the matter, with the flags that the campaign refuses.
    """
    try:
        number = id_numbers.normalise(str(card["number"]))
        kind = DocumentKind(card["kind"])
        told = {Flag(flag) for flag in card.get("flags", ())}
    except (KeyError, TypeError, ValueError) as error:
        raise Refusal(Code.CARD_DATA_INVALID, {"flags": []}) from error
    told |= set(identity.number_flags(kind, number, str(card.get("birth", ""))))
    flags = [flag.value for flag in Flag if flag in told]
    refused = [flag for flag in flags if flag in campaign.refuse_flags]
    if refused:
        code = Code.CARD_EXPIRED if refused == [Flag.EXPIRED.value] else Code.CARD_DATA_INVALID
        raise Refusal(code, {"flags": refused})
    return number, flags


def _flags(card: dict[str, Any], flags: list[str], student: Student) -> list[str]:
    """The card's own flags and where it differs from the roster; staff see them."""
    name = "".join(str(card.get("name", "")).split())
    if name != "".join(student.name.split()):
        flags = [*flags, "name_differs"]
    sex = {"男": "male", "女": "female"}.get(student.sex)
    if sex and card.get("sex") in ("male", "female") and card["sex"] != sex:
        flags = [*flags, "sex_differs"]
    return flags
