"""The web process as it really runs: `python -m kiosk.web` on a port of its own, in either mode."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from kiosk import secrets_store
from kiosk.launch import ports
from kiosk.records.database import Database
from kiosk.settings import ROOT, Settings
from tests.actions.desk import Desk
from tests.harness.waiting import until

#: Seconds a request may take before the test counts as failed; nothing is measured by it.
PATIENCE = 60


@dataclass
class Server:
    """One data folder and the process that serves it."""

    folder: Path
    mode: str
    values: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.port = ports.pick("127.0.0.1")
        self.settings = Settings(
            data_dir=self.folder, config_dir=ROOT / "config", server={"port": self.port, "async_mode": self.mode}
        )
        self.output = self.folder / "output.txt"

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, *, wait: bool = True) -> Server:
        """Start it, and with `wait` return when it answers."""
        environment = {
            **os.environ,
            "KIOSK_DATA_DIR": str(self.folder),
            "KIOSK_SERVER__PORT": str(self.port),
            "KIOSK_SERVER__ASYNC_MODE": self.mode,
            "PYTHONUTF8": "1",
            **self.values,
        }
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "error", "-m", "kiosk.web"],
                cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        if wait:
            until(self._answers, PATIENCE, "the web process answers")
        return self

    def _answers(self) -> bool:
        assert self.process is not None and self.process.poll() is None, self.said()
        try:
            return requests.get(f"{self.url}/healthz", timeout=PATIENCE).ok
        except requests.ConnectionError:
            return False

    def said(self) -> str:
        """What it printed and logged."""
        logs = [self.output, *sorted((self.folder / "logs").glob("*.log"))]
        return "\n".join(file.read_text("utf-8", "replace") for file in logs if file.exists())

    def kill(self) -> None:
        """As a crash or a power cut does it."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(PATIENCE)

    def stop(self) -> int:
        """As the launcher does it; the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(PATIENCE)
        finally:
            self.process.kill()

    def desk(self) -> Desk:
        """Campaign, roster and short words for the same records, at the machine's own time."""
        return Desk(Database(self.settings.database_url, 30.0), self.settings)

    def kiosk(self) -> Browser:
        """A browser on the kiosk page that has claimed the kiosk."""
        browser = Browser(self)
        ticket = secrets_store.read_or_make(self.settings, secrets_store.KIOSK_TICKET)
        opened = browser.session.get(f"{self.url}/kiosk/open", params={"ticket": ticket}, timeout=PATIENCE)
        opened.raise_for_status()
        browser.csrf = re.findall(r'data-csrf="([^"]+)"', opened.text)[0]
        browser.page = re.findall(r'data-page="([^"]+)"', opened.text)[0]
        assert browser.post("/kiosk/api/claim", {"page": browser.page}).ok
        return browser

    def staff(self, login: str, password: str) -> Browser:
        """A browser on which that member is logged in."""
        browser = Browser(self)
        form = browser.session.get(f"{self.url}/staff/login", timeout=PATIENCE)
        token = re.findall(r'name="csrf_token" value="([^"]+)"', form.text)[0]
        content = {"login": login, "password": password, "csrf_token": token}
        page = browser.session.post(f"{self.url}/staff/login", data=content, timeout=PATIENCE)
        browser.csrf = re.findall(r'name="csrf-token" content="([^"]+)"', page.text)[0]
        return browser

    def bridge_headers(self) -> dict[str, str]:
        """The bridge's token."""
        token = secrets_store.read_or_make(self.settings, secrets_store.BRIDGE_TOKEN)
        return {"Authorization": f"Bearer {token}"}


@dataclass
class Browser:
    """Cookies, token and page of one browser."""

    server: Server
    session: requests.Session = field(default_factory=requests.Session)
    csrf: str = ""
    page: str = ""

    def get(self, path: str) -> requests.Response:
        """GET an address of the server."""
        return self.session.get(self.server.url + path, timeout=PATIENCE)

    def post(self, path: str, content: Any) -> requests.Response:
        """POST JSON with the token."""
        headers = {"X-CSRF-Token": self.csrf}
        return self.session.post(self.server.url + path, json=content, headers=headers, timeout=PATIENCE)

    def act(self, name: str, key: str, **values: Any) -> requests.Response:
        """A press at the kiosk."""
        return self.post(f"/kiosk/api/actions/{name}", {"page": self.page, "key": key, **values})

    def snapshot(self) -> dict[str, Any]:
        """What the kiosk page shows."""
        return dict(self.get(f"/kiosk/api/snapshot?page={self.page}").json())


@contextmanager
def serving(folder: Path, mode: str, **values: str) -> Iterator[Server]:
    """A running server; killed at the end."""
    server = Server(folder, mode, values).start()
    try:
        yield server
    finally:
        server.kill()
