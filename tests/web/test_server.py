"""The web process itself, in both modes: it starts, serves, survives, stops, and refuses what is unsafe."""

from __future__ import annotations

import datetime
import io
import ipaddress
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from sqlalchemy import text

from kiosk.actions import people
from kiosk.actions.base import SYSTEM, Actor
from kiosk.settings import ROOT, Server, Settings
from kiosk.web import mode
from kiosk.web import server as web_server
from tests.harness.waiting import until
from tests.web.conftest import PASSWORD
from tests.web.server_process import PATIENCE, serving
from tests.web.server_process import Server as Process

MODES = ("eventlet", "threading")


@pytest.fixture(params=MODES)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Process]:
    """A web process in each mode."""
    with serving(tmp_path, request.param, KIOSK_DATABASE__BUSY_SECONDS="0.5") as running:
        yield running


def test_a_visit_survives_kill_9_between_two_presses(server: Process) -> None:
    desk = server.desk()
    try:
        today = datetime.datetime.now(datetime.UTC).date()
        span = datetime.timedelta(days=2)
        desk.prepare(capture_from=today - span, capture_until=today + span)
        desk.now = datetime.datetime.now(datetime.UTC)
        browser = server.kiosk()
        visit = str(desk.card(1)["visit"])
        first = browser.act("confirm", "confirm-12345")
        assert first.json()["snapshot"]["screen"] == "declare"
        server.kill()
        server.start()
        seen = browser.snapshot()  # the same cookie, the same page
        assert (seen["page"], seen["screen"], seen["visit"]["id"]) == ("mine", "declare", visit)
        again = browser.act("confirm", "confirm-12345")  # the answer was lost: the page asks again
        assert again.json()["result"] == first.json()["result"]
        assert desk.audit().count(("confirm", "done")) == 1
    finally:
        desk.database.close()


def test_a_locked_database_is_said_and_stops_nobody_else(server: Process) -> None:
    browser = server.kiosk()
    desk = server.desk()
    try:
        with desk.database.write() as session:
            session.execute(text("UPDATE station SET seat = seat"))
            answers: list[requests.Response] = []
            press = threading.Thread(
                target=lambda: answers.append(browser.act("call_staff", "press-12345")), daemon=True
            )
            press.start()
            reads = [requests.get(f"{server.url}/board/api/snapshot", timeout=PATIENCE) for _ in range(5)]
            press.join(PATIENCE)
            assert {read.status_code for read in reads} == {200}
            assert answers[0].status_code == 503
            assert answers[0].json()["refusal"]["code"] == "database_busy"
        assert browser.act("call_staff", "press-12345").status_code == 200
    finally:
        desk.database.close()


def test_it_stops_when_it_is_told_to(server: Process) -> None:
    assert server.stop() == 0
    assert "Traceback" not in server.said() and "Warning" not in server.said()


def test_no_line_of_the_log_names_a_request(server: Process) -> None:
    server.kiosk()
    requests.get(f"{server.url}/r/a-receipts-secret-token", timeout=PATIENCE)
    requests.get(f"{server.url}/setup/a-setup-links-secret", timeout=PATIENCE)
    assert server.stop() == 0
    for secret in ("ticket=", "a-receipts", "a-setup"):
        assert secret not in server.said()


