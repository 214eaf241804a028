"""A site with `async_mode = threading`: the walk, and what staff do at the tablet: roster, package, overrides."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect
from sqlalchemy import func, select

from kiosk.i18n import text
from kiosk.records import audit
from kiosk.records.tables import Audit, Campaign, Shot, TemperatureReading, Visit
from kiosk.records.tables import Student as Row
from kiosk.records.vault import Vault
from tests.e2e.tablet import Tablet, hire
from tests.e2e.walk import Student
from tests.exchange.rosters import student as roster_row
from tests.exchange.rosters import write
from tests.harness.kiosk import Kiosk

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

OPEN = "open-2027-spring"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    """A kiosk whose web process waits in threads, with an administrator `boss`."""
    kiosk = Kiosk(tmp_path_factory.mktemp("site"), {"server.async_mode": "threading"})
    kiosk.start()
    try:
        hire(kiosk, "boss", "administrator")
        yield kiosk
    finally:
        kiosk.stop()
        print(kiosk.logs())


def registered(site: Kiosk, campaign: str) -> int:
    """Students of the campaign in the records."""
    database = site.db()
    try:
        with database.read() as session:
            return session.scalars(
                select(func.count(Row.id))
                .join(Campaign, Row.campaign_id == Campaign.id)
                .where(Campaign.code == campaign)
            ).one()
    finally:
        database.close()


def upload(tablet: Tablet, file: Path) -> Locator:
    """Choose campaign and file on the roster page and send them; the report or the refusal, once it is shown."""
    page = tablet.page
    page.goto(tablet.kiosk.url + "/staff/roster")
    page.get_by_test_id("campaign").select_option(OPEN)
    page.get_by_test_id("file").set_input_files(file)
    page.get_by_test_id("send").click()
    said = page.locator("[data-testid='report'], .roster-form + [role='alert']:not([hidden])")
    said.wait_for()
    return said


def test_the_walk_in_threads_keeps_the_picture_and_the_tablet_sees_it_live(
    student: Student, site: Kiosk, tablet: Tablet
) -> None:
    position = student.card_of("ordinary", 0)
    number = student.cards()[position]["number"]
    student.to_seat(position)
    tablet.visit("called")  # the tablet was opened before: it came by a hint
    student.shoot()
    seen = student.shot_bytes()
    student.finish()
    database, vault = site.db(), Vault(site.settings.data / "vault")
    try:
        with database.read() as session:
            visit = session.scalars(select(Visit).where(Visit.student.has(id_number=number))).one()
            assert (visit.state, visit.assurance) == ("done", "chip_verified")
            shot = session.get(Shot, visit.accepted_shot_id)
            assert shot is not None and shot.deliverable_sha256
            assert vault.get(shot.deliverable_sha256) == seen
            assert vault.verify(shot.original_sha256)
            assert audit.verify(session)[1] is None
    finally:
        database.close()


def test_in_english_without_card_with_fever_at_first_and_with_a_second_shot(
    student: Student, site: Kiosk, tablet: Tablet
) -> None:
    card = student.cards()[student.card_of("ordinary", 1)]
    student.page.locator("[data-action='set_language'][data-value='en']").locator("visible=true").first.click()
    expect(student.page.locator("html")).to_have_attribute("lang", "en")
    tablet.page.locator("[data-testid='confirm-without-card']").click()
    dialog = tablet.page.locator("[data-testid='dialog-confirm_without_card']")
    dialog.get_by_test_id("student-search").fill(card["number"][-4:])
    dialog.locator("[data-student]").first.click()
    tablet.give_reason(dialog)
    student.sees("confirm")
    student.press("confirm")
    student.simulate("thermometer", "set", "38.4")
    student.declare()
    student.sees("observation")
    student.page.reload()
    student.sees("observation")
    shown = student.page.inner_text("#screen")
    assert not re.search("38|fever|temperature", shown, re.IGNORECASE), "bystanders can read why"
    student.simulate("thermometer", "set", "36.4")
    dialog = tablet.act("observation", "remeasure")
    dialog.get_by_test_id("celsius").fill("36.6")
    tablet.submit(dialog)
    student.sees("called")
    student.shoot()
    first = student.shot_bytes()
    student.retake()
    second = student.shot_bytes()
    words = student.page.inner_text("#steps") + student.page.inner_text("#screen")
    assert not re.search("[\u4e00-\u9fff]", words), "a text of the page is not in English"
    student.finish()
    assert first != second
    expect(student.page.locator("html")).to_have_attribute("lang", "zh-CN")
    database, vault = site.db(), Vault(site.settings.data / "vault")
    try:
        with database.read() as session:
            visit = session.scalars(select(Visit).where(Visit.student.has(id_number=card["number"]))).one()
            assert (visit.state, visit.assurance) == ("done", "typed")
            shots = session.scalars(select(Shot).where(Shot.visit_id == visit.id).order_by(Shot.ordinal)).all()
            assert [shot.id == visit.accepted_shot_id for shot in shots] == [False, True]
            assert vault.get(shots[1].deliverable_sha256 or "") == second
            readings = session.scalars(
                select(TemperatureReading.celsius)
                .where(TemperatureReading.visit_id == visit.id)
                .order_by(TemperatureReading.id)
            ).all()
            assert readings == [38.4, 36.6]
    finally:
        database.close()


def test_a_photo_that_the_machine_cannot_judge_carries_the_decision_of_staff(
    student: Student, site: Kiosk, tablet: Tablet
) -> None:
    position = student.card_of("ordinary", 4)
    student.to_seat(position)
    student.simulate("scene", "head_cover", "1.0")
    student.shoot()
    seen = student.shot_bytes()
    dialog = tablet.act("review", "decide_shot")
    dialog.locator("[data-decision='accept']").click()
    tablet.give_reason(dialog, "因信仰佩戴")
    student.button("accept").wait_for()
    assert student.shot_bytes() == seen
    student.finish()
    database = site.db()
    try:
        with database.read() as session:
            number = student.cards()[position]["number"]
            visit = session.scalars(select(Visit).where(Visit.student.has(id_number=number))).one()
            shot = session.get(Shot, visit.accepted_shot_id)
            assert shot is not None and (shot.verdict, shot.staff_decision) == ("ask", "accept")
            row = session.scalars(
                select(Audit).where(Audit.visit == visit.public_id, Audit.action == "decide_shot")
            ).one()
            assert row.actor == "staff:boss" and "因信仰佩戴" in (row.reason or "")
    finally:
        database.close()


def test_in_english_a_declaration_that_does_not_pass_is_refused_calmly(student: Student, site: Kiosk) -> None:
    position = student.card_of("ordinary", 2)
    student.begin("en")
    student.identify(position)
    student.press("confirm")
    student.declare(fever_or_cough="yes")
    student.sees("refused")
    assert not re.search("fever|cough|code|temperature", student.page.inner_text("#screen"), re.IGNORECASE)
    student.press("leave")
    student.sees("welcome")
    database = site.db()
    try:
        with database.read() as session:
            number = student.cards()[position]["number"]
            visit = session.scalars(select(Visit).where(Visit.student.has(id_number=number))).one()
            assert (visit.state, visit.accepted_shot_id) == ("refused", None)
    finally:
        database.close()


def test_staff_are_called_from_any_screen_and_park_and_resume_what_stands_there(
    student: Student, site: Kiosk, tablet: Tablet
) -> None:
    position = student.card_of("ordinary", 3)
    called = student.page.locator("[data-action='call_staff']")
    for tool in ("large", "voice"):
        expect(student.button(tool)).to_be_visible()
    student.press("large")
    expect(student.page.locator("html")).to_have_attribute("data-large", "1")
    expect(called.first).to_be_visible()
    student.begin()
    expect(called.first).to_be_visible()
    student.identify(position)
    student.press("call_staff")
    tablet.page.locator("[data-station] [data-action='answer_call']").click()
    tablet.page.locator("[data-station] [data-action='answer_call']").wait_for(state="hidden")
    student.press("confirm")
    student.sees("declare")
    expect(called.first).to_be_visible()
    tablet.give_reason(tablet.act("declaring", "park_visit"), "学生接电话")
    student.sees("welcome", "parked")
    assert student.cards()[position]["name"][0] + "*" not in student.page.content()
    tablet.act("parked", "resume")  # one kiosk: no question where
    student.sees("declare")
    tablet.give_reason(tablet.act("declaring", "cancel"))
    student.sees("welcome")
    expect(student.page.locator("html")).not_to_have_attribute("data-large", "1")
    database = site.db()
    try:
        with database.read() as session:
            number = student.cards()[position]["number"]
            visit = session.scalars(select(Visit).where(Visit.student.has(id_number=number))).one()
            rows = session.scalars(
                select(Audit).where(Audit.visit == visit.public_id, Audit.actor == "staff:boss")
            )
            said = {row.action: row.reason or "" for row in rows if row.result == "done"}
            assert {"park_visit", "resume", "cancel"} <= said.keys()
            assert "学生接电话" in said["park_visit"] and said["cancel"]
    finally:
        database.close()


def test_a_file_that_is_no_roster_is_named_and_nothing_is_imported(
    site: Kiosk, tablet: Tablet, tmp_path: Path
) -> None:
    before = registered(site, OPEN)
    # An encrypted workbook is a compound file with a stream of this name.
    encrypted = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1016) + "EncryptedPackage".encode("utf-16-le") + bytes(992)
    )
    for name, content, code in (
        ("photo.xlsx", b"\xff\xd8\xff\xe0 this is a picture" * 40, "file_not_a_workbook"),
        ("secret.xlsx", encrypted, "file_encrypted"),
        ("empty.xlsx", b"", "file_empty"),
        ("header.csv", "甲,乙\n1,2\n".encode(), "file_no_header"),
    ):
        file = tmp_path / name
        file.write_bytes(content)
        said = upload(tablet, file)
        expect(said).to_contain_text(text("zh_CN", f"refusal.{code}.staff").partition("{")[0])
        expect(said).to_contain_text(text("zh_CN", f"refusal.{code}.next").partition("{")[0])
        assert registered(site, OPEN) == before
    assert not list((site.settings.data / "uploads").iterdir()), "an upload lies about"


def test_a_roster_with_bad_rows_is_reported_and_the_mended_one_imported_once(
    site: Kiosk, tablet: Tablet, tmp_path: Path
) -> None:
    before = registered(site, OPEN)
    good = [roster_row(serial) for serial in (701, 702, 703)]
    wrong = {**good[1], "证件号码": str(good[1]["证件号码"])[:-1] + "*"}
    upload(tablet, write(tmp_path / "bad.xlsx", [good[0], wrong, good[2]]))
    page = tablet.page
    row = page.get_by_test_id("report-row").first
    expect(row).to_have_attribute("data-row", "3")
    expect(row).to_contain_text("证件号码")
    assert str(wrong["证件号码"]) not in page.content()
    expect(page.get_by_test_id("report")).to_have_attribute("data-imported", "false")
    assert registered(site, OPEN) == before

    upload(tablet, write(tmp_path / "good.xlsx", good))
    expect(page.get_by_test_id("report")).to_have_attribute("data-state", "checked")
    assert registered(site, OPEN) == before, "a check counted"
    page.get_by_test_id("confirm").click()
    expect(page.get_by_test_id("report")).to_have_attribute("data-imported", "true")
    assert page.get_by_test_id("report").locator("dd").all_inner_texts()[:4] == ["3", "3", "0", "0"]
    upload(tablet, write(tmp_path / "good.xlsx", good))
    figures = page.get_by_test_id("report").locator("dd").all_inner_texts()
    assert figures[:4] == ["3", "0", "0", "3"]
    assert registered(site, OPEN) == before + 3
    expect(page.get_by_test_id("imports")).to_contain_text("good.xlsx")


def test_a_package_is_made_and_downloaded_at_the_tablet(site: Kiosk, tablet: Tablet) -> None:
    page = tablet.page
    page.goto(site.url + "/staff/packages")
    balance = page.locator(f"[data-testid='balance'][data-campaign='{OPEN}']")
    balance.get_by_test_id("make").click()
    page.get_by_test_id("rehearse").click()
    expect(page.get_by_test_id("rehearsed").locator(".reasons")).to_be_visible()
    page.get_by_test_id("dialog-submit").click()
    with page.expect_download() as downloading:
        page.get_by_test_id("download").first.click()
    content = downloading.value.path().read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert package.testzip() is None
        manifest = json.loads(package.read("manifest.json"))
        assert manifest["campaign"]["code"] == OPEN
        assert manifest["registered"] == manifest["exported"] + sum(manifest["missing"].values())
        assert manifest["registered"] == registered(site, OPEN)
        for entry in manifest["files"]:
            assert hashlib.sha256(package.read(entry["path"])).hexdigest() == entry["sha256"]
    page.goto(site.url + "/staff/audit")
    page.locator("[data-testid='chain'][data-verified='true']").wait_for()
    assert done(site, "package_download") == 1


def done(site: Kiosk, action: str) -> int:
    """How often that was done."""
    database = site.db()
    try:
        with database.read() as session:
            return session.scalars(select(func.count(Audit.sequence)).where(Audit.action == action)).one()
    finally:
        database.close()


def test_a_time_slot_is_overridden_knowingly_with_a_reason_that_stands_in_the_audit(
    student: Student, site: Kiosk, tablet: Tablet
) -> None:
    card = student.cards()[student.card_of("not_in_time_slot")]
    page = tablet.page
    page.locator("[data-testid='confirm-without-card']").click()
    dialog = page.locator("[data-testid='dialog-confirm_without_card']")
    dialog.wait_for()
    dialog.get_by_test_id("student-search").fill(card["number"][-4:])
    dialog.locator("[data-student]").first.click()
    dialog.get_by_test_id("dialog-submit").click()
    expect(dialog.get_by_role("alert")).to_be_visible()  # no reason, no override
    dialog.get_by_test_id("reason-1").click()
    dialog.get_by_test_id("reason-note").fill("分校来电改期")
    dialog.get_by_test_id("dialog-submit").click()
    choice = dialog.locator("[data-override='not_in_time_slot']")
    choice.wait_for()
    assert student.screen == "welcome", "let in before anybody decided so"
    choice.check()
    tablet.submit(dialog)
    student.sees("confirm")
    database = site.db()
    try:
        with database.read() as session:
            visit = session.scalars(select(Visit).where(Visit.student.has(id_number=card["number"]))).one()
            row = session.scalars(
                select(Audit).where(Audit.visit == visit.public_id, Audit.action == "confirm_without_card")
            ).one()
            assert (row.actor, row.result) == ("staff:boss", "done")
            assert row.reason and "分校来电改期" in row.reason
            assert "not_in_time_slot" in json.dumps(row.detail)
            refused = select(func.count(Audit.sequence)).where(
                Audit.action == "confirm_without_card", Audit.result == "not_in_time_slot"
            )
            assert session.scalars(refused).one() >= 1
    finally:
        database.close()
    page.goto(site.url + "/staff/audit")
    page.locator("[data-testid='chain'][data-verified='true']").wait_for()
    expect(page.get_by_text("分校来电改期").first).to_be_visible()
