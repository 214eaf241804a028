"""A branch's round in a browser: from an empty installation over all four ways to a photo to the registry."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from kiosk import settings as settings_module
from kiosk.domain.collection import Mode
from kiosk.domain.queue import day_of
from kiosk.photo.models import FILES
from kiosk.settings import ROOT
from tests.e2e.tablet import PASSWORD, TABLET, Tablet
from tests.e2e.test_collection import PHONE, SLOW, send
from tests.e2e.walk import KIOSK_PORTRAIT, Student
from tests.exchange.rosters import student as roster_row
from tests.exchange.rosters import write
from tests.harness.kiosk import Kiosk
from tests.harness.waiting import until
from tests.jobs import outside_photos

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

CAMPAIGN = "branch-round"
#: Who gets a photo how; the last one never comes.
OWN, STUDIO, COMPANY, SEATED, ABSENT = (roster_row(serial) for serial in range(801, 806))
EVERYBODY = (OWN, STUDIO, COMPANY, SEATED, ABSENT)
BRANCH = str(SEATED["分校"])


@pytest.fixture
def site(make_kiosk: Callable[..., Kiosk], tmp_path: Path) -> Kiosk:
    """A kiosk whose records begin empty: no campaign, no student, no account; the table has one student's card."""
    models = settings_module.load().assets / "models"
    if not all((models / name).is_file() for name in FILES):
        pytest.skip("face models are missing, run the set-up first")
    config = tmp_path / "config"
    shutil.copytree(ROOT / "config", config, ignore=shutil.ignore_patterns("*-spring.toml"))
    kiosk = make_kiosk({"demo_students": False, "config_dir": config, "station.campaign": CAMPAIGN})
    cards = kiosk.settings.data / "demo" / "cards.json"
    cards.parent.mkdir(mode=0o700, parents=True)
    cards.write_text(json.dumps([card(SEATED)], ensure_ascii=False), "utf-8")
    return kiosk.start()


def card(row: Mapping[str, object]) -> dict[str, str]:
    """The ID card of somebody of the roster."""
    number = str(row["证件号码"])
    return {
        "name": str(row["姓名"]), "sex": str(row["性别"]), "ethnic": "汉", "birth": number[6:14],
        "address": "示例省示例市示例路1号", "number": number, "issuer": "示例市公安局",
        "valid_from": "20180601", "valid_to": "20380601", "story": "ordinary",
    }  # fmt: skip


def submit(page: Page, dialog: str) -> None:
    """Submit that dialog and see it close."""
    shown = page.get_by_test_id(dialog)
    shown.get_by_test_id("dialog-submit").click()
    expect(shown).to_have_count(0)


def first_administrator(site: Kiosk, page: Page) -> None:
    """The one-time link that the first start prints makes the administrator, who is then logged in."""
    printed = until(
        lambda: re.findall(r"/setup/[A-Za-z0-9_-]{22,}", site.output.read_text("utf-8")),
        because="the first start prints the link",
    )
    page.goto(site.url + printed[0])
    for name, value in (
        ("login", "boss"), ("display-name", "陈老师"), ("password", PASSWORD), ("password-again", PASSWORD)
    ):  # fmt: skip
        page.get_by_test_id(name).fill(value)
    page.get_by_test_id("submit").click()
    page.locator("[data-testid='visits']:not([aria-busy])").wait_for()


def hire_headquarters(site: Kiosk, page: Page) -> None:
    """An account for headquarters, made on the page of the accounts."""
    page.goto(site.url + "/staff/people")
    page.get_by_test_id("add").click()
    for name, value in (("login", "planner"), ("display_name", "省校"), ("password", PASSWORD)):
        page.get_by_test_id(f"person-{name}").fill(value)
    page.get_by_test_id("role-headquarters").check()
    submit(page, "dialog-person")
    expect(page.locator("[data-person=planner]")).to_be_visible()


