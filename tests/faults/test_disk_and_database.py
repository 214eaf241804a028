"""The disk is full or somebody holds the database: it is said calmly, the visit goes on, nothing is lost."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
from sqlalchemy import func, select

from kiosk.i18n import text
from kiosk.records import audit
from kiosk.records.tables import Audit, Shot, Visit
from kiosk.records.vault import Vault
from tests.e2e.walk import Student
from tests.harness.kiosk import Kiosk
from tests.harness.small_disk import NoDisk, SmallDisk, small_disk
from tests.harness.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.faults, pytest.mark.timeout(300)]

DISK_MEGABYTES = 192
#: Less than a shot may need, enough for the records.
TOO_LITTLE = 24 << 20


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDisk | str]:
    """A small disk for the data folder, or why there is none."""
    with ExitStack() as stack:
        try:
            yield stack.enter_context(small_disk(tmp_path_factory.mktemp("small") / "disk", DISK_MEGABYTES))
        except NoDisk as reason:
            yield str(reason)


@pytest.fixture(scope="module")
def site(disk: SmallDisk | str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    """A kiosk on the small disk where there is one, with little patience for a locked database."""
    values: dict[str, object] = {"database.busy_seconds": 0.4}
    if isinstance(disk, SmallDisk):
        values["data_dir"] = disk.folder / "data"
    kiosk = Kiosk(tmp_path_factory.mktemp("site"), values)
    kiosk.start()
    try:
        yield kiosk
    finally:
        kiosk.stop()
        print(kiosk.logs())


@pytest.fixture
def full_disk(disk: SmallDisk | str) -> Iterator[SmallDisk]:
    """The small disk, with room again after the test."""
    if isinstance(disk, str):
        pytest.skip(f"no disk of its own to fill: {disk}")
    try:
        yield disk
    finally:
        disk.free()


def empty_log(site: Kiosk) -> None:
    """Bring the records' write-ahead log to zero length, so that the next decision needs new room."""

    def emptied() -> bool:
        with closing(sqlite3.connect(site.settings.data / "kiosk.sqlite3", timeout=5)) as connection:
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    until(emptied, because="the log was emptied")


def decisions(site: Kiosk, number: str, name: str) -> int:
    """How often `name` was done for the student."""
    database = site.db()
    try:
        with database.read() as session:
            visits = select(Visit.public_id).where(Visit.student.has(id_number=number))
            return session.scalars(
                select(func.count(Audit.sequence)).where(
                    Audit.action == name, Audit.result == "done", Audit.visit.in_(visits)
                )
            ).one()
    finally:
        database.close()


def assert_kept_whole(site: Kiosk, number: str) -> None:
    """One visit, done, with one shot whose files are what their names say, in an unbroken audit."""
    database, vault = site.db(), Vault(site.settings.data / "vault")
    try:
        with database.read() as session:
            (visit,) = session.scalars(select(Visit).where(Visit.student.has(id_number=number))).all()
            assert visit.state == "done"
            (shot,) = session.scalars(select(Shot).where(Shot.visit_id == visit.id)).all()
            assert visit.accepted_shot_id == shot.id
            assert shot.deliverable_sha256
            assert vault.verify(shot.original_sha256) and vault.verify(shot.deliverable_sha256)
            assert audit.verify(session)[1] is None
    finally:
        database.close()
    spool = site.settings.data / "bridge" / "spool"
    until(lambda: not [entry for entry in spool.iterdir() if entry.is_dir()], because="the spool let go")


def test_without_room_for_a_photo_none_is_taken_until_there_is(
    student: Student, site: Kiosk, full_disk: SmallDisk
) -> None:
    position = student.card_of("ordinary", 0)
    student.to_seat(position)
    full_disk.fill(leave=TOO_LITTLE)
    student.press("begin_capture")
    student.sees("capture")
    hint = student.page.locator("[data-testid='hint'][data-state='fault']")
    hint.get_by_text(text("zh_CN", "refusal.disk_full.student")).wait_for()
    student.page.reload()
    student.sees("capture")
    full_disk.free()
    student.sees("review")
    student.finish()
    assert_kept_whole(site, student.cards()[position]["number"])


def test_a_press_on_a_full_disk_is_said_and_counts_once_there_is_room(
    student: Student, site: Kiosk, full_disk: SmallDisk
) -> None:
    position = student.card_of("ordinary", 1)
    number = student.cards()[position]["number"]
    student.to_seat(position)
    student.shoot()
    seen = student.shot_bytes()
    empty_log(site)
    full_disk.fill()
    student.press("accept")
    student.page.locator("[data-strip='message']", has_text=text("zh_CN", "refusal.disk_full.student")).wait_for()
    assert student.sees("review") == "review"
    assert decisions(site, number, "accept") == 0
    student.page.reload()  # a new page cannot take the kiosk now: it says why and waits
    student.page.locator("[data-strip='message']", has_text=text("zh_CN", "refusal.disk_full.student")).wait_for()
    assert student.screen == "starting"
    full_disk.free()
    student.sees("review")
    assert student.shot_bytes() == seen
    student.finish()
    assert decisions(site, number, "accept") == 1
    assert_kept_whole(site, number)


def test_processes_killed_on_a_full_disk_come_back_with_the_same_visit(
    student: Student, site: Kiosk, full_disk: SmallDisk
) -> None:
    position = student.card_of("ordinary", 2)
    student.to_seat(position)
    student.shoot()
    seen = student.shot_bytes()
    empty_log(site)
    full_disk.fill()
    killed = {name: site.pid(name) or 0 for name in ("web", "bridge", "worker")}
    for pid in killed.values():
        os.kill(pid, signal.SIGKILL)
    until(lambda: site.get("/healthz").get("bridge"), because="web and bridge work without room, too")
    full_disk.free()
    until(
        lambda: all(site.pid(name) not in (None, pid) for name, pid in killed.items()),
        because="the launcher names the new processes once it can write",
    )
    site.wait_healthy()
    student.sees("review")
    assert student.shot_bytes() == seen
    student.finish()
    assert_kept_whole(site, student.cards()[position]["number"])


def test_a_locked_database_is_waited_for_and_decides_once(student: Student, site: Kiosk) -> None:
    position = student.card_of("ordinary", 3)
    number = student.cards()[position]["number"]
    student.begin()
    student.identify(position)
    with closing(sqlite3.connect(site.settings.data / "kiosk.sqlite3", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with student.page.expect_response(lambda answer: answer.url.endswith("/actions/confirm")) as waited:
            student.press("confirm")
        assert waited.value.status == 503
        assert student.screen == "confirm"
        holder.execute("ROLLBACK")
    student.sees("declare")
    assert decisions(site, number, "confirm") == 1
    assert student.page.locator("[data-strip='message']").count() == 0


def test_a_database_that_stays_locked_is_said_and_the_press_may_be_repeated(student: Student, site: Kiosk) -> None:
    position = student.card_of("ordinary", 4)
    number = student.cards()[position]["number"]
    student.begin()
    student.identify(position)
    with closing(sqlite3.connect(site.settings.data / "kiosk.sqlite3", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        student.press("confirm")
        busy = text("zh_CN", "refusal.database_busy.student")
        student.page.locator("[data-strip='message']", has_text=busy).wait_for()
        assert student.sees("confirm") == "confirm"
        holder.execute("ROLLBACK")
    student.press("confirm")
    student.sees("declare")
    assert decisions(site, number, "confirm") == 1
