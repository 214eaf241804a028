"""The journey from card to receipt in a real browser, and what it leaves in records, vault and package."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import openpyxl
import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import select

from kiosk.i18n import text
from kiosk.photo import maker
from kiosk.photo.read import read_picture
from kiosk.records import audit
from kiosk.records.tables import Audit, Campaign, Shot, TemperatureReading, Visit, VisitStateRow
from kiosk.records.tables import Student as Row
from kiosk.records.vault import Vault
from tests.e2e.tablet import Tablet
from tests.e2e.walk import KIOSK_LANDSCAPE, Student, receipt_address
from tests.harness.kiosk import Kiosk

pytestmark = pytest.mark.e2e


def last_visit(site: Kiosk, number: str) -> Visit:
    """The newest visit of the student with that ID number."""
    database = site.db()
    try:
        with database.read() as session:
            found = session.scalars(
                select(Visit)
                .join(Row, Visit.student_id == Row.id)
                .where(Row.id_number == number)
                .order_by(Visit.id.desc())
            ).first()
            assert found is not None
            return found
    finally:
        database.close()


def states_of(site: Kiosk, visit: Visit) -> list[str]:
    """Every state the visit went through, in order; checks that no stretch overlaps or is missing."""
    database = site.db()
    try:
        with database.read() as session:
            rows = session.scalars(
                select(VisitStateRow).where(VisitStateRow.visit_id == visit.id).order_by(VisitStateRow.id)
            ).all()
        for one, following in pairwise(rows):
            assert one.ended_at == following.started_at
        assert [row.ended_at for row in rows if row.ended_at is None] in ([], [None])
        return [row.state for row in rows]
    finally:
        database.close()


@pytest.mark.parametrize(("language", "nth"), [("zh_CN", 0), ("en", 1)])
def test_card_to_receipt_keeps_exactly_what_was_seen(
    student: Student, site: Kiosk, language: str, nth: int, tmp_path: Path
) -> None:
    position = student.card_of("ordinary", nth)
    number = student.cards()[position]["number"]
    student.to_seat(position, language)
    student.shoot()
    seen = student.shot_bytes()
    student.press("accept")
    student.sees("receipt")
    qr = student.page.locator("[data-testid='qr'] img, img[data-testid='qr'], .qr img").first
    expect(qr).to_be_visible()
    student.press("finish")
    student.sees("welcome")
    expect(student.page.locator("html")).to_have_attribute("lang", "zh-CN")

    visit = last_visit(site, number)
    assert visit.state == "done"
    assert visit.language == language
    assert visit.assurance == "chip_verified"
    assert states_of(site, visit) == [
        "confirming", "declaring", "temperature", "queued", "called", "capturing", "review", "accepted", "done",
    ]  # fmt: skip
    database = site.db()
    with database.read() as session:
        shot = session.get(Shot, visit.accepted_shot_id)
        assert shot is not None
        assert shot.taken_at > shot.triggered_at
        assert (
            session.scalar(select(TemperatureReading.celsius).where(TemperatureReading.visit_id == visit.id))
            == 36.5
        )
        assert audit.verify(session)[1] is None
    database.close()
    vault = Vault(site.settings.data / "vault")
    kept, original = vault.get(shot.deliverable_sha256 or ""), vault.get(shot.original_sha256)
    assert kept == seen, "the picture in the vault is another than the one on the screen"
    assert maker.remake(read_picture(original), shot.making) == kept, "the deliverable can't be made again"
    with Image.open(io.BytesIO(kept)) as picture:
        assert picture.size == (480, 640)
        assert picture.info["dpi"] == (300, 300)
    assert 20_000 <= len(kept) <= 40_000

    out = tmp_path / "package.zip"
    site.command("export", "--campaign", visit_campaign(site, visit), str(out))
    with zipfile.ZipFile(out) as package:
        assert package.testzip() is None
        manifest = json.loads(package.read("manifest.json"))
        picture_name = next(name for name in package.namelist() if name.endswith(f"{number}.jpg"))
        assert package.read(picture_name) == kept
        assert manifest["registered"] == manifest["exported"] + sum(manifest["missing"].values())
        besides = {"manifest.json", "manifest.sig"}
        assert {entry["path"] for entry in manifest["files"]} == set(package.namelist()) - besides
        for entry in manifest["files"]:
            assert hashlib.sha256(package.read(entry["path"])).hexdigest() == entry["sha256"]
        sheet = openpyxl.load_workbook(
            io.BytesIO(package.read(next(name for name in package.namelist() if name.endswith(".xlsx"))))
        ).active
        assert sheet is not None
        cells = [cell for row in sheet.iter_rows() for cell in row if cell.value == number]
        assert cells and all(cell.data_type == "s" and cell.number_format == "@" for cell in cells)


def visit_campaign(site: Kiosk, visit: Visit) -> str:
    """Code of the visit's campaign."""
    database = site.db()
    with database.read() as session:
        campaign = session.get(Campaign, visit.campaign_id)
        assert campaign is not None
        code = campaign.code
    database.close()
    return code


