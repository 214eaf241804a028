"""The devices page's calls: who may, orders with their audit, pictures while one looks, the check, the bundle."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from typing import Any

import pytest
from sqlalchemy import select

from kiosk import secrets_store
from kiosk.domain.device_check import Step
from kiosk.records.site_tables import DeviceCheck
from kiosk.records.tables import Staff
from kiosk.web.orders import LOOK_SECONDS, LOST_SECONDS, OrderDesk
from tests.web.conftest import Page, Web

JPEG = b"\xff\xd8\xff small"
HELLO = {"boot": "b1", "preview_port": 8071, "preview_token": "t0ken", "engine": "1.0"}
READER = {"state": "fault", "code": "reader_gone", "fault": "not_found", "detail": "/dev/ttyUSB0",
          "retry": "reopen", "since": "2026-11-22T01:00:00.000+00:00", "driver": "serial",
          "label": "COM3"}  # fmt: skip
LIGHT = {"width": 1920, "height": 1440, "asked_width": 1920, "asked_height": 1440, "fps": 30.0, "lightness": 70.0,
         "sides": 1.0, "clipped": 0.0, "black": 0.0, "sharpness": 90.0}  # fmt: skip


@pytest.fixture
def live(web: Web) -> Web:
    """A site whose bridge has said hello and told of its devices."""
    web.bridge("POST", "hello", HELLO)
    report = {
        "boot": "b1",
        "sequence": 1,
        "devices": {"reader": READER},
        "facts": {"calibration": {"state": "none"}},
    }
    assert web.bridge("POST", "devices", report).status_code == 200
    return web


def order(page: Page, name: str, device: str, key: str = "", **more: Any) -> Any:
    content = {"key": key or f"order-{next(page.keys)}", "order": name, "device": device, **more}
    return page.post("/api/devices/orders", content)


def answer(web: Web, order_id: str, **end: Any) -> Any:
    content = {
        "key": f"end-{order_id}",
        "id": order_id,
        "ok": True,
        "fault": None,
        "detail": "",
        "values": {},
        **end,
    }
    return web.bridge("POST", "results", content)


@pytest.mark.parametrize("role", ["administrator", "operator", "usher", "medic"])
def test_everybody_looks_and_only_some_act(live: Web, role: str) -> None:
    page = live.staff(role)
    seen = page.get("/api/devices").json
    reader = next(row for row in seen["devices"] if row["kind"] == "reader")
    assert (reader["fault"], reader["detail"], reader["label"]) == ("not_found", "/dev/ttyUSB0", "COM3")
    assert seen["calibration"] == {"state": "none"}
    may = role in ("administrator", "operator")
    assert seen["may"] is may
    expected = 200 if may else 403
    assert order(page, "test", "reader").status_code == expected
    for path in ("picture", "orders/x", "bundle.zip"):
        assert page.get(f"/api/devices/{path}").status_code == expected
    assert page.get("/devices").status_code == 200


def test_an_order_is_audited_fetched_answered_and_read(live: Web) -> None:
    page = live.staff("operator")
    given = order(page, "test", "reader", key="order-1234", seconds=12).json["order"]
    assert page.get(f"/api/devices/orders/{given}").json == {"state": "waiting"}
    told = {"id": given, "name": "test", "device": "reader", "options": {"seconds": 12.0}}
    assert live.wanted()["orders"] == [told]
    assert order(page, "test", "reader", key="order-1234", seconds=12).status_code == 200  # pressed twice
    assert live.wanted()["orders"] == [told]
    answer(live, given, values={"card": True, "sam_id": "05.03", "note": "number=990101199001010027"})
    assert live.wanted()["orders"] == []
    end = page.get(f"/api/devices/orders/{given}").json
    assert (end["state"], end["went"], end["steps"]["card"]["result"]) == ("done", True, "passed")
    assert "990101199001010027" not in json.dumps(end)
    answer(live, given, ok=False, fault="gone")  # the answer that came twice changes nothing
    assert page.get(f"/api/devices/orders/{given}").json["went"] is True
    assert live.desk.audit().count(("order_device", "done")) == 1


def test_nothing_is_tested_while_somebody_is_at_the_kiosk_but_a_broken_device_is_opened_again(live: Web) -> None:
    page, kiosk = live.staff("operator"), live.kiosk()
    kiosk.act("begin", language="en")
    assert live.wanted()["free"] is False
    assert order(page, "test", "camera").json["refusal"]["code"] == "kiosk_in_use"
    assert live.wanted()["orders"] == []
    assert order(page, "retry", "reader").status_code == 200
    assert ("order_device", "kiosk_in_use") in live.desk.audit()


def test_without_a_bridge_no_order_waits_for_nobody(web: Web) -> None:
    assert order(web.staff("operator"), "test", "reader").json["refusal"]["code"] == "bridge_gone"
    assert web.site.desk.waiting() == []


@pytest.mark.parametrize(("name", "device"), [("format", "reader"), ("test", "../x"), ("test", "")])
def test_an_order_has_its_shape(live: Web, name: str, device: str) -> None:
    assert order(live.staff("operator"), name, device).status_code == 400


def test_orders_that_nobody_answers_are_lost() -> None:
    now = [0.0]
    desk = OrderDesk(clock=lambda: now[0])
    row = desk.place("one", "test", "reader", "li", 0.0)
    now[0] = LOST_SECONDS + 1
    assert desk.waiting() == [] and desk.lost(row)
    desk.ended("one", {"ok": True}, None)
    desk.ended("unknown", {"ok": True}, None)
    assert row.end == {"ok": True}
    for number in range(200):
        desk.place(str(number), "report", "all", "li", 0.0)
    assert len(desk.orders) < 100


def test_a_picture_is_asked_for_by_looking_and_shown_only_while_the_kiosk_is_free(live: Web) -> None:
    page = live.staff("operator")
    assert live.wanted()["look"] is False
    assert page.get("/api/devices/picture").json == {"free": True, "taken_ms": None, "picture": None}
    assert live.wanted()["look"] is True
    sent = {"taken_ms": 5.0, "jpeg_b64": base64.b64encode(JPEG).decode()}
    assert live.bridge("POST", "pictures", sent).status_code == 200
    assert page.get("/api/devices/picture").json["picture"].startswith("data:image/jpeg;base64,")
    live.kiosk().act("begin", language="en")
    assert page.get("/api/devices/picture").json == {"free": False, "taken_ms": None, "picture": None}


def test_nobody_looks_any_more_and_the_picture_is_forgotten() -> None:
    now = [0.0]
    desk = OrderDesk(clock=lambda: now[0])
    desk.seen(1.0, JPEG)
    assert desk.picture is None  # nobody had asked
    assert desk.look() and not desk.look()
    desk.seen(1.0, JPEG)
    assert desk.fresh() == (1.0, JPEG)
    now[0] = LOOK_SECONDS + 2
    assert not desk.looking and desk.fresh() is None
    desk.seen(2.0, JPEG)
    assert desk.picture is None


@pytest.mark.parametrize(
    "picture", ["%%%", base64.b64encode(b"<svg>").decode(), base64.b64encode(JPEG * 20000).decode()]
)
def test_what_is_no_small_picture_is_refused(live: Web, picture: str) -> None:
    assert live.bridge("POST", "pictures", {"taken_ms": 1.0, "jpeg_b64": picture}).status_code == 400


def test_words_of_the_bridge_are_short_and_cleaned(live: Web) -> None:
    odd = {**READER, "detail": "token=abcdefgh " + "x" * 500, "label": 5, "state": "<b>", "surplus": "y"}
    live.bridge("POST", "devices", {"sequence": 2, "devices": {"reader": odd, "no such name!": odd}})
    rows = live.staff("usher").get("/api/devices").json["devices"]
    reader = next(row for row in rows if row["kind"] == "reader")
    assert (reader["state"], reader["label"]) == ("fault", None)
    assert len(reader["detail"]) <= 200 and "abcdefgh" not in reader["detail"]
    assert "surplus" not in reader
    assert {row["kind"] for row in rows} == {"reader", "camera", "thermometer", "codes"}


def _check(live: Web, page: Page, **steps: Any) -> Any:
    given = {"skip": "not today"}
    content = {"key": f"check-{next(page.keys)}", "steps": {**{step.value: given for step in Step}, **steps}}
    return page.post("/api/devices/checks", content)


def test_the_check_is_judged_on_the_bridges_own_answers_and_kept(live: Web) -> None:
    page = live.staff("operator")
    card = order(page, "test", "reader").json["order"]
    answer(live, card, values={"card": True})
    camera = order(page, "test", "camera").json["order"]
    answer(live, camera, values={**LIGHT, "lightness": 12.0}, picture_b64=base64.b64encode(JPEG).decode())
    kept = _check(live, page, card={"order": card}, camera={"order": camera}, light={"order": camera},
                  printer={"seen": True})  # fmt: skip
    assert kept.json["result"] == {"passed": False}
    with live.desk.database.read() as session:
        row = session.scalars(select(DeviceCheck)).one()
    results = {step: found["result"] for step, found in row.steps.items()}
    assert results == {"card": "passed", "camera": "passed", "light": "failed", "wall": "skipped",
                       "thermometer": "off", "printer": "passed"}  # fmt: skip
    assert row.steps["light"]["why"] == "dark"
    assert (row.by, row.station, row.passed) == ("the-operator", "kiosk-1", False)
    assert page.get("/api/devices").json["check"]["steps"]["wall"]["reason"] == "not today"


@pytest.mark.parametrize(
    "card",
    [
        {},
        {"order": "unknown"},
        {"order": "x" * 80},
        {"skip": ""},
        {"skip": 5},
        "passed",
        {"result": "passed"},
        None,
    ],
)
def test_a_page_can_not_say_itself_that_a_step_passed(live: Web, card: Any) -> None:
    page = live.staff("operator")
    waiting = order(page, "test", "reader").json["order"]
    assert _check(live, page, card=card).status_code == 400
    assert _check(live, page, card={"order": waiting}).status_code == 400  # not answered yet
    answer(live, waiting)
    assert _check(live, page, camera={"order": waiting}).status_code == 400  # the answer of another device
    with live.desk.database.read() as session:
        assert session.scalars(select(DeviceCheck)).all() == []


def test_a_skipped_step_needs_a_reason(live: Web) -> None:
    answered = _check(live, live.staff("operator"), wall={"skip": "   "})
    assert answered.json["refusal"]["code"] == "reason_required"


def test_the_bundle_holds_nobody(live: Web) -> None:
    """Names, numbers and secrets stand in logs, settings, reports and files; none of them is in the bundle."""
    desk, settings = live.desk, live.desk.settings
    page = live.staff("operator")
    with desk.database.write() as session:
        session.scalars(select(Staff)).one().display_name = "Zheng Xiaoming"
    secret = secrets_store.read_or_make(settings, secrets_store.BRIDGE_TOKEN)
    planted = ["张三丰", "阿卜杜拉·买买提", "990101199001010027", "99010119900101002X", "13800138000",
               "1951101234567", "Zheng Xiaoming", "xiaoming@example.edu", secret, "2551007",
               "S20-77113"]  # fmt: skip
    with desk.database.write() as session:
        from kiosk.records.tables import Student

        one, two, three = session.scalars(select(Student).limit(3)).all()
        one.name, one.student_number = "Aynur Tursun", "2551007"
        two.student_number = "S20-77113"
        three.name = "张三丰"
    planted += ["Aynur", "Tursun"]
    line = " said ".join(planted)
    folder = settings.data / "logs"
    folder.mkdir(exist_ok=True)
    for process in ("web", "bridge", "worker"):
        (folder / f"{process}.log").write_text(f"2026-11-22 INFO x: {line}\n name={planted[0]!r}\n", "utf-8")
    station = settings.data / "bridge"
    station.mkdir(exist_ok=True)
    (station / "station.json").write_text(json.dumps({"reader": {"port": line}}), "utf-8")
    report = order(page, "report", "all").json["order"]
    answer(live, report, values={"log": [line], "history": [{"device": "reader", "detail": line}]})
    live.bridge("POST", "devices", {"sequence": 9, "devices": {"reader": {**READER, "detail": line[:150]}}})
    taken = page.get(f"/api/devices/bundle.zip?order={report}")
    assert (taken.status_code, taken.mimetype) == (200, "application/zip")
    archive = zipfile.ZipFile(io.BytesIO(taken.data))
    names = set(archive.namelist())
    assert {"README.txt", "versions.json", "settings.json", "devices.json", "health.json", "logs/web.log"} <= names
    everything = "\n".join(archive.read(name).decode() for name in names)
    assert [word for word in planted if word.lower() in everything.lower()] == []
    assert json.loads(archive.read("versions.json"))["records"]["revision"]
    assert json.loads(archive.read("settings.json"))["station"]["name"] == "kiosk-1"
    assert not [name for name in names if name.endswith((".jpg", ".png"))]
    assert ("support_bundle", "done") in desk.audit()


def test_the_pages_own_reads_do_not_keep_a_session(live: Web) -> None:
    page = live.staff("operator")
    for _ in range(3):
        live.desk.later(minutes=live.desk.settings.server.session_minutes - 10)
        status = page.get("/api/devices/picture").status_code
    assert status == 401
