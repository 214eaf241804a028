"""The whole kiosk as real processes in a folder of its own, for the tests that drive, kill and unplug it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kiosk import secrets_store
from kiosk.bridge import control
from kiosk.launch import ports
from kiosk.launch.health import Health
from kiosk.launch.launcher import PROCESSES, state_file
from kiosk.records.database import Database
from kiosk.settings import ROOT, Settings
from tests.harness.waiting import until

#: Seconds a start may take on a busy machine before it counts as failed.
START_SECONDS = 240.0


def _as_variable(value: Any) -> str:
    """A value as the settings read it from the environment."""
    return value if isinstance(value, str) else str(value) if isinstance(value, Path) else json.dumps(value)


class Kiosk:
    """A launcher and its three children, with the devices of the demo.

    `values` are settings by their dotted name (`{"visit.idle_park_seconds": 3}`) over those of `config/demo.toml`.
    """

    def __init__(self, folder: Path, values: Mapping[str, Any] | None = None) -> None:
        chosen = {
            "data_dir": folder / "data",
            "server.port": ports.pick("127.0.0.1"),
            "bridge.preview_port": ports.pick("127.0.0.1"),
            "server.lock_minutes": 60,  # a tablet that waits for a slow test is not idle
            "visit.idle_warn_seconds": 1200,  # nor is a student
            "visit.idle_park_seconds": 1500,
            "visit.receipt_screen_seconds": 1200,
            **(values or {}),
        }
        self.variables = {f"KIOSK_{key.upper().replace('.', '__')}": _as_variable(v) for key, v in chosen.items()}
        self.variables["KIOSK_CONFIG"] = str(ROOT / "config" / "demo.toml")
        self.settings = self._settings()
        self.output = folder / "launcher.txt"
        self._launcher: subprocess.Popen[bytes] | None = None

    def _settings(self) -> Settings:
        """What the children read, read in a process of its own: this one's environment stays as it is."""
        source = "import sys; from kiosk.settings import load; sys.stdout.write(load().model_dump_json())"
        done = subprocess.run(
            [sys.executable, "-c", source],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, encoding="utf-8", check=True,
        )  # fmt: skip
        return Settings.model_validate_json(done.stdout)

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which every command of this kiosk runs."""
        return {**os.environ, **self.variables, "PYTHONUTF8": "1"}

    @property
    def url(self) -> str:
        """Address of the web process."""
        return f"{self.settings.scheme}://127.0.0.1:{self.settings.server.port}"

    @property
    def ticket_url(self) -> str:
        """Address that opens the kiosk page; another one after each start."""
        return (
            f"{self.url}/kiosk/open?ticket={secrets_store.read_or_make(self.settings, secrets_store.KIOSK_TICKET)}"
        )

    def start(self, *, wait: bool = True) -> Kiosk:
        """Start the launcher, and with `wait` return when everything works."""
        assert self._launcher is None, "it runs already"
        with self.output.open("ab") as output:
            self._launcher = subprocess.Popen(
                [sys.executable, "-m", "kiosk.launch", "--no-browser"],
                cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        if wait:
            self.wait_healthy()
        return self

    def wait_healthy(self, seconds: float = START_SECONDS) -> None:
        """Wait until web, bridge and worker work and know each other."""

        def well() -> bool:
            assert self._launcher is not None and self._launcher.poll() is None, f"it ended:\n{self.logs()}"
            return all(self.pid(name) for name in PROCESSES) and all(
                look(self.settings) is Health.WELL for _, look in PROCESSES.values()
            )

        until(well, seconds, "web, bridge and worker are healthy")
        until(lambda: self.get("/healthz").get("bridge"), seconds, "the bridge has said hello to the web process")

    def get(self, path: str) -> dict[str, Any]:
        """The JSON that a page of the web process answers; empty while it does not."""
        connection = http.client.HTTPConnection("127.0.0.1", self.settings.server.port, timeout=5)
        try:
            connection.request("GET", path)
            found = json.loads(connection.getresponse().read())
            return found if isinstance(found, dict) else {}
        except (OSError, http.client.HTTPException, ValueError):
            return {}
        finally:
            connection.close()

    def pid(self, name: str) -> int | None:
        """Process id of `web`, `bridge`, `worker`, or of the `launcher`; None while it does not run."""
        if name == "launcher":
            return self._launcher.pid if self._launcher else None
        try:
            found = json.loads(state_file(self.settings).read_text("utf-8"))["children"].get(name)
        except (FileNotFoundError, ValueError):
            return None
        return int(found) if found else None

    def kill(self, name: str) -> int:
        """`kill -9` of a child, as a crash does it; returns when the launcher has started another. The new id."""
        old = until(lambda: self.pid(name), because=f"{name} runs")
        os.kill(old, signal.SIGKILL)
        return until(lambda: ((new := self.pid(name)) != old and new) or 0, because=f"{name} was started again")

    def kill_launcher(self) -> None:
        """`kill -9` of the launcher, as a power cut does it; returns when none of its children is left."""
        assert self._launcher is not None
        children = [pid for name in PROCESSES if (pid := self.pid(name))]
        self._launcher.kill()
        self._launcher.wait()
        self._launcher = None
        until(
            lambda: not any(is_running(pid) for pid in children), because="the children ended with their launcher"
        )

    def stop(self) -> int:
        """Stop it in order; the launcher's exit status. Does nothing when it does not run."""
        if self._launcher is None:
            return 0
        self._launcher.send_signal(signal.SIGTERM)
        try:
            return self._launcher.wait(120)
        finally:
            self._launcher.kill()
            self._launcher.wait()
            self._launcher = None

    def restart(self) -> Kiosk:
        """Stop it in order and start it on the same data."""
        self.stop()
        return self.start()

    def command(self, *words: str, typed: str = "") -> str:
        """What `kiosk <words>` prints, given `typed` as input. Raises `AssertionError` with it when it fails."""
        done = subprocess.run(
            [sys.executable, "-c", "from kiosk.cli import main; main()", *words],
            cwd=ROOT, env=self.environment, input=typed, capture_output=True, text=True,
            encoding="utf-8", check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"kiosk {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    def simulate(self, *words: str) -> str:
        """Let a simulated device do or suffer something, as `kiosk devices simulate <words>`; what it answers."""
        return control.simulate(self.settings, list(words))

    def db(self) -> Database:
        """The records; the caller closes it."""
        return Database(self.settings.database_url, busy_seconds=60)

    def logs(self) -> str:
        """Everything that was logged and printed, for a test that failed."""
        files = [self.output, *sorted((self.settings.data / "logs").glob("*.log"))]
        return "\n".join(
            f"--- {file.name}\n{file.read_text('utf-8', 'replace')}" for file in files if file.exists()
        )


def is_running(pid: int) -> bool:
    """Whether a process of that id runs; one that ended and was not yet collected does not."""
    import psutil

    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
