"""Texts for scripts, and which language an answer speaks."""

from __future__ import annotations

import pytest

from kiosk.web import texts
from tests.web.conftest import Web


def test_texts_come_by_area_with_a_version_that_is_kept(web: Web) -> None:
    client = web.app.test_client()
    first = client.get("/i18n/en.json?areas=refusal,error")
    assert first.headers["Cache-Control"] == "no-cache"
    assert {key.split(".")[0] for key in first.json} == {"refusal", "error"}
    etag = first.headers["ETag"]
    assert client.get("/i18n/en.json?areas=refusal,error", headers={"If-None-Match": etag}).status_code == 304
    with web.app.test_request_context("/board?language=en"):
        address = texts.texts_url("refusal", "error")
    fixed = client.get(address)
    assert "immutable" in fixed.headers["Cache-Control"] and fixed.json == first.json
    other = client.get(address.replace("v=", "v=x"))
    assert other.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("path", "status"),
    [("/i18n/fr.json?areas=kiosk", 404), ("/i18n/en.json", 400), ("/i18n/../en.json?areas=kiosk", 404),
     ("/i18n/en.json?areas=" + ",".join("abcdefghijklmnopqrstuvwxyz"), 400)],
)  # fmt: skip
def test_other_languages_and_shapes_are_refused(web: Web, path: str, status: int) -> None:
    assert web.app.test_client().get(path).status_code == status


def test_an_area_that_nobody_wrote_is_empty(web: Web) -> None:
    assert web.app.test_client().get("/i18n/en.json?areas=nothing").json == {}


def test_the_kiosk_speaks_the_language_that_was_chosen_there(web: Web) -> None:
    page = web.kiosk()
    assert 'lang="zh-CN"' in page.get("/", headers={"Accept-Language": "en"}).text
    page.act("begin", language="en")
    assert 'lang="en"' in page.get("/").text


def test_the_log_in_speaks_the_language_that_is_asked_for(web: Web) -> None:
    client = web.app.test_client()
    assert 'lang="en"' in client.get("/staff/login?language=en").text
    assert 'lang="zh-CN"' in client.get("/staff/login?language=xx", headers={"Accept-Language": "de"}).text


def test_a_text_that_is_missing_shows_its_key(web: Web) -> None:
    with web.app.test_request_context("/board"):
        assert texts.t("web.never.written") == "web.never.written"
