"""The devices page on a tablet beside a kiosk that really runs: unplugged, tested, calibrated, checked."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from kiosk.records.site_tables import DeviceCheck
from kiosk.records.tables import Audit
from kiosk.settings import ROOT
from tests.e2e.tablet import TABLET, Tablet, hire
from tests.e2e.walk import PATIENCE, Student
from tests.harness.kiosk import Kiosk
from tests.harness.waiting import until

pytestmark = pytest.mark.e2e

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"width": 390, "height": 844}
_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def kiosk_of_devices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    """A kiosk in demo with an operator and a medic, without any real portrait in its picture."""
    folder: Path = tmp_path_factory.mktemp("devices")
    kiosk = Kiosk(folder, {"portraits_dir": folder / "none"})
    kiosk.start()
    try:
        hire(kiosk, "operator", "operator")
        hire(kiosk, "medic", "medic")
        yield kiosk
    finally:
        kiosk.stop()
        print(kiosk.logs())


@pytest.fixture
def devices(kiosk_of_devices: Kiosk, open_page: Callable[..., Page]) -> Page:
    """The operator's devices page, every device well."""
    kiosk = kiosk_of_devices
    for words in (
        ("reader", "behave"),
        ("reader", "plug"),
        ("camera", "behave"),
        ("scene", "good"),
        ("card", "remove"),
    ):
        kiosk.simulate(*words)
    page = Tablet(kiosk, open_page(TABLET, has_touch=True, accept_downloads=True)).log_in("operator").page
    page.get_by_test_id("nav-devices").click()
    for kind in ("reader", "camera", "thermometer"):
        ready(page, kind)
    return page


def row(page: Page, kind: str) -> Locator:
    """The row of a device."""
    return page.locator(f"[data-device={kind}]")


def ready(page: Page, kind: str) -> None:
    """Wait until the page says that it works."""
    expect(row(page, kind)).to_have_attribute("data-state", "ready", timeout=PATIENCE)


def check(page: Page) -> None:
    """No sideways scrolling; axe finds nothing."""
    assert page.evaluate(_WIDE) <= 0
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "() => axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})"
        ".then((r) => r.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html.slice(0, 120)).join(' | ')))"
    )
    assert found == []


def test_a_device_that_is_pulled_is_seen_explained_and_back(kiosk_of_devices: Kiosk, devices: Page) -> None:
    kiosk_of_devices.simulate("reader", "unplug")
    reader = row(devices, "reader")
    expect(reader).to_have_attribute("data-fault", "not_found", timeout=PATIENCE)
    expect(reader.locator(".device-fault")).to_contain_text("没有找到设备")
    reader.locator("[data-do=test]").click()
    expect(reader.get_by_test_id("result")).to_contain_text("没有找到设备", timeout=PATIENCE)
    check(devices)
    kiosk_of_devices.simulate("reader", "plug")
    ready(devices, "reader")
    expect(reader.get_by_test_id("result")).to_be_hidden()  # what was found no longer holds
    kiosk_of_devices.simulate("camera", "gone")
    expect(row(devices, "camera")).to_have_attribute("data-state", "fault", timeout=PATIENCE)
    kiosk_of_devices.simulate("camera", "back")
    row(devices, "camera").locator("[data-do=retry]").click()
    ready(devices, "camera")


