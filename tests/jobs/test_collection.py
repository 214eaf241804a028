"""Photos that come in from outside, through the real engine: a studio's zip, and a student's own photo."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from kiosk import settings as settings_module
from kiosk.actions.base import PHONE, STAFF, Actor, perform
from kiosk.domain.collection import Mode
from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange.collection import Order, import_delivery
from kiosk.jobs import own_photo, studio_batch
from kiosk.jobs.context import Context, Stopped
from kiosk.photo import batch
from kiosk.photo.models import FILES
from kiosk.records import balance, collected, queue
from kiosk.records.database import Database
from kiosk.records.registry_tables import CollectedPhoto, Delivery, FileLog
from kiosk.records.tables import Campaign, Job
from kiosk.records.vault import Vault
from kiosk.settings import Settings
from kiosk.web.upload import hash_of
from tests.exchange.conftest import NOW
from tests.exchange.people import People
from tests.exchange.rosters import student as roster_row
from tests.jobs import outside_photos
from tests.jobs.conftest import order

CAMPAIGN = "open-2027-spring"
STAFF_MEMBER = Actor(STAFF, "li", role="operator")


def number(serial: int) -> str:
    return str(roster_row(serial)["证件号码"])


@pytest.fixture(scope="session", autouse=True)
def models() -> None:
    """The face models are needed."""
    folder = settings_module.load().assets / "models"
    if not all((folder / name).is_file() for name in FILES):
        pytest.skip("face models are missing, run the set-up first")


@pytest.fixture(scope="session")
def pictures() -> dict[str, bytes]:
    """A good studio photo, a phone selfie, a picture without anybody."""
    return outside_photos.make()


@pytest.fixture
def people(database: Database, settings: Settings) -> People:
    found = People(database, Vault(settings.data / "vault"), CAMPAIGN)
    for serial in range(1, 6):
        found.student(serial)
    return found


def studio_zip(path: Path, pictures: dict[str, bytes]) -> Path:
    """`ID number.jpg`, a student number twice, a stranger, and a file that is no picture."""
    return outside_photos.zipped(
        path,
        {
            f"{number(1)}.jpg": pictures["good"],
            f"一班/{roster_row(2)['学号']}.jpg": pictures["selfie"],
            f"一班/{roster_row(2)['学号']}_2.jpg": pictures["good"],
            f"{number(3)}.jpg": pictures["nobody"],
            f"{number(900)}.jpg": pictures["good"],
            f"{number(4)}.jpg": b"\xff\xd8 not a picture",
        },
    )


def context(database: Database, settings: Settings, job: str) -> Context:
    return Context(database, settings, job, "staff:li", NOW, lambda share: None)


def enqueue(database: Database, settings: Settings, archive: Path) -> tuple[str, str]:
    folder = settings.data / queue.UPLOADS
    folder.mkdir(exist_ok=True)
    name = secrets.token_hex(16)
    (folder / name).write_bytes(archive.read_bytes())
    return name, order(database, "studio_batch", upload=name, campaign=CAMPAIGN, mode="studio")


def take(database: Database, settings: Settings, archive: Path) -> dict[str, object]:
    name, job = enqueue(database, settings, archive)
    return studio_batch.run(
        context(database, settings, job), upload=name, campaign=CAMPAIGN, mode="studio", file_name="studio.zip"
    )


def photos(database: Database) -> list[CollectedPhoto]:
    with database.read() as session:
        return list(session.scalars(select(CollectedPhoto).order_by(CollectedPhoto.id)))


def test_decisions_go_on_while_what_was_measured_is_read(
    people: People,
    database: Database,
    settings: Settings,
    tmp_path: Path,
    pictures: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []

    def outcomes(*given: Any) -> Iterator[batch.Outcome]:
        for outcome in read_journal(*given):
            with database.write() as session:
                session.execute(select(Campaign.id))  # raises where the delivery already holds the records
            read.append(Path(outcome["file"]).name)
            yield outcome

    read_journal = batch.outcomes
    monkeypatch.setattr(batch, "outcomes", outcomes)
    archive = outside_photos.zipped(tmp_path / "two.zip", {f"{number(n)}.jpg": pictures["good"] for n in (1, 2)})
    take(database, settings, archive)
    assert set(read) == {f"{number(n)}.jpg" for n in (1, 2)}
    first, second = photos(database)
    assert first.public_id != second.public_id and first.judgement["checks"] and first.making


def test_a_studio_zip_is_judged_matched_flagged_and_decided_and_goes_into_the_package(
    people: People, database: Database, settings: Settings, tmp_path: Path, pictures: dict[str, bytes]
) -> None:
    archive = studio_zip(tmp_path / "studio.zip", pictures)
    said = take(database, settings, archive)
    assert (said["files"], said["problems"], said["unmatched"]) == (6, 1, 1)
    rows = {row.source_name: row for row in photos(database)}
    good, selfie = rows[f"{number(1)}.jpg"], rows[f"{roster_row(2)['学号']}.jpg"]
    nobody, stranger = rows[f"{number(3)}.jpg"], rows[f"{number(900)}.jpg"]
    again = rows[f"{roster_row(2)['学号']}_2.jpg"]
    assert again.student_id == selfie.student_id
    for row, why in ((again, "photo_twice"), (selfie, "photo_twice"), (stranger, "photo_not_on_roster")):
        assert (row.state, row.verdict) == ("candidate", "ask") and why in {sign["code"] for sign in row.evidence}
    assert stranger.student_id is None and stranger.deliverable_sha256
    assert {good.mode, good.state} == {"studio", "candidate"} and good.deliverable_sha256
    assert selfie.verdict == "ask" and "selfie" in {sign["code"] for sign in selfie.evidence if sign["ask"]}
    assert (nobody.state, nobody.decided_by, nobody.deliverable_sha256) == ("rejected", "system:judge", None)
    vault = Vault(settings.data / "vault")
    assert vault.get(good.original_sha256) == pictures["good"]
    with database.read() as session:
        delivery = session.scalars(select(Delivery)).one()
        assert {code for _, code in delivery.problems} == {"picture_unreadable"}
        assert delivery.counts == {"files": 6, "unmatched": 1, "ask": 4, "failed": 1, "refused": 1}
        log = session.scalars(select(FileLog).where(FileLog.kind == "delivery")).one()
        assert (log.direction, log.reference) == ("in", delivery.public_id)
        campaign = session.scalars(select(Campaign).where(Campaign.code == CAMPAIGN)).one()
        assert balance.of_campaign(session, campaign, NOW).missing["awaiting_staff"] == 2
    perform(
        database, settings, "decide_collected", key="accept-both", actor=STAFF_MEMBER, now=NOW, reason="looked at",
        photos=[good.public_id, selfie.public_id], decision="accept",
    )  # fmt: skip
    with database.read() as session:
        assert balance.of_campaign(session, campaign, NOW).ready == 2
    asked = {"photos": [stranger.public_id], "decision": "accept"}
    with pytest.raises(Refusal) as unknown:
        perform(
            database, settings, "decide_collected", key="accept-stranger", actor=STAFF_MEMBER, now=NOW,
            reason="looked at", **asked,
        )  # fmt: skip
    assert unknown.value.code is Code.PHOTO_OF_NOBODY
    perform(
        database, settings, "assign_photo", key="assign-stranger", actor=STAFF_MEMBER, now=NOW,
        photo=stranger.public_id, student=3,
    )  # fmt: skip
    perform(
        database, settings, "decide_collected", key="accept-assigned", actor=STAFF_MEMBER, now=NOW,
        reason="looked at", **asked,
    )  # fmt: skip
    with database.read() as session:
        assert balance.of_campaign(session, campaign, NOW).ready == 3
    with pytest.raises(Refusal) as twice:
        take(database, settings, archive)
    assert twice.value.code is Code.DELIVERY_TWICE and twice.value.args_["source"] == "studio.zip"
    assert len(photos(database)) == 5


def test_a_delivery_that_is_stopped_goes_on_and_counts_once(
    people: People, database: Database, settings: Settings, tmp_path: Path, pictures: dict[str, bytes]
) -> None:
    name, job = enqueue(database, settings, studio_zip(tmp_path / "studio.zip", pictures))
    given = {"upload": name, "campaign": CAMPAIGN, "mode": "studio"}

    def stop(share: float) -> None:
        if share > 0.3:
            raise Stopped

    with pytest.raises(Stopped):
        studio_batch.run(Context(database, settings, job, "staff:li", NOW, stop), **given)
    assert photos(database) == []
    assert studio_batch.run(context(database, settings, job), **given)["files"] == 6
    assert len(photos(database)) == 5
    assert studio_batch.run(context(database, settings, job), **given)["files"] == 6  # its end was not written
    assert len(photos(database)) == 5
    studio_batch.clean(settings, **given)
    assert not (settings.data / queue.UPLOADS / name).exists()
    assert not list((settings.data / studio_batch.FOLDER).iterdir())


def test_a_refused_delivery_leaves_nothing_and_may_be_sent_again(
    people: People, database: Database, settings: Settings, tmp_path: Path, pictures: dict[str, bytes]
) -> None:
    archive = studio_zip(tmp_path / "studio.zip", pictures)
    archive.write_bytes(archive.read_bytes()[:-200])
    for _ in range(2):
        with pytest.raises(Refusal) as refused:
            take(database, settings, archive)
        assert refused.value.code is Code.ARCHIVE_BROKEN
    with database.read() as session:
        assert session.scalars(select(Delivery)).all() == []


def test_a_way_that_the_campaign_does_not_allow_is_refused(
    people: People, database: Database, settings: Settings, tmp_path: Path, pictures: dict[str, bytes]
) -> None:
    with database.write() as session:
        session.scalars(select(Campaign).where(Campaign.code == CAMPAIGN)).one().modes = ["kiosk"]
    with pytest.raises(Refusal) as refused:
        import_delivery(
            database, settings, Order(studio_zip(tmp_path / "a.zip", pictures), CAMPAIGN, Mode.STUDIO, "1" * 32),
            tmp_path / "work", "staff:li", now=NOW,
        )  # fmt: skip
    assert refused.value.code is Code.MODE_NOT_ALLOWED


def own(database: Database, settings: Settings, student: int, content: bytes) -> dict[str, object]:
    """A photo sent through the student's link, and judged."""
    token = secrets.token_urlsafe(12)
    perform(
        database, settings, "make_upload_link", key=secrets.token_hex(8), actor=STAFF_MEMBER, now=NOW,
        student=student, token_sha256=hash_of(token),
    )  # fmt: skip
    folder = settings.data / queue.UPLOADS
    folder.mkdir(exist_ok=True)
    name = secrets.token_hex(16)
    (folder / name).write_bytes(content)
    told = perform(
        database, settings, "send_own_photo", key=secrets.token_hex(8), actor=Actor(PHONE, "upload"), now=NOW,
        upload=name, link=hash_of(token),
    )  # fmt: skip
    with database.read() as session:
        job = session.scalars(select(Job).where(Job.public_id == told["job"])).one()
    return own_photo.run(
        Context(database, settings, job.public_id, job.by, NOW, lambda share: None), **queue.given(job)
    )


