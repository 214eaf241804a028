"""Headers that protect pages: the content policy, no framing, no caching, cookies."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.web.conftest import Web, log_in


def policy(web: Web, path: str = "/board") -> dict[str, str]:
    """The content security policy of an answer, by directive."""
    header = web.app.test_client().get(path).headers["Content-Security-Policy"]
    return {name: rest for name, _, rest in (part.strip().partition(" ") for part in header.split(";"))}


@pytest.mark.parametrize("path", ["/board", "/staff/login", "/kiosk/", "/r/x", "/nothing", "/healthz"])
def test_every_answer_has_the_strict_policy(web: Web, path: str) -> None:
    answer = web.app.test_client().get(path)
    header = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in header and "*" not in header
    assert policy(web, path)["default-src"] == policy(web, path)["frame-ancestors"] == "'none'"
    assert policy(web, path)["script-src"] == policy(web, path)["style-src"] == "'self'"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_preview_is_allowed_once_the_bridge_has_said_where_it_is(web: Web) -> None:
    assert "8071" not in policy(web)["connect-src"]
    hello = {"boot": "b1", "preview_port": 8071, "preview_token": "secret-token", "engine": "1"}
    web.bridge("POST", "hello", hello)
    assert policy(web)["connect-src"].endswith(" http://127.0.0.1:8071")
    assert "http://127.0.0.1:8071" in policy(web)["img-src"]
    assert "secret-token" not in str(policy(web))


def test_pages_with_state_are_never_kept(web: Web) -> None:
    page, staff = web.kiosk(), web.staff()
    for answer in (page.get("/"), page.get("/api/snapshot"), staff.get("/"), staff.get("/api/snapshot")):
        assert answer.headers["Cache-Control"] == "no-store"


def test_cookies_are_for_this_site_and_no_script(web: Web) -> None:
    web.add_staff("operator", "li")
    answer = log_in(web.app.test_client(), "li", "a long enough password")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("kiosk_staff=")
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Secure" not in cookie


def test_cookies_are_secure_behind_tls(make_web: Callable[..., Web]) -> None:
    web = make_web(server={"allow_plain_http": True, "public_url": "https://photo.example.edu"})
    web.add_staff("operator", "li")
    headers = {"X-Forwarded-Proto": "https", "Host": "photo.example.edu"}
    answer = log_in(web.app.test_client(), "li", "a long enough password", headers=headers)
    assert "; Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Strict-Transport-Security"]


def test_files_with_their_version_are_kept_and_others_asked_for_again(web: Web) -> None:
    client = web.app.test_client()
    with web.app.test_request_context():
        address = web.app.jinja_env.globals["static"]("css/tokens.css")
    with client.get(address) as fixed, client.get("/static/css/tokens.css?v=old") as stale:
        assert fixed.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert stale.headers["Cache-Control"] == "no-cache"
        etag = {"If-None-Match": stale.headers["ETag"]}
    with client.get("/static/css/tokens.css", headers=etag) as again:
        assert again.status_code == 304


@pytest.mark.parametrize(
    "path", ["/static/../app.py", "/static/%2e%2e/settings.py", "/static/.hidden", "/vendor/../x"]
)
def test_no_file_outside_of_its_folder_is_served(web: Web, path: str) -> None:
    assert web.app.test_client().get(path).status_code == 404
