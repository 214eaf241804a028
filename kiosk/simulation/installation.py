"""A real installation in a temporary folder: web, worker and bridge for each seat, one set of records."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from kiosk import secrets_store
from kiosk.bridge import control
from kiosk.launch import ports
from kiosk.launch.follow import FOLLOW
from kiosk.launch.health import Health
from kiosk.launch.launcher import PROCESSES, state_file
from kiosk.settings import ROOT, Settings
from kiosk.simulation.door import Stuck

Found = TypeVar("Found")
#: Real seconds a start may take on a busy machine, and an ordered stop.
START_SECONDS, STOP_SECONDS = 240.0, 30.0
_LOOK_SECONDS = 0.05
#: Hour that the site's clock shows at the start: its zone is chosen so, and no day turns in the middle of a run.
_MORNING = 8
#: The launcher as it is started by hand, following this process as its children follow it.
_LAUNCH = (
    "from kiosk.launch.follow import follow_parent; follow_parent(); import sys; "
    "from kiosk.launch.__main__ import main; sys.exit(main(['--no-browser']))"
)
CAMPAIGN, OTHER_CAMPAIGN = "simulated-open", "simulated-adult"


def until(what: Callable[[], Found], seconds: float, because: str) -> Found:
    """The first true value of `what()`. Raises `Stuck`."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        if time.monotonic() > deadline:
            raise Stuck(f"{because}: not within {seconds:.0f} s")
        time.sleep(_LOOK_SECONDS)
    return found


def morning_zone(now: datetime) -> str:
    """A zone in which it is between 8 and 9 o'clock now."""
    offset = _MORNING - now.astimezone(UTC).hour
    offset += 24 if offset < -12 else 0
    return f"Etc/GMT{-offset:+d}" if offset else "Etc/UTC"


class _AsRead(Settings):
    """Settings that another process has read: nothing of this one's environment goes over them."""

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What was read, alone."""
        return (init_settings,)


class Seat:
    """The machine of one seat: its launcher and what runs under it."""

    def __init__(self, folder: Path, number: int, values: dict[str, Any]) -> None:
        """`values`: settings by their dotted name. Nothing is started yet."""
        self.number, self.name = number, f"seat-{number}"
        self.folder = folder / self.name
        self.folder.mkdir(mode=0o700)
        chosen = {
            "data_dir": str(self.folder / "data"), "station.name": self.name, "station.seat": str(number),
            "server.port": ports.pick("127.0.0.1"), "bridge.preview_port": ports.pick("127.0.0.1"), **values,
        }  # fmt: skip
        own = {name: value for name, value in os.environ.items() if not name.startswith("KIOSK_")}
        self.environment = {
            **own, "PYTHONUTF8": "1",
            **{f"KIOSK_{key.upper().replace('.', '__')}": _as_variable(value) for key, value in chosen.items()},
        }  # fmt: skip
        self.settings = self._settings()
        self.output = self.folder / "launcher.txt"
        self._launcher: subprocess.Popen[bytes] | None = None

    def _settings(self) -> Settings:
        """What the processes read, read in one of their kind: this one's environment stays as it is."""
        source = "import sys; from kiosk.settings import load; sys.stdout.write(load().model_dump_json())"
        done = subprocess.run(  # noqa: S603 - our own process
            [sys.executable, "-c", source],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, encoding="utf-8", check=True,
        )  # fmt: skip
        return _AsRead.model_validate_json(done.stdout)

    def start(self) -> None:
        """Start the launcher; `wait` says when everything works. It ends with this process, however that ends."""
        with self.output.open("ab") as output:
            self._launcher = subprocess.Popen(  # noqa: S603 - our own process
                [sys.executable, "-c", _LAUNCH],
                cwd=ROOT, env={**self.environment, FOLLOW: "1"}, stdin=subprocess.PIPE, stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl+C reaches the simulation, which stops them in order
            )  # fmt: skip

    def wait(self) -> None:
        """Until web, bridge and worker work and the devices are ready. Raises `Stuck`."""

        def well() -> bool:
            if self._launcher is None or self._launcher.poll() is not None:
                raise Stuck(f"{self.name} does not start: {self.said()[-2000:]}")
            return all(look(self.settings) is Health.WELL for _, look in PROCESSES.values())

        until(well, START_SECONDS, f"{self.name} works")
        until(self._devices_ready, START_SECONDS, f"the devices of {self.name} are ready")

    def _devices_ready(self) -> bool:
        try:
            found = control.health(self.settings)
        except control.BridgeAway:
            return False
        states = {name: device["state"] for name, device in found["devices"].items()}
        wanted = all(states.get(name) == "ready" for name in ("reader", "camera", "thermometer"))
        return bool(wanted and found["web"] and found["engine"] == "ready")

    @property
    def ticket_path(self) -> str:
        """Path that opens the kiosk page."""
        return f"/kiosk/open?ticket={secrets_store.read_or_make(self.settings, secrets_store.KIOSK_TICKET)}"

    def setup_path(self) -> str:
        """Path of the one-time link, as the console shows it. Raises `Stuck`."""
        return until(self._link, START_SECONDS, "the console shows the link")

    def _link(self) -> str:
        found = re.search(r"/setup/[\w-]+", self.said())
        return found.group(0) if found else ""

    def said(self) -> str:
        """Everything the console showed."""
        return self.output.read_text("utf-8", "replace") if self.output.exists() else ""

    def simulate(self, *words: str) -> None:
        """Let a simulated device do or suffer something; a bridge that is being started again is waited for."""

        def told() -> bool:
            try:
                control.simulate(self.settings, list(words))
            except control.BridgeAway:
                return False
            return True

        until(told, START_SECONDS, f"the bridge of {self.name} answers")

    def kill_web(self) -> None:
        """`kill -9` of the web process, as a crash does it; the launcher starts another."""
        pid = until(self._web, START_SECONDS, f"the web process of {self.name} runs")
        os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))  # where there is none, the other is as hard

    def _web(self) -> int:
        try:
            return int(json.loads(state_file(self.settings).read_text("utf-8"))["children"].get("web") or 0)
        except (FileNotFoundError, ValueError):
            return 0

    def waiting_shots(self) -> int:
        """Shots that were taken and that the web process has not acknowledged."""
        return int(control.health(self.settings)["waiting_shots"])

    def ask_to_stop(self) -> None:
        """Begin an ordered stop."""
        if self._launcher is not None and self._launcher.poll() is None:
            self._launcher.send_signal(signal.SIGTERM)

    def stopped(self) -> None:
        """Wait for the end of an ordered stop; what does not end is killed, its children end with it."""
        if self._launcher is None:
            return
        try:
            self._launcher.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._launcher.kill()
            self._launcher.wait()
        if self._launcher.stdin is not None:
            self._launcher.stdin.close()
        self._launcher = None


