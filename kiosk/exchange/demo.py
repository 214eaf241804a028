"""The demo's data: a synthetic roster in a real workbook, imported as any other, and the cards that go with it.

Nobody in it exists: every number stands under region 99. Dates are counted from today, so that each story works on
any day; a new day writes the files again and imports the few rows that changed.
"""

from __future__ import annotations

import io
import json
import os
import random
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk.domain.id_numbers import make_synthetic
from kiosk.domain.queue import SITE_ZONE, day_of, photo_valid_until
from kiosk.domain.roster import COLUMNS, Kind
from kiosk.domain.states import VisitState
from kiosk.exchange import campaigns
from kiosk.exchange.roster import import_file
from kiosk.exchange.sheets import TextWorkbook
from kiosk.records import audit, collected, queries
from kiosk.records.database import Database
from kiosk.records.tables import Campaign, Shot, SiteSession, Student, Visit, VisitStateRow
from kiosk.records.vault import Vault, sync_folder
from kiosk.settings import Settings

OPEN, ADULT = "open-2027-spring", "adult-2027-spring"
#: Raised when the files below would come out differently, so that an older demo is renewed.
VERSION = 1
FOLDER, CARDS, STAMP = "demo", "cards.json", "stamp.json"
BY = "system:demo"

_SURNAMES = "陈 林 黄 周 吴 徐 孙 马 朱 胡 郭 何 高 罗 郑 梁 谢 宋 唐 许 韩 冯 邓 曹 彭 曾 萧 田 董 潘".split()  # noqa: SIM905
_GIVEN = (
    "晓梅 建国 丽华 志强 文静 海燕 俊杰 秀兰 明辉 雅琴 立新 春生 雪莲 永福 思远 佳宁 国栋 玉珍 子涵 兰".split()  # noqa: SIM905
)
_MAJORS = (("120201", "行政管理"), ("120203", "会计学"), ("040106", "学前教育"), ("080901", "计算机科学与技术"))
_BRANCHES = (("银川分校", "金凤教学点"), ("吴忠分校", "利通教学点"), ("固原分校", "原州教学点"))


@dataclass(frozen=True)
class Person:
    """Somebody of the demo: what the roster says and what the card says."""

    serial: int
    name: str
    birth: date
    story: str = "ordinary"
    ethnic: str = "汉"
    campaign: str | None = OPEN  # None: on no roster
    card_name: str = ""  # where the card says another name
    valid_from: str = "20180601"
    valid_to: str = "20380601"
    slot_days: int | None = None  # time slot of one hour in so many days

    @property
    def number(self) -> str:
        """The synthetic ID number; odd serials are male."""
        return make_synthetic(self.birth, self.serial, 100 + self.serial % 7)

    @property
    def sex(self) -> str:
        """男 or 女, as the number says."""
        return "男" if self.serial % 2 else "女"


def people() -> list[Person]:
    """Everybody of the demo in the order of the cards: some ordinary ones, every story, then the rest."""
    ordinary = list(_ordinary(60))
    stories = [
        Person(901, "沈明远", date(1988, 3, 14), "already_photographed"),
        Person(902, "顾晓岚", date(1995, 7, 2), "not_in_time_slot", slot_days=2),
        Person(903, "方志平", date(1979, 11, 23), "wrong_programme", campaign=ADULT),
        Person(904, "叶知秋", date(2001, 1, 30), "not_on_roster", campaign=None),
        Person(905, "陆永年", date(1961, 5, 9), "expired_card", valid_from="20040509", valid_to="20240509"),
        Person(906, "阿依努尔·麦麦提", date(1992, 8, 18), "long_name", "维吾尔"),
        Person(907, "欧阳德馨", date(1958, 12, 1), "long_term_card", "回", valid_to="长期"),
        Person(908, "范文瑶", date(1999, 4, 27), "name_differs", card_name="范雯瑶"),
    ]
    return [*ordinary[:3], *stories, *ordinary[3:]]


