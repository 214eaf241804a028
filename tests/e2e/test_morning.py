"""A morning with four roles in browsers of their own, the board beside them, and what goes wrong on such a day.

Everything is real: web, worker and bridge as processes, the devices as simulators that speak the real protocols.
The site's clock is set so that it is morning there whenever the test runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from kiosk.domain.masking import mask_name
from kiosk.records import audit
from kiosk.records.site_tables import OpeningSignature
from kiosk.records.tables import Audit, Shot, TemperatureReading, Visit
from tests.e2e.tablet import TABLET, Tablet, hire, set_pin
from tests.e2e.walk import KIOSK_PORTRAIT, PATIENCE, Student
from tests.harness.kiosk import Kiosk
from tests.harness.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

OPEN = "open-2027-spring"
PHONE = {"width": 390, "height": 844}
BOARD = {"width": 1920, "height": 1080}
PIN = "402719"
#: It is between nine and ten there now; zones of this form are named with the sign turned round.
ZONE = "Etc/GMT" + (f"{hours:+d}" if (hours := (datetime.now(UTC).hour - 9 + 11) % 24 - 11) else "")
STATION = "[data-station='kiosk-1']"
#: One grey pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c6360000000020001e221bc330000000049454e44ae426082"
)


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    """A kiosk that opens by its checklist and calls nobody by itself; nothing on its screen passes by itself."""
    patient = {f"visit.{name}_seconds": 900 for name in ("idle_warn", "waiting_screen", "notice_screen")}
    values = {
        **patient, "visit.idle_park_seconds": 1000, "visit.auto_call": False, "opening.required": True,
        "board.names": True, "site.time_zone": ZONE, "devices.printer.mode": "off",
    }  # fmt: skip
    kiosk = Kiosk(tmp_path_factory.mktemp("hall"), values)
    kiosk.start()
    try:
        for login in ("usher", "medic", "operator"):
            hire(kiosk, login, login)
        yield kiosk
    finally:
        kiosk.stop()
        print(kiosk.logs())


@dataclass
class Morning:
    """Who is there."""

    student: Student
    usher: Tablet
    medic: Tablet
    operator: Tablet
    seats: Page  # the operator's second tablet, on the page of the seats
    board: Page

    def on_board(self, called: str = "", following: str = "") -> None:
        """The board shows this number called and this one first of those that follow; an empty one: nobody."""
        for place, words in (("#called", called), ("#next", following)):
            items = self.board.locator(f"{place} li")
            if words:
                expect(items.first).to_contain_text(words, timeout=PATIENCE)
            else:
                expect(items).to_have_count(0, timeout=PATIENCE)

    def call_next(self) -> None:
        """The operator calls whoever the order says."""
        self.operator.page.locator(f"{STATION} [data-action='call_next']:not([aria-disabled='true'])").click()
        self.operator.page.locator(f"{STATION}[data-screen='called']").wait_for()

    def makes_room(self) -> None:
        """The student presses that they have read it; the screen is free for the next."""
        self.student.press("step_aside" if self.student.screen == "waiting" else "leave")
        self.student.sees("welcome")


@pytest.fixture
def morning(hall: Kiosk, open_page: Callable[..., Page]) -> Morning:
    """Everybody logs in; the kiosk and the board are closed still."""
    zone = {"timezone_id": ZONE}

    def tablet(login: str, size: dict[str, int]) -> Tablet:
        return Tablet(hall, open_page(size, has_touch=True, **zone)).log_in(login)

    board = open_page(BOARD, **zone)
    board.goto(hall.url + "/board")
    page = open_page(KIOSK_PORTRAIT, has_touch=True, **zone)
    page.goto(hall.ticket_url)
    student = Student(hall, page)
    student.sees("closed")
    there = Morning(
        student=student, usher=tablet("usher", PHONE), medic=tablet("medic", TABLET),
        operator=tablet("operator", TABLET), seats=tablet("operator", TABLET).page, board=board,
    )  # fmt: skip
    expect(board.locator("#called-empty")).to_be_visible()
    return there


def go(tablet: Tablet, path: str) -> Page:
    """A staff page that has read what it shows."""
    page = tablet.page
    page.goto(tablet.kiosk.url + path)
    expect(page.locator("[aria-busy=true], .skeleton")).to_have_count(0)
    return page


def sign(page: Page, line: str) -> Locator:
    """The line of the checklist, once it counts as signed."""
    holds = page.locator(f"[data-line={line}].holds")
    holds.wait_for()
    return holds


def submit(page: Page, name: str) -> None:
    dialog = page.locator(f"dialog[data-testid='{name}']")
    dialog.get_by_test_id("dialog-submit").click()
    dialog.wait_for(state="hidden")


def open_session(m: Morning, hall: Kiosk) -> None:
    """Usher, medic and operator sign what is theirs; the operator opens once nothing is missing."""
    page = go(m.usher, "/staff/opening")
    for line in ("ways", "curtains", "waiting_area", "temperature_area"):
        page.locator(f"[data-line={line}]").get_by_test_id("sign").click()
        sign(page, line)
    page = go(m.medic, "/staff/opening")
    page.locator("[data-line=observation_room]").get_by_test_id("sign").click()
    sign(page, "observation_room")
    page.locator("[data-line=medic]").get_by_test_id("fill").click()
    page.get_by_test_id("value").fill("周医生")
    submit(page, "dialog-value")
    page = go(m.operator, "/staff/opening")
    page.locator("[data-line=approval] input[type=file]").set_input_files(
        {"name": "approval.png", "mimeType": "image/png", "buffer": PNG}
    )
    sign(page, "approval")
    for line in ("disinfection", "ventilation"):
        page.locator(f"[data-line={line}]").get_by_test_id("log").click()
        page.get_by_test_id("log-begins").fill("08:00")
        page.get_by_test_id("log-ends").fill("08:30")
        submit(page, "dialog-log")
        sign(page, line)
    campaign = page.locator(f"[data-campaign='{OPEN}']")
    expect(campaign.get_by_test_id("open")).to_have_count(
        0
    )  # the devices are missing, and that is no operator's to skip
    check_devices(m, hall)
    page = go(m.operator, "/staff/opening")
    sign(page, "devices")
    campaign.get_by_test_id("open").click()
    expect(campaign).to_contain_text("operator", timeout=PATIENCE)
    m.student.sees("welcome")


def check_devices(m: Morning, hall: Kiosk) -> None:
    """The check before opening on the page of the devices, step by step."""
    page = go(m.operator, "/staff/devices")
    hall.simulate("scene", "empty")
    guide = page.get_by_test_id("check")
    page.get_by_test_id("begin-check").click()
    for name in ("card", "camera", "light", "wall", "thermometer"):
        expect(guide).to_have_attribute("data-step", name)
        before = hall.logs().count("reader: testing")
        page.get_by_test_id("try").click()
        if name == "card":
            lay_when_asked(hall, before)
        expect(guide).to_have_attribute("data-result", "passed", timeout=PATIENCE)
        if name == "card":
            hall.simulate("card", "remove")
        page.get_by_test_id("next").click()
    expect(guide).to_have_attribute("data-step", "printer")
    expect(guide).to_have_attribute("data-result", "off")
    page.get_by_test_id("next").click()
    page.get_by_test_id("save").click()
    expect(page.get_by_test_id("last-check")).to_have_attribute("data-passed", "true", timeout=PATIENCE)
    hall.simulate("scene", "good")
    hall.simulate("thermometer", "set", "36.5")


def lay_when_asked(hall: Kiosk, before: int) -> None:
    """Lay a card once the bridge waits for one more than `before` times."""
    until(lambda: hall.logs().count("reader: testing") > before, because="the bridge waits for a card")
    hall.simulate("card", "next")


def to_number(m: Morning, *, declared: str = "waiting") -> None:
    """From the details to the screen behind the temperature."""
    m.student.press("confirm")
    m.student.declare()
    m.student.sees(declared)


def takes_the_photo(m: Morning) -> None:
    """The student sits down and sees the photo; the operator sees it live, and that both identities are one."""
    m.student.shoot()
    seat = m.seats.locator("[data-part='seat-kiosk-1']")
    expect(seat.get_by_test_id("both")).to_have_attribute("data-same", "true", timeout=PATIENCE)
    shown = seat.locator("[data-testid='live'][data-state='live']")
    expect(shown.get_by_test_id("live-picture")).to_be_visible(timeout=PATIENCE)
    holder = seat.locator(".seat-identity").first.get_attribute("data-visit")
    assert shown.get_attribute("data-visit") == holder
    expect(seat.locator(".shot img")).to_be_visible(timeout=PATIENCE)


def test_a_morning_of_four_roles(hall: Kiosk, morning: Morning) -> None:
    m, student = morning, morning.student
    open_session(m, hall)
    go(m.operator, "/staff/")
    m.seats.goto(hall.url + "/staff/seat")
    expect(m.seats.get_by_test_id("live")).to_have_attribute("data-state", "free", timeout=PATIENCE)
    usher = go(m.usher, "/staff/usher")
    cards = student.cards()
    first, second, third = (student.card_of("ordinary", nth) for nth in range(3))

    # The first one: card, number, called, not there; back to the queue, called again, photographed.
    student.begin()
    student.identify(first)
    to_number(m)
    m.on_board(following="001")
    m.on_board(following=mask_name(cards[first]["name"]))
    assert cards[first]["name"] not in m.board.content(), "the board names somebody"
    m.makes_room()
    m.call_next()
    m.on_board(called="001")
    usher.locator("[data-state='called'] [data-action='requeue']").click()
    m.on_board(following="001")
    student.sees("welcome", "waiting")
    m.call_next()
    student.sees("called")
    takes_the_photo(m)
    assert student.cards()[first]["name"] not in m.board.content()
    student.finish()
    expect(m.seats.get_by_test_id("live")).to_have_attribute("data-state", "free", timeout=PATIENCE)

    # The second one has no card and, at first, a fever: the usher confirms, the medic measures again.
    student.begin("zh_CN")
    student.press("no_card")
    go(m.usher, "/staff/")
    m.usher.page.locator(f"{STATION} [data-action='answer_call']").click()
    m.usher.page.get_by_test_id("confirm-without-card").click()
    dialog = m.usher.page.locator("[data-testid='dialog-confirm_without_card']")
    dialog.get_by_test_id("student-search").fill(cards[second]["number"][-4:])
    dialog.locator("[data-student]").first.click()
    m.usher.give_reason(dialog)
    student.sees("confirm")
    student.simulate("thermometer", "set", "38.4")
    to_number(m, declared="observation")
    m.makes_room()
    student.simulate("thermometer", "set", "36.5")
    medic = go(m.medic, "/staff/room")
    resting = medic.locator("[data-part='room'] [data-state='observation']")
    resting.wait_for()
    for public in (m.board.inner_text("body"), student.page.inner_text("#screen")):
        assert "38.4" not in public and "发热" not in public, "the illness is named in public"

    # The third one walks away in the middle; meanwhile the reader is pulled out. Both are mended.
    student.begin()
    student.identify(third)
    student.press("confirm")
    student.sees("declare")
    m.operator.give_reason(m.operator.act("declaring", "park_visit"), "学生离开")
    if student.sees("welcome", "parked") == "parked":
        m.makes_room()
    student.simulate("reader", "unplug")
    device = m.operator.page.locator(f"{STATION} .mark.bad")
    expect(device).to_contain_text("读卡器", timeout=PATIENCE)
    student.simulate("reader", "plug")
    expect(device).to_have_count(0, timeout=PATIENCE)
    student.begin()
    student.identify(third, "declare")  # the card goes on where the visit stopped
    student.declare()
    student.sees("waiting")
    m.on_board(following="003")
    m.makes_room()

    # The usher's phone is offline, the operator's tablet locked: the medic's press reaches both afterwards.
    usher = go(m.usher, "/staff/usher")
    usher.locator("[data-part='next'] [data-state='queued']").wait_for()
    usher.context.set_offline(True)
    expect(usher.locator("#lost")).to_be_visible(timeout=PATIENCE)
    set_pin(m.operator, PIN)
    page = go(m.operator, "/staff/")
    page.get_by_test_id("lock-now").click()
    expect(page.get_by_test_id("lock")).to_be_visible()
    resting.locator("[data-action='remeasure']").click()
    dialog = medic.locator("dialog[data-testid='dialog-remeasure']")
    dialog.get_by_test_id("celsius").fill("36.6")
    m.medic.submit(dialog)
    expect(resting).to_have_count(0)
    m.on_board(following="002")  # the place was kept: before the third, who came later
    assert page.locator("[data-visit]").count() == 0
    page.get_by_test_id("unlock-secret").fill(PIN)
    expect(page.locator("[data-state='queued']")).to_have_count(2, timeout=PATIENCE)
    usher.context.set_offline(False)
    expect(usher.locator("#lost")).to_be_hidden(timeout=PATIENCE)
    expect(usher.locator("[data-part='next'] [data-state='queued']")).to_have_count(2, timeout=PATIENCE)

    # The second one again: the machine asks about the head cover, the operator decides at the seat.
    m.call_next()
    m.on_board(called="002", following="003")
    student.sees("called")
    student.simulate("scene", "head_cover", "1.0")
    takes_the_photo(m)
    m.seats.locator("[data-part='seat-kiosk-1'] [data-action='decide_shot']").click()
    dialog = m.seats.locator("dialog[data-testid='dialog-decide_shot']")
    expect(dialog.locator(".shot img")).to_be_visible(timeout=PATIENCE)
    expect(dialog.locator("[data-check][data-passed='null']").first).to_be_visible()  # the rule beside the picture
    dialog.locator("[data-decision='accept']").click()
    dialog.get_by_test_id("reason-1").click()
    submit(m.seats, "dialog-decide_shot")
    student.button("accept").wait_for()
    student.finish()
    student.simulate("scene", "good")
    m.on_board(following="003")
    accounts_for(hall, [cards[position]["number"] for position in (first, second, third)])


def accounts_for(hall: Kiosk, numbers: list[str]) -> None:
    """What the records say of the morning."""
    database = hall.db()
    try:
        with database.read() as session:
            visits = [
                session.scalars(select(Visit).where(Visit.student.has(id_number=number))).one()
                for number in numbers
            ]
            assert [(visit.number, visit.state) for visit in visits] == [(1, "done"), (2, "done"), (3, "queued")]
            assert [visit.assurance for visit in visits] == ["chip_verified", "typed", "chip_verified"]
            shot = session.get(Shot, visits[1].accepted_shot_id)
            assert shot is not None and (shot.verdict, shot.staff_decision) == ("ask", "accept")
            readings = session.scalars(
                select(TemperatureReading.celsius)
                .where(TemperatureReading.visit_id == visits[1].id)
                .order_by(TemperatureReading.id)
            ).all()
            assert readings == [38.4, 36.6]
            signed = set(session.scalars(select(OpeningSignature.signed_by)))
            assert {"staff:usher", "staff:medic", "staff:operator"} <= signed
            rows = session.scalars(select(Audit).where(Audit.result == "done")).all()
            who = {(row.action, row.actor) for row in rows}
            assert {
                ("open_session", "staff:operator"), ("requeue", "staff:usher"),
                ("confirm_without_card", "staff:usher"), ("remeasure", "staff:medic"),
                ("park_visit", "staff:operator"), ("lock", "staff:operator"), ("unlock", "staff:operator"),
                ("decide_shot", "staff:operator"),
            } <= who  # fmt: skip
            assert audit.verify(session)[1] is None
    finally:
        database.close()