def test_tests_picture_log_and_bundle(kiosk_of_devices: Kiosk, devices: Page) -> None:
    for kind, words in (
        ("reader", "05.03-"),
        ("camera", "1920 × 1440"),
        ("thermometer", "36.5 °C"),
        ("codes", "检测正常"),
    ):
        row(devices, kind).locator("[data-do=test]").click()
        expect(row(devices, kind).get_by_test_id("result")).to_contain_text(words, timeout=PATIENCE)
    expect(row(devices, "camera").locator(".test-picture")).to_be_visible()
    devices.get_by_test_id("look").click()
    picture = devices.get_by_test_id("picture").locator("img")
    expect(picture).to_be_visible(timeout=PATIENCE)
    first = picture.get_attribute("data-taken")
    until(lambda: picture.get_attribute("data-taken") != first, PATIENCE / 1000, "another picture came")
    devices.get_by_test_id("log-open").click()
    expect(devices.get_by_test_id("log")).to_contain_text("order test camera", timeout=PATIENCE)
    check(devices)
    with devices.expect_download() as waiting:
        devices.get_by_test_id("bundle").click()
    archive = zipfile.ZipFile(io.BytesIO(waiting.value.path().read_bytes()))
    report = json.loads(archive.read("devices.json"))["report"]
    assert report["health"]["devices"]["camera"]["state"] == "ready"
    assert any("order test camera" in line for line in report["log"])
    database = kiosk_of_devices.db()
    with database.read() as session:
        rows = session.scalars(select(Audit).where(Audit.action.in_(("order_device", "support_bundle")))).all()
    database.close()
    assert {"order": "test", "device": "camera"} in [found.detail for found in rows]
    assert rows[-1].action == "support_bundle"


def test_while_somebody_is_at_the_kiosk_nothing_is_tested_and_no_picture_shown(
    kiosk_of_devices: Kiosk, devices: Page, open_page: Callable[..., Page]
) -> None:
    devices.get_by_test_id("look").click()
    expect(devices.get_by_test_id("picture").locator("img")).to_be_visible(timeout=PATIENCE)
    student = Student(kiosk_of_devices, open_page({"width": 1080, "height": 1920}, has_touch=True)).open()
    student.begin()
    expect(devices.get_by_test_id("picture")).to_contain_text("有人正在使用终端", timeout=PATIENCE)
    row(devices, "thermometer").locator("[data-do=test]").click()
    expect(devices.get_by_test_id("toast")).to_contain_text("有人正在使用终端", timeout=PATIENCE)
    student.press("leave")
    expect(devices.get_by_test_id("picture").locator("img")).to_be_visible(timeout=PATIENCE)


def test_the_wall_is_calibrated_when_it_is_empty(kiosk_of_devices: Kiosk, devices: Page) -> None:
    panel = devices.get_by_test_id("calibration")
    devices.get_by_test_id("calibrate").click()
    expect(devices.get_by_test_id("toast")).to_contain_text("画面中有人", timeout=PATIENCE)
    kiosk_of_devices.simulate("scene", "empty")
    devices.get_by_test_id("calibrate").click()
    expect(panel).to_have_attribute("data-state", "good", timeout=PATIENCE)
    expect(panel.locator(".wall-map img")).to_be_visible(timeout=PATIENCE)
    check(devices)
    devices.get_by_test_id("forget").click()
    expect(panel).to_have_attribute("data-state", "none", timeout=PATIENCE)