def test_the_receipt_opens_on_a_phone_and_names_nobody(
    student: Student, site: Kiosk, open_page: Callable[..., Page]
) -> None:
    position = student.card_of("ordinary", 2)
    card = student.cards()[position]
    student.to_seat(position)
    student.shoot()
    student.press("accept")
    student.sees("receipt")
    student.page.locator("img[src*='receipt.svg']").wait_for()
    student.page.evaluate("Promise.all([...document.images].map((image) => image.decode()))")
    address = receipt_address(student.page.screenshot())
    assert re.fullmatch(re.escape(site.url) + r"/r/[A-Za-z0-9_-]{22,}#[A-Za-z0-9_-]{136}", address)
    student.press("finish")
    phone = open_page({"width": 390, "height": 844})
    phone.goto(address)
    words = phone.inner_text("body")
    assert card["name"] not in words and card["number"] not in words
    assert card["name"][0] + "*" in words


def test_nothing_of_the_last_student_is_left(student: Student) -> None:
    position = student.card_of("ordinary", 3)
    card = student.cards()[position]
    student.begin()
    student.identify(position)
    assert card["name"][0] + "*" in student.page.inner_text("#screen")
    student.press("confirm")
    student.declare()
    student.sees("called")
    student.shoot()
    student.finish()
    content = student.page.content()
    assert card["name"][0] + "*" not in content
    assert card["number"][-4:] not in content
    assert student.page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    student.page.go_back(wait_until="load")
    if student.page.url != "about:blank":
        student.sees("welcome")
    assert card["number"][-4:] not in student.page.content()


@pytest.mark.parametrize(
    ("story", "code"),
    [
        ("not_on_roster", "not_on_roster"),
        ("wrong_programme", "wrong_programme"),
        ("already_photographed", "already_photographed"),
        ("not_in_time_slot", "not_in_time_slot"),
    ],
)
def test_who_may_not_be_photographed_now_is_told_what_to_do(student: Student, story: str, code: str) -> None:
    student.begin()
    student.identify(student.card_of(story), "notice")
    assert student.page.locator("#screen h1").inner_text()
    student.page.reload()
    student.sees("notice")
    assert text("zh_CN", f"refusal.{code}.title") in student.page.inner_text("#screen")
    student.press("leave")
    student.sees("welcome")


def test_a_student_who_retakes_keeps_the_second_shot(student: Student, site: Kiosk) -> None:
    position = student.card_of("ordinary", 4)
    student.to_seat(position)
    student.shoot()
    first = student.shot_bytes()
    student.retake()
    second = student.shot_bytes()
    assert first != second
    student.finish()
    visit = last_visit(site, student.cards()[position]["number"])
    database = site.db()
    with database.read() as session:
        shots = session.scalars(select(Shot).where(Shot.visit_id == visit.id).order_by(Shot.ordinal)).all()
        assert [shot.ordinal for shot in shots] == [1, 2]
        assert visit.accepted_shot_id == shots[1].id
        assert Vault(site.settings.data / "vault").get(shots[1].deliverable_sha256 or "") == second
    database.close()


def test_a_declaration_that_is_not_passed_is_refused_calmly_and_staff_see_it(
    student: Student, site: Kiosk, tablet: Tablet
) -> None:
    position = student.card_of("ordinary", 5)
    student.begin()
    student.identify(position)
    student.press("confirm")
    student.declare(fever_or_cough="yes")
    student.sees("refused")
    shown = student.page.inner_text("#screen")
    assert not re.search("发热|咳嗽|红码|体温", shown), "bystanders can read why"
    visit = last_visit(site, student.cards()[position]["number"])
    assert visit.state == "refused"
    student.press("leave")
    student.sees("welcome")
    tablet.page.locator("[data-testid='visits']").wait_for()
    tablet.page.locator("[data-filter='ended']").click()
    tablet.page.locator(f"[data-visit='{visit.public_id}'][data-state='refused']").wait_for()