def set_up_campaign(site: Kiosk, page: Page) -> None:
    """Four steps and a preview: all four modes, no fee, photographed from today on."""
    today = day_of(datetime.now(UTC))

    def fill(field: str, value: str) -> None:
        page.get_by_test_id(f"field-{field}").fill(value)

    def go(step: str) -> None:
        page.get_by_test_id("next").click()
        expect(page.locator(f"[data-step={step}]")).to_have_attribute("aria-current", "step")

    page.goto(site.url + "/staff/campaigns")
    page.get_by_test_id("new").click()
    fill("code", CAMPAIGN)
    fill("title-zh_CN", "分校毕业生图像采集")
    fill("title-en", "Graduates of the branch")
    page.get_by_test_id("field-school_codes-51161").check()
    go("how")
    page.get_by_test_id("field-profile").select_option("chsi-2017-99")
    for mode in Mode:
        page.get_by_test_id(f"field-modes-{mode.value}").check()
    go("when")
    fill("capture_from", today.isoformat())
    fill("capture_until", (today + timedelta(days=30)).isoformat())
    go("rules")
    page.get_by_test_id("field-screening").select_option("short")
    fill("fee_cents", "0")
    go("preview")
    page.get_by_test_id("publish").click()
    page.get_by_test_id("dialog-publish").get_by_test_id("dialog-submit").click()
    expect(page.locator(f"[data-campaign='{CAMPAIGN}']")).to_be_visible()


def import_roster(site: Kiosk, page: Page, file: Path) -> None:
    """The list is checked, then imported."""
    page.goto(site.url + "/staff/roster")
    page.get_by_test_id("campaign").select_option(CAMPAIGN)
    page.get_by_test_id("file").set_input_files(write(file, EVERYBODY))
    page.get_by_test_id("send").click()
    report = page.get_by_test_id("report")
    expect(report).to_have_attribute("data-state", "checked", timeout=SLOW)
    page.get_by_test_id("confirm").click()
    expect(report).to_have_attribute("data-imported", "true", timeout=SLOW)
    assert report.locator("dd").all_inner_texts()[:2] == [str(len(EVERYBODY))] * 2  # rows, added


def sit(site: Kiosk, page: Page) -> bytes:
    """The visit of the one with the card, to the receipt; the picture that was seen."""
    student = Student(site, page)
    student.simulate("scene", "good")
    student.simulate("thermometer", "set", "36.5")
    student.open()
    student.to_seat(0)
    student.shoot()
    seen = student.shot_bytes()
    student.finish()
    return seen


def phone_link(page: Page) -> str:
    """Path of a new link for the student who sends in a photo of their own."""
    page.get_by_test_id("make-link").click()
    page.get_by_test_id("who").fill(str(OWN["学号"]))
    page.get_by_test_id("find").click()
    expect(page.get_by_test_id("student")).to_be_checked()
    page.get_by_test_id("link-dialog").get_by_test_id("dialog-submit").click()
    link = page.get_by_test_id("link").input_value()
    page.get_by_test_id("link-made").get_by_test_id("dialog-cancel").click()
    return "/u/" + link.rpartition("/")[2]


def deliver(page: Page, mode: Mode, archive: Path, deliveries: int) -> None:
    """Send in a zip of that mode; there are so many deliveries then, all judged."""
    page.get_by_test_id("mode").select_option(mode.value)
    page.get_by_test_id("file").set_input_files(archive)
    page.get_by_test_id("send").click()
    expect(page.locator('[data-testid=delivery][data-state="ready"]')).to_have_count(deliveries, timeout=SLOW)


def accept_all(page: Page, count: int) -> None:
    """Every picture that waits is chosen and accepted; one of them asks for a reason."""
    photos = page.get_by_test_id("photo")
    expect(photos).to_have_count(count)
    expect(page.locator('[data-testid=photo][data-verdict="ask"]').first).to_be_visible()
    for place in range(count):
        photos.nth(place).get_by_role("checkbox").check()
    page.get_by_test_id("accept").click()
    page.get_by_test_id("decide-dialog").get_by_test_id("reason-1").check()
    submit(page, "decide-dialog")
    expect(photos).to_have_count(0)


def package_of_the_branch(site: Kiosk, page: Page, file: Path) -> dict[str, Any]:
    """Made for the branch on the page, downloaded, verified as its recipient does; its manifest."""
    page.goto(site.url + "/staff/packages")
    page.locator(f"[data-testid=balance][data-campaign='{CAMPAIGN}']").get_by_test_id("make").click()
    page.get_by_test_id("branch").select_option(BRANCH)
    page.get_by_test_id("rehearse").click()
    expect(page.get_by_test_id("rehearsed").locator(".reasons")).to_be_visible(timeout=SLOW)
    page.get_by_test_id("order").get_by_test_id("dialog-submit").click()
    link = page.get_by_test_id("download")
    expect(link).to_have_count(1, timeout=SLOW)
    with page.expect_download() as download:
        link.click()
    download.value.save_as(file)
    site.command("package", "verify", str(file))  # its exit status is 0
    with zipfile.ZipFile(file) as package:
        found: dict[str, Any] = json.loads(package.read("manifest.json"))
    return found


