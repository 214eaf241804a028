"""The receipt: its token can't be guessed or bent, and the card says little."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.web import receipt, receipts
from tests.actions.desk import id_number, shot_facts
from tests.web.conftest import Web

KEY = b"a key of this station"
NONCES = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", min_size=1, max_size=64)


@given(NONCES)
def test_a_token_gives_its_nonce_back_and_fits_an_address(nonce: str) -> None:
    token = receipts.token(KEY, nonce)
    assert receipts.nonce_of(KEY, token) == nonce
    assert re.fullmatch(r"[\w-]+", token)
    assert receipts.token(KEY, nonce) == token


@given(NONCES, st.data())
def test_a_bent_token_is_none(nonce: str, data: st.DataObject) -> None:
    token = receipts.token(KEY, nonce)
    place = data.draw(st.integers(0, len(token) - 2))  # the last character carries spare bits only
    other = data.draw(st.sampled_from("abcXYZ019-_"))
    bent = token[:place] + other + token[place + 1 :]
    assert receipts.nonce_of(KEY, bent) == (nonce if bent == token else None)
    assert receipts.nonce_of(b"another key", token) is None


@given(st.text(max_size=200))
def test_any_text_is_taken_for_a_token_calmly(text: str) -> None:
    assert receipts.nonce_of(KEY, text) is None


def photographed(web: Web, verdict: str = "pass") -> str:
    """Address of the receipt of student 1."""
    desk = web.desk
    visit = desk.to_capture(1)
    desk.shoot(visit, verdict=verdict)
    page = web.kiosk()
    shot = shot_facts(visit, 1, desk.now)["shot"]
    url = str(page.act("accept", shot=shot).json["snapshot"]["visit"]["receipt"]["url"])
    return url.removeprefix("http://127.0.0.1:8080")


def test_the_card_shows_the_number_and_no_more_of_the_person_than_a_star(web: Web) -> None:
    path = photographed(web)
    answer = web.app.test_client().get(path, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    assert "001" in answer.text and "学**" in answer.text and "Autumn" in answer.text
    assert "学生" not in answer.text and id_number(1) not in answer.text and id_number(1)[-4:] not in path
    assert answer.headers["Cache-Control"] == "no-store"
    assert "HttpOnly" in answer.headers["Set-Cookie"] and "Path=/" in answer.headers["Set-Cookie"]


def test_the_same_receipt_is_shown_after_a_reload(web: Web) -> None:
    path = photographed(web)
    seen = web.kiosk().snapshot()["visit"]["receipt"]["url"]
    assert seen.endswith(path)
    web.desk.kiosk("finish")
    assert web.app.test_client().get(path).status_code == 200


@pytest.mark.parametrize(("verdict", "state"), [("pass", "accepted"), ("ask", "with_staff")])
def test_a_photo_that_staff_still_look_at_is_not_called_accepted(web: Web, verdict: str, state: str) -> None:
    path = photographed(web, verdict)
    assert f"ticket-state-{state}" in web.app.test_client().get(path).text


def test_a_receipt_ends_after_its_days(web: Web) -> None:
    path = photographed(web)
    web.desk.now += timedelta(days=90) - timedelta(seconds=1)
    assert web.app.test_client().get(path).status_code == 200
    web.desk.later(seconds=1)
    answer = web.app.test_client().get(path)
    assert (answer.status_code, 'data-code="receipt_expired"' in answer.text) == (404, True)


def test_an_unknown_token_says_nothing_else(web: Web) -> None:
    for token in ("x", "x" * 54, receipts.token(web.site.receipt_key, "never-issued")):
        answer = web.app.test_client().get(f"/r/{token}")
        assert (answer.status_code, 'data-code="receipt_unknown"' in answer.text) == (404, True)


def test_trying_tokens_is_slowed_down(make_web: Callable[..., Web], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipt, "RATE", "3 per hour")
    client = make_web().app.test_client()
    assert [client.get("/r/guess").status_code for _ in range(4)] == [404, 404, 404, 429]
