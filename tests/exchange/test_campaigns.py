"""Campaigns come from their files; a wrong file is refused before it reaches the records."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.roster import SCHOOL_CODES
from kiosk.exchange import campaigns
from kiosk.records import migrate
from kiosk.records.database import Database
from kiosk.records.tables import Audit, Campaign
from kiosk.settings import Settings
from tests.exchange.conftest import NOW

TEXT = """
code = "round-1"
identity_mode = "id-card"
assurances = ["chip_verified"]
profile = "chsi-2017-99"
screening = "off"
school_codes = ["51161"]
capture_from = 2026-11-01
capture_until = 2026-12-01
[title]
zh_CN = "一"
en = "One"
"""


def load(database: Database, settings: Settings, path: Path, text: str) -> bool:
    path.write_text(text, "utf-8")
    with database.write() as session:
        return campaigns.load(session, campaigns.read(path, settings), "command:test", NOW)


def test_a_file_is_loaded_once_and_updated_when_it_changed(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "c.toml"
    assert load(database, settings, path, TEXT)
    assert not load(database, settings, path, TEXT)
    assert load(database, settings, path, TEXT.replace('"One"', '"First"'))
    with database.read() as session:
        campaign = session.scalars(select(Campaign).where(Campaign.code == "round-1")).one()
        assert (campaign.title_en, campaign.fee_cents, campaign.school_codes) == ("First", 1500, ["51161"])
        details = session.scalars(select(Audit.detail).where(Audit.action == "campaign_load")).all()
        assert details[-1] == {"campaign": "round-1", "changed": ["title_en"]}


def test_staff_decide_whether_it_is_active(database: Database, settings: Settings, tmp_path: Path) -> None:
    load(database, settings, tmp_path / "c.toml", TEXT)
    with database.write() as session:
        assert campaigns.activate(session, "round-1", False, "command:test", NOW)
        assert not campaigns.activate(session, "round-1", False, "command:test", NOW)
    load(database, settings, tmp_path / "c.toml", TEXT.replace('"One"', '"First"'))
    with database.write() as session:
        assert not session.scalars(select(Campaign.active).where(Campaign.code == "round-1")).one()
        with pytest.raises(Refusal) as refused:
            campaigns.activate(session, "nope", True, "command:test", NOW)
    assert refused.value.code is Code.NO_CAMPAIGN


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"51161"', '"51162"'),
        ('"id-card"', '"name"'),
        ('"chip_verified"', '"guess"'),
        ("2026-12-01", "2026-10-01"),
        ('code = "round-1"', 'code = "Round 1"'),
        ('screening = "off"', 'screening = "off"\nunknown = 1'),
        ('zh_CN = "一"', ""),
    ],
)
def test_a_wrong_value_is_refused(settings: Settings, tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "c.toml"
    path.write_text(TEXT.replace(old, new), "utf-8")
    with pytest.raises(ValueError, match="CampaignFile"):
        campaigns.read(path, settings)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [("chsi-2017-99", "no-such", Code.PROFILE_UNKNOWN), ('"off"', '"no-such"', Code.NOT_FOUND)],
)
def test_profile_and_screening_must_exist(
    settings: Settings, tmp_path: Path, old: str, new: str, code: Code
) -> None:
    path = tmp_path / "c.toml"
    path.write_text(TEXT.replace(old, new), "utf-8")
    with pytest.raises(Refusal) as refused:
        campaigns.read(path, settings)
    assert refused.value.code is code


def test_the_examples_cover_both_schools_and_both_modes(database: Database) -> None:
    with database.read() as session:
        found = session.scalars(select(Campaign)).all()
    assert {code for campaign in found for code in campaign.school_codes} == set(SCHOOL_CODES)
    assert {campaign.identity_mode for campaign in found} == {"id-card", "collection-code"}


def test_the_demo_moves_the_dates_around_today(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, demo=True)
    migrate.upgrade(settings)
    database = Database(settings.database_url)
    try:
        assert campaigns.ensure(database, settings, NOW)
        assert campaigns.ensure(database, settings, NOW) == []
        with database.read() as session:
            for campaign in session.scalars(select(Campaign)):
                assert campaign.capture_from < date(2026, 11, 22) < campaign.capture_until
                assert campaign.roster_deadline is None
    finally:
        database.close()
