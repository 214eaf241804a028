"""One photo counts for each student: whoever decides, however often, in whichever order."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from kiosk.actions.base import PHONE, Actor, Outcome
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import collected
from kiosk.records.registry_tables import CollectedPhoto, FileLog, UploadLink
from kiosk.records.tables import Audit, Campaign, Job, Shot, Student
from tests.actions.deliveries import delivered, delivery_of
from tests.actions.desk import Desk

PHONE_PAGE = Actor(PHONE, "upload")
EDITED = {"code": "edited", "ask": True, "evidence": {"programs": "Meitu"}}


def keep(desk: Desk, student: int = 1, verdict: str = "pass", **changes: Any) -> str:
    """A photo that a student sent in and the worker judged; returns its id."""
    photo = secrets.token_hex(16)
    facts: dict[str, Any] = {
        "photo": photo, "student": student, "by": "phone:upload", "size": 9,
        "original_sha256": hashlib.sha256(photo.encode()).hexdigest(),
        "deliverable_sha256": None if verdict == "fail" else hashlib.sha256(b"made" + photo.encode()).hexdigest(),
        "judgement": {"profile": "chsi-2017-99", "verdict": verdict, "checks": []}, "making": {}, "evidence": [],
    }  # fmt: skip
    desk.system("keep_collected", **{**facts, **changes})
    return photo


def states(desk: Desk, *photos: str) -> list[str]:
    with desk.database.read() as session:
        found = [collected.by_id(session, photo) for photo in photos]
        return [photo.state if photo else "" for photo in found]


def counts(desk: Desk, student: int = 1) -> str | None:
    with desk.database.read() as session:
        found = collected.of_student(session, student)
        return found.public_id if found else None


def decide(desk: Desk, *photos: str, decision: str = "accept", reason: str | None = None, **more: Any) -> Outcome:
    return desk.staff("decide_collected", reason=reason, photos=list(photos), decision=decision, **more)


def refused(code: Code) -> Any:
    return pytest.raises(Refusal, match=f"^{code.value}$")


def test_a_photo_that_passed_is_accepted_without_words_and_one_in_doubt_needs_a_reason(desk: Desk) -> None:
    clear, doubtful = keep(desk, 1), keep(desk, 2, evidence=[EDITED])
    decide(desk, clear)
    with refused(Code.REASON_REQUIRED):
        decide(desk, doubtful)
    decide(desk, doubtful, reason="looked at")
    assert states(desk, clear, doubtful) == ["accepted", "accepted"]
    with refused(Code.PHOTO_DECIDED):
        decide(desk, clear)
    with desk.database.read() as session:
        assert len(session.scalars(select(FileLog).where(FileLog.kind == "own_photo")).all()) == 2


def test_many_are_decided_together_or_not_at_all(desk: Desk) -> None:
    good, failed = keep(desk, 1), keep(desk, 2, verdict="ask", deliverable_sha256=None)
    assert states(desk, failed) == ["rejected"]  # no picture could be made of it
    desk.staff("reopen_photo", photo=failed)
    with refused(Code.PHOTO_HAS_NO_PICTURE):
        decide(desk, good, failed, reason="both")
    assert states(desk, good, failed) == ["candidate", "candidate"]


def test_a_rejection_needs_a_reason_and_can_be_taken_back(desk: Desk) -> None:
    photo = keep(desk)
    with refused(Code.REASON_REQUIRED):
        decide(desk, photo, decision="reject")
    decide(desk, photo, decision="reject", reason="another person")
    assert states(desk, photo) == ["rejected"]
    desk.staff("reopen_photo", photo=photo)
    assert states(desk, photo) == ["candidate"]


def test_a_newer_photo_replaces_only_by_decision_and_the_older_one_comes_back(desk: Desk) -> None:
    first = keep(desk)
    decide(desk, first)
    desk.later(minutes=1)
    second = keep(desk)
    with refused(Code.PHOTO_COUNTS_ALREADY):
        decide(desk, second)
    assert counts(desk) == first
    desk.staff("replace_photo", photo=second)
    assert (counts(desk), states(desk, first)) == (second, ["replaced"])
    desk.later(minutes=1)
    assert desk.staff("reopen_photo", photo=second)["counts_again"] == first
    assert (counts(desk), states(desk, second)) == (first, ["candidate"])


def test_the_kiosks_photo_gives_way_by_decision_and_its_receipt_follows(desk: Desk) -> None:
    visit = desk.photograph(1)
    with desk.database.read() as session:
        shot = session.scalars(select(Shot)).one().public_id
    assert counts(desk) == shot
    own = keep(desk)
    desk.staff("replace_photo", photo=own)
    assert states(desk, shot) == ["replaced"]
    with desk.database.read() as session:
        found = collected.of_visit(session, desk.visit(visit))
        assert found is not None and found.public_id == own
    with refused(Code.NOT_NOW):
        desk.staff("reopen_photo", photo=shot)
    desk.staff("replace_photo", photo=shot)
    assert counts(desk) == shot


def test_a_kiosks_photo_in_doubt_can_be_decided_in_the_grid(desk: Desk) -> None:
    visit = desk.to_capture(1)
    shot = desk.shoot(visit, verdict="ask")
    desk.kiosk("accept", shot=shot)
    assert (counts(desk), states(desk, shot)) == (None, ["candidate"])
    decide(desk, shot, reason="looked at")
    with desk.database.read() as session:
        assert session.scalars(select(Shot)).one().staff_decision == "accept"
    assert counts(desk) == shot


def test_who_has_an_accepted_photo_from_outside_is_not_photographed_again(desk: Desk) -> None:
    decide(desk, keep(desk))
    with refused(Code.ALREADY_PHOTOGRAPHED):
        desk.card(1)


def test_an_old_photo_counts_only_where_staff_know_that_the_date_is_wrong(desk: Desk) -> None:
    photo = keep(desk, taken_at=(desk.now - timedelta(days=800)).isoformat())
    with refused(Code.PHOTO_TOO_OLD):
        decide(desk, photo)
    decide(desk, photo, date_is_wrong=True)
    assert counts(desk) == photo


def test_the_older_of_two_own_photos_gives_way(desk: Desk) -> None:
    first, second = keep(desk), keep(desk)
    third = keep(desk, verdict="fail")
    assert states(desk, first, second, third) == ["replaced", "candidate", "rejected"]


@pytest.mark.parametrize(
    ("auto", "evidence", "state"),
    [(True, [], "accepted"), (True, [EDITED], "candidate"), (False, [], "candidate")],
)
def test_a_photo_counts_by_itself_only_where_the_campaign_says_so(
    desk: Desk, auto: bool, evidence: list[dict[str, Any]], state: str
) -> None:
    with desk.database.write() as session:
        session.scalars(select(Campaign)).one().own_auto = auto
    assert states(desk, keep(desk, evidence=evidence)) == [state]


def link(desk: Desk, student: int = 1) -> str:
    digest = secrets.token_hex(32)
    desk.staff("make_upload_link", reason=None, student=student, token_sha256=digest)
    return digest


def send(desk: Desk, digest: str) -> Outcome:
    return desk.act("send_own_photo", PHONE_PAGE, upload=secrets.token_hex(16), link=digest)


def judged(desk: Desk) -> None:
    with desk.database.write() as session:
        for job in session.scalars(select(Job)):
            job.state = "done"


def test_a_link_ends_by_time_by_use_and_by_a_newer_one(desk: Desk) -> None:
    with refused(Code.UPLOAD_LINK_UNKNOWN):
        send(desk, "0" * 64)
    first = link(desk)
    second = link(desk)
    with refused(Code.UPLOAD_LINK_EXPIRED):
        send(desk, first)
    for _ in range(desk.settings.collection.link_uploads):
        send(desk, second)
        with refused(Code.UPLOAD_BUSY):
            send(desk, second)
        judged(desk)
    with refused(Code.UPLOAD_LINK_USED_UP):
        send(desk, second)
    third = link(desk)
    desk.later(days=desk.settings.collection.link_days)
    with refused(Code.UPLOAD_LINK_EXPIRED):
        send(desk, third)
    with desk.database.read() as session:
        assert not any(second in str(job.arguments) for job in session.scalars(select(Job)))
        assert len(session.scalars(select(UploadLink)).all()) == 3


def test_ways_that_a_campaign_does_not_allow_are_closed(desk: Desk) -> None:
    with desk.database.write() as session:
        session.scalars(select(Campaign)).one().modes = ["studio"]
    with refused(Code.MODE_NOT_ALLOWED):
        link(desk)
    with refused(Code.MODE_NOT_ALLOWED):
        keep(desk)
    with refused(Code.MODE_NOT_ALLOWED):
        desk.card(1)


def test_nobody_who_left_the_roster_sends_in_a_photo(desk: Desk) -> None:
    with desk.database.write() as session:
        session.get_one(Student, 1).removed_at = desk.now
    with refused(Code.STUDENT_UNKNOWN):
        link(desk)


def test_the_records_allow_one_accepted_photo(desk: Desk) -> None:
    first = keep(desk)
    decide(desk, first)
    second = keep(desk)
    with pytest.raises(Exception, match="UNIQUE"), desk.database.write() as session:
        session.scalars(select(CollectedPhoto).where(CollectedPhoto.public_id == second)).one().state = "accepted"


def test_a_photo_of_nobody_counts_for_the_student_whom_staff_name(desk: Desk) -> None:
    photo = delivered(desk)
    with refused(Code.PHOTO_OF_NOBODY):
        decide(desk, photo, reason="looked at")
    assert desk.staff("assign_photo", reason=None, photo=photo, student=2) == {"photo": photo, "other": False}
    with desk.database.read() as session:
        found = collected.by_id(session, photo)
        assert found is not None and (found.student_id, found.state) == (2, "candidate")
        told = session.scalars(select(Audit).where(Audit.action == "assign_photo")).one()
        assert told.detail == {"photo": photo, "student": 2} and told.actor == found.assigned_by
    with refused(Code.PHOTO_ASSIGNED):
        desk.staff("assign_photo", reason=None, photo=photo, student=3)
    decide(desk, photo, reason="looked at")
    assert counts(desk, 2) == photo


def test_an_assignment_is_taken_back_until_it_is_decided(desk: Desk) -> None:
    photo = delivered(desk)
    desk.staff("assign_photo", reason=None, photo=photo, student=2)
    desk.staff("unassign_photo", reason=None, photo=photo)
    desk.staff("assign_photo", reason=None, photo=photo, student=3)
    decide(desk, photo, reason="looked at")
    with refused(Code.PHOTO_DECIDED):
        desk.staff("unassign_photo", reason=None, photo=photo)
    desk.staff("reopen_photo", photo=photo)
    desk.staff("unassign_photo", reason=None, photo=photo)
    with desk.database.read() as session:
        found = collected.by_id(session, photo)
        assert found is not None and (found.student_id, found.assigned_by) == (None, None)


def test_whom_a_file_names_is_not_changed_by_hand(desk: Desk) -> None:
    with refused(Code.NOT_NOW):
        desk.staff("unassign_photo", reason=None, photo=delivered(desk, student_id=1))


def test_a_photo_is_assigned_to_nobody_who_left_the_roster_or_stands_on_another(desk: Desk) -> None:
    photo = delivered(desk)
    with desk.database.write() as session:
        session.get_one(Student, 1).removed_at = desk.now
    for student in (1, 999):
        with refused(Code.STUDENT_UNKNOWN):
            desk.staff("assign_photo", reason=None, photo=photo, student=student)


def test_only_what_came_in_a_delivery_is_assigned(desk: Desk) -> None:
    photo = delivered(desk, delivery_id=None, mode="kiosk")
    with refused(Code.NOT_FOUND):
        desk.staff("assign_photo", reason=None, photo=photo, student=2)
    assert states(desk, photo) == ["candidate"] and counts(desk, 2) is None


def test_an_assigned_photo_replaces_the_one_that_counts_only_by_decision(desk: Desk) -> None:
    first = keep(desk, 2)
    decide(desk, first)
    photo = delivered(desk)
    assert desk.staff("assign_photo", reason=None, photo=photo, student=2)["other"] is True
    assert counts(desk, 2) == first
    with refused(Code.PHOTO_COUNTS_ALREADY):
        decide(desk, photo, reason="looked at")
    desk.staff("replace_photo", photo=photo)
    assert counts(desk, 2) == photo


def test_a_delivery_that_is_sent_back_takes_along_what_is_nobodys(desk: Desk) -> None:
    photo = delivered(desk)
    desk.staff("withdraw_delivery", delivery=delivery_of(photo))
    assert states(desk, photo) == ["rejected"]
    with refused(Code.PHOTO_DECIDED):
        desk.staff("assign_photo", reason=None, photo=photo, student=1)