def test_an_abnormal_temperature_keeps_the_place_and_the_medic_sends_the_student_back(
    student: Student, site: Kiosk, open_page: Callable[..., Page]
) -> None:
    medic = Tablet(site, open_page({"width": 1180, "height": 820})).log_in("medic")
    position = student.card_of("ordinary", 6)
    student.simulate("thermometer", "set", "38.1")
    student.begin()
    student.identify(position)
    student.press("confirm")
    student.declare()
    student.sees("observation")
    assert not re.search("38|发热|发烧", student.page.inner_text("#screen"))
    number = last_visit(site, student.cards()[position]["number"]).number
    assert number
    dialog = medic.act("observation", "remeasure")
    dialog.wait_for()
    dialog.locator("[data-testid='celsius']").fill("36.6")
    medic.submit(dialog)
    student.simulate("thermometer", "set", "36.5")
    student.sees("waiting", "called", "welcome")
    visit = last_visit(site, student.cards()[position]["number"])
    assert visit.number == number
    if student.screen != "called":
        student.sees("called")
    student.shoot()
    student.finish()
    assert last_visit(site, student.cards()[position]["number"]).state == "done"


def test_a_student_without_card_is_confirmed_by_staff_with_a_reason(
    student: Student, site: Kiosk, tablet: Tablet
) -> None:
    position = student.card_of("ordinary", 7)
    card = student.cards()[position]
    tablet.page.locator("[data-testid='confirm-without-card']").click()
    dialog = tablet.page.locator("[data-testid='dialog-confirm_without_card']")
    dialog.wait_for()
    dialog.locator("[data-testid='student-search']").fill(card["number"][-4:])
    dialog.locator("[data-student]").first.click()
    tablet.give_reason(dialog, "学生证核对无误")
    student.sees("confirm")
    student.press("confirm")
    student.declare()
    student.sees("called")
    student.shoot()
    student.finish()
    visit = last_visit(site, card["number"])
    assert (visit.state, visit.assurance) == ("done", "typed")
    database = site.db()
    with database.read() as session:
        row = session.scalars(
            select(Audit).where(Audit.visit == visit.public_id, Audit.action == "confirm_without_card")
        ).one()
        assert row.reason and "学生证核对无误" in row.reason
        assert row.actor == "staff:boss"
    database.close()


def test_wrong_data_waits_for_staff_who_let_the_student_go_on(
    student: Student, site: Kiosk, tablet: Tablet
) -> None:
    position = student.card_of("name_differs")
    student.begin()
    student.identify(position)
    student.press("wrong")
    student.page.locator("[data-action='field'][data-value='name']").click()
    student.press("report_wrong_data")
    student.sees("data_reported")
    dialog = tablet.act("data_reported", "resolve_report")
    dialog.wait_for()
    dialog.locator("[data-decision='continue']").click()
    tablet.give_reason(dialog)
    student.sees("confirm")
    student.press("confirm")
    student.sees("declare")
    visit = last_visit(site, student.cards()[position]["number"])
    assert visit.state == "declaring"
    tablet.give_reason(tablet.act("declaring", "cancel"))
    student.sees("welcome")


def test_the_journey_fits_the_landscape_kiosk_too(
    site: Kiosk, open_page: Callable[..., Page], student: Student
) -> None:
    wide = Student(site, open_page(KIOSK_LANDSCAPE)).open()
    wide.to_seat(wide.card_of("ordinary", 8), "en")
    wide.shoot()
    wide.finish()


def test_staff_type_a_temperature_and_allow_another_shot(student: Student, site: Kiosk, tablet: Tablet) -> None:
    position = student.card_of("ordinary", 9)
    student.simulate("thermometer", "unplug")
    student.begin()
    student.identify(position)
    student.press("confirm")
    student.declare()
    student.sees("temperature")
    dialog = tablet.act("temperature", "record_temperature")
    dialog.wait_for()
    dialog.locator("[data-testid='celsius']").fill("36.4")
    tablet.submit(dialog)
    student.simulate("thermometer", "plug")
    student.sees("called")
    student.shoot()
    for _ in range(2):
        student.retake()
    expect(student.page.locator("[data-action='retake']")).to_have_count(0)
    tablet.give_reason(tablet.act("review", "allow_shot"), "眼镜反光，再拍一张")
    student.retake()
    student.finish()
    visit = last_visit(site, student.cards()[position]["number"])
    database = site.db()
    with database.read() as session:
        taken = session.scalars(select(Shot.ordinal).where(Shot.visit_id == visit.id).order_by(Shot.ordinal)).all()
        source = session.scalar(select(TemperatureReading.source).where(TemperatureReading.visit_id == visit.id))
    database.close()
    assert (list(taken), visit.shots_allowed, source) == ([1, 2, 3, 4], 4, "typed")


def test_staff_release_the_shutter_where_the_coaching_never_would(
    student: Student, site: Kiosk, tablet: Tablet
) -> None:
    student.to_seat(student.card_of("ordinary", 10))
    student.simulate("scene", "eyes_closed", "1.0")
    student.press("begin_capture")
    student.sees("capture")
    tablet.give_reason(tablet.act("capturing", "release_shutter"))
    student.sees("review")
    expect(student.page.locator("[data-action='accept']")).to_have_count(0)
    student.simulate("scene", "good")
    student.retake()
    student.finish()
