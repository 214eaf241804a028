"""A site in a temporary database and short words for what its people do, so that a test reads like the day."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk.actions.base import BRIDGE, KIOSK, STAFF, SYSTEM, Actor, Outcome, perform
from kiosk.domain.id_numbers import make_synthetic
from kiosk.records import queries
from kiosk.records.database import Database
from kiosk.records.tables import Audit, Campaign, Decision, Shot, Station, Student, Visit
from kiosk.settings import ROOT, Settings

#: A morning in China.
MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
NINGXIA = {
    "health_code": "green",
    "left_region": "no",
    "fever_or_cough": "no",
    "risk_area_stay": "no",
    "risk_area_contact": "no",
}


def settings_for(folder: Path, url: str, **values: Any) -> Settings:
    """Settings of a test site; `values` are sections as dictionaries."""
    return Settings(data_dir=folder, config_dir=ROOT / "config", database={"url": url}, **values)


@dataclass
class Desk:
    """One site: kiosks `kiosk-1` and `kiosk-2`, a campaign by card, students 1…"""

    database: Database
    settings: Settings
    now: datetime = MORNING
    keys: Iterator[int] = field(default_factory=itertools.count)

    def prepare(self, students: int = 6, **campaign: Any) -> None:
        """Write campaign, roster and stations."""
        facts: dict[str, Any] = {
            "code": "autumn",
            "title_zh": "秋季",
            "title_en": "Autumn",
            "identity_mode": "id-card",
            "profile": "chsi-2017-99",
            "screening": "ningxia-2020",
            "school_codes": ["51161"],
            "capture_from": date(2026, 11, 1),
            "capture_until": date(2026, 12, 31),
        }
        with self.database.write() as session:
            row = Campaign(**{**facts, **campaign})
            session.add(row)
            session.flush()
            for number in range(1, students + 1):
                self.add_student(session, row.id, number)
            queries.ensure_station(session, "kiosk-1", "1", "", self.now)
            queries.ensure_station(session, "kiosk-2", "2", "", self.now)

    @staticmethod
    def add_student(session: Session, campaign_id: int, number: int, **values: Any) -> None:
        """A synthetic roster row."""
        session.add(
            Student(
                **{
                    "campaign_id": campaign_id,
                    "school_code": "51161",
                    "student_number": f"2026{number:09d}",
                    "name": f"学生{number}",
                    "sex": "男" if number % 2 else "女",
                    "id_number": id_number(number),
                    **values,
                }
            )
        )

    def act(self, name: str, actor: Actor, reason: str | None = None, key: str = "", **arguments: Any) -> Outcome:
        """Perform with a key of its own."""
        return perform(
            self.database,
            self.settings,
            name,
            key=key or f"key-{next(self.keys):08d}",
            actor=actor,
            now=self.now,
            reason=reason,
            **arguments,
        )

    def kiosk(self, name: str, station: str = "kiosk-1", key: str = "", **arguments: Any) -> Outcome:
        """A press at the kiosk."""
        return self.act(name, Actor(KIOSK, station, station=station), key=key, **arguments)

    def staff(
        self, name: str, role: str = "operator", reason: str | None = "a reason", key: str = "", **arguments: Any
    ) -> Outcome:
        """A press on the tablet."""
        return self.act(name, Actor(STAFF, "li", role=role), reason=reason, key=key, **arguments)

    def bridge(self, name: str, station: str = "kiosk-1", key: str = "", **arguments: Any) -> Outcome:
        """A fact from the devices."""
        return self.act(name, Actor(BRIDGE, station, station=station), key=key, **arguments)

    def system(self, name: str, key: str = "", **arguments: Any) -> Outcome:
        """Something the product does by itself."""
        return self.act(name, Actor(SYSTEM, "test"), key=key, **arguments)

    def card(self, student: int, station: str = "kiosk-1", key: str = "", **changes: Any) -> Outcome:
        """The student's card on the reader."""
        card = {**card_of(student), **changes}
        return self.bridge("identify", station, key=key, assurance="chip_verified", card=card, source="virtual")

    def code(self, code: bytes, station: str = "kiosk-1") -> Outcome:
        """A collection code before the camera."""
        text = base64.b64encode(code).decode()
        return self.bridge("identify", station, assurance="code", code_b64=text, source="camera")

    def to_queue(self, student: int, station: str = "kiosk-1") -> str:
        """From the card to a number."""
        visit = str(self.card(student, station)["visit"])
        self.kiosk("confirm", station)
        self.kiosk("declare", station, answers=NINGXIA)
        self.bridge("take_temperature", station, visit=visit, celsius=36.5)
        return visit

    def to_capture(self, student: int, station: str = "kiosk-1") -> str:
        """From the card to the camera."""
        visit = self.to_queue(student, station)
        self.kiosk("call_next", station)
        self.kiosk("begin_capture", station)
        return visit

    def shoot(
        self, visit: str, ordinal: int = 1, station: str = "kiosk-1", verdict: str = "pass", **changes: Any
    ) -> str:
        """The shutter; returns the shot's id."""
        facts = shot_facts(visit, ordinal, self.now, verdict)
        self.bridge("keep_shot", station, **{**facts, **changes})
        return str(facts["shot"])

    def photograph(self, student: int, station: str = "kiosk-1") -> str:
        """From the card to goodbye."""
        visit = self.to_capture(student, station)
        shot = self.shoot(visit, station=station)
        self.kiosk("accept", station, shot=shot)
        self.kiosk("finish", station)
        return visit

    def later(self, **duration: float) -> None:
        """Let time pass."""
        self.now += timedelta(**duration)

    def with_settings(self, **sections: Any) -> Desk:
        """The same site with other settings."""
        merged = {**self.settings.model_dump(), **sections}
        return replace(self, settings=Settings(**merged))

    def stand(self, *names: str) -> None:
        """Let these stations stand at this desk's site, as their own processes say at their start."""
        with self.database.write() as session:
            for name in names:
                found = queries.station(session, name)
                assert found is not None
                found.site = self.settings.site.code

    def visit(self, public_id: str) -> Visit:
        """The row as it stands."""
        with self.database.read() as session:
            found = queries.visit(session, public_id)
            assert found is not None
            return found

    def state(self, public_id: str) -> str:
        """Where the visit stands."""
        return self.visit(public_id).state

    def station(self, name: str = "kiosk-1") -> Station:
        """The station's row."""
        with self.database.read() as session:
            found = queries.station(session, name)
            assert found is not None
            return found

    def front(self, name: str = "kiosk-1") -> str | None:
        """Public id of the visit in front of the station."""
        with self.database.read() as session:
            found = queries.station(session, name)
            assert found is not None
            shown = session.get(Visit, found.front_visit_id) if found.front_visit_id else None
            return shown.public_id if shown else None

    def audit(self) -> list[tuple[str, str]]:
        """(action, result) of every row."""
        with self.database.read() as session:
            return [(row.action, row.result) for row in session.scalars(select(Audit).order_by(Audit.sequence))]

    def count(self, table: type[Any]) -> int:
        """Number of rows of a table."""
        with self.database.read() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

    def sizes(self) -> tuple[int, ...]:
        """How much is written: to prove that a repeat writes nothing."""
        return tuple(self.count(table) for table in (Audit, Decision, Visit, Shot))


