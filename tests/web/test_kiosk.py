"""The kiosk page over HTTP: one page acts, every press once, the student walks from card to receipt."""

from __future__ import annotations

import re

import pytest

from kiosk.domain.receipts import seal_in
from tests.actions.desk import NINGXIA
from tests.web.conftest import JPEG, Web


def test_the_journey_from_card_to_goodbye(web: Web) -> None:
    page = web.kiosk()
    assert page.snapshot()["screen"] == "welcome"
    assert page.act("begin", language="zh_CN").json["snapshot"]["screen"] == "identify"
    assert web.wanted()["mode"] == "identify"
    visit = web.card(1).json["result"]["visit"]
    seen = page.snapshot()
    assert (seen["screen"], seen["visit"]["id"]) == ("confirm", visit)
    assert seen["visit"]["masked"]["name"] == "学**"
    assert page.act("confirm").json["snapshot"]["screen"] == "declare"
    assert page.act("declare", answers=NINGXIA).json["snapshot"]["screen"] == "temperature"
    assert web.wanted()["mode"] == "temperature" and web.wanted()["visit"] == visit
    web.bridge("POST", "temperatures", {"key": "t-12345678", "visit": visit, "celsius": 36.6})
    called = page.snapshot()  # the kiosk was free and called by itself
    assert (called["screen"], called["visit"]["number"], called["queue"]["calling"]) == ("called", 1, [1])
    assert page.act("begin_capture").json["snapshot"]["screen"] == "capture"
    assert web.wanted() | {"version": 0} == {
        "version": 0, "mode": "capture", "visit": visit, "profile": "chsi-2017-99", "identity_mode": "id-card",
        "shot_ordinal": 1, "shutter": False, "codes": True, "orders": [], "look": False, "free": False,
        "watch": None,
    }  # fmt: skip
    assert web.shoot(visit).json["stored"] is True
    review = page.snapshot()
    shot = review["visit"]["shot"]
    assert (review["screen"], shot["acceptable"], shot["verdict"]) == ("review", True, "pass")
    assert page.client.get(shot["url"]).data == JPEG + b"\x01"
    receipt = page.act("accept", shot=shot["id"]).json["snapshot"]
    assert receipt["screen"] == "receipt"
    assert receipt["visit"]["receipt"]["url"].startswith("http://127.0.0.1:8080/r/")
    assert page.client.get(receipt["visit"]["receipt"]["qr"]).mimetype == "image/svg+xml"
    goodbye = page.act("finish").json["snapshot"]
    assert (goodbye["screen"], goodbye["visit"]) == ("welcome", None)
    assert web.desk.state(visit) == "done"


def test_the_same_press_twice_is_one_decision(web: Web) -> None:
    page = web.kiosk()
    first = page.act("begin", key="the-same-press", language="en")
    before = web.desk.sizes()
    second = page.act("begin", key="the-same-press", language="en")
    assert (second.status_code, second.json["result"]) == (200, first.json["result"])
    assert web.desk.sizes() == before


def test_a_key_serves_one_press_only(web: Web) -> None:
    page = web.kiosk()
    page.act("begin", key="the-same-press", language="en")
    answer = page.act("begin", key="the-same-press", language="zh_CN")
    assert (answer.status_code, answer.json["refusal"]["code"]) == (409, "key_reused")


def test_the_newest_page_takes_the_kiosk_and_the_older_learns_nothing(web: Web) -> None:
    old = web.kiosk()
    web.card(1)
    new = web.kiosk()
    assert new.snapshot()["visit"]["masked"]["name"] == "学**"
    seen = old.snapshot()
    assert (seen["page"], seen["visit"], seen["screen"], seen["station"]["preview"]) == (
        "superseded", None, "closed", None,
    )  # fmt: skip
    answer = old.act("confirm")
    assert (answer.status_code, answer.json["refusal"]["code"]) == (409, "page_superseded")
    assert old.post("/api/awake", {"page": old.page}).json["refusal"]["code"] == "page_superseded"
    assert new.act("confirm").status_code == 200


def test_a_page_that_did_not_claim_may_not_act(web: Web) -> None:
    web.kiosk()
    late = web.kiosk(claim=False)
    assert late.snapshot()["page"] == "superseded"
    assert late.act("begin", language="en").status_code == 409


