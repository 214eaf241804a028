"""The demo's people: every story works on any day, a second start is quiet, nobody is real."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select

from kiosk.domain.id_numbers import check
from kiosk.exchange import demo
from kiosk.exchange.package import Order, export
from kiosk.records import collected, migrate
from kiosk.records.database import Database
from kiosk.records.tables import Audit, Campaign, RosterImport, Student
from kiosk.records.vault import Vault
from kiosk.settings import Settings
from tests.exchange.conftest import NOW


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    found = Settings(data_dir=tmp_path_factory.mktemp("demo"), demo=True)
    migrate.upgrade(found)
    assert demo.ensure(found, NOW)
    return found


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    found = Database(settings.database_url)
    yield found
    found.close()


def cards(settings: Settings) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((settings.data / "demo" / "cards.json").read_text("utf-8"))
    return found


def test_nobody_is_real(settings: Settings) -> None:
    found = cards(settings)
    assert len({card["number"] for card in found}) == len(found) >= 60
    for card in found:
        checked = check(card["number"], today=NOW.date())
        assert checked.valid and card["number"].startswith("99")
        assert checked.birth is not None and f"{checked.birth:%Y%m%d}" == card["birth"]
        assert card["sex"] == ("男" if checked.male else "女")
        assert len(card["name"]) <= 15 and len(card["address"]) <= 35 and len(card["issuer"]) <= 15


def test_every_story_is_what_the_records_say(settings: Settings, database: Database) -> None:
    with database.read() as session:
        rosters = {
            code: {
                row.id_number: row
                for row in session.scalars(select(Student).join(Campaign).where(Campaign.code == code))
            }
            for code in (demo.OPEN, demo.ADULT)
        }
        for card in cards(settings):
            here, story = rosters[demo.OPEN].get(card["number"]), card["story"]
            assert (here is None) is (story in ("wrong_programme", "not_on_roster")), story
            assert (card["number"] in rosters[demo.ADULT]) is (story == "wrong_programme")
            photo = collected.last_of_person(session, card["number"])
            assert (photo is not None) is (story == "already_photographed")
            if here is not None:
                assert (here.slot_from is not None and here.slot_from > NOW) is (story == "not_in_time_slot")
                assert (here.name != card["name"]) is (story == "name_differs")
    stories = [card["story"] for card in cards(settings)]
    assert stories[0] == "ordinary"
    assert {"expired_card", "long_term_card", "not_on_roster", "wrong_programme"} <= set(stories)


def test_a_second_start_is_quiet_and_a_new_day_renews(settings: Settings, database: Database) -> None:
    def count(table: type[Any]) -> int:
        with database.read() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

    before = count(Audit), count(RosterImport), count(Student)
    assert not demo.ensure(settings, NOW)
    assert (count(Audit), count(RosterImport), count(Student)) == before
    tomorrow = NOW + timedelta(days=1)
    assert demo.ensure(settings, tomorrow)
    with database.read() as session:
        slot = session.scalars(select(Student).where(Student.slot_from.is_not(None))).one()
        assert slot.slot_from is not None and slot.slot_from > tomorrow
    assert count(Student) == before[2]
    assert demo.ensure(settings, NOW)  # back, for the tests that come after in any order


def test_the_photographed_one_goes_into_the_package(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    summary = export(database, settings, Order(demo.OPEN), tmp_path / "p.zip", "command:test", now=NOW)
    assert summary.exported == 1
    with database.read() as session:
        number = next(card["number"] for card in cards(settings) if card["story"] == "already_photographed")
        shot = collected.last_of_person(session, number)
    assert shot is not None and shot.deliverable_sha256 is not None
    with Vault(settings.data / "vault").open(shot.deliverable_sha256) as stream, Image.open(stream) as picture:
        assert (picture.format, picture.size) == ("JPEG", (480, 640))


def test_without_the_demo_there_is_no_demo_data(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="outside the demo"):
        demo.ensure(Settings(data_dir=tmp_path))
