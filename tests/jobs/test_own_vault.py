"""Each machine removes from its own vault what was purged, whichever machine's worker did that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from kiosk.jobs import own_vault, purge, rounds
from kiosk.jobs.context import Context, Stopped
from kiosk.jobs.work import Work
from kiosk.launch.stopping import Stop
from kiosk.records import audit, queue
from kiosk.records.registry_tables import Package
from kiosk.records.site_tables import PurgeRecord, VaultPurge
from kiosk.records.tables import Audit, Campaign, Job
from kiosk.records.vault import Vault
from tests.actions.conftest import any_desk, bare_desk, desk, migrated_file
from tests.actions.deliveries import delivered
from tests.actions.desk import Desk
from tests.jobs.purging import context_of

__all__ = ["any_desk", "bare_desk", "desk", "migrated_file"]
DAYS = 400


@pytest.fixture
def one(any_desk: Desk) -> Desk:
    """The machine whose worker will purge; its campaign keeps photos for 400 days."""
    with any_desk.database.write() as session:
        session.scalars(select(Campaign)).one().retention = {"photos": DAYS, "packages": DAYS}
    return any_desk


@pytest.fixture
def two(one: Desk, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Another machine of the same records, with a data folder of its own."""
    folder = tmp_path_factory.mktemp("machine-2")
    settings = one.with_settings(station={"name": "kiosk-2", "seat": "2"}).settings
    return replace(one, settings=settings.model_copy(update={"data_dir": folder}))


def vault(desk: Desk) -> Vault:
    return Vault(desk.settings.data / "vault")


def stored(desk: Desk) -> set[str]:
    return {
        file.name for file in desk.settings.data.rglob("*") if file.is_file() and "kiosk.sqlite3" not in file.name
    }


def photo(desk: Desk, content: bytes, campaign: int = 1) -> tuple[str, str]:
    """A photo that came in on this machine: digests of its files."""
    files = vault(desk).put(content), vault(desk).put(content + b", made")
    delivered(desk, campaign, original_sha256=files[0], deliverable_sha256=files[1])
    return files


def purged(desk: Desk) -> None:
    """The worker of that machine purges, long after the campaign."""
    purge.run(context_of(desk))


def follow(desk: Desk, progress: Callable[[float], None] = lambda _share: None) -> int:
    """What the job does on that machine; how many files there were."""
    assert own_vault.here(desk.settings, station=desk.settings.station.name)
    context = Context(desk.database, desk.settings, "2" * 32, rounds.BY, desk.now, progress)
    return int(own_vault.run(context, station=desk.settings.station.name)["files"])


def long_after(*desks: Desk) -> None:
    for each in desks:
        each.now += timedelta(days=3 * DAYS)


def test_what_one_machine_purged_goes_from_the_other_too(one: Desk, two: Desk) -> None:
    photo(one, b"here")
    there = photo(two, b"there")
    long_after(one, two)
    assert not own_vault.is_due(two.database, two.settings, two.now)
    purged(one)
    assert stored(one) == set() and stored(two) == set(there)
    assert own_vault.is_due(two.database, two.settings, two.now)
    assert (follow(two), stored(two)) == (2, set())
    assert not own_vault.is_due(two.database, two.settings, two.now)
    assert (follow(two), follow(one)) == (0, 0), "once is enough, and the first one's went at once"
    with one.database.read() as session:
        rows = session.execute(select(VaultPurge.station, VaultPurge.files).order_by(VaultPurge.id)).all()
        assert [tuple(row) for row in rows] == [("kiosk-2", 2), ("kiosk-1", 0)]
        told = session.scalars(select(Audit).where(Audit.action == "vault_purge")).one()
        assert (told.station, told.detail) == ("kiosk-2", {"campaign": "autumn", "kind": "photos", "files": 2})
        assert audit.verify(session)[1] is None