def test_the_check_before_opening_is_walked_through_and_kept(kiosk_of_devices: Kiosk, devices: Page) -> None:
    kiosk = kiosk_of_devices
    devices.get_by_test_id("language").click()
    expect(devices.get_by_test_id("begin-check")).to_contain_text("Check before opening", timeout=PATIENCE)
    kiosk.simulate("scene", "empty")
    devices.get_by_test_id("begin-check").click()
    guide = devices.get_by_test_id("check")

    def step(name: str) -> None:
        expect(guide).to_have_attribute("data-step", name)

    def ended(result: str) -> None:
        expect(guide).to_have_attribute("data-result", result, timeout=PATIENCE)

    step("card")
    check(devices)
    before = kiosk.logs().count("reader: testing")
    devices.get_by_test_id("try").click()
    expect(guide).to_contain_text("Lay the card now")
    until(lambda: kiosk.logs().count("reader: testing") > before, because="the bridge waits for a card")
    kiosk.simulate("card", "next")
    ended("passed")
    kiosk.simulate("card", "remove")
    devices.get_by_test_id("next").click()
    step("camera")
    kiosk.simulate("camera", "gone")
    until(lambda: kiosk_state(kiosk, "camera") == "fault", because="the camera is gone")
    devices.get_by_test_id("try").click()
    ended("failed")
    expect(guide).to_contain_text("No device found")
    kiosk.simulate("camera", "back")
    until(lambda: kiosk_state(kiosk, "camera") == "ready", because="the camera is back")
    for name in ("camera", "light", "wall", "thermometer"):
        step(name)
        devices.get_by_test_id("try").click()
        ended("passed")
        if name == "wall":
            check(devices)
        devices.get_by_test_id("next").click()
    step("printer")
    devices.get_by_test_id("skip").click()
    devices.get_by_test_id("dialog-submit").click()
    expect(devices.get_by_role("alert")).to_contain_text("Please say why")
    devices.get_by_test_id("skip-reason").fill("No printing today")
    devices.get_by_test_id("dialog-submit").click()
    devices.get_by_test_id("next").click()
    check(devices)
    devices.set_viewport_size(PHONE)
    check(devices)
    devices.get_by_test_id("save").click()
    expect(devices.get_by_test_id("last-check")).to_have_attribute("data-passed", "true", timeout=PATIENCE)
    check(devices)
    database = kiosk.db()
    with database.read() as session:
        found = session.scalars(select(DeviceCheck)).one()
    database.close()
    assert {name: outcome["result"] for name, outcome in found.steps.items()} == {
        "card": "passed", "camera": "passed", "light": "passed", "wall": "passed", "thermometer": "passed",
        "printer": "skipped",
    }  # fmt: skip
    assert (found.by, found.steps["printer"]["reason"]) == ("operator", "No printing today")
    devices.get_by_test_id("language").click()


def kiosk_state(kiosk: Kiosk, kind: str) -> str:
    """The state of a device as the bridge itself says it."""
    from kiosk.bridge import control

    return str(control.health(kiosk.settings)["devices"][kind]["state"])


def test_a_medic_looks_and_can_not_act(kiosk_of_devices: Kiosk, open_page: Callable[..., Page]) -> None:
    page = Tablet(kiosk_of_devices, open_page(TABLET, has_touch=True)).log_in("medic").page
    page.get_by_test_id("nav-devices").click()
    ready(page, "thermometer")
    for hook in (
        "[data-do]",
        "[data-testid=bundle]",
        "[data-testid=begin-check]",
        "[data-testid=look]",
        "[data-testid=log]",
    ):
        expect(page.locator(hook)).to_have_count(0)
    check(page)


@pytest.mark.skipif(sys.platform == "win32", reason="a process is stopped by a signal on Unix only")
def test_without_a_bridge_the_page_says_so_and_comes_back(kiosk_of_devices: Kiosk, devices: Page) -> None:
    pid = kiosk_of_devices.pid("bridge")
    assert pid
    os.kill(pid, signal.SIGSTOP)
    expect(devices.locator(".gone")).to_be_visible(timeout=PATIENCE)
    with contextlib.suppress(ProcessLookupError):  # the launcher may have put another in its place
        os.kill(pid, signal.SIGCONT)
    expect(devices.locator(".gone")).to_be_hidden(timeout=PATIENCE)
    ready(devices, "reader")


def test_the_page_scrolls_whatever_the_finger_is_on(devices: Page) -> None:
    """The log is a window in the page: at its end the page itself goes on."""
    devices.set_viewport_size(PHONE)
    devices.get_by_test_id("log-open").click()
    log = devices.get_by_test_id("log")
    expect(log).not_to_be_empty(timeout=PATIENCE)
    log.scroll_into_view_if_needed()
    log.hover()
    before = devices.evaluate("() => scrollY")
    for _ in range(30):
        devices.mouse.wheel(0, -800)
    until(lambda: devices.evaluate("() => scrollY") < before, because="the page scrolled back to its top")
