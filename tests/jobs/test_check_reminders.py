"""Reminders to check picture and data, against a real mail server: once a kind, never too late, never at night."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import select, update

from kiosk import secrets_store
from kiosk.actions.base import PHONE, Actor
from kiosk.domain.receipts import nonce_of
from kiosk.exchange import checks_workbook, reminders
from kiosk.jobs import check_reminders, checks_export, outbox, rounds
from kiosk.jobs.context import Context
from kiosk.records import collected, receipts
from kiosk.records import reminders as sent
from kiosk.records.receipts import Links
from kiosk.records.site_tables import OutboxMessage
from kiosk.records.tables import Campaign, Job, Student
from kiosk.settings import Smtp
from tests.actions.conftest import bare_desk, desk, migrated_file
from tests.actions.desk import Desk
from tests.jobs.post_office import PostOffice, opened
from tests.records.photos import came

__all__ = ["bare_desk", "desk", "migrated_file"]
#: Nine in the morning at the site, ten days before the deadline.
START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
UNTIL = date(2026, 12, 3)


@dataclass
class Checking:
    """A site where students 1 and 2 were photographed and 3 was not; its mail goes to `office`."""

    desk: Desk
    office: PostOffice

    def on(self, day: date, hour: int = 9) -> dict[str, Any]:
        """What the worker does at that hour of the site's clock: queue, then send."""
        self.desk.now = datetime(day.year, day.month, day.day, hour - 8, tzinfo=UTC)
        database, settings = self.desk.database, self.desk.settings
        result = check_reminders.run(
            Context(database, settings, "job", "system:worker", self.desk.now, lambda _share: None)
        )
        outbox.deliver(database, settings, lambda: self.desk.now, lambda _share: None, "system:worker")
        return result

    def check(self, student: int, right: bool = True) -> None:
        """The student's word on the phone."""
        with self.desk.database.read() as session:
            counts = collected.of_student(session, student)
            assert counts is not None
        fields = [] if right else ["name"]
        self.desk.act("check_photo", Actor(PHONE, "receipt"), photo=counts.public_id, right=right, fields=fields)

    def states(self) -> list[str]:
        """States of the messages in the outbox."""
        with self.desk.database.read() as session:
            return list(session.scalars(select(OutboxMessage.state).order_by(OutboxMessage.id)))


@pytest.fixture
def checking(desk: Desk) -> Callable[[PostOffice], Checking]:
    def made(office: PostOffice) -> Checking:
        with desk.database.write() as session:
            session.execute(update(Campaign).values(check_until=UNTIL))
            for student in (1, 2, 3):
                session.execute(update(Student).where(Student.id == student).values(email=f"s{student}@x.example"))
        desk.now = START
        desk.photograph(1)
        desk.photograph(2)
        smtp = Smtp(host="127.0.0.1", port=office.port or 1, security="none", from_address="photo@x.example")
        return Checking(desk.with_settings(smtp=smtp.model_dump()), office)

    return made


def test_whoever_has_a_photo_and_is_silent_is_reminded_once_a_kind(
    checking: Callable[[PostOffice], Checking],
) -> None:
    with opened(PostOffice()) as office:
        site = checking(office)
        assert site.on(UNTIL - timedelta(days=8)) == {}
        found = site.on(UNTIL - timedelta(days=7))
        assert found == {"autumn": {"queued": 2, "known": 0, "no_address": 0}}
        assert site.on(UNTIL - timedelta(days=7), hour=15)["autumn"]["queued"] == 0
        assert site.on(UNTIL - timedelta(days=4))["autumn"]["queued"] == 0
        assert sorted(office.recipients) == ["s1@x.example", "s2@x.example"]
        site.check(1)
        assert site.on(UNTIL - timedelta(days=1))["autumn"]["queued"] == 1
        assert site.on(UNTIL)["autumn"]["queued"] == 0
        assert site.on(UNTIL + timedelta(days=1)) == {}
    assert sorted(office.recipients) == ["s1@x.example", "s2@x.example", "s2@x.example"]
    first = office.taken[0]
    body = first.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "2026-12-03" in str(first["Subject"])
    assert re.search(r"/r/[A-Za-z0-9_-]{30,}", body)
    assert "核对" in body
    with site.desk.database.read() as session:
        campaign = session.scalars(select(Campaign)).one()
        assert sorted(sent.sent(session, campaign)) == [1, 2]


def test_whoever_was_never_at_a_kiosk_is_reminded_too_and_anew_of_another_photo(
    checking: Callable[[PostOffice], Checking],
) -> None:
    with opened(PostOffice()) as office:
        site = checking(office)
        photo = came(site.desk, 3)
        assert site.on(UNTIL - timedelta(days=7))["autumn"] == {"queued": 3, "known": 0, "no_address": 0}
        for student in (1, 2, 3):
            site.check(student)
        came(site.desk, 3, "company")
        assert site.on(UNTIL - timedelta(days=1))["autumn"]["queued"] == 1
    assert office.recipients[3:] == ["s3@x.example"]
    links = [re.search(r"/r/([A-Za-z0-9_-]{46})\b", message.get_content()) for message in office.taken]
    assert all(links) and len({found[1] for found in links if found}) == 4
    with site.desk.database.read() as session:
        settings = site.desk.settings
        key = secrets_store.read_or_make(settings, secrets_store.RECEIPT_KEY).encode()
        nonces = [nonce_of(key, found[1]) or "" for found in links if found]
        shown = [receipts.of_nonce(session, settings, nonce) for nonce in nonces]
        named = [found.name for found in shown if found and found.student and found.student.id == 3]
        assert named[0] == photo and len(set(named)) == 2
        assert {found.photo.public_id for found in shown if found and found.name in named} == {named[1]}