def id_number(student: int) -> str:
    """Synthetic ID number of a student; odd ones are men, like their roster rows."""
    return make_synthetic(date(1990, 1, 1) + timedelta(days=student), 100 + student % 800)


def card_of(student: int) -> dict[str, Any]:
    """`CardIdentity.to_json()` of a student's synthetic card."""
    return {
        "kind": "resident",
        "name": f"学生{student}",
        "sex": "male" if student % 2 else "female",
        "birth": (date(1990, 1, 1) + timedelta(days=student)).isoformat(),
        "number": id_number(student),
        "valid_from": "2020-01-01",
        "valid_to": "长期",
        "flags": [],
    }


def shot_facts(visit: str, ordinal: int, now: datetime, verdict: str = "pass") -> dict[str, Any]:
    """The protocol's facts of a shot."""
    passed = {"pass": True, "fail": False, "ask": None}[verdict]
    check = {
        "code": "eyes_open",
        "value": 0.8,
        "unit": "ratio",
        "low": 0.5,
        "high": None,
        "passed": passed,
        "hint": "photo.hint.eyes_open",
    }
    return {
        "shot": f"{int(visit[:8], 16):024x}{ordinal:08x}",
        "visit": visit,
        "ordinal": ordinal,
        "profile": "chsi-2017-99",
        "judgement": {"profile": "chsi-2017-99", "verdict": verdict, "checks": [check]},
        "making": {"crop": [0, 0, 480, 640]},
        "original_sha256": f"{ordinal:064x}",
        "deliverable_sha256": f"{ordinal + 100:064x}",
        "triggered_at": now.isoformat(),
        "taken_at": (now + timedelta(milliseconds=40)).isoformat(),
    }
