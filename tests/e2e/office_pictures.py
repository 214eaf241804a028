"""Gives the kiosk of `make screenshots` a day's work to show: people waiting, a schedule, fees, an answer, prints.

Everybody is made up. The only face is the one the kiosk photographed before.
"""

from __future__ import annotations

import re
import secrets
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect
from sqlalchemy import select

import kiosk.actions.catalogue  # noqa: F401 - registers the actions
from kiosk.actions.base import ADMINISTRATOR, STAFF, Actor, perform
from kiosk.domain.queue import day_of
from kiosk.domain.states import VisitState
from kiosk.exchange.package import Order, export
from kiosk.records import queries
from kiosk.records.tables import Visit
from kiosk.records.vault import Vault
from tests.actions.desk import NINGXIA, Desk
from tests.e2e.walk import Student
from tests.exchange.people import People
from tests.exchange.rosters import student as roster_row
from tests.exchange.rosters import write
from tests.harness.kiosk import Kiosk

CAMPAIGN = "open-2027-spring"
#: A second kiosk of the site at which people take their numbers; it has no screen here.
SECOND = "kiosk-2"
#: The class that was photographed, paid and reported: names made up like those of the demo.
NAMES = ("贺敏", "江海波", "乔雪", "石建军", "温丽", "尹志远", "常青", "段文")
SERIALS = range(601, 601 + len(NAMES))
#: The cards of the demo that wait, `ordinary` ones that no other picture uses.
WAITING = range(20, 27)
PAGES = (
    *("usher", "room", "opening", "devices", "schedule", "roster", "campaigns", "profiles", "collection"),
    *("progress", "packages", "checks", "results", "money", "prints", "people", "audit", "account", "day"),
)
#: Pages that show nothing before a campaign is chosen, and where it is chosen.
CHOICE = {
    "schedule": "campaign",
    **dict.fromkeys(("collection", "money", "prints", "results", "progress"), "which"),
}
#: How the class is called where classes are chosen.
CLASS = re.compile("银川分校.*2024秋行政管理")


