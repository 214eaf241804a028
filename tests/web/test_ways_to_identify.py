"""Campus cards, refusals and card photos as the pages get them: staff see why, and no more than they need."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from kiosk.records.tables import Audit, Campaign, Decision
from kiosk.web import refusals
from tests.actions.desk import card_of, id_number
from tests.web.conftest import Web

UID = "04A1B2C3"


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (102, 126), "grey").save(out, "JPEG")
    return out.getvalue()


def change(web: Web, **values: Any) -> None:
    with web.desk.database.write() as session:
        campaign = session.scalars(select(Campaign)).one()
        for name, value in values.items():
            setattr(campaign, name, value)


def lay(web: Web, key: str, **entry: Any) -> Any:
    return web.bridge("POST", "identities", {"key": key, "source": "pcsc", **entry})


def test_staff_bind_a_campus_card_and_the_next_time_it_is_known(web: Web) -> None:
    change(web, assurances=["chip_verified", "uid_only", "typed"])
    refused = lay(web, "laid-0001", assurance="uid_only", uid=UID)
    assert refused.json["refusal"]["code"] == "campus_card_unknown"
    page = web.staff("operator")
    (station, _) = page.snapshot()["stations"]
    assert station["notice"]["code"] == "campus_card_unknown"
    assert "绑定" in station["notice"]["staff"]
    visit = web.card(1).json["result"]["visit"]  # type: ignore[index]
    assert "bind_campus_card" in page.snapshot()["visits"][0]["actions"]
    assert "bind_campus_card" not in web.staff("usher").snapshot()["visits"][0]["actions"]
    assert page.act("bind_campus_card", visit=visit).status_code == 200
    assert "bind_campus_card" not in page.snapshot()["visits"][0]["actions"]
    web.kiosk().act("park", cause="left")
    again = lay(web, "laid-0002", assurance="uid_only", uid=UID)
    assert again.json["result"]["visit"] == visit
    assert UID not in str(page.snapshot())


def test_staff_read_which_flag_a_card_was_refused_for(web: Web) -> None:
    wrong = {**card_of(1), "birth": "1970-01-01"}
    lay(web, "laid-0001", assurance="chip_verified", card=wrong)
    (station, _) = web.staff("operator").snapshot()["stations"]
    assert station["notice"]["staff"] == "证件信息未通过校验：出生日期与证件号码不一致。"
    kiosk = web.kiosk().snapshot()["notice"]
    assert kiosk["student"] == "证件上的信息没有通过校验。"
    assert id_number(1) not in str(kiosk) + str(station)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("zh_CN", "本次拍摄可以使用：身份证件、校园卡。"), ("en", "This campaign takes: ID card, campus card.")],
)
def test_a_refusal_names_what_is_taken_in_the_readers_language(language: str, sentence: str) -> None:
    said = refusals.describe("identity_mode", {"mode": "id-card", "takes": ["id_card", "campus_card"]}, language)
    assert said["student"] == sentence
    assert "–" in refusals.describe("identity_mode", {"mode": "id-card"}, language)["student"]


def test_the_camera_looks_for_receipts_where_the_campaign_takes_them(web: Web) -> None:
    assert web.wanted()["codes"] is True  # chip_verified, code, typed
    change(web, assurances=["chip_verified", "typed"])
    assert web.wanted()["codes"] is False


def test_the_photo_on_a_card_is_seen_while_the_visit_is_open_and_kept_nowhere(web: Web) -> None:
    photo = picture()
    card = {**card_of(1), "photo_b64": base64.b64encode(photo).decode()}
    visit = lay(web, "laid-0001", assurance="chip_verified", card=card).json["result"]["visit"]
    page = web.staff("operator")
    assert page.client.get(f"/staff/api/visits/{visit}").json["card_photo"] is True
    shown = page.client.get(f"/staff/api/visits/{visit}/card.jpg")
    assert (shown.data, shown.headers["Cache-Control"]) == (photo, "no-store")
    assert web.app.test_client().get(f"/staff/api/visits/{visit}/card.jpg").status_code == 401
    with web.desk.database.read() as session:
        rows = [*session.scalars(select(Audit.detail)), *session.scalars(select(Decision.outcome))]
    assert "photo" not in str(rows) and card["photo_b64"][:40] not in str(rows)
    web.sweep.once()
    assert web.site.card_photos.of(visit) == photo
    page.act("cancel", visit=visit, reason="left")
    web.sweep.once()
    assert page.client.get(f"/staff/api/visits/{visit}/card.jpg").status_code == 404


@pytest.mark.parametrize("photo", ["not base64", base64.b64encode(b"GIF89a").decode(), 7])
def test_what_is_no_photo_is_refused(web: Web, photo: object) -> None:
    answer = lay(web, "laid-0001", assurance="chip_verified", card={**card_of(1), "photo_b64": photo})
    assert answer.json["refusal"]["code"] == "bad_request"