def test_a_reminder_that_waits_is_cancelled_by_the_students_word(
    checking: Callable[[PostOffice], Checking],
) -> None:
    with opened(PostOffice()) as office:
        site = checking(office)
    site.on(UNTIL - timedelta(days=7))  # the server is down: both wait
    assert site.states() == ["waiting", "waiting"]
    site.check(1)
    site.check(2, right=False)
    with opened(office):
        site.on(UNTIL - timedelta(days=6))
    assert site.states() == ["cancelled", "cancelled"]
    assert office.taken == []


def test_a_report_waits_for_staff_and_not_for_the_student(checking: Callable[[PostOffice], Checking]) -> None:
    with opened(PostOffice()) as office:
        site = checking(office)
        site.check(1, right=False)
        assert site.on(UNTIL - timedelta(days=1))["autumn"]["queued"] == 1
    assert office.recipients == ["s2@x.example"]


def test_without_an_address_nobody_is_written_to(checking: Callable[[PostOffice], Checking]) -> None:
    with opened(PostOffice()) as office:
        site = checking(office)
        with site.desk.database.write() as session:
            session.execute(update(Student).values(email=""))
        found = site.on(UNTIL - timedelta(days=1))
    assert found == {"autumn": {"queued": 0, "known": 0, "no_address": 2}}
    assert office.taken == []


@pytest.mark.parametrize("hour", [8, 19])
def test_the_worker_sees_by_itself_that_reminders_are_due_by_day(
    checking: Callable[[PostOffice], Checking], hour: int
) -> None:
    with opened(PostOffice()) as office:
        desk = checking(office).desk
    night = datetime(2026, 12, 2, 21 - 8, tzinfo=UTC)
    assert not check_reminders.is_due(desk.database, desk.settings, night)
    day = datetime(2026, 12, 2, hour - 8, 30, tzinfo=UTC)
    rounds.enqueue_due(desk.database, desk.settings, day)
    rounds.enqueue_due(desk.database, desk.settings, day + timedelta(minutes=10))
    with desk.database.read() as session:
        names = list(session.scalars(select(Job.name).where(Job.name == "check_reminders")))
    assert names == ["check_reminders"]


def test_nothing_is_due_without_a_mail_server_or_a_deadline(checking: Callable[[PostOffice], Checking]) -> None:
    with opened(PostOffice()) as office:
        desk = checking(office).desk
    noon = datetime(2026, 12, 2, 4, tzinfo=UTC)
    assert check_reminders.is_due(desk.database, desk.settings, noon)
    assert not check_reminders.is_due(desk.database, desk.with_settings(smtp={}).settings, noon)
    with desk.database.write() as session:
        session.execute(update(Campaign).values(check_until=None))
    assert not check_reminders.is_due(desk.database, desk.settings, noon)


def test_the_workbook_names_who_is_silent(checking: Callable[[PostOffice], Checking]) -> None:
    with opened(PostOffice()) as office:
        site = checking(office)
        site.on(UNTIL - timedelta(days=7))
    site.check(2)
    file = site.desk.settings.data / "unchecked.xlsx"
    with site.desk.database.read() as session:
        campaign = session.scalars(select(Campaign)).one()
        links = Links.of(site.desk.settings, site.desk.now)
        assert checks_workbook.write(session, links, campaign, site.desk.now, file, "en", {}) == {"unchecked": 1}
    head, row = load_workbook(file).active.iter_rows(values_only=True)  # type: ignore[union-attr]
    assert head[3:] == ("Name", "Student number", "E-mail", "Reminded", "Link")
    assert (row[3], row[5], row[6]) == ("学生1", "yes", "2026-11-26 09:00")
    assert re.search(r"/r/[A-Za-z0-9_-]{46}$", str(row[7]))


def test_the_workbook_of_a_branch_names_its_own_alone(desk: Desk) -> None:
    came(desk, 1)
    came(desk, 2)
    with desk.database.write() as session:
        session.get_one(Student, 2).branch = "南"
    context = Context(desk.database, desk.settings, "a" * 32, "staff:li", desk.now, lambda _share: None)
    made = checks_export.run(context, campaign="autumn", branch="南")
    file = desk.settings.data / "documents" / str(made["file"])
    rows = list(load_workbook(file).active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert (made["unchecked"], [row[3] for row in rows[1:]]) == (1, ["学生2"])


@given(
    st.lists(st.integers(0, 60), max_size=5), st.integers(-90, 90), st.dates(date(2026, 1, 1), date(2027, 12, 31))
)
def test_a_day_has_at_most_one_kind_and_kinds_come_in_order(days: list[int], left: int, until: date) -> None:
    found = reminders.kind_today(until, until - timedelta(days=left), days)
    later = reminders.kind_today(until, until - timedelta(days=left - 1), days)
    if left < 0 or all(each < left for each in days):
        assert found is None
    else:
        assert found is not None
        assert left <= found
    if found is not None and later is not None:
        assert later <= found
