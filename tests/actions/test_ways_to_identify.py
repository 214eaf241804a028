"""Campus cards, receipts, and which proofs and which flags a campaign takes."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from sqlalchemy import select

from kiosk import secrets_store
from kiosk.actions.base import Outcome
from kiosk.domain import receipts
from kiosk.domain.identity import Assurance, Flag
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import campus_cards as bindings
from kiosk.records.receipts import Links
from kiosk.records.registry_tables import CollectedPhoto
from kiosk.records.site_tables import CampusCard
from kiosk.records.tables import Audit, Campaign, Visit
from tests.actions.desk import Desk, card_of, id_number
from tests.records.photos import came

UID, OTHER_UID = "04A1B2C3", "04A1B2C3D4E5F6"
EVERYTHING = [assurance.value for assurance in Assurance]


@pytest.fixture
def open_desk(bare_desk: Desk) -> Desk:
    """A site whose campaign takes every proof."""
    bare_desk.prepare(assurances=EVERYTHING)
    return bare_desk


def lay(desk: Desk, uid: str = UID, station: str = "kiosk-1") -> Outcome:
    return desk.bridge("identify", station, assurance="uid_only", uid=uid, source="pcsc")


def show(desk: Desk, visit: str, station: str = "kiosk-1") -> Outcome:
    nonce = desk.visit(visit).receipt_nonce
    assert nonce is not None
    key = secrets_store.read_or_make(desk.settings, secrets_store.RECEIPT_KEY).encode()
    token = receipts.token(key, nonce)
    return desk.bridge("identify", station, assurance="code", receipt=token, source="camera")


def bind(desk: Desk, cards: dict[str, str], **options: Any) -> bindings.Imported:
    with desk.database.write() as session:
        return bindings.bind_all(session, desk.settings, cards, "test:test", desk.now, **options)


def code_of(caught: pytest.ExceptionInfo[Refusal]) -> Code:
    return caught.value.code


def change(desk: Desk, **values: Any) -> None:
    with desk.database.write() as session:
        campaign = session.scalars(select(Campaign)).one()
        for name, value in values.items():
            setattr(campaign, name, value)


# -- campus cards


def test_a_bound_campus_card_opens_its_students_visit(open_desk: Desk) -> None:
    bind(open_desk, {UID: "2026000000001"})
    visit = open_desk.visit(str(lay(open_desk)["visit"]))
    assert visit.assurance == "uid_only"
    assert visit.student_id == 1


def test_an_unknown_campus_card_is_refused_and_says_what_to_do(open_desk: Desk) -> None:
    with pytest.raises(Refusal) as caught:
        lay(open_desk)
    assert code_of(caught) is Code.CAMPUS_CARD_UNKNOWN
    notice = open_desk.station().notice
    assert notice is not None
    assert (notice["code"], notice["args"]) == ("campus_card_unknown", {})


def test_a_random_number_is_no_ones(open_desk: Desk) -> None:
    with pytest.raises(Refusal) as caught:
        lay(open_desk, "08A1B2C3")
    assert code_of(caught) is Code.CARD_NOT_USABLE


@pytest.mark.parametrize("uid", ["04A1", "not hexadecimal", "04A1B2C3D4"])
def test_what_is_no_number_is_malformed(open_desk: Desk, uid: str) -> None:
    with pytest.raises(Refusal) as caught:
        lay(open_desk, uid)
    assert code_of(caught) is Code.BAD_REQUEST


def test_a_card_of_somebody_who_is_not_on_the_roster(open_desk: Desk) -> None:
    bind(open_desk, {UID: "2026999999999"})
    with pytest.raises(Refusal) as caught:
        lay(open_desk)
    assert code_of(caught) is Code.NOT_ON_ROSTER


def test_the_number_of_a_card_is_nowhere_in_the_records(open_desk: Desk) -> None:
    bind(open_desk, {UID: "2026000000001"})
    lay(open_desk)
    with pytest.raises(Refusal):
        lay(open_desk, OTHER_UID)
    dump = "\n".join(open_desk.database.engine.raw_connection().driver_connection.iterdump())  # type: ignore[union-attr]
    assert UID not in dump
    assert OTHER_UID not in dump


def test_staff_bind_the_card_that_was_laid_just_before_the_id_card(open_desk: Desk) -> None:
    with pytest.raises(Refusal):
        lay(open_desk)
    open_desk.later(seconds=20)
    visit = str(open_desk.card(2)["visit"])
    open_desk.staff("bind_campus_card", visit=visit, reason=None)
    open_desk.kiosk("park", cause="left")
    again = lay(open_desk)
    assert (again["visit"], again["resumed"]) == (visit, True)
    with open_desk.database.read() as session:
        row = session.scalars(select(CampusCard)).one()
        assert (row.student_number, row.source, row.by) == ("2026000000002", "staff", "staff:li")


@pytest.mark.parametrize("why", ["too early", "another kiosk", "two cards", "only by number", "none", "after"])
def test_no_card_is_bound_by_guessing(open_desk: Desk, why: str) -> None:
    if why not in ("none", "after"):
        with pytest.raises(Refusal):
            lay(open_desk, station="kiosk-2" if why == "another kiosk" else "kiosk-1")
    if why == "two cards":
        with pytest.raises(Refusal):
            lay(open_desk, OTHER_UID)
    open_desk.later(minutes=5 if why == "too early" else 1)
    if why == "only by number":
        bind(open_desk, {OTHER_UID: "2026000000003"})
        visit = str(lay(open_desk, OTHER_UID)["visit"])
    else:
        visit = str(open_desk.card(3)["visit"])
    if why == "after":
        open_desk.kiosk("park", cause="left")
        open_desk.later(seconds=5)
        with pytest.raises(Refusal):
            lay(open_desk)
    with pytest.raises(Refusal) as caught:
        open_desk.staff("bind_campus_card", visit=visit, reason=None)
    assert code_of(caught) is Code.CAMPUS_CARD_NONE


def test_ushers_bind_no_cards(open_desk: Desk) -> None:
    with pytest.raises(Refusal):
        lay(open_desk)
    visit = str(open_desk.card(2)["visit"])
    with pytest.raises(Refusal) as caught:
        open_desk.staff("bind_campus_card", role="usher", visit=visit)
    assert code_of(caught) is Code.NOT_ALLOWED


def test_a_card_that_nobody_was_bound_to_is_forgotten(open_desk: Desk) -> None:
    with pytest.raises(Refusal):
        lay(open_desk)
    open_desk.later(days=2)
    with pytest.raises(Refusal):
        lay(open_desk, OTHER_UID)
    assert open_desk.count(CampusCard) == 1


def test_a_newer_list_wins_and_may_replace_the_older(open_desk: Desk) -> None:
    assert bind(open_desk, {UID: "1", OTHER_UID: "2"}) == bindings.Imported(added=2)
    assert bind(open_desk, {UID: "3", OTHER_UID: "2"}) == bindings.Imported(changed=1, unchanged=1)
    assert bind(open_desk, {UID: "3"}, replace=True) == bindings.Imported(unchanged=1)
    assert open_desk.count(CampusCard) == 1
    with open_desk.database.write() as session:
        assert bindings.forget(session, "3", "test:test", open_desk.now) == 1
    assert open_desk.count(CampusCard) == 0


# -- receipts


def test_the_receipt_of_a_finished_visit_says_that_the_photo_is_valid(open_desk: Desk) -> None:
    visit = open_desk.photograph(1)
    with pytest.raises(Refusal) as caught:
        show(open_desk, visit)
    assert code_of(caught) is Code.ALREADY_PHOTOGRAPHED
    assert caught.value.args_ == {"until": "2027-11-23"}


def test_a_receipt_takes_up_the_same_students_open_visit(open_desk: Desk) -> None:
    first = open_desk.photograph(1)
    with open_desk.database.read() as session:
        shot = session.scalars(select(Visit).where(Visit.public_id == first)).one().accepted_shot_id
        assert shot is not None
    open_desk.staff("decide_shot", visit=first, shot=_shot(open_desk, first), decision="reject")
    second = str(show(open_desk, first)["visit"])
    assert second != first
    assert open_desk.visit(second).assurance == "code"
    open_desk.kiosk("park", cause="left")
    again = show(open_desk, first)
    assert (again["visit"], again["resumed"]) == (second, True)


def _shot(desk: Desk, visit: str) -> str:
    from kiosk.records import queries

    with desk.database.read() as session:
        return queries.shots(session, desk.visit(visit))[-1].public_id


def test_a_receipt_opens_the_visit_of_a_collection_code(bare_desk: Desk) -> None:
    bare_desk.prepare(
        identity_mode="collection-code", assurances=["code"], screening="off", temperature_required=False
    )
    visit = str(bare_desk.code(b"opaque")["visit"])
    bare_desk.kiosk("confirm")
    bare_desk.kiosk("call_next")
    bare_desk.kiosk("begin_capture")
    shot = bare_desk.shoot(visit)
    bare_desk.kiosk("accept", shot=shot)
    assert show(bare_desk, visit)["visit"] == visit
    bare_desk.kiosk("finish")
    with pytest.raises(Refusal) as caught:
        show(bare_desk, visit)
    assert code_of(caught) is Code.CODE_ALREADY_USED


@pytest.mark.parametrize("made", ["forged", "of nobody"])
def test_a_receipt_that_is_none_is_refused(open_desk: Desk, made: str) -> None:
    key = secrets_store.read_or_make(open_desk.settings, secrets_store.RECEIPT_KEY).encode()
    token = receipts.token(b"another" if made == "forged" else key, secrets.token_urlsafe(24))
    with pytest.raises(Refusal) as caught:
        open_desk.bridge("identify", assurance="code", receipt=token)
    assert code_of(caught) is Code.RECEIPT_UNKNOWN
    assert open_desk.station().notice is not None


@pytest.mark.parametrize("at_the_kiosk", [True, False])
def test_a_link_to_check_a_photo_is_for_the_phone_whatever_way_the_photo_came(
    open_desk: Desk, at_the_kiosk: bool
) -> None:
    if at_the_kiosk:
        open_desk.photograph(1)
        with open_desk.database.read() as session:
            photo = session.scalars(select(CollectedPhoto.public_id)).one()
    else:
        photo = came(open_desk, 1)
    link = Links.of(open_desk.settings, open_desk.now).plain(photo)
    with pytest.raises(Refusal) as caught:
        open_desk.bridge("identify", assurance="code", receipt=receipts.token_in(link), source="camera")
    assert code_of(caught) is Code.CHECK_LINK
    notice = open_desk.station().notice
    assert notice is not None and notice["code"] == "check_link"


def test_an_old_receipt_opens_nothing(open_desk: Desk) -> None:
    visit = open_desk.photograph(1)
    change(open_desk, capture_until=open_desk.now.date().replace(year=2028))
    open_desk.later(days=open_desk.settings.visit.receipt_days + 1)
    with pytest.raises(Refusal) as caught:
        show(open_desk, visit)
    assert code_of(caught) is Code.RECEIPT_EXPIRED


# -- what a campaign takes


@pytest.mark.parametrize(
    ("assurances", "takes"),
    [
        (["chip_verified", "typed"], ["id_card", "staff"]),
        (["typed", "uid_only", "chip_verified"], ["id_card", "campus_card", "staff"]),
        (["code"], ["receipt"]),
    ],
)
def test_the_refusal_names_what_the_campaign_takes(
    open_desk: Desk, assurances: list[str], takes: list[str]
) -> None:
    change(open_desk, assurances=assurances)
    with pytest.raises(Refusal) as caught:
        open_desk.code(b"a code")
    assert caught.value.args_ == {"mode": "id-card", "takes": takes}


def test_a_campaign_that_takes_no_campus_cards_takes_none(desk: Desk) -> None:
    bind(desk, {UID: "2026000000001"})
    with pytest.raises(Refusal) as caught:
        lay(desk)
    assert code_of(caught) is Code.IDENTITY_MODE
    assert desk.front() is None


@pytest.mark.parametrize(
    "claim",
    [
        {"assurance": "chip_verified", "uid": UID},
        {"assurance": "uid_only", "card": card_of(1)},
        {"assurance": "typed", "card": card_of(1)},
        {"assurance": "chip_verified", "receipt": "t" * 54},
        {"assurance": "chip_verified"},
        {"assurance": "chip_verified", "card": card_of(1), "uid": UID},
    ],
    ids=lambda claim: "+".join(claim),
)
def test_no_kind_of_identity_claims_more_than_it_proves(open_desk: Desk, claim: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as caught:
        open_desk.bridge("identify", **claim)
    assert code_of(caught) is Code.IDENTITY_MODE


def test_the_audit_says_how_sure_it_was_and_by_what(open_desk: Desk) -> None:
    bind(open_desk, {UID: "2026000000001"})
    lay(open_desk)
    with open_desk.database.read() as session:
        row = session.scalars(select(Audit).where(Audit.action == "identify")).one()
        assert row.detail["assurance"] == "uid_only"
        assert (row.detail["by"], row.detail["source"]) == ("uid", "pcsc")


# -- odd cards


def odd(student: int, flag: Flag) -> dict[str, Any]:
    """A card that carries the flag, in a way that only the reader can know or that everybody can check."""
    number = id_number(student)
    changed = {
        Flag.CHECK_DIGIT: {"number": number[:-1] + ("0" if number[-1] != "0" else "1")},
        Flag.NUMBER_INVALID: {"number": number[:-1]},
        Flag.BIRTH_MISMATCH: {"birth": "1980-02-03"},
    }.get(flag, {"flags": [flag.value]})
    return changed


@pytest.mark.parametrize("flag", list(Flag))
def test_the_campaigns_rule_decides_over_an_odd_card(desk: Desk, flag: Flag) -> None:
    change(desk, refuse_flags=[flag.value])
    with pytest.raises(Refusal) as caught:
        desk.card(1, **odd(1, flag))
    assert code_of(caught) is (Code.CARD_EXPIRED if flag is Flag.EXPIRED else Code.CARD_DATA_INVALID)
    assert caught.value.args_ == {"flags": [flag.value]}
    assert desk.station().notice is not None


@pytest.mark.parametrize("flag", [flag for flag in Flag if flag not in (Flag.CHECK_DIGIT, Flag.NUMBER_INVALID)])
def test_what_the_campaign_lets_pass_staff_see(desk: Desk, flag: Flag) -> None:
    change(desk, refuse_flags=[])
    visit = desk.visit(str(desk.card(1, **odd(1, flag))["visit"]))
    assert visit.card == {"flags": [flag.value]}


def test_a_wrong_number_that_passes_is_looked_for_as_it_stands(desk: Desk) -> None:
    change(desk, refuse_flags=[])
    with pytest.raises(Refusal) as caught:
        desk.card(1, **odd(1, Flag.CHECK_DIGIT))
    assert code_of(caught) is Code.NOT_ON_ROSTER


def test_by_default_only_a_card_that_contradicts_itself_is_refused(desk: Desk) -> None:
    with desk.database.read() as session:
        rule = session.scalars(select(Campaign.refuse_flags)).one()
    assert rule == ["check_digit", "number_invalid", "birth_mismatch"]