def test_a_file_that_another_row_needs_stays_on_each_machine(one: Desk, two: Desk) -> None:
    shared = photo(two, b"of both")
    with one.database.write() as session:
        first = session.scalars(select(Campaign)).one()
        facts = {column.name: getattr(first, column.name) for column in Campaign.__table__.columns}
        later = Campaign(**{**facts, "id": 2, "code": "spring", "retention": {"photos": 9 * DAYS}})
        session.add(later)
    photo(two, b"of both", 2)
    gone = photo(two, b"of one")
    long_after(one, two)
    purged(one)
    assert follow(two) == len(gone)
    assert stored(two) == set(shared)


def test_a_packages_parts_go_from_the_machine_that_made_it(one: Desk, two: Desk) -> None:
    folder = two.settings.data / queue.PACKAGES
    folder.mkdir()
    (folder / "p.zip").write_bytes(b"PK")
    with one.database.write() as session:
        session.add(
            Package(
                public_id="p" * 32, campaign_id=1, profile="chsi-2017-99", manifest_sha256="m", key_id="k", by="t",
                parts=[{"name": "p.zip", "sha256": "", "bytes": 2}], made_at=one.now,
            )
        )  # fmt: skip
    long_after(one, two)
    purged(one)
    assert (folder / "p.zip").exists()
    assert (follow(two), stored(two)) == (1, set())


def test_a_worker_that_is_stopped_between_begins_again(
    one: Desk, two: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_vault, "BATCH", 2)
    for number in range(5):
        photo(two, b"%d" % number)
    long_after(one, two)
    purged(one)
    asked = iter((False, False, True))

    def stop(_share: float) -> None:
        if next(asked):
            raise Stopped

    with pytest.raises(Stopped):
        follow(two, stop)
    assert len(stored(two)) == 2 and own_vault.is_due(two.database, two.settings, two.now)
    assert (follow(two), stored(two)) == (2, set())


def test_purges_of_the_same_photos_are_followed_by_one_look(
    one: Desk, two: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo(two, b"there")
    long_after(one, two)
    purged(one)
    with one.database.write() as session:
        first = session.scalars(select(PurgeRecord).where(PurgeRecord.kind == "photos")).one()
        facts = {column.name: getattr(first, column.name) for column in PurgeRecord.__table__.columns}
        session.add_all(
            PurgeRecord(**{**facts, "id": first.id + day, "run": f"{day:032}"}) for day in range(1, 90)
        )
    looks: list[int] = []
    look = own_vault._purged
    monkeypatch.setattr(own_vault, "_purged", lambda *asked: looks.append(1) or look(*asked))
    assert (follow(two), looks, stored(two)) == (2, [1], set())
    assert not own_vault.is_due(two.database, two.settings, two.now)
    with one.database.read() as session:
        assert sum(session.scalars(select(VaultPurge.files))) == 2


def test_a_purge_that_still_runs_is_not_followed(one: Desk, two: Desk) -> None:
    there = photo(two, b"there")
    long_after(one, two)
    purged(one)
    with one.database.write() as session:
        session.scalars(select(PurgeRecord).where(PurgeRecord.kind == "photos")).one().ended_at = None
    assert not own_vault.is_due(two.database, two.settings, two.now)
    assert (follow(two), stored(two)) == (0, set(there))


def test_each_machine_orders_its_own_and_does_no_other_ones(one: Desk, two: Desk) -> None:
    photo(two, b"there")
    long_after(one, two)
    purged(one)
    mine = rounds.enqueue_due(one.database, one.settings, one.now)
    theirs = rounds.enqueue_due(two.database, two.settings, two.now)
    assert rounds.enqueue_due(two.database, two.settings, two.now) == [], "it waits already"
    with one.database.read() as session:
        orders = {row.public_id: row for row in session.scalars(select(Job))}
    assert [orders[job].arguments for job in (*mine, *theirs)] == [{"station": "kiosk-1"}, {"station": "kiosk-2"}]
    if not one.database.is_sqlite:  # whose file nobody else has
        assert Work(one.database, one.settings, Stop()).waiting() == mine
        assert Work(two.database, two.settings, Stop()).waiting() == theirs
