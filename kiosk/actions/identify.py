"""A card was read or a code was shown: find the student and open the visit, or take up the one that is open."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from kiosk.actions import admission, campaigns, stations
from kiosk.actions.base import BRIDGE, Outcome, Transaction, action
from kiosk.domain import id_numbers
from kiosk.domain.identity import Assurance, DocumentKind, Flag
from kiosk.domain.refusals import Code, Refusal
from kiosk.records.tables import Campaign, Station, Student, Visit

ID_CARD, COLLECTION_CODE = "id-card", "collection-code"
#: A card with one of these contradicts itself; it is not searched for.
INVALID = frozenset({Flag.CHECK_DIGIT, Flag.NUMBER_INVALID, Flag.BIRTH_MISMATCH})
#: Longest collection code that is kept, in bytes; the longest QR holds 2953.
LONGEST_CODE = 2953


def _tell(tx: Transaction, refusal: Refusal) -> None:
    if refusal.code not in (Code.STATION_BUSY, Code.STATION_UNKNOWN):  # the screen is somebody else's, or none
        stations.tell(tx, stations.here(tx), refusal.code, refusal.args_)


@action(kinds=(BRIDGE,), on_refusal=_tell)
def identify(
    tx: Transaction,
    assurance: Annotated[Assurance, Field(strict=False)],
    card: dict[str, Any] | None = None,
    code_b64: Annotated[str, StringConstraints(min_length=1)] | None = None,
    source: Annotated[str, StringConstraints(max_length=40)] = "",
) -> Outcome:
    """Open a visit in CONFIRMING in front of the station, or show the student's open one where it stands.

    `card` is `CardIdentity.to_json()`, `code_b64` the bytes of a collection code. A refusal becomes the station's
    notice. Raises `Refusal`: no_campaign, campaign_closed, identity_mode, station_busy, card_data_invalid,
    not_on_roster, wrong_programme, roster_late, already_photographed, not_in_time_slot, code_already_used and the
    visit_… codes for a visit that is open elsewhere, waits for staff or was refused today.
    """
    station = stations.here(tx)
    campaign = campaigns.open_at(tx, station)
    wanted = card if campaign.identity_mode == ID_CARD else code_b64
    if wanted is None or (card is None) == (code_b64 is None) or assurance not in campaign.assurances:
        raise Refusal(Code.IDENTITY_MODE, {"mode": campaign.identity_mode})
    tx.detail.update({"assurance": assurance.value, "source": source})
    if card is not None:
        return _by_card(tx, station, campaign, card, assurance)
    return _by_code(tx, station, campaign, code_b64 or "", assurance)


def _by_card(
    tx: Transaction, station: Station, campaign: Campaign, card: dict[str, Any], assurance: Assurance
) -> Outcome:
    number, flags = _read(card)
    student = admission.student(tx, campaign, number)
    open_visit = admission.open_visit(tx, campaign, student=student)
    if open_visit is not None:
        return admission.take_up(tx, station, open_visit)
    if not stations.has_room(tx, station):
        raise Refusal(Code.STATION_BUSY)
    admission.admit(tx, campaign, student)
    visit = Visit(student_id=student.id, assurance=assurance.value, card={"flags": _flags(card, flags, student)})
    return admission.open_new(tx, station, campaign, visit)


def _by_code(
    tx: Transaction, station: Station, campaign: Campaign, code_b64: str, assurance: Assurance
) -> Outcome:
    try:
        code = base64.b64decode(code_b64, validate=True)
    except binascii.Error as error:
        raise Refusal(Code.BAD_REQUEST, {"what": "code_b64"}) from error
    if not 0 < len(code) <= LONGEST_CODE:
        raise Refusal(Code.BAD_REQUEST, {"what": "code_b64"})
    sha256 = hashlib.sha256(code).hexdigest()
    open_visit = admission.open_visit(tx, campaign, code_sha256=sha256)
    if open_visit is not None:
        return admission.take_up(tx, station, open_visit)
    if not stations.has_room(tx, station):
        raise Refusal(Code.STATION_BUSY)
    admission.admit_code(tx, campaign, sha256)
    visit = Visit(code=code, code_sha256=sha256, assurance=assurance.value, card={"flags": []})
    return admission.open_new(tx, station, campaign, visit)


def _read(card: dict[str, Any]) -> tuple[str, list[str]]:
    """The number and the flags of a card that may be believed. Raises `Refusal` card_data_invalid."""
    try:
        number = id_numbers.normalise(str(card["number"]))
        kind = id_numbers.NumberKind(DocumentKind(card["kind"]).value)
        flags = [Flag(flag).value for flag in card.get("flags", ())]
    except (KeyError, TypeError, ValueError) as error:
        raise Refusal(Code.CARD_DATA_INVALID) from error
    if INVALID.intersection(flags) or not id_numbers.check(number, kind).valid:
        raise Refusal(Code.CARD_DATA_INVALID)
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
