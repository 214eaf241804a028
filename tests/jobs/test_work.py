"""Every job ends in its row: done with a result, failed with a code, or queued again."""

from __future__ import annotations

import json
import threading
import zipfile
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from kiosk.domain.id_numbers import make_synthetic
from kiosk.domain.refusals import Code
from kiosk.jobs import roster_import
from kiosk.jobs.context import Context
from kiosk.jobs.work import ATTEMPTS, MAX_ATTEMPTS, Work
from kiosk.records import queue
from kiosk.records.database import Database
from kiosk.records.tables import Job, RosterImport, Student
from kiosk.settings import Settings
from tests.jobs.conftest import order, row, upload, uploaded

OPEN = "open-2027-spring"
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def stopping() -> threading.Event:
    return threading.Event()


@pytest.fixture
def work(database: Database, settings: Settings, stopping: threading.Event) -> Work:
    return Work(database, settings, stopping)


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch) -> Callable[[Run], None]:
    """Makes a function the job `probe`."""

    def become(run: Run) -> None:
        monkeypatch.setattr(queue, "runner", lambda name: SimpleNamespace(run=run))

    return become


def state(database: Database, public_id: str, value: str) -> None:
    with database.write() as session:
        session.query(Job).filter_by(public_id=public_id).one().state = value


@pytest.mark.faults
def test_a_job_whose_end_could_not_be_written_does_not_run_for_ever(
    database: Database, work: Work, job: Callable[[Run], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile: list[int] = []

    def run(context: Context) -> dict[str, Any]:
        meanwhile.append(work.recover_lost())
        return {"made": len(meanwhile)}

    def full(*_: object, **__: object) -> None:
        raise OperationalError("", {}, Exception("database or disk is full"))

    job(run)
    public_id = order(database, "probe")
    with monkeypatch.context() as broken:
        broken.setattr(work, "_set", full)
        with pytest.raises(OperationalError):
            work.run(public_id)
    assert row(database, public_id).state == "running"
    assert work.recover_lost() == 1
    assert work.recover_lost() == 0
    work.run(public_id)
    assert (row(database, public_id).state, row(database, public_id).result) == ("done", {"made": 2})
    assert meanwhile == [0, 0]  # never while it runs


def told(job: Job) -> str:
    """Everything that its row says."""
    return json.dumps([job.arguments, job.result, job.error], ensure_ascii=False)


def test_a_roster_is_imported_and_the_upload_removed(database: Database, settings: Settings, work: Work) -> None:
    public_id = order(
        database,
        "roster_import",
        upload=upload(settings),
        campaign=OPEN,
        skip_bad_rows=False,
        file_name="名单.xlsx",
    )
    work.run(public_id)
    found = row(database, public_id)
    assert (found.state, found.progress, found.error) == ("done", 1.0, None)
    assert found.result is not None and found.finished_at is not None
    assert (found.result["added"], found.result["imported"]) == (3, True)
    with database.read() as session:
        assert session.scalars(select(RosterImport.file_name)).one() == "名单.xlsx"
    assert "名单" not in told(found)
    assert uploaded(settings) == []


def test_bad_rows_are_a_result_and_no_failure(database: Database, settings: Settings, work: Work) -> None:
    name = upload(settings, 姓名="陈 梅")
    public_id = order(database, "roster_import", upload=name, campaign=OPEN, skip_bad_rows=False)
    work.run(public_id)
    found = row(database, public_id)
    assert found.state == "done" and found.result is not None
    assert (found.result["imported"], found.result["errors"][0]["code"]) == (False, "space")


def test_a_package_lies_under_the_name_of_its_job(database: Database, settings: Settings, work: Work) -> None:
    public_id = order(database, "package_export", campaign=OPEN)
    work.run(public_id)
    found = row(database, public_id)
    assert found.state == "done" and found.result is not None
    assert found.result["registered"] == found.result["exported"] + sum(found.result["missing"].values())
    with zipfile.ZipFile(settings.data / "packages" / f"{public_id}.zip") as archive:
        assert archive.testzip() is None


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("package_export", {"campaign": "nope"}, Code.NO_CAMPAIGN),
        ("roster_import", {"upload": "0" * 32, "campaign": OPEN}, Code.NOT_FOUND),
        ("roster_import", {"upload": "../kiosk.sqlite3", "campaign": OPEN}, Code.NOT_FOUND),
        ("roster_import", {"upload": "", "campaign": OPEN}, Code.NOT_FOUND),
        ("package_export", {"campaign": OPEN, "surprise": 1}, Code.INTERNAL),
        ("no_such_job", {}, Code.INTERNAL),
        ("../evil", {}, Code.INTERNAL),
    ],
)
def test_what_cannot_be_done_fails_with_a_code(
    database: Database, work: Work, name: str, arguments: dict[str, Any], code: Code
) -> None:
    public_id = order(database, name, **arguments)
    work.run(public_id)
    found = row(database, public_id)
    assert (found.state, found.error) == ("failed", code.value)
    assert found.finished_at is not None


def test_a_refused_file_is_removed_like_any_other(database: Database, settings: Settings, work: Work) -> None:
    name = upload(settings)
    (settings.data / queue.UPLOADS / name).write_bytes(b"no workbook")
    public_id = order(database, "roster_import", upload=name, campaign=OPEN, file_name="r.xlsx")
    work.run(public_id)
    assert row(database, public_id).error == Code.FILE_NOT_A_WORKBOOK.value
    assert uploaded(settings) == []