def test_a_reload_shows_the_same_step(web: Web) -> None:
    page = web.kiosk()
    visit = web.to_capture(page)
    again = web.kiosk()
    seen = again.snapshot()
    assert (seen["screen"], seen["visit"]["id"]) == ("capture", visit)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"key": "short"}, "key"),
        ({"key": None}, "key"),
        ({"page": 5}, "page"),
        ({"language": "fr"}, "language"),
        ({"surplus": 1}, "arguments"),
        ({"actor": "staff:li"}, "arguments"),
        ({"now": "2020-01-01T00:00:00Z"}, "arguments"),
        ({"database": ""}, "arguments"),
        ({"language": "en\x00"}, "text"),
        ({"language": [[[[[[["deep"]]]]]]]}, "depth"),
    ],
)
def test_malformed_presses_are_refused_by_name(web: Web, change: dict[str, object], what: str) -> None:
    page = web.kiosk()
    content = {"key": "press-12345", "page": page.page, "language": "en", **change}
    answer = page.post("/api/actions/begin", content)
    assert (answer.status_code, answer.json["refusal"]["code"]) == (400, "bad_request")
    assert answer.json["refusal"]["args"] == {"what": what}


@pytest.mark.parametrize(
    "name", ["identify", "keep_shot", "cancel", "add_staff", "log_in", "no_such", "close_stale"]
)
def test_only_presses_of_the_kiosk_are_reachable(web: Web, name: str) -> None:
    answer = web.kiosk().act(name)
    assert (answer.status_code, answer.json["refusal"]["code"]) == (404, "not_found")


def test_a_picture_of_somebody_else_is_not_shown(web: Web) -> None:
    page = web.kiosk()
    visit = web.to_capture(page, 1)
    web.shoot(visit)
    shot = page.snapshot()["visit"]["shot"]
    page.act("accept", shot=shot["id"])
    page.act("finish")
    web.card(2)
    assert page.client.get(shot["url"]).status_code == 404
    assert page.client.get("/kiosk/api/receipt.svg").status_code == 404


def test_a_refused_card_becomes_a_notice_in_the_language_of_the_page(web: Web) -> None:
    page = web.kiosk()
    page.act("begin", language="en")
    assert web.card(99).status_code == 409
    notice = page.snapshot()["notice"]
    assert page.snapshot()["screen"] == "notice" and notice["code"] == "not_on_roster"
    assert notice["student"] and not re.search("[一-鿿]", notice["student"])
    assert page.act("leave").json["snapshot"]["notice"] is None


def test_the_questions_reach_the_page_without_their_right_answers(web: Web) -> None:
    campaign = web.kiosk().snapshot()["campaign"]
    assert len(campaign["screening"]["questions"]) == 5
    assert "pass" not in str(campaign["screening"])


def test_the_outline_fits_the_deliverable(web: Web) -> None:
    profile = web.kiosk().snapshot()["profile"]
    outline, crop = profile["outline"], profile["preview_crop"]
    assert 0 < outline["crown_y"] < outline["eyes_y"] < outline["chin_y"] < profile["height"]
    assert crop["x"] >= 0 and crop["x"] + crop["w"] <= 1 and crop["y"] >= 0 and crop["y"] + crop["h"] <= 1


def test_the_receipts_code_leads_to_the_receipt(web: Web) -> None:
    np = pytest.importorskip("numpy")
    zxingcpp = pytest.importorskip("zxingcpp")
    page = web.kiosk()
    visit = web.to_capture(page)
    web.shoot(visit)
    page.act("accept", shot=page.snapshot()["visit"]["shot"]["id"])
    svg = page.client.get("/kiosk/api/receipt.svg").text
    url = page.snapshot()["visit"]["receipt"]["url"]
    size = int(svg.split('width="', 1)[1].split("mm", 1)[0])
    squares = re.findall(r'<(?:svg:)?rect x="([\d.]+)mm" y="([\d.]+)mm" width="([\d.]+)mm"', svg)
    scale = 8
    picture = np.full((size * scale, size * scale), 255, np.uint8)
    for x, y, width in squares:
        left, top, step = (round(float(value) * scale) for value in (x, y, width))
        picture[top : top + step, left : left + step] = 0
    codes = zxingcpp.read_barcodes(picture)
    (read,) = [code.text for code in codes]
    assert read.partition("#")[0] == url and seal_in(read)
    path = url.removeprefix("http://127.0.0.1:8080")
    assert web.app.test_client().get(path).status_code == 200
