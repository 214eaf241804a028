"""A migrated database a test, copied from one that is made once a run."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.records import migrate
from kiosk.records.database import Database
from tests.actions.desk import Desk, settings_for


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite file at the newest revision."""
    file = tmp_path_factory.mktemp("migrated") / "empty.sqlite3"
    migrate.upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
def bare_desk(migrated_file: Path, tmp_path: Path) -> Iterator[Desk]:
    """A site without campaign, roster and stations."""
    file = tmp_path / "kiosk.sqlite3"
    shutil.copy(migrated_file, file)
    database = Database(f"sqlite:///{file}", busy_seconds=60)  # a slow disk under several writers is not busy
    yield Desk(database, settings_for(tmp_path, database.url))
    database.close()


@pytest.fixture
def desk(bare_desk: Desk) -> Desk:
    """A site with a campaign by card and six students."""
    bare_desk.prepare()
    return bare_desk


@pytest.fixture(params=["sqlite", "postgresql"])
def any_desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """The same site on each database; PostgreSQL where a server is named."""
    if request.param == "sqlite":
        yield request.getfixturevalue("desk")
        return
    url = request.getfixturevalue("postgres_url")
    migrate.upgrade(url)
    database = Database(url)
    found = Desk(database, settings_for(tmp_path, url))
    found.prepare()
    yield found
    database.close()
