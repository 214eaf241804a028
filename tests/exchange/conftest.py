"""Records with campaigns in them, for every test of files in and out."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from kiosk.exchange import campaigns
from kiosk.records import migrate
from kiosk.records.database import Database
from kiosk.records.tables import Campaign
from kiosk.settings import Settings

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def empty_records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with every table and the example campaigns."""
    folder = tmp_path_factory.mktemp("records")
    settings = Settings(data_dir=folder)
    migrate.upgrade(settings)
    database = Database(settings.database_url)
    campaigns.ensure(database, settings, NOW)
    with database.write() as session:
        for campaign in session.scalars(select(Campaign)):
            campaign.capture_from, campaign.capture_until = date(2026, 11, 1), date(2027, 1, 15)
            campaign.roster_deadline = date(2026, 12, 31) if campaign.identity_mode == "id-card" else None
    database.close()
    return folder / "kiosk.sqlite3"


@pytest.fixture
def settings(tmp_path: Path, empty_records: Path) -> Settings:
    """Settings of a data folder of its own, with records."""
    (tmp_path / "data").mkdir()
    shutil.copy(empty_records, tmp_path / "data" / "kiosk.sqlite3")
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    found = Database(settings.database_url)
    yield found
    found.close()
