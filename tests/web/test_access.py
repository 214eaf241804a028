"""Nobody gets anywhere that is not meant for them: marks, tickets, tokens, hosts, origins, bodies, roles."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from kiosk import secrets_store
from kiosk.web.access import rule_of
from tests.web.conftest import Web

NEIGHBOUR = {"REMOTE_ADDR": "192.0.2.7"}
PUBLIC = {
    "/", "/board", "/board/api/snapshot", "/favicon.ico", "/healthz", "/i18n/<chosen>.json", "/kiosk/open",
    "/q/<nonce>", "/q/<nonce>/snapshot",
    "/c/<token>", "/r/<token>/copy",
    "/r/<token>", "/r/<token>/check", "/r/<token>/own", "/r/<token>/photo.jpg", "/r/offline", "/r/worker.js",
    "/u/<token>", "/u/<token>/photo.jpg", "/u/<token>/state",
    "/setup/<token>", "/staff/login", "/static/<path:path>", "/vendor/<path:path>",
}  # fmt: skip
ADMINISTRATORS_ALONE = {
    "/staff/people", "/staff/audit", "/staff/api/people", "/staff/api/people/<login>", "/staff/api/audit",
}  # fmt: skip


def test_every_address_says_for_whom_it_is(web: Web) -> None:
    with web.app.app_context():
        unmarked = [str(rule) for rule in web.app.url_map.iter_rules() if rule_of(rule.endpoint) is None]
    assert unmarked == []


def test_what_is_public_is_a_list_that_somebody_wrote(web: Web) -> None:
    with web.app.app_context():
        open_to_all = {
            str(rule) for rule in web.app.url_map.iter_rules()
            if (found := rule_of(rule.endpoint)) is not None and found.kind == "public"
        }  # fmt: skip
    assert open_to_all == PUBLIC


def test_what_only_administrators_may_is_a_list_that_somebody_wrote(web: Web) -> None:
    with web.app.app_context():
        theirs = {
            str(rule) for rule in web.app.url_map.iter_rules()
            if (found := rule_of(rule.endpoint)) is not None and found.roles == {"administrator"}
        }  # fmt: skip
    assert theirs == ADMINISTRATORS_ALONE


def _with_forgotten_view(app: Flask) -> None:
    app._got_first_request = False
    app.add_url_rule("/forgotten", "forgotten", lambda: "everybody's data")


def test_a_view_without_a_mark_is_refused_to_everybody(web: Web) -> None:
    _with_forgotten_view(web.app)
    for client in (web.app.test_client(), web.kiosk().client, web.staff("administrator").client):
        answer = client.get("/forgotten")
        assert (answer.status_code, "everybody" in answer.text) == (403, False)


def test_nothing_but_public_pages_answers_a_stranger(web: Web) -> None:
    client = web.app.test_client()
    for rule in web.app.url_map.iter_rules():
        path = str(rule)
        if path in PUBLIC or path == "/metrics":
            continue
        for name in rule.arguments:
            path = path.replace(f"<{name}>", "x" * 32)
        for method in (rule.methods or set()) & {"GET", "POST"}:
            answer = client.open(path, method=method, json={} if method == "POST" else None)
            assert answer.status_code in (302, 401, 403), (path, method)


def test_the_ticket_opens_the_kiosk_on_this_machine_only(web: Web) -> None:
    ticket = secrets_store.read_or_make(web.desk.settings, secrets_store.KIOSK_TICKET)
    client = web.app.test_client()
    asked = {"ticket": ticket}
    assert client.get("/kiosk/open", query_string=asked, environ_base=NEIGHBOUR).status_code == 403
    assert client.get("/kiosk/open", query_string={"ticket": ticket[:-1]}).status_code == 403
    assert client.get("/kiosk/open").status_code == 403
    assert client.get("/kiosk/").status_code == 401
    assert client.get("/kiosk/open", query_string=asked).headers["Location"] == "/kiosk/"
    assert client.get("/kiosk/").status_code == 200


def test_the_ticket_of_an_earlier_start_opens_nothing(web: Web) -> None:
    ticket = secrets_store.read_or_make(web.desk.settings, secrets_store.KIOSK_TICKET)
    secrets_store.renew(web.desk.settings, secrets_store.KIOSK_TICKET)
    assert web.app.test_client().get("/kiosk/open", query_string={"ticket": ticket}).status_code == 403


def test_a_proxy_on_this_machine_does_not_make_its_callers_local(make_web: Callable[..., Web]) -> None:
    web = make_web(server={"allow_plain_http": True, "public_url": "https://photo.example.edu"})
    ticket = secrets_store.read_or_make(web.desk.settings, secrets_store.KIOSK_TICKET)
    client = web.app.test_client()
    asked = {"ticket": ticket}
    behind = {"X-Forwarded-For": "192.0.2.7"}
    assert client.get("/kiosk/open", query_string=asked, headers=behind).status_code == 403
    liar = {"X-Forwarded-For": "127.0.0.1"}
    assert client.get("/kiosk/open", query_string=asked, headers=liar, environ_base=NEIGHBOUR).status_code == 403
    assert client.get("/kiosk/open", query_string=asked).status_code == 302


@pytest.mark.parametrize("token", ["", "wrong", "Bearer", "ключ"])
def test_the_bridge_needs_its_token(web: Web, token: str) -> None:
    header = f"Bearer {token}".encode().decode("latin-1")
    answer = web.app.test_client().get("/bridge/v1/station", headers={"Authorization": header})
    assert (answer.status_code, answer.json["refusal"]["code"]) == (401, "login_required")
    assert not web.site.bridge.present


def test_the_bridge_speaks_from_this_machine(web: Web) -> None:
    assert web.bridge("GET", "station").status_code == 200
    assert web.bridge("GET", "station", environ_base=NEIGHBOUR).status_code == 403


def test_a_cookie_of_one_kind_opens_nothing_of_the_other(web: Web) -> None:
    kiosk, staff = web.kiosk(), web.staff("administrator")
    assert kiosk.client.get("/staff/api/snapshot").status_code == 401
    assert staff.client.get("/kiosk/api/snapshot").status_code == 401


def test_a_press_without_its_token_is_refused(web: Web) -> None:
    page = web.kiosk()
    content = {"key": "press-12345", "page": page.page, "language": "en"}
    for csrf in ("", "forged", page.csrf[:-2] + "xx"):
        answer = page.client.post("/kiosk/api/actions/begin", json=content, headers={"X-CSRF-Token": csrf})
        assert (answer.status_code, answer.json["refusal"]["code"]) == (403, "csrf")
    other = web.kiosk(claim=False)
    answer = page.client.post("/kiosk/api/actions/begin", json=content, headers={"X-CSRF-Token": other.csrf})
    assert answer.status_code == 403
    assert page.snapshot()["screen"] == "welcome"


@pytest.mark.parametrize(
    "header",
    [{"Origin": "https://evil.example"}, {"Origin": "http://localhost:1"}, {"Sec-Fetch-Site": "cross-site"},
     {"Sec-Fetch-Site": "same-site"}],
)  # fmt: skip
def test_a_press_from_another_site_is_refused_even_with_the_token(web: Web, header: dict[str, str]) -> None:
    page = web.kiosk()
    answer = page.post("/api/claim", {"page": page.page}, **header)
    assert (answer.status_code, answer.json["refusal"]["code"]) == (403, "csrf")


def test_a_press_from_the_page_itself_is_taken(web: Web) -> None:
    page = web.kiosk()
    headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert page.post("/api/claim", {"page": page.page}, **headers).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "kiosk-1", ""])
def test_an_unknown_name_is_answered_nothing(web: Web, host: str) -> None:
    answer = web.app.test_client().get("/board", headers={"Host": host})
    assert answer.status_code == 400
    assert answer.json["refusal"]["code"] == "bad_request"


def test_the_public_name_and_loopback_are_known(make_web: Callable[..., Web]) -> None:
    web = make_web(server={"public_url": "https://photo.example.edu:8443"})
    for host in ("photo.example.edu:8443", "photo.example.edu", "127.0.0.1:8080", "localhost"):
        assert web.app.test_client().get("/board", headers={"Host": host}).status_code == 200, host


def test_pages_speak_json_only(web: Web) -> None:
    page = web.kiosk()
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = page.client.post(
            "/kiosk/api/claim",
            data=b'{"page": "x"}',
            content_type=content_type,
            headers={"X-CSRF-Token": page.csrf},
        )
        assert (answer.status_code, answer.json["refusal"]["args"]) == (400, {"what": "content-type"})


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"null", b"\xff\xfe"])
def test_what_is_no_json_object_is_malformed(web: Web, body: bytes) -> None:
    page = web.kiosk()
    answer = page.client.post(
        "/kiosk/api/claim", data=body, content_type="application/json", headers={"X-CSRF-Token": page.csrf}
    )
    assert (answer.status_code, answer.json["refusal"]["args"]) == (400, {"what": "json"})


def test_a_body_that_is_too_large_is_not_read(web: Web) -> None:
    page = web.kiosk()
    answer = page.post("/api/claim", {"page": "x" * 70_000})
    assert (answer.status_code, answer.json["refusal"]["code"]) == (413, "file_too_large")


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("usher", "/", 200), ("medic", "/", 200), ("usher", "/roster", 403), ("medic", "/packages", 403),
        ("operator", "/roster", 200), ("operator", "/packages", 200), ("operator", "/people", 403),
        ("operator", "/audit", 403), ("administrator", "/people", 200), ("administrator", "/audit", 200),
        ("usher", "/account", 200), ("usher", "/api/campaigns", 403), ("operator", "/api/people", 403),
        ("medic", "/api/audit", 403), ("usher", "/api/packages/x.zip", 403), ("operator", "/campaigns", 200),
    ],
)  # fmt: skip
def test_each_role_opens_its_own_pages(web: Web, role: str, path: str, status: int) -> None:
    assert web.staff(role).get(path).status_code == status


def test_figures_for_a_monitor_stay_on_this_machine(web: Web) -> None:
    web.kiosk()
    web.card(1)
    client = web.app.test_client()
    text = client.get("/metrics").text
    assert 'kiosk_visits{state="confirming"} 1.0' in text
    assert "学生" not in text
    assert client.get("/metrics", environ_base=NEIGHBOUR).status_code == 403