def _ordinary(count: int) -> Iterator[Person]:
    chance = random.Random(51161)  # noqa: S311 - the same people every time
    names = [surname + given for surname in _SURNAMES for given in _GIVEN]
    for serial, name in enumerate(chance.sample(names, count), start=1):
        birth = date(1960, 1, 1) + timedelta(days=chance.randrange(16000))
        campaign = ADULT if serial > count - 6 else OPEN
        yield Person(serial, name, birth, "ordinary" if campaign == OPEN else "wrong_programme", campaign=campaign)


def ensure(settings: Settings, now: datetime | None = None) -> bool:
    """Make the demo's data where it is missing or of another day; returns whether anything was done.

    Raises `OSError` and `Refusal` when the disk or the records refuse, `RuntimeError` outside the demo.
    """
    if not settings.demo:
        raise RuntimeError("demo data outside the demo")
    moment = now or datetime.now(UTC)
    stamp = json.dumps({"version": VERSION, "day": day_of(moment).isoformat(), "database": settings.database_url})
    folder = settings.data / FOLDER
    database = Database(settings.database_url, settings.database.busy_seconds)
    try:
        if _read(folder / STAMP) == stamp and _has_students(database):
            return False
        folder.mkdir(parents=True, exist_ok=True)
        campaigns.ensure(database, settings, moment)
        everybody = people()
        for code in (OPEN, ADULT):
            file = folder / f"{code}.xlsx"
            _write_roster(file, [person for person in everybody if person.campaign == code], code, day_of(moment))
            import_file(database, file, code, BY, now=moment)
        for person in everybody:
            if person.story == "already_photographed":
                _photograph(database, Vault(settings.data / "vault"), person, moment)
        _replace(folder / CARDS, json.dumps([_card(person) for person in everybody], ensure_ascii=False, indent=1))
        _replace(folder / STAMP, stamp)
        return True
    finally:
        database.close()


def _has_students(database: Database) -> bool:
    with database.read() as session:
        return bool(session.scalar(select(func.count(Student.id))))


def _card(person: Person) -> dict[str, Any]:
    return {
        "name": person.card_name or person.name,
        "sex": person.sex,
        "ethnic": person.ethnic,
        "birth": f"{person.birth:%Y%m%d}",
        "address": f"示例省示例市示例路{person.serial}号",
        "number": person.number,
        "issuer": "示例市公安局",
        "valid_from": person.valid_from,
        "valid_to": person.valid_to,
        "story": person.story,
    }


def _write_roster(path: Path, everybody: list[Person], code: str, today: date) -> None:
    columns = [column for column in COLUMNS if column.kind is not Kind.BIRTH]
    with TextWorkbook() as book:
        sheet = book.sheet("毕业生名单", [column.title for column in columns])
        for place, person in enumerate(everybody, start=1):
            values = _row(place, person, code, today)
            sheet.append([values.get(column.key, "") for column in columns])
        book.save(path)


def _row(place: int, person: Person, code: str, today: date) -> dict[str, str]:
    major_code, major = _MAJORS[person.serial % len(_MAJORS)]
    branch, point = _BRANCHES[person.serial % len(_BRANCHES)]
    adult = code == ADULT
    row = {
        "sequence": str(place),
        "school_code": "51383" if adult else "51161",
        "school_name": "示例成人教育学院" if adult else "示例开放大学",
        "student_number": f"{'2599' if adult else '2499'}{person.serial:09d}",
        "name": person.name,
        "sex": person.sex,
        "id_type": "居民身份证",
        "id_number": person.number,
        "level": "本科" if person.serial % 3 else "专科",
        "major_code": major_code,
        "major_name": major,
        "study_form": "函授" if adult else "开放教育",
        "branch": branch,
        "teaching_point": point,
        "class_name": f"2024秋{major}",
        "intake": "202409",
        "expected_graduation": "20270115",
    }
    if person.slot_days is not None:
        day = today + timedelta(days=person.slot_days)
        row |= {"slot_from": f"{day.isoformat()} 09:00", "slot_until": f"{day.isoformat()} 10:00"}
    return row


