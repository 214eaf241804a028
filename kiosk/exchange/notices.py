"""Notices and lists of the schedule: read from the records, as calendar file, as messages for the outbox."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from kiosk import catalogue
from kiosk.domain import notice, screening
from kiosk.domain.notice import Appointment, Say
from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange import calendar
from kiosk.i18n import text
from kiosk.records import audit, planning
from kiosk.records.database import Database
from kiosk.records.site_tables import OutboxMessage, Site, Slot, SlotAssignment
from kiosk.records.tables import Campaign, Student
from kiosk.settings import Settings

Progress = Callable[[float], None]
#: Students whose messages are written in one transaction.
BATCH = 100


@dataclass
class Sheet:
    """A slot with those who are due in it, in the order of their student numbers."""

    slot: Slot
    site: Site
    people: list[tuple[SlotAssignment, Student]] = field(default_factory=list)


def sheets(
    session: Session, campaign: Campaign, day: str = "", slot: str = "", branch: str | None = None
) -> Iterator[Sheet]:
    """The campaign's slots in the order of time: all, those of a day (`2026-11-24`), or one by its public id.

    With `branch` only its students stand in them.
    """
    sites = {row.id: row for row in planning.sites(session)}
    for row in planning.slots(session, campaign.id):
        if (day and row.day.isoformat() != day) or (slot and row.public_id != slot):
            continue
        people = session.execute(
            select(SlotAssignment, Student)
            .join(Student, Student.id == SlotAssignment.student_id)
            .where(
                SlotAssignment.slot_id == row.id,
                SlotAssignment.state == planning.DUE,
                Student.removed_at.is_(None),
                true() if branch is None else Student.branch == branch,
            )
            .order_by(Student.branch, Student.teaching_point, Student.class_name, Student.student_number)
        )
        yield Sheet(row, sites[row.site_id], [(found[0], found[1]) for found in people])


def appointment(
    campaign: Campaign, sheet: Sheet, student: Student, questions: list[str], language: str
) -> Appointment:
    """What the student's notice says."""
    return Appointment(
        campaign.title_zh if language == "zh_CN" else campaign.title_en, student.name, sheet.slot.starts_at,
        sheet.slot.ends_at, sheet.site.name, sheet.site.address, campaign.identity_mode == "collection-code",
        questions, campaign.validity_days, student.student_number, group_of(student),
    )  # fmt: skip


def questions_of(settings: Settings, name: str, language: str) -> list[str]:
    """The screening's questions in that language. Raises `ValueError` for a broken file."""
    tables = catalogue.tables(settings.config / "screening")
    if name not in tables:
        raise Refusal(Code.NOT_FOUND, {"what": name})
    return [question.text[language] for question in screening.parse(name, tables[name]).questions]


def speaker(language: str) -> Say:
    """The texts of that language."""
    return lambda key, **values: text(language, key, **values)


def group_of(student: Student) -> str:
    """Class and teaching point in one line; the class first, because a narrow column cuts the end."""
    return " · ".join(part for part in (student.class_name, student.teaching_point, student.branch) if part)


def schedule_ics(session: Session, settings: Settings, campaign: Campaign, path: Path, language: str,
                 now: datetime) -> dict[str, int]:  # fmt: skip
    """The whole schedule as a calendar file; no names in it. `{"slots"}`."""
    say = speaker(language)
    rows = []
    for sheet in sheets(session, campaign):
        summary = (
            f"{say('notice.calendar.summary', site=sheet.site.name)} {len(sheet.people)}/{sheet.slot.capacity}"
        )
        rows.append(
            (
                f"{sheet.slot.public_id}@kiosk",
                sheet.slot.starts_at,
                sheet.slot.ends_at,
                summary,
                sheet.site.address,
            )
        )
    path.write_bytes(calendar.of_schedule(rows, now))
    return {"slots": len(rows)}


def queue_messages(
    database: Database, settings: Settings, campaign_code: str, language: str, by: str, now: datetime,
    progress: Progress = lambda _share: None,
) -> dict[str, int]:  # fmt: skip
    """Put a notice for everybody who is due and has an e-mail address into the outbox; the same one never twice.

    What was queued already for the same student and slot stays as it is; a moved student is told again. Answers
    `{"queued", "known", "no_address"}`. Raises `Refusal(NO_CAMPAIGN)`, `Refusal(MAIL_OFF)`.
    """
    if not settings.smtp.host:
        raise Refusal(Code.MAIL_OFF)
    counts = {"queued": 0, "known": 0, "no_address": 0}
    with database.read() as session:
        campaign = planning.campaign(session, campaign_code)
        if campaign is None:
            raise Refusal(Code.NO_CAMPAIGN, {"campaign": campaign_code})
        listed = [sheet for sheet in sheets(session, campaign) if sheet.slot.ends_at > now]
        known = set(session.scalars(select(OutboxMessage.key).where(OutboxMessage.campaign_id == campaign.id)))
    questions = questions_of(settings, campaign.screening, language)
    messages: list[OutboxMessage] = []
    for sheet in listed:
        for assignment, student in sheet.people:
            if not student.email:
                counts["no_address"] += 1
                continue
            key = hashlib.sha256(f"slot_notice/{assignment.id}/{student.email}".encode()).hexdigest()
            if key in known:
                counts["known"] += 1
                continue
            messages.append(_message(settings, campaign, sheet, student, questions, language, key, by, now))
            counts["queued"] += 1
    for start in range(0, len(messages), BATCH):
        progress(start / len(messages))
        with database.write() as session:
            audit.lock(session)  # two jobs at once would both find nothing queued
            batch = messages[start : start + BATCH]
            wanted = [message.key for message in batch]
            there = set(session.scalars(select(OutboxMessage.key).where(OutboxMessage.key.in_(wanted))))
            session.add_all([message for message in batch if message.key not in there])
    with database.write() as session:
        audit.append(session, now, "slot_notices", "done", by, detail={"campaign": campaign_code, **counts})
    return counts


def _message(
    settings: Settings, campaign: Campaign, sheet: Sheet, student: Student, questions: list[str], language: str,
    key: str, by: str, now: datetime,
) -> OutboxMessage:  # fmt: skip
    say, zone = speaker(language), ZoneInfo(settings.site.time_zone)
    due = appointment(campaign, sheet, student, questions, language)
    told = notice.compose(due, zone, say)
    begin = due.starts_at.astimezone(zone)
    uid = hashlib.sha256(f"student/{student.id}".encode()).hexdigest()[:32]
    ics = calendar.of_student(due, told, f"{uid}@kiosk", say("notice.calendar.summary", site=due.site), now)
    return OutboxMessage(
        public_id=secrets.token_hex(16), key=key, kind="slot_notice", campaign_id=campaign.id,
        student_id=student.id, to=student.email,
        subject=say("notice.mail.subject", day=f"{begin:%Y-%m-%d}", begin=f"{begin:%H:%M}"),
        body=notice.plain(told),
        attachments=[
            {"name": "appointment.ics", "type": "text/calendar", "base64": base64.b64encode(ics).decode("ascii")}
        ],
        state="waiting", attempts=0, next_try_at=now, by=by, created_at=now,
    )  # fmt: skip
