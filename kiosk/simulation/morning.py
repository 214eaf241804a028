"""The morning of a simulated day: an empty installation is set up and opened through its own pages' calls."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kiosk.simulation import papers
from kiosk.simulation.clock import SiteClock
from kiosk.simulation.door import Door, Refused, Stuck
from kiosk.simulation.installation import CAMPAIGN, OTHER_CAMPAIGN, Installation, Seat, until
from kiosk.simulation.plan import PLACES, STUDENT_SECONDS, Plan, Story

SITE = "hall"
BOSS = "boss"
#: The product's slots go by the real clock, which no simulation hurries: one as long as a slot may be.
_SLOT_MINUTES = 480
_JOB_SECONDS, _ORDER_SECONDS = 120.0, 90.0


@dataclass(frozen=True)
class Account:
    """A member of the staff."""

    login: str
    role: str
    password: str


def _campaign(code: str, school: str, title: tuple[str, str], now: datetime) -> dict[str, Any]:
    day = now.date()
    return {
        "code": code, "title": {"zh_CN": title[0], "en": title[1]}, "school_codes": [school],
        "identity_mode": "id-card", "assurances": ["chip_verified", "typed"], "profile": "chsi-2017-99",
        "shots": 3,
        "capture_from": day.isoformat(), "capture_until": (day + timedelta(days=30)).isoformat(),
        "screening": "ningxia-2020", "opening": "site-2020", "slot_minutes": 30, "active": True,
    }  # fmt: skip


class Morning:
    """Sets the installation up. Afterwards `accounts` can log in and the session is open."""

    def __init__(self, site: Installation, plan: Plan, clock: SiteClock, say: Callable[[str], None]) -> None:
        self.site, self.plan, self.clock, self.say = site, plan, clock, say
        self.zone = ZoneInfo(site.settings.site.time_zone)
        password = secrets.token_urlsafe(18)
        self.boss = Account(BOSS, "administrator", password)
        self.accounts = {
            **{seat.name: Account(f"operator{seat.number}", "operator", password) for seat in site.seats},
            "usher": Account("usher", "usher", password),
            "medic": Account("medic", "medic", password),
        }

    def now(self) -> datetime:
        """The real moment on the site's clock."""
        return datetime.now(UTC).astimezone(self.zone)

    def run(self) -> None:
        """From a start on an empty folder to an open session. Raises `Refused`, `Stuck`."""
        first, *others = self.site.seats
        for seat in self.site.seats:
            papers.write_cards(seat.settings.data / "demo" / "cards.json", self.plan.students)
        self.say("starting")
        first.start()
        path = first.setup_path()
        boss = Door(first.settings, self.clock)
        boss.load(path)
        boss.form(path, login=BOSS, display_name="总管", password=self.boss.password,
                  password_again=self.boss.password)  # fmt: skip
        for seat in others:
            seat.start()  # the records are there now: nobody else makes them at the same time
        boss.load("/staff/")
        self.say("planning")
        for account in self.accounts.values():
            boss.post(
                "/staff/api/people",
                login=account.login, display_name=account.login, role=account.role, password=account.password,
            )  # fmt: skip
        self._schedule(boss, first)
        for seat in self.site.seats:
            seat.wait()
        self.say("opening")
        for seat in self.site.seats:
            self._check_devices(seat)
        self._open(boss)
        self.say("waiting")
        until(lambda: self.now() >= self._first_slot, 90.0, "the slot begins")
        boss.close()

    # -- campaign, roster, slots

    def _schedule(self, boss: Door, seat: Seat) -> None:
        now = self.now()
        for code, school, title in (
            (CAMPAIGN, "51161", ("模拟开放教育采集", "Simulated open education")),
            (OTHER_CAMPAIGN, "51383", ("模拟成人教育采集", "Simulated adult education")),
        ):
            draft = boss.post("/staff/api/plan/save_draft", content=_campaign(code, school, title, now))["result"]
            if draft["problems"]:
                raise Stuck(f"the campaign has problems: {draft['problems']}")
            boss.post("/staff/api/plan/publish_draft", draft=draft["draft"], version=draft["version"])
        self._save_site(boss, len(self.plan.students))  # the one slot takes them all
        hours = self._first_slot_made(boss)
        for code, school in ((CAMPAIGN, "51161"), (OTHER_CAMPAIGN, "51383")):
            self._import(boss, seat, code, school)
        found = boss.post("/staff/api/plan/spread_students", campaign=CAMPAIGN)["result"]
        if found["left"]:
            raise Stuck(f"no slot for {found['left']} students")
        # after the others have their place: spreading would fill the slot of tomorrow as well
        tomorrow = self._first_slot + timedelta(days=1)
        boss.post("/staff/api/plan/make_slots", **hours, days=[tomorrow.date().isoformat()])
        self._other_day(boss, tomorrow)
        self._save_site(boss, PLACES)

    def _save_site(self, boss: Door, places: int) -> None:
        boss.post(
            "/staff/api/plan/save_site",
            code=SITE, title="礼堂", waiting_metres=float(places), seats=len(self.site.seats),
            student_seconds=STUDENT_SECONDS,
        )  # fmt: skip

    def _first_slot_made(self, boss: Door) -> dict[str, object]:
        """Make today's slot, from the next full minute on; what its like on another day is made with."""
        while True:
            opens = self.now().replace(second=0, microsecond=0) + timedelta(minutes=1)
            hours: dict[str, object] = {
                "campaign": CAMPAIGN, "site": SITE, "opens": f"{opens:%H:%M}", "minutes": _SLOT_MINUTES,
                "closes": f"{opens + timedelta(minutes=_SLOT_MINUTES):%H:%M}",
            }  # fmt: skip
            try:
                boss.post("/staff/api/plan/make_slots", **hours, days=[opens.date().isoformat()])
            except Refused as refused:
                if refused.code != "slot_past":
                    raise
                continue  # that minute began meanwhile
            self._first_slot = opens
            return hours

    def _import(self, boss: Door, seat: Seat, code: str, school: str) -> None:
        file = seat.folder / f"{code}.xlsx"
        rows = papers.write_roster(file, self.plan.students, school)
        if not rows:
            return
        job = boss.upload("/staff/api/roster", file.name, file.read_bytes(), campaign=code)["job"]

        def done() -> dict[str, Any]:
            found = boss.get(f"/staff/api/jobs/{job}")
            return found if found["state"] in ("done", "failed") else {}

        ended = until(done, _JOB_SECONDS, "the worker imports the roster")
        if ended["state"] != "done" or ended["result"]["added"] != rows:
            raise Stuck(f"the roster was not imported: {ended['error'] or ended['result']}")

    def _other_day(self, boss: Door, day: datetime) -> None:
        """Those who come on the wrong day are due tomorrow."""
        wrong = [student for student in self.plan.students if student.story is Story.WRONG_DAY]
        if not wrong:
            return
        open_slots = boss.get(f"/staff/api/schedule?campaign={CAMPAIGN}")["open"]
        slot = next(slot["id"] for slot in open_slots if slot["day"] == day.date().isoformat())
        ids = [find(boss, student.student_number) for student in wrong]
        boss.post("/staff/api/plan/move_students", students=ids, slot=slot)

    # -- opening

    def _check_devices(self, seat: Seat) -> None:
        """The guided check of the devices page: card, camera, light, wall, thermometer, printer."""
        operator = log_in(seat, self.accounts[seat.name], self.clock)
        steps: dict[str, Any] = {"printer": {"seen": True}}
        seat.simulate("card", "lay", "0")
        steps["card"] = {"order": self._order(operator, "test", "reader")}
        seat.simulate("card", "remove")
        seat.simulate("scene", "empty")
        steps["camera"] = steps["light"] = {"order": self._order(operator, "test", "camera")}
        steps["wall"] = {"order": self._order(operator, "calibrate", "camera")}
        seat.simulate("scene", "good")
        seat.simulate("thermometer", "set", "36.5")
        steps["thermometer"] = {"order": self._order(operator, "test", "thermometer")}
        if not operator.post("/staff/api/devices/checks", steps=steps)["result"]["passed"]:
            found = operator.get("/staff/api/devices")["check"]["steps"]
            failed = {name: step["why"] for name, step in found.items() if step["result"] == "failed"}
            raise Stuck(f"the check of the devices of {seat.name}: {failed}")
        operator.close()

    def _order(self, operator: Door, order: str, device: str) -> str:
        placed = operator.post("/staff/api/devices/orders", order=order, device=device, seconds=20)["order"]

        def answered() -> bool:
            state = operator.get(f"/staff/api/devices/orders/{placed}")["state"]
            if state == "lost":
                raise Stuck(f"{order} {device} was lost")
            return bool(state == "done")

        until(answered, _ORDER_SECONDS, f"{order} {device}")
        return str(placed)

    def _open(self, boss: Door) -> None:
        (listed,) = boss.get("/staff/api/opening")["lists"]
        for line in listed["lines"]:
            self._sign(boss, listed["id"], line)
        boss.post("/staff/api/opening/open_session", campaign=CAMPAIGN)

    def _sign(self, boss: Door, checklist: str, line: dict[str, Any]) -> None:
        kind, about = line["kind"], {"line": line["id"], "checklist": checklist}
        if kind == "devices":
            return  # their check has signed it
        if kind == "log":
            boss.post("/staff/api/opening/log_hygiene", **about, begins="07:00", ends="07:20", place="礼堂")
            return
        value: dict[str, object] = {}
        if kind == "picture":
            value["picture"] = boss.upload("/staff/api/opening/pictures", "a.jpg", papers.document())["picture"]
        elif kind == "text":
            value["text"] = "值班医务人员"
        elif kind == "number":
            value["number"] = (line["low"] + line["high"]) / 2
        boss.post("/staff/api/opening/sign_opening_line", **about, **value)


def log_in(seat: Seat, account: Account, clock: SiteClock) -> Door:
    """A tablet at the web process of `seat`, logged in."""
    door = Door(seat.settings, clock)
    door.load("/staff/login")
    door.form("/staff/login", login=account.login, password=account.password)
    door.load("/staff/")
    door.secret = account.password
    return door


def find(staff: Door, student_number: str) -> int:
    """The student's id by the roster search. Raises `Stuck`."""
    listed: Any = staff.answer(
        "POST", "/staff/api/students", json={"q": student_number}, headers={"X-CSRF-Token": staff.csrf}
    ).json()
    if len(listed) != 1:
        raise Stuck(f"the roster search finds {len(listed)} students by a student number")
    return int(listed[0]["id"])