def picture_of(file: Path, row: Mapping[str, object]) -> bytes:
    """That student's photo in the package."""
    with zipfile.ZipFile(file) as package:
        (name,) = (name for name in package.namelist() if name.endswith(f"{row['证件号码']}.jpg"))
        return package.read(name)


def answer(site: Kiosk, page: Page, file: Path) -> None:
    """The registry's workbook goes in: the studio's photo came back, the others are linked."""
    rows = [
        {
            "证件号码": row["证件号码"],
            "结果": "退回" if row is STUDIO else "已关联",
            "原因": "背景有阴影" if row is STUDIO else "",
        }
        for row in (OWN, STUDIO, COMPANY, SEATED)
    ]
    page.goto(site.url + "/staff/results")
    page.get_by_test_id("campaign").select_option(CAMPAIGN)
    page.get_by_test_id("file").set_input_files(write(file, rows, ["证件号码", "结果", "原因"]))
    page.get_by_test_id("send").click()
    again = page.get_by_test_id("reshoot").locator("tbody tr")
    expect(again).to_have_count(1, timeout=SLOW)
    expect(again).to_contain_text("背景有阴影")
    expect(again).to_contain_text(str(STUDIO["学号"])[-4:])


def test_a_branch_goes_from_an_empty_installation_to_the_registrys_answer(
    site: Kiosk, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_page(TABLET, has_touch=True, accept_downloads=True)
    first_administrator(site, page)
    hire_headquarters(site, page)
    set_up_campaign(site, page)
    import_roster(site, page, tmp_path / "roster.xlsx")

    seen = sit(site, open_page(KIOSK_PORTRAIT, has_touch=True))
    pictures = outside_photos.make()
    page.goto(site.url + "/staff/collection")
    expect(page.get_by_test_id("which")).to_have_value(CAMPAIGN)
    expect(page.locator("[data-testid^=mode-]:not(.off)")).to_have_count(4)
    expect(page.get_by_test_id("mode-kiosk").locator("[data-standing=accepted] dd")).to_have_text("1")
    phone = open_page(PHONE)
    phone.goto(site.url + phone_link(page))
    send(phone, tmp_path / "me.jpg", pictures["good"], "waiting")
    studio = outside_photos.zipped(tmp_path / "studio.zip", {f"{STUDIO['证件号码']}.jpg": pictures["selfie"]})
    deliver(page, Mode.STUDIO, studio, 1)
    # a company names its files by itself; its list says whom they show
    listed = [{"照片文件": "IMG_0001.jpg", "证件号码": COMPANY["证件号码"]}]
    listing = write(tmp_path / "listed.xlsx", listed, ["照片文件", "证件号码"])
    files = {"IMG_0001.jpg": pictures["good"], "名单.xlsx": listing.read_bytes()}
    deliver(page, Mode.COMPANY, outside_photos.zipped(tmp_path / "company.zip", files), 2)
    accept_all(page, 3)
    for mode in Mode:
        counted = page.get_by_test_id(f"mode-{mode.value}").locator("[data-standing=accepted] dd")
        expect(counted).to_have_text("1")
    phone.reload()
    expect(phone.locator('[data-testid=state][data-state="accepted"]')).to_be_visible()

    file = tmp_path / "package.zip"
    manifest = package_of_the_branch(site, page, file)
    assert (manifest["registered"], manifest["exported"], sum(manifest["missing"].values())) == (5, 4, 1)
    assert picture_of(file, SEATED) == seen
    assert all(picture_of(file, row)[:2] == b"\xff\xd8" for row in (OWN, STUDIO, COMPANY))
    answer(site, page, tmp_path / "answer.xlsx")

    office = Tablet(site, open_page(TABLET)).log_in("planner").page
    office.goto(site.url + "/staff/progress")
    expect(office.get_by_test_id("which")).to_have_value(CAMPAIGN)
    expected = {"registered": 5, "photographed": 3, "reported": 3, "linked": 3, "rejected": 1, "missing": 2}
    for step, number in expected.items():
        expect(office.locator(f"[data-testid=sums] [data-step={step}] strong")).to_have_text(str(number))
    expect(office.locator(f"[data-line='{BRANCH}']")).to_have_count(1)
    office.locator("[data-reason=not_linked]").click()
    expect(office.get_by_test_id("people").locator("tbody tr")).to_have_count(1)
