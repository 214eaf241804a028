"""Files of the pages are packed for whoever takes gzip, and are the same files."""

from __future__ import annotations

import gzip

import pytest

from kiosk.web.assets import STATIC
from tests.web.conftest import Web

TAKES = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.mark.parametrize("path", ["css/tokens.css", "js/receipt/page.js"])
def test_a_packed_file_is_the_same_file(web: Web, path: str) -> None:
    client = web.app.test_client()
    with client.get(f"/static/{path}", headers=TAKES) as packed, client.get(f"/static/{path}") as plain:
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in packed.headers["Vary"]
        assert gzip.decompress(packed.data) == plain.data == (STATIC / path).read_bytes()
        assert packed.content_type == plain.content_type
        assert "Content-Encoding" not in plain.headers
        assert "Accept-Encoding" in plain.headers["Vary"]
        assert packed.headers["ETag"] != plain.headers["ETag"]
        assert len(packed.data) < len(plain.data)
    tag = {"If-None-Match": packed.headers["ETag"], **TAKES}
    assert client.get(f"/static/{path}", headers=tag).status_code == 304


@pytest.mark.parametrize("given", ["gzip;q=0", "identity", "br"])
def test_whoever_takes_no_gzip_gets_none(web: Web, given: str) -> None:
    with web.app.test_client().get("/static/css/tokens.css", headers={"Accept-Encoding": given}) as plain:
        assert "Content-Encoding" not in plain.headers


@pytest.mark.parametrize(
    "path", ["/static/../settings.js", "/static/%2e%2e/app.css", "/static//etc/x.css", "/static/x.css"]
)
def test_nothing_outside_is_packed(web: Web, path: str) -> None:
    answer = web.app.test_client().get(path, headers=TAKES)
    assert answer.status_code in (308, 404)


def test_pages_with_tokens_are_not_packed(web: Web) -> None:
    assert "Content-Encoding" not in web.app.test_client().get("/staff/login", headers=TAKES).headers
