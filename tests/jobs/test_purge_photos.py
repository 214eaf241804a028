"""Pictures leave the vault when their campaign's days are over, and none leaves that anything still needs."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from kiosk.jobs import purge
from kiosk.records import audit
from kiosk.records.registry_tables import CollectedPhoto, Delivery
from kiosk.records.site_tables import OpeningSignature, PurgeRecord
from kiosk.records.tables import Campaign, Shot
from kiosk.records.vault import Vault
from tests.actions.conftest import bare_desk, desk, migrated_file
from tests.actions.deliveries import delivered
from tests.actions.desk import Desk
from tests.jobs.purging import context_of

__all__ = ["bare_desk", "desk", "migrated_file"]

DAYS = 400


@pytest.fixture
def site(desk: Desk) -> Desk:
    """A site whose campaign keeps photos for 400 days."""
    with desk.database.write() as session:
        session.scalars(select(Campaign)).one().retention = {"photos": DAYS}
    return desk


def vault(desk: Desk) -> Vault:
    return Vault(desk.settings.data / "vault")


def stored(desk: Desk) -> set[str]:
    """The digests in the vault."""
    return {file.name for file in vault(desk).root.rglob("*") if file.is_file()}


def photographed(desk: Desk, student: int, finish: bool = True) -> tuple[str, str]:
    """A visit whose files lie in the vault: digests of original and finished picture."""
    visit = desk.to_capture(student)
    files = (vault(desk).put(f"original {student}".encode()), vault(desk).put(f"made {student}".encode()))
    shot = desk.shoot(visit, original_sha256=files[0], deliverable_sha256=files[1])
    if finish:
        desk.kiosk("accept", shot=shot)
        desk.kiosk("finish")
    return files


def sent(desk: Desk, original: str, made: str, campaign: int = 1) -> str:
    """A studio's photo of nobody with these files; returns its id."""
    return delivered(desk, campaign, original_sha256=original, deliverable_sha256=made, source_name="张三.jpg")


def another_campaign(desk: Desk, days: int) -> int:
    """A campaign that takes photos as long as the first, and keeps them for `days`."""
    with desk.database.write() as session:
        first = session.scalars(select(Campaign)).one()
        facts = {
            column.name: getattr(first, column.name)
            for column in Campaign.__table__.columns
            if column.name != "id"
        }
        found = Campaign(**{**facts, "code": "spring", "retention": {"photos": days}})
        session.add(found)
        session.flush()
        return found.id


def run(desk: Desk) -> dict[str, int]:
    """What a purge removes of photos."""
    rows: dict[str, int] = purge.run(context_of(desk, run=secrets.token_hex(16)))["rows"]
    return {kind: count for kind, count in rows.items() if kind == "photos"}


def over(desk: Desk, days: int = DAYS) -> None:
    """The first moment at which the campaign's days are over."""
    with desk.database.read() as session:
        last = session.scalars(select(Campaign.capture_until)).first()
    assert last is not None
    desk.later(days=(last - desk.now.date()).days + days + 1)


def test_pictures_go_after_the_campaigns_days_and_their_records_stay(site: Desk) -> None:
    photographed(site, 1)
    sent(site, vault(site).put(b"a studio's"), vault(site).put(b"a studio's, made"))
    over(site)
    site.later(days=-1)
    assert run(site) == {} and len(stored(site)) == 4
    site.later(days=1)
    assert purge.is_due(site.database, site.settings, site.now)
    assert run(site) == {"photos": 3}  # a shot, and two photos that came in: the kiosk's and the studio's
    assert stored(site) == set()
    with site.database.read() as session:
        assert session.scalars(select(Shot)).one().purged_at == site.now
        mine, studio = session.scalars(select(CollectedPhoto).order_by(CollectedPhoto.id))
        assert (mine.state, mine.purged_at, studio.purged_at) == ("accepted", site.now, site.now)
        delivery = session.scalars(select(Delivery)).one()
        assert (studio.source_name, delivery.file_name, delivery.problems) == ("", "", [])
        assert session.scalars(select(PurgeRecord).where(PurgeRecord.kind == "photos")).one().rows == 3
        assert audit.verify(session)[1] is None
    assert run(site) == {}


