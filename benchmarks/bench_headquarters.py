"""Headquarters' page with 100 branches and 200,000 students, as a member gets it, on SQLite and PostgreSQL."""

from __future__ import annotations

import hashlib
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Table, insert, text
from sqlalchemy.orm import Session

from benchmarks.report import Row
from kiosk.actions import people
from kiosk.actions.base import HEADQUARTERS, SYSTEM, Actor
from kiosk.records import migrate
from kiosk.records.database import Database
from kiosk.records.registry_tables import (
    CollectedPhoto,
    Package,
    PackageLine,
    Payment,
    RegistryResult,
    ResultImport,
    StudentCheck,
)
from kiosk.records.tables import Base, Campaign, SiteSession, Student, Visit
from kiosk.settings import Settings
from kiosk.web.app import create_app
from tests.harness import postgres
from tests.web.conftest import found, log_in

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(days=301)
STUDENTS, BRANCHES, POINTS, CLASSES = 200_000, 100, 5, 10
#: Of ten students so many have a photo; of those nearly all are checked, paid, reported and linked.
PHOTOGRAPHED = 9
BAR_SECONDS, ROUNDS, PASSWORD = 1.0, 7, "a long enough password"
_AT_ONCE = 20_000


def measure() -> Iterator[Row]:
    """The rows of the table."""
    with tempfile.TemporaryDirectory() as name:
        yield from _measured(Path(name), "", "SQLite")
        with postgres.server() as address:
            if address is not None:
                yield from _measured(Path(name) / "server", address, "PostgreSQL")


def _measured(folder: Path, url: str, kind: str) -> Iterator[Row]:
    settings = Settings(
        data_dir=folder, database={"url": url}, server={"async_mode": "threading", "lock_minutes": 0}
    )
    fill(settings)
    database = Database(settings.database_url)
    try:
        client, csrf = _client(settings, database)
        whole = _seconds(client, csrf, {})
        branch = _seconds(client, csrf, {"branch": "分部007", "people": "missing"})
    finally:
        database.close()
    data = (
        f"{kind}: {STUDENTS} students, {BRANCHES} branches, 90 % photographed, checked, paid, reported, answered"
    )
    slowest = max(whole)
    yield Row(
        f"headquarters' page, {kind}", f"≤ {BAR_SECONDS:.0f} s",
        f"{median(whole):.2f} s (slowest {slowest:.2f} s)", slowest <= BAR_SECONDS,
        f"{data}; {ROUNDS} requests, the first one counted",
    )  # fmt: skip
    yield Row(
        f"one branch with who is missing, {kind}", "–", f"{median(branch):.2f} s", None,
        f"{STUDENTS // BRANCHES} students",
    )  # fmt: skip


def _client(settings: Settings, database: Database) -> tuple[FlaskClient, str]:
    people.add(
        database, settings, key="add-headquarters", actor=Actor(SYSTEM, "bench"), login="head",
        display_name="总部", role=HEADQUARTERS, password=PASSWORD,
    )  # fmt: skip
    client = create_app(settings, database).test_client()
    log_in(client, "head", PASSWORD)
    return client, found(r'name="csrf-token" content="([^"]+)"', client.get("/staff/"))


def _seconds(client: FlaskClient, csrf: str, content: dict[str, Any]) -> list[float]:
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        answer = client.post("/staff/api/progress", json=content, headers={"X-CSRF-Token": csrf})
        taken.append(time.perf_counter() - began)
        if answer.status_code != 200:
            raise RuntimeError(answer.text)
    return taken


def fill(settings: Settings, students: int = STUDENTS) -> None:
    """Records of a campaign in full swing; neighbours on the roster are of different branches."""
    migrate.upgrade(settings)
    database = Database(settings.database_url)
    try:
        with database.write() as session:
            _head(session)
            for table, row in _TABLES:
                made = (each for each in map(row, range(1, students + 1)) if each)
                _insert(session, table, made)
        if not database.is_sqlite:
            with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE"))  # as the server does by itself after a while
    finally:
        database.close()


def _insert(session: Session, table: type[Base], rows: Iterator[dict[str, Any]]) -> None:
    core: Table = table.__table__  # type: ignore[assignment]
    some: list[dict[str, Any]] = []
    for row in rows:
        some.append(row)
        if len(some) == _AT_ONCE:
            session.execute(insert(core), some)
            some = []
    if some:
        session.execute(insert(core), some)