KINDS = (
    "campaign_import", "payment_import", "result_import", "roster_check", "roster_compare", "roster_import",
    "studio_batch",
)  # fmt: skip


@pytest.mark.parametrize("content", [b"no workbook", b""])
@pytest.mark.parametrize("name", KINDS)
def test_a_refused_file_leaves_no_name_behind(
    database: Database, settings: Settings, work: Work, name: str, content: bytes
) -> None:
    called = f"张三 {make_synthetic(date(2000, 1, 1), 7)}.xlsx"
    kept = upload(settings)
    (settings.data / queue.UPLOADS / kept).write_bytes(content)
    more = {"mode": "studio"} if name == "studio_batch" else {}
    public_id = order(database, name, upload=kept, campaign=OPEN, file_name=called, **more)
    work.run(public_id)
    found = row(database, public_id)
    assert found.state == "failed" and found.error not in (None, Code.INTERNAL.value)
    assert found.arguments["campaign"] == OPEN and "file_name" not in found.arguments
    assert "张三" not in told(found) and called[3:20] not in told(found)


def test_a_job_that_wore_out_its_worker_leaves_no_name_behind(database: Database, work: Work) -> None:
    public_id = order(database, "probe", file_name="张三.zip")
    with database.write() as session:
        found = session.scalars(select(Job).where(Job.public_id == public_id)).one()
        found.state, found.arguments = "running", {**found.arguments, ATTEMPTS: MAX_ATTEMPTS}
    assert work.recover() == 1
    assert (row(database, public_id).state, "file_name" in row(database, public_id).arguments) == ("failed", False)


def test_a_message_that_comes_twice_does_nothing(
    database: Database, work: Work, job: Callable[[Run], None]
) -> None:
    calls: list[str] = []
    job(lambda context: {"n": len(calls)} if calls.append(context.job) is None else {})
    public_id = order(database, "probe")
    for _ in range(3):
        work.run(public_id)
    work.run("unknown")
    assert calls == [public_id]


def test_a_stop_puts_the_job_back_without_counting(
    database: Database, work: Work, stopping: threading.Event, job: Callable[[Run], None]
) -> None:
    def run(context: Context) -> dict[str, Any]:
        stopping.set()
        context.progress(0.5)
        raise AssertionError("not stopped")

    job(run)
    public_id = order(database, "probe")
    for _ in range(MAX_ATTEMPTS + 2):
        stopping.clear()
        work.run(public_id)
        assert row(database, public_id).state == "queued"


def test_a_busy_database_is_tried_again_and_then_said(
    database: Database, work: Work, job: Callable[[Run], None]
) -> None:
    def run(context: Context) -> dict[str, Any]:
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    job(run)
    public_id = order(database, "probe")
    seen = []
    for _ in range(MAX_ATTEMPTS):
        work.run(public_id)
        seen.append(row(database, public_id).state)
    assert seen == ["queued"] * (MAX_ATTEMPTS - 1) + ["failed"]
    assert row(database, public_id).error == Code.DATABASE_BUSY.value


def test_a_full_disk_is_said_at_once(database: Database, work: Work, job: Callable[[Run], None]) -> None:
    def run(context: Context) -> dict[str, Any]:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    job(run)
    public_id = order(database, "probe")
    work.run(public_id)
    assert row(database, public_id).error == Code.DISK_FULL.value


def test_a_broken_job_is_said_and_the_next_one_runs(
    database: Database, work: Work, job: Callable[[Run], None]
) -> None:
    def broken(context: Context) -> dict[str, Any]:
        raise ZeroDivisionError

    job(broken)
    first, second = order(database, "probe"), order(database, "probe")
    work.run(first)
    job(lambda context: {"fine": True})
    work.run(second)
    assert (row(database, first).state, row(database, first).error) == ("failed", Code.INTERNAL.value)
    assert row(database, second).result == {"fine": True}


def test_a_dead_workers_jobs_begin_again_but_not_for_ever(
    database: Database, work: Work, job: Callable[[Run], None]
) -> None:
    def killed(context: Context) -> dict[str, Any]:
        raise SystemExit  # stands for the process's end: nothing is written any more

    job(killed)
    public_id = order(database, "probe")
    for _ in range(MAX_ATTEMPTS):
        with pytest.raises(SystemExit):
            work.run(public_id)
        assert row(database, public_id).state == "running"
        assert work.recover() == 1
    found = row(database, public_id)
    assert (found.state, found.error) == ("failed", Code.INTERNAL.value)
    assert work.recover() == 0


def test_an_import_that_was_done_but_not_noted_is_done_again_without_harm(
    database: Database, settings: Settings, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = upload(settings)
    public_id = order(database, "roster_import", upload=name, campaign=OPEN)
    with monkeypatch.context() as patch:
        patch.setattr(work, "_finish", lambda *_: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            work.run(public_id)
    work.recover()
    work.run(public_id)
    found = row(database, public_id)
    assert found.state == "done" and found.result is not None
    assert (found.result["added"], found.result["unchanged"]) == (0, 3)
    with database.read() as session:
        assert session.scalar(select(func.count(Student.id))) == 3


def test_only_the_machine_with_the_upload_can_import_it(settings: Settings) -> None:
    assert roster_import.here(settings, upload=upload(settings))
    assert not roster_import.here(settings, upload="0" * 32)


def test_waiting_jobs_come_in_the_order_in_which_they_were_asked(database: Database, work: Work) -> None:
    wanted = [order(database, "package_export", campaign=OPEN) for _ in range(3)]
    state(database, wanted[1], "done")
    assert work.waiting() == [wanted[0], wanted[2]]