def test_nothing_goes_while_somebody_of_the_campaign_is_under_way(site: Desk) -> None:
    photographed(site, 1, finish=False)
    over(site)
    assert run(site) == {} and len(stored(site)) == 2


def test_a_file_stays_as_long_as_any_row_needs_it(site: Desk) -> None:
    original, made = photographed(site, 1)
    signed = vault(site).put(b"the room on the opening's morning")
    sent(site, signed, vault(site).put(b"of nobody"))
    keeps_longer = another_campaign(site, 2 * DAYS)
    sent(site, original, made, keeps_longer)
    with site.database.write() as session:
        session.add(
            OpeningSignature(
                day=site.now.date(), checklist="site-2020", checklist_version="1", line="room",
                picture_sha256=signed, signed_by="staff:li", signed_at=site.now,
            )
        )  # fmt: skip
    over(site)
    assert run(site) == {"photos": 3}
    assert stored(site) == {original, made, signed}
    site.later(days=DAYS)
    assert run(site) == {"photos": 1}
    assert stored(site) == {signed}


def test_what_came_late_is_kept_for_as_many_days(site: Desk) -> None:
    over(site, 100)
    sent(site, vault(site).put(b"late"), vault(site).put(b"late, made"))
    site.later(days=DAYS)
    assert run(site) == {}
    site.later(days=1)
    assert run(site) == {"photos": 1}


def test_more_than_a_batch_goes_and_shared_files_go_once(site: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purge, "BATCH", 3)
    shared = vault(site).put(b"the same picture in every row")
    for _ in range(8):
        sent(site, shared, shared)
    over(site)
    assert run(site) == {"photos": 8}
    assert stored(site) == set()


def test_others_write_between_two_batches(site: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purge, "BATCH", 3)
    rests = []

    def rest(seconds: float) -> None:
        with site.database.write() as session:  # raises where the purge still holds the records
            rests.append((seconds, session.scalar(select(PurgeRecord.rows))))

    monkeypatch.setattr(purge.time, "sleep", rest)
    for number in range(8):
        sent(site, vault(site).put(b"%d" % number), vault(site).put(b"made %d" % number))
    over(site)
    assert run(site) == {"photos": 8}
    assert rests == [(purge.REST_SECONDS, 3), (purge.REST_SECONDS, 6)]


def test_no_batch_looks_at_every_picture(site: Desk) -> None:
    """What is asked while the records are held, and at every look, is found by an index."""
    asked: list[tuple[str, tuple[object, ...]]] = []

    def note(_conn: object, _cursor: object, sql: str, values: tuple[object, ...], *_more: object) -> None:
        asked.append((sql, values))

    sent(site, vault(site).put(b"original"), vault(site).put(b"made"))
    photographed(site, 1)
    over(site)
    event.listen(site.database.engine, "before_cursor_execute", note)
    assert purge.is_due(site.database, site.settings, site.now)
    assert run(site) == {"photos": 3}
    event.remove(site.database.engine, "before_cursor_execute", note)
    about = [row for row in asked if row[0].startswith("SELECT") and ".purged_at IS NULL" in row[0]]
    about = [row for row in about if "FROM shot" in row[0] or "FROM collected_photo" in row[0]]
    assert len(about) >= 6
    with site.database.engine.connect() as connection:
        for sql, values in about:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all()
            for step in (str(row[-1]) for row in plan):
                assert not re.fullmatch(r"SCAN (shot|collected_photo|visit)", step), (sql, step)


def test_a_photo_without_its_files_counts_no_more(site: Desk) -> None:
    photo = sent(site, vault(site).put(b"original"), vault(site).put(b"made"))
    site.staff("assign_photo", reason=None, photo=photo, student=1)
    over(site)
    assert run(site) == {"photos": 1}
    site.now -= timedelta(days=1)
    with pytest.raises(Exception, match="photo_removed"):
        site.staff("decide_collected", reason="looked at", photos=[photo], decision="accept")