def _photograph(database: Database, vault: Vault, person: Person, now: datetime) -> None:
    """Give the person a photo taken yesterday, unless there is one that still counts."""
    with database.write() as session:
        audit.lock(session)
        campaign = session.scalars(select(Campaign).where(Campaign.code == person.campaign)).one()
        known = collected.last_of_person(session, person.number)
        if known is not None:
            valid_until = photo_valid_until(collected.taken(known), campaign.validity_days)
            if valid_until >= day_of(now):
                return
        student = session.scalars(
            select(Student).where(Student.campaign_id == campaign.id, Student.id_number == person.number)
        ).one()
        original, deliverable = (vault.put(content) for content in _silhouette())
        taken = datetime.combine(day_of(now) - timedelta(days=1), datetime.min.time(), SITE_ZONE)
        taken += timedelta(hours=10)
        visit = _visit(session, campaign, student, taken)
        shot = Shot(
            public_id=secrets.token_hex(16), visit_id=visit.id, ordinal=1, original_sha256=original,
            deliverable_sha256=deliverable, profile=campaign.profile, verdict="pass",
            judgement={"profile": campaign.profile, "verdict": "pass", "checks": []}, making={"drawn": "demo"},
            triggered_at=taken, taken_at=taken + timedelta(seconds=1), stored_at=taken + timedelta(seconds=2),
            accepted_at=taken + timedelta(seconds=20),
        )  # fmt: skip
        session.add(shot)
        session.flush()
        visit.accepted_shot_id = shot.id
        collected.keep_shot(session, visit, shot, BY, now)
        detail = {"campaign": campaign.code, "shot": shot.public_id}
        audit.append(session, now, "demo_photo", "done", BY, visit=visit.public_id, detail=detail)


def _visit(session: Session, campaign: Campaign, student: Student, taken: datetime) -> Visit:
    """A visit of yesterday that took its number and ended well."""
    day = day_of(taken)
    site = queries.site_session(session, campaign.id, day, "")
    if site is None:
        site = SiteSession(campaign_id=campaign.id, day=day, last_number=0, opened_at=taken)
        session.add(site)
    site.last_number += 1
    session.flush()
    visit = Visit(
        public_id=secrets.token_hex(16), campaign_id=campaign.id, session_id=site.id, student_id=student.id,
        assurance="chip_verified", card={"flags": []}, state=VisitState.DONE.value, state_since=taken,
        number=site.last_number, shots_allowed=campaign.shots, created_at=taken - timedelta(minutes=6),
        ended_at=taken + timedelta(minutes=1), end_code=None,
    )  # fmt: skip
    session.add(visit)
    session.flush()
    done = VisitState.DONE.value
    session.add(VisitStateRow(visit_id=visit.id, state=done, started_at=taken, ended_at=visit.ended_at, by=BY))
    return visit


def _silhouette() -> tuple[bytes, bytes]:
    """A drawn figure on the profile's blue: as PNG (the original) and as JPEG (the deliverable, 480×640)."""
    picture = Image.new("RGB", (960, 1280), (100, 197, 255))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((60, 900, 900, 1700), fill=(60, 66, 82))
    draw.rectangle((400, 760, 560, 980), fill=(205, 168, 140))
    draw.ellipse((270, 200, 690, 860), fill=(222, 184, 155))
    draw.pieslice((250, 160, 710, 760), 180, 360, fill=(38, 34, 34))
    png, jpeg = io.BytesIO(), io.BytesIO()
    picture.save(png, "PNG")
    picture.resize((480, 640)).save(jpeg, "JPEG", quality=92, dpi=(300, 300))
    return png.getvalue(), jpeg.getvalue()


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return ""


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}")
    with fresh.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)
    sync_folder(path.parent)
