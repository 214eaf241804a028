"""Kiosks that are set up in another way: collection codes, short idle times, the very first start."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from kiosk.i18n import text
from kiosk.records import audit
from kiosk.records.tables import Audit, Shot, Staff, Visit, VisitStateRow
from kiosk.records.vault import Vault
from tests.e2e.conftest import clear
from tests.e2e.tablet import PASSWORD, TABLET
from tests.e2e.walk import KIOSK_LANDSCAPE, Student
from tests.harness.kiosk import Kiosk
from tests.harness.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

CODES = "code-2027-spring"
#: What a code holds is opaque: spaces, case, signs and a line end stay as they are.
CODE = "CJM 20270115/aB%7E+采集码;=\n"


@pytest.fixture(scope="module")
def coded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    """A kiosk that works for the campaign of collection codes."""
    kiosk = Kiosk(tmp_path_factory.mktemp("coded"), {"station.campaign": CODES})
    try:
        kiosk.start()
        kiosk.command("campaign", "activate", CODES)
        yield kiosk
    finally:
        kiosk.stop()
        print(kiosk.logs())


@pytest.fixture
def holder(coded: Kiosk, open_page: Callable[..., Page]) -> Student:
    """Somebody with a code in front of that kiosk."""
    clear(coded)
    someone = Student(coded, open_page(KIOSK_LANDSCAPE))
    someone.simulate("code", "hide")
    return someone.open()


@pytest.fixture(scope="module")
def hurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    """A kiosk without staff whose page soon asks whether anybody is there."""
    soon = {"visit.idle_warn_seconds": 3, "visit.idle_park_seconds": 15}  # a busy machine must see the question
    kiosk = Kiosk(tmp_path_factory.mktemp("hurried"), soon)
    try:
        kiosk.start()
        yield kiosk
    finally:
        kiosk.stop()
        print(kiosk.logs())


def test_a_collection_code_is_photographed_and_its_bytes_reach_the_package(
    coded: Kiosk, holder: Student, tmp_path: Path
) -> None:
    student = holder
    student.begin("en")
    student.simulate("code", "show", CODE)
    student.sees("confirm")
    student.simulate("code", "hide")
    assert CODE.strip() not in student.page.inner_text("#screen"), "all of the code is shown to bystanders"
    student.press("confirm")
    student.sees("called")  # nothing to declare, no temperature: the profile of the campaign asks for neither
    student.shoot()
    kept = student.shot_bytes()
    student.finish()

    database = coded.db()
    try:
        with database.read() as session:
            visit = session.scalars(select(Visit).where(Visit.code == CODE.encode())).one()
            assert (visit.state, visit.assurance, visit.student_id) == ("done", "code", None)
            shot = session.get(Shot, visit.accepted_shot_id)
            assert shot is not None and shot.deliverable_sha256
            assert Vault(coded.settings.data / "vault").get(shot.deliverable_sha256) == kept
            assert audit.verify(session)[1] is None
            assert not any(CODE[:12] in json.dumps(row.detail) for row in session.scalars(select(Audit)))
    finally:
        database.close()
    out = tmp_path / "package.zip"
    coded.command("export", "--campaign", CODES, str(out))
    with zipfile.ZipFile(out) as package:
        names = package.namelist()
        (code,) = (name for name in names if name.startswith("codes/") and package.read(name) == CODE.encode())
        assert package.read(code.replace("codes/", "photos/").replace(".bin", ".jpg")) == kept
        manifest = json.loads(package.read("manifest.json"))
        assert manifest["registered"] == manifest["exported"] + sum(manifest["missing"].values())
        (workbook,) = (name for name in names if name.endswith(".xlsx"))
        sheet = openpyxl.load_workbook(io.BytesIO(package.read(workbook))).active
        assert sheet is not None
        titles = [str(cell.value) for cell in sheet[1]]
        assert not any(word in title for title in titles for word in ("姓名", "证件", "学号"))


def test_a_code_that_was_photographed_is_turned_away(holder: Student) -> None:
    student = holder
    used = "SECOND-CODE-0002"
    for seen in ("confirm", "notice"):
        student.begin()
        student.simulate("code", "show", used)
        assert student.sees("confirm", "notice") == seen
        student.simulate("code", "hide")
        if seen == "confirm":
            student.press("confirm")
            student.sees("called")
            student.shoot()
            student.finish()
    assert text("zh_CN", "refusal.code_already_used.title") in student.page.inner_text("#screen")
    student.press("leave")
    student.sees("welcome")


def test_an_idle_visit_is_warned_parked_and_resumed_by_the_same_card(
    hurried: Kiosk, open_page: Callable[..., Page]
) -> None:
    student = Student(hurried, open_page(KIOSK_LANDSCAPE)).open()
    position = student.card_of("ordinary", 0)
    student.begin()
    student.identify(position)
    warning = student.page.locator("#idle")
    warning.wait_for()
    student.press("stay")
    expect(warning).to_have_count(0)
    assert student.sees("confirm") == "confirm"
    warning.wait_for()
    student.sees("parked", "welcome")
    assert student.cards()[position]["name"][0] + "*" not in student.page.content(), "left on an empty kiosk"
    student.identify(position)

    database = hurried.db()
    try:
        with database.read() as session:
            visit = session.scalars(
                select(Visit).where(Visit.student.has(id_number=student.cards()[position]["number"]))
            ).one()
            rows = session.scalars(
                select(VisitStateRow).where(VisitStateRow.visit_id == visit.id).order_by(VisitStateRow.id)
            ).all()
            assert [row.state for row in rows] == ["confirming", "parked", "confirming"]
            assert all(one.ended_at == following.started_at for one, following in pairwise(rows))
            parked = session.scalars(
                select(Audit).where(Audit.visit == visit.public_id, Audit.action == "park", Audit.result == "done")
            ).all()
            assert len(parked) == 1
    finally:
        database.close()


def test_the_link_of_the_first_start_makes_one_administrator_once(
    hurried: Kiosk, open_page: Callable[..., Page]
) -> None:
    printed = until(
        lambda: re.search(r"http\S+/setup/[A-Za-z0-9_-]{22,}", hurried.output.read_text("utf-8")),
        because="the first start prints the link",
    )
    page = open_page(TABLET)
    page.goto(printed.group())
    page.get_by_test_id("login").fill("first")
    page.get_by_test_id("display-name").fill("陈老师")
    page.get_by_test_id("password").fill(PASSWORD)
    page.get_by_test_id("password-again").fill(PASSWORD)
    page.get_by_test_id("submit").click()
    page.locator("[data-testid='visits']:not([aria-busy])").wait_for()

    again = open_page(TABLET)
    answer = again.goto(printed.group())
    assert answer is not None and answer.status == 404
    assert again.get_by_test_id("submit").count() == 0
    database = hurried.db()
    try:
        with database.read() as session:
            (member,) = session.scalars(select(Staff)).all()
            assert (member.login, member.role, member.active) == ("first", "administrator", True)
            assert member.password_hash.startswith("$argon2id$")
    finally:
        database.close()
    logged = "".join(file.read_text("utf-8") for file in (hurried.settings.data / "logs").glob("*.log"))
    assert printed.group().rpartition("/")[2] not in logged