def _head(session: Session) -> None:
    session.add(
        Campaign(
            id=1, code="autumn", title_zh="秋季毕业生图像采集", title_en="Graduates of autumn",
            identity_mode="id-card",
            profile="chsi-2017-99", screening="off", capture_from=NOW.date() - timedelta(days=20),
            capture_until=NOW.date() + timedelta(days=5), roster_deadline=NOW.date() - timedelta(days=21),
            check_until=NOW.date() + timedelta(days=12), upload_on=date(2027, 1, 10),
        )
    )  # fmt: skip
    session.flush()
    session.add(SiteSession(id=1, campaign_id=1, day=NOW.date(), opened_at=NOW))
    session.add(
        Package(
            id=1, public_id="0" * 32, campaign_id=1, profile="p", manifest_sha256="0", key_id="k", by="b",
            made_at=NOW,
        )
    )  # fmt: skip
    session.add(ResultImport(id=1, campaign_id=1, file_name="a", file_sha256="0", by="b", at=NOW))
    session.flush()


def _digest(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def _photo(number: int) -> bool:
    return number % 10 < PHOTOGRAPHED


def _student(number: int) -> dict[str, Any]:
    branch, rest = number % BRANCHES, number // BRANCHES
    return {
        "id": number, "campaign_id": 1, "school_code": "51161", "student_number": f"20{number:011d}",
        "name": f"学生{number}", "id_number": f"99{number:016d}", "branch": f"分部{branch:03d}",
        "teaching_point": f"教学点{rest % POINTS}", "class_name": f"{rest // POINTS % CLASSES}班",
        "major_name": "行政管理",
    }  # fmt: skip


def _visit(number: int) -> dict[str, Any] | None:
    if number % 20 == 19:
        return None
    state = "done" if _photo(number) else ("refused", "observation", "parked", "cancelled")[number // 20 % 4]
    return {
        "id": number, "public_id": f"{number:032x}", "campaign_id": 1, "session_id": 1, "student_id": number,
        "assurance": "typed", "state": state, "state_since": BEFORE, "created_at": BEFORE, "version": 1,
    }  # fmt: skip


def _collected(number: int) -> dict[str, Any] | None:
    return {
        "public_id": f"{number:032x}", "campaign_id": 1, "student_id": number, "mode": "studio",
        "original_sha256": _digest(number), "deliverable_sha256": _digest(number), "profile": "chsi-2017-99",
        "verdict": "pass", "judgement": {"checks": "x" * 1_000}, "making": {}, "evidence": [], "state": "accepted",
        "stored_at": NOW - timedelta(days=number % 300),
    } if _photo(number) else None  # fmt: skip


def _check(number: int) -> dict[str, Any] | None:
    return {
        "public_id": f"{number:032x}", "campaign_id": 1, "student_id": number, "confirmed": True, "fields": [],
        "deliverable_sha256": _digest(number), "at": NOW, "resolved_at": NOW,
    } if _photo(number) and number % 7 else None  # fmt: skip


def _payment(number: int) -> dict[str, Any] | None:
    return {
        "public_id": secrets.token_hex(16), "campaign_id": 1, "student_id": number, "kind": "paid", "cents": 1500,
        "by": "b", "at": NOW,
    } if number % 11 else None  # fmt: skip


def _line(number: int) -> dict[str, Any] | None:
    picture = _digest(number)
    return {"package_id": 1, "ordinal": number, "student_id": number, "deliverable_sha256": picture} if (
        _photo(number) and number % 13
    ) else None  # fmt: skip


def _result(number: int) -> dict[str, Any] | None:
    return {
        "import_id": 1, "campaign_id": 1, "student_id": number, "deliverable_sha256": _digest(number),
        "linked": number % 31 != 0, "at": NOW,
    } if _photo(number) and number % 13 and number % 17 else None  # fmt: skip


_TABLES: tuple[tuple[type[Base], Callable[[int], dict[str, Any] | None]], ...] = (
    (Student, _student), (Visit, _visit), (CollectedPhoto, _collected), (StudentCheck, _check),
    (Payment, _payment), (PackageLine, _line), (RegistryResult, _result),
)  # fmt: skip