def test_an_own_photo_waits_for_staff_a_newer_one_takes_its_turn_and_a_bad_one_is_told(
    people: People, database: Database, settings: Settings, pictures: dict[str, bytes]
) -> None:
    student = 1
    said = own(database, settings, student, pictures["nobody"])
    assert said["state"] == "rejected"
    first = own(database, settings, student, pictures["good"])
    second = own(database, settings, student, pictures["selfie"])
    states = {row.public_id: row.state for row in photos(database)}
    assert (states[str(first["photo"])], states[str(second["photo"])]) == ("replaced", "candidate")
    with database.read() as session:
        assert collected.of_student(session, student) is None
    vault = Vault(settings.data / "vault")
    assert all(vault.verify(row.original_sha256) for row in photos(database))


def test_an_own_photo_counts_by_itself_only_where_the_campaign_says_so(
    people: People, database: Database, settings: Settings, pictures: dict[str, bytes]
) -> None:
    with database.write() as session:
        session.scalars(select(Campaign).where(Campaign.code == CAMPAIGN)).one().own_auto = True
    said = own(database, settings, 1, pictures["good"])
    wanted = "accepted" if said["verdict"] == "pass" else "candidate"
    assert said["state"] == wanted
    again = own(database, settings, 1, pictures["good"])
    assert again["state"] == "candidate"  # replacing is a person's decision


def test_what_a_list_does_not_name_is_nobodys_whatever_it_is_called(
    people: People, database: Database, settings: Settings, tmp_path: Path, pictures: dict[str, bytes]
) -> None:
    listed = f"照片文件,证件号码\nIMG_1.jpg,{number(1)}\nIMG_7.jpg,{number(2)}\n".encode()
    files = {"名单.csv": listed, "IMG_1.jpg": pictures["good"], f"{number(3)}.jpg": pictures["selfie"]}
    said = take(database, settings, outside_photos.zipped(tmp_path / "company.zip", files))
    assert (said["files"], said["unmatched"], said["problems"]) == (2, 1, 1)
    rows = {row.source_name: row for row in photos(database)}
    assert rows["IMG_1.jpg"].student_id == 1
    other = rows[f"{number(3)}.jpg"]
    assert other.student_id is None and "not_listed" in {sign["code"] for sign in other.evidence}