@dataclass
class Office:
    """The records behind the pictures."""

    kiosk: Kiosk

    def furnish(self, student: Student, photo: bytes) -> None:
        """Write what the pages are to show; `student` is the kiosk's own page, `photo` a picture it took."""
        database = self.kiosk.db()
        try:
            desk = Desk(database, self.kiosk.settings, datetime.now(UTC))
            with database.write() as session:
                queries.ensure_station(session, SECOND, "2", "", desk.now)
            self._queue(desk, student)
            self._class(People(database, Vault(self.kiosk.settings.data / "vault"), CAMPAIGN), photo)
            day = day_of(datetime.now(UTC) + timedelta(days=1)).isoformat()
            place = {"waiting_metres": 24.0, "seats": 2, "student_seconds": 180}
            self.press("save_site", code="hall", title="礼堂", **place)
            times = {"opens": "09:00", "closes": "11:30", "minutes": 30, "capacity": 6}
            self.press("make_slots", campaign=CAMPAIGN, days=[day], **times)
            self.press("spread_students", campaign=CAMPAIGN)
            with tempfile.TemporaryDirectory() as folder:
                order, now = Order(CAMPAIGN), datetime.now(UTC)
                export(database, self.kiosk.settings, order, Path(folder) / "p.zip", "command:kiosk", now=now)
        finally:
            database.close()

    def press(self, name: str, **arguments: Any) -> None:
        """What an administrator decides."""
        database = self.kiosk.db()
        try:
            actor = Actor(STAFF, "boss-en", ADMINISTRATOR)
            key = secrets.token_hex(8)
            perform(database, self.kiosk.settings, name, key=key, actor=actor, arguments=arguments)
        finally:
            database.close()

    def _class(self, people: People, photo: bytes) -> None:
        where = {"branch": "银川分校", "teaching_point": "金凤教学点", "class_name": "2024秋行政管理"}
        ids = []
        for serial, name in zip(SERIALS, NAMES, strict=True):
            ids.append(people.student(serial, name=name, **where))
            if serial != SERIALS[-1]:
                # a file is known by its hash: bytes behind the picture's end make each one its own
                people.photo(people.visit(VisitState.DONE, ids[-1]), photo + str(serial).encode())
        self.press("record_payment", campaign=CAMPAIGN, students=ids[1:])

    def _queue(self, desk: Desk, student: Student) -> None:
        cards = [card for card in student.cards() if card["story"] == "ordinary"]
        for nth in WAITING:
            card: dict[str, Any] = {"assurance": "chip_verified", "source": "virtual", "card": _shown(cards[nth])}
            visit = str(desk.bridge("identify", SECOND, **card)["visit"])
            desk.kiosk("confirm", SECOND)
            desk.kiosk("declare", SECOND, answers=NINGXIA)
            desk.bridge("take_temperature", SECOND, visit=visit, celsius=36.5)
            desk.kiosk("step_aside", SECOND)
            desk.later(seconds=1)

    def answer(self, page: Page) -> None:
        """The registry's answer goes in on the page of the results."""
        words = [("已关联", "")] * 4 + [("退回", "背景有阴影"), ("退回", "背景有阴影"), ("退回", "闭眼")]
        rows = [
            {"证件号码": roster_row(serial)["证件号码"], "结果": result, "原因": reason}
            for serial, (result, reason) in zip(SERIALS, words, strict=False)
        ]
        page.goto(f"{self.kiosk.url}/staff/results")
        with tempfile.TemporaryDirectory() as folder:
            page.get_by_test_id("campaign").select_option(CAMPAIGN)
            file = write(Path(folder) / "answer.xlsx", rows, ["证件号码", "结果", "原因"])
            page.get_by_test_id("file").set_input_files(file)
            page.get_by_test_id("send").click()
            expect(page.get_by_test_id("reshoot").locator("tbody tr")).to_have_count(3, timeout=120_000)

    def open(self, page: Page, name: str) -> None:
        """A staff page with its campaign chosen and everything read."""
        page.goto(f"{self.kiosk.url}/staff/{name}")
        if name in CHOICE:
            page.get_by_test_id(CHOICE[name]).select_option(CAMPAIGN)
        if name in ("money", "prints"):
            option = page.get_by_test_id("class").locator("option", has_text=CLASS).first
            option.wait_for(state="attached")
            page.get_by_test_id("class").select_option(option.get_attribute("value"))
        expect(page.locator("[aria-busy=true], .skeleton")).to_have_count(0, timeout=30_000)
        page.wait_for_timeout(1200)

    def link(self, page: Page) -> str:
        """The address under which a student sends in a photo."""
        self.open(page, "collection")
        page.get_by_test_id("make-link").click()
        page.get_by_test_id("who").fill(str(roster_row(SERIALS[-1])["学号"]))
        page.get_by_test_id("find").click()
        expect(page.get_by_test_id("student")).to_be_checked()
        page.get_by_test_id("dialog-submit").click()
        address = page.get_by_test_id("link").input_value()
        return f"{self.kiosk.url}/u/{address.rpartition('/')[2]}"

    def place(self) -> str:
        """The phone page of somebody who waits."""
        database = self.kiosk.db()
        try:
            with database.read() as session:
                waits = select(Visit.place_nonce).where(Visit.state == VisitState.QUEUED.value)
                nonce = session.scalars(waits.order_by(Visit.number.desc())).first()
                return f"{self.kiosk.url}/q/{nonce}"
        finally:
            database.close()


def _shown(card: dict[str, Any]) -> dict[str, Any]:
    """A card of the demo as the bridge tells of it."""

    def day(text: str) -> str:
        return f"{text[:4]}-{text[4:6]}-{text[6:]}"

    return {
        "kind": "resident", "name": card["name"], "sex": "male" if card["sex"] == "男" else "female",
        "birth": day(card["birth"]), "number": card["number"], "valid_from": day(card["valid_from"]),
        "valid_to": day(card["valid_to"]), "flags": [],
    }  # fmt: skip