class Installation:
    """All seats of one site. The records are one SQLite file that every seat's processes open."""

    def __init__(self, folder: Path, seats: int) -> None:
        """Make the settings; nothing is started yet."""
        config = folder / "config"
        shutil.copytree(ROOT / "config", config, ignore=shutil.ignore_patterns("*-spring.toml"))
        nobody = folder / "portraits"
        nobody.mkdir()
        values: dict[str, Any] = {
            "config": str(ROOT / "config" / "demo.toml"), "demo_students": False, "config_dir": str(config),
            "portraits_dir": str(nobody), "server.host": "127.0.0.1", "server.public_url": "",
            "server.session_minutes": 24 * 60, "server.session_hours": 24, "server.lock_minutes": 0,
            "opening.required": True,
            "opening.checklist": "site-2020", "station.campaign": CAMPAIGN, "visit.auto_call": False,
            "site.time_zone": morning_zone(datetime.now(UTC)), "site.code": "", "smtp.host": "",
            "board.names": True,
            "devices.camera.fps": 15,  # as many as the coaching judges: more would only be drawn and dropped
            "devices.codes.driver": "off", "devices.printer.mode": "browser",
            "database.url": f"sqlite:///{folder / 'seat-1' / 'data' / 'kiosk.sqlite3'}",
        }  # fmt: skip
        self.seats = [Seat(folder, number, values) for number in range(1, seats + 1)]

    @property
    def settings(self) -> Settings:
        """Those of the first seat, whose machine has the records."""
        return self.seats[0].settings

    def stop(self) -> None:
        """Stop every seat in order; none is left when it returns."""
        for seat in self.seats:
            seat.ask_to_stop()
        for seat in self.seats:
            seat.stopped()


def _as_variable(value: Any) -> str:
    """A value as the settings read it from the environment."""
    return value if isinstance(value, str) else json.dumps(value)
