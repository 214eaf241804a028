"""Every refusal and error has one form, in the right language, and says nothing that it should not."""

from __future__ import annotations

import errno
import sqlite3

import pytest

from kiosk.domain.refusals import Code, Refusal
from kiosk.web import refusals
from tests.web.conftest import Web


def add_view(web: Web, error: BaseException) -> None:
    """An address that fails in that way."""
    from kiosk.web.access import allow

    @allow("public")
    def fails() -> str:
        raise error

    web.app._got_first_request = False
    web.app.add_url_rule("/board/api/fails", "fails", fails)


def test_each_code_has_one_form_a_status_and_sentences(web: Web) -> None:
    for code in Code:
        with web.app.test_request_context("/board/api/x", headers={"Accept-Language": "en"}):
            response, status = refusals.answer(Refusal(code, {"seat": "1"}))
        assert not isinstance(response, str)
        refusal = response.json["refusal"]
        assert status == refusals.status_of(code) and status in range(400, 504)
        assert response.json["ok"] is False
        assert set(refusal) == {"code", "category", "args", "title", "student", "staff", "next"}
        assert refusal["code"] == code.value and refusal["args"] == {"seat": "1"}
        assert refusal["student"] and refusal["staff"], f"{code} has no sentence"


def test_a_workbook_without_a_header_is_told_which_columns(web: Web) -> None:
    with web.app.test_request_context("/staff/api/x"):
        values = {"missing": "证件号码", "twice": "姓名", "within": 10}
        told = refusals.describe(Code.FILE_NO_HEADER.value, values, "en")["staff"]
        plain = refusals.describe(Code.FILE_NO_HEADER.value, {"missing": "", "twice": ""}, "en")["staff"]
    assert told == f"{plain} Missing columns: 证件号码 Columns that stand twice: 姓名"


@pytest.mark.parametrize(
    ("code", "values", "told"),
    [
        ("campaign_invalid", {"field": "retention.answers", "problem": "invalid"}, "“数据保存天数”：这一项"),
        ("campaign_invalid", {"field": "profile", "problem": "settled"}, "不能再改。活动没有发布。"),
        ("unit_invalid", {"unit": "yc", "problem": "loop"}, "机构“yc”有问题（绕回到自己，成了自己的上级）"),
    ],
)  # fmt: skip
def test_names_of_fields_and_problems_are_words(web: Web, code: str, values: dict[str, str], told: str) -> None:
    with web.app.test_request_context("/staff/api/x"):
        assert told in refusals.describe(code, values, "zh_CN")["staff"]


def test_a_time_slot_is_told_as_a_person_says_it(web: Web) -> None:
    def told(language: str, until: str) -> str:
        values = {"from": "2026-11-23 09:00", "until": until}
        with web.app.test_request_context("/kiosk/api/x"):
            return str(refusals.describe("not_in_time_slot", values, language)["student"])

    assert told("zh_CN", "2026-11-23 09:30") == "您的拍摄时间是 11月23日（周一）09:00 至 09:30。"
    assert told("zh_CN", "2026-11-24 00:30") == "您的拍摄时间是 11月23日（周一）09:00 至 11月24日（周二）00:30。"
    assert told("zh_CN", "…") == "您的拍摄时间是 11月23日（周一）09:00 至 …。"
    english = told("en", "2026-11-23 09:30").replace("\N{NON-BREAKING HYPHEN}", "-")
    assert english == "Your time slot is from Mon 2026-11-23, 09:00 to 09:30."


@pytest.mark.parametrize(("language", "start"), [("en-GB,en;q=0.9", "en"), ("zh-CN,zh;q=0.9", "zh"), ("fr", "zh")])
def test_the_sentences_are_in_the_language_of_the_reader(web: Web, language: str, start: str) -> None:
    answer = web.app.test_client().get("/nothing", headers={"Accept-Language": language})
    latin = all(ord(letter) < 0x2E80 for letter in answer.json["refusal"]["student"])
    assert latin == (start == "en")


def test_a_person_gets_a_page_and_a_script_gets_json(web: Web) -> None:
    client = web.app.test_client()
    page = client.get("/nothing", headers={"Accept": "text/html,*/*;q=0.1"})
    assert (page.status_code, page.mimetype) == (404, "text/html")
    script = client.get("/nothing", headers={"Accept": "application/json"})
    assert (script.status_code, script.json["refusal"]["code"]) == (404, "not_found")
    api = client.get("/staff/api/nothing", headers={"Accept": "text/html"})
    assert api.mimetype == "application/json"


def test_a_wrong_method_is_malformed(web: Web) -> None:
    answer = web.app.test_client().post("/board/api/snapshot")
    assert (answer.status_code, answer.json["refusal"]["code"]) == (405, "bad_request")


def test_what_broke_stays_inside(web: Web, caplog: pytest.LogCaptureFixture) -> None:
    add_view(web, ZeroDivisionError("the secret of 张三"))
    answer = web.app.test_client().get("/board/api/fails")
    assert (answer.status_code, answer.json["refusal"]["code"]) == (500, "internal")
    assert "secret" not in answer.text and "Traceback" not in answer.text
    assert "a request failed" in caplog.text


def test_a_full_disk_and_a_busy_database_are_named(web: Web) -> None:
    from sqlalchemy.exc import OperationalError

    busy = OperationalError("select", {}, sqlite3.OperationalError("database is locked"))
    add_view(web, busy)
    answer = web.app.test_client().get("/board/api/fails")
    assert (answer.status_code, answer.json["refusal"]["code"]) == (503, "database_busy")
    with web.app.test_request_context("/board/api/x"):
        handler = web.app.error_handler_spec[None][None][Exception]
        _response, status = handler(OSError(errno.ENOSPC, "No space left"))  # type: ignore[misc]
    assert status == 503


def test_a_sentence_with_a_missing_value_is_still_a_sentence(web: Web) -> None:
    with web.app.test_request_context("/board"):
        told = refusals.describe("seat_taken", {}, "en")
    assert "{" not in told["staff"] + told["student"]
