"""Who is still to check, and whose receipt a token opens, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from kiosk import secrets_store
from kiosk.domain.queue import day_of
from kiosk.domain.receipts import nonce_of, photo_nonce, token_in
from kiosk.records import receipts
from kiosk.records.receipts import Links, Receipt, Waiting
from kiosk.records.tables import Campaign, Student
from tests.actions.conftest import any_desk, bare_desk, desk, migrated_file
from tests.actions.desk import Desk
from tests.records.photos import came, digest_of

__all__ = ["any_desk", "bare_desk", "desk", "migrated_file"]


def waiting(desk: Desk, **place: str) -> list[Waiting]:
    with desk.database.read() as session:
        return list(receipts.unchecked(session, session.scalars(select(Campaign)).one(), desk.now, place))


def opened(desk: Desk, nonce: str) -> Receipt | None:
    with desk.database.read() as session:
        return receipts.of_nonce(session, desk.settings, nonce)


def test_everybody_whose_photo_counts_is_to_check_it_whatever_its_way(any_desk: Desk) -> None:
    desk = any_desk
    desk.photograph(1)
    photo = came(desk, 2, "studio")
    came(desk, 3, "own", counts=False)
    came(desk, None, counts=False)
    found = waiting(desk)
    assert [(each.student.id, each.number, each.language) for each in found] == [(1, 1, "zh_CN"), (2, None, None)]
    assert (found[1].photo, found[1].deliverable_sha256) == (photo, digest_of(desk, photo))
    with desk.database.write() as session:
        session.execute(update(Student).where(Student.id == 2).values(branch="南", class_name="一班"))
    assert [each.student.id for each in waiting(desk, branch="南", teaching_point="", class_name="一班")] == [2]
    assert waiting(desk, class_name="二班") == []


def test_every_link_of_a_student_shows_the_photo_that_counts(any_desk: Desk) -> None:
    desk = any_desk
    visit = desk.visit(desk.photograph(1))
    first = waiting(desk)[0].photo
    later = came(desk, 1, "company")
    today = day_of(desk.now)
    nonces = [str(visit.receipt_nonce), photo_nonce(first, today), photo_nonce(later, today)]
    found = [receipt for receipt in (opened(desk, nonce) for nonce in nonces) if receipt]
    assert [receipt.photo.public_id for receipt in found] == [later] * 3
    assert [receipt.name for receipt in found] == [visit.public_id, first, later]
    assert [receipt.visit is not None for receipt in found] == [True, True, False]
    assert {receipt.student.id if receipt.student else None for receipt in found} == {1}


def test_a_link_opens_for_its_days_to_their_end(any_desk: Desk) -> None:
    made = day_of(any_desk.now)
    found = opened(any_desk, photo_nonce(came(any_desk, 1), made))
    assert found is not None
    last = made + timedelta(days=any_desk.settings.visit.receipt_days)
    assert day_of(found.expires) == last and day_of(found.expires + timedelta(seconds=1)) > last


@pytest.mark.parametrize("nonce", ["", "never-issued", "A" * 24, "!" * 24, "n" * 32])
def test_what_was_never_given_out_is_nobodys(desk: Desk, nonce: str) -> None:
    assert opened(desk, nonce) is None


def test_a_links_token_is_genuine_and_needs_no_row(desk: Desk) -> None:
    photo = came(desk, 1)
    before = desk.sizes()
    address = Links.of(desk.settings, desk.now).plain(photo)
    key = secrets_store.read_or_make(desk.settings, secrets_store.RECEIPT_KEY).encode()
    assert nonce_of(key, token_in(address) or "") == photo_nonce(photo, day_of(desk.now))
    assert desk.sizes() == before