def test_a_roster_travels_to_the_worker(server: Process) -> None:
    desk = server.desk()
    try:
        desk.prepare()
        people.add(
            desk.database, desk.settings, key="add-12345678", actor=Actor(SYSTEM, "test"), login="li",
            display_name="Li", role="operator", password=PASSWORD,
        )  # fmt: skip
        browser = server.staff("li", PASSWORD)
        workbook = os.urandom(300_000)
        answer = browser.session.post(
            f"{server.url}/staff/api/roster", data={"campaign": "autumn", "skip_bad_rows": "true"},
            files={"file": ("名单.xlsx", io.BytesIO(workbook))}, headers={"X-CSRF-Token": browser.csrf},
            timeout=PATIENCE,
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        uploads = list((server.folder / "uploads").iterdir())
        assert [file.read_bytes() for file in uploads] == [workbook]
        job = browser.get(f"/staff/api/jobs/{answer.json()['job']}").json()
        assert (job["name"], job["state"]) == ("roster_import", "queued")
    finally:
        desk.database.close()


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with serving(tmp_path, "threading") as running:
        other = Process(tmp_path, "threading")
        other.port = running.port
        other.start(wait=False)
        assert other.process is not None and other.process.wait(PATIENCE) == 1
        assert "web: " in other.said() and "Traceback" not in other.said()


def test_unsafe_settings_stop_the_start(tmp_path: Path) -> None:
    unsafe = Process(tmp_path, "threading", {"KIOSK_SERVER__HOST": "0.0.0.0"})
    unsafe.start(wait=False)
    assert unsafe.process is not None and unsafe.process.wait(PATIENCE) == 2
    assert "TLS" in unsafe.said()


@pytest.mark.parametrize(
    ("values", "safe"),
    [
        ({"host": "127.0.0.1"}, True),
        ({"host": "localhost"}, True),
        ({"host": "0.0.0.0"}, False),
        ({"host": "kiosk.example.edu"}, False),
        ({"host": "0.0.0.0", "allow_plain_http": True}, True),
        ({"host": "0.0.0.0", "tls_certificate": "c.pem", "tls_key": "k.pem"}, True),
        ({"host": "127.0.0.1", "tls_certificate": "c.pem"}, False),
        ({"host": "127.0.0.1", "tls_key": "k.pem"}, False),
    ],
)
def test_what_is_safe_to_listen_on(values: dict[str, object], safe: bool) -> None:
    settings = Settings(server=values)
    if safe:
        web_server.check_safe(settings)
    else:
        with pytest.raises(web_server.Refused):
            web_server.check_safe(settings)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "kiosk")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "c.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "k.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return folder / "c.pem", folder / "k.pem"


@pytest.mark.parametrize("name", MODES)
def test_it_speaks_tls(tmp_path: Path, name: str, certificate: tuple[Path, Path]) -> None:
    served, key = certificate
    values = {"KIOSK_SERVER__TLS_CERTIFICATE": str(served), "KIOSK_SERVER__TLS_KEY": str(key)}
    running = Process(tmp_path, name, values).start(wait=False)
    url = f"https://127.0.0.1:{running.port}/staff/login"

    def answers() -> requests.Response | None:
        assert running.process is not None and running.process.poll() is None, running.said()
        try:
            return requests.get(url, timeout=PATIENCE, verify=str(served))
        except requests.ConnectionError:
            return None

    try:
        answer = until(answers, PATIENCE, "it answers by TLS")
        assert answer.status_code == 200
        assert "; Secure" in answer.headers["Set-Cookie"]
        assert answer.headers["Strict-Transport-Security"]
    finally:
        running.kill()


def test_the_mode_is_known_before_the_settings_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Server().async_mode == mode.DEFAULT
    first, second = tmp_path / "first.toml", tmp_path / "second.toml"
    first.write_text('[server]\nasync_mode = "threading"\n')
    second.write_text("[server]\nport = 1\n")
    monkeypatch.setenv("KIOSK_CONFIG", f"{first}{os.pathsep}{second}{os.pathsep}{tmp_path / 'missing.toml'}")
    assert mode.async_mode() == "threading"
    second.write_text("broken [")
    assert mode.async_mode() == "threading"
    monkeypatch.setenv("KIOSK_SERVER__ASYNC_MODE", "eventlet")
    assert mode.async_mode() == "eventlet"


def test_only_the_server_module_knows_eventlet() -> None:
    source = "import sys, kiosk.web.app, kiosk.web.server; sys.exit('eventlet' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", source], cwd=ROOT, check=False).returncode == 0


def test_the_web_process_loads_no_pixels() -> None:
    heavy = {"cv2", "numpy", "serial", "smartcard", "ai_edge_litert", "PIL", "openpyxl", "huey"}
    source = f"import sys, kiosk.web.app; sys.exit(len({heavy!r} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", source], cwd=ROOT, check=False).returncode == 0
