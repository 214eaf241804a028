"""The watch over web, bridge and worker: starts them, restarts what dies, stops them in reverse order."""

from __future__ import annotations

import json
import locale
import logging
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from kiosk.launch import health, screen
from kiosk.launch.children import Child
from kiosk.launch.health import Health
from kiosk.logs import clean
from kiosk.settings import Settings

log = logging.getLogger(__name__)

#: Seconds the processes have to become healthy at the first start.
START_SECONDS = 90.0
#: Ends of one process before its first health after which the start is given up.
FUTILE_STARTS = 3
#: Seconds without any answer after which a process that still runs is taken for hung and is killed.
HUNG_SECONDS = 30.0
#: Seconds between two looks at everybody's health, in quiet times and while something is awaited.
QUIET_LOOK = 5.0
BUSY_LOOK = 0.05

#: Module of each process, and how one learns that it works; they are stopped in reverse order.
PROCESSES: dict[str, tuple[str, Callable[[Settings], Health]]] = {
    "web": ("kiosk.web", health.web),
    "bridge": ("kiosk.bridge", health.bridge),
    "worker": ("kiosk.jobs", health.worker),
}
BROWSER = "browser"


class StartFailed(Exception):
    """A process does not come up; carries its name."""


@dataclass(frozen=True)
class _Ended:
    child: Child
    generation: int


@dataclass(frozen=True)
class _Looked:
    """What a look at everybody found, and of which of their lives."""

    found: dict[str, tuple[Health, int]]


@dataclass(frozen=True)
class _Stop:
    reason: str


def language() -> str:
    """Language of the console: Chinese where the system's is, else English."""
    named = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG")
    return "zh_CN" if (named or locale.getlocale()[0] or "").lower().startswith(("zh", "chinese")) else "en"


def tell(text: str) -> None:
    """One line for the person at the console; a console that went away is no reason to stop."""
    try:
        print(text, flush=True)
    except (OSError, ValueError):
        log.info("console is gone: %s", text)


class Launcher:
    """Owns the children. All decisions fall in the thread that calls `start`, `watch` and `stop`."""

    def __init__(self, settings: Settings, say: Callable[..., None] = tell) -> None:
        self.settings = settings
        self._tell = say
        # SimpleQueue: its put() may be called from a signal handler
        self._events: queue.SimpleQueue[_Ended | _Looked | _Stop] = queue.SimpleQueue()
        self.children: dict[str, Child] = {}
        self._silent_since: dict[str, float] = {}
        self._futile: dict[str, int] = {}
        self._stopping = threading.Event()
        self._asked = False  # a plain word, for a signal handler
        self._hurry = False
        self._looker: threading.Thread | None = None
        self._look_now = threading.Event()
        self._state_written = True

    # -- signals ------------------------------------------------------------------------------------------------

    def obey_signals(self) -> None:
        """Stop in order on SIGINT, SIGTERM, and when the console is closed; at the second one at once."""
        names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
        for number in (getattr(signal, name) for name in names if hasattr(signal, name)):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, _frame: object) -> None:
        self._asked, self._hurry = True, self._stopping.is_set()
        self._events.put(_Stop(signal.Signals(number).name))

    def asked_to_stop(self) -> bool:
        """Whether somebody asked to stop; for what waits elsewhere than in `watch`."""
        return self._asked

    # -- start --------------------------------------------------------------------------------------------------

    def start(self, names: Iterable[str]) -> None:
        """Start the processes `names` now, without waiting for them. Raises `OSError` when one cannot be."""
        for name in names:
            module, _ = PROCESSES[name]
            if name == "worker":
                (self.settings.data / "worker.alive").unlink(missing_ok=True)  # an old one would count as alive
            child = Child(name, [sys.executable, "-m", module], heard=self._heard, ended=self._child_ended)
            self.children[name] = child
            child.start()
            self._write_state()

    def wait_healthy(self) -> bool:
        """Wait until every process started so far works; False when somebody asked to stop meanwhile.

        Raises `StartFailed` for a process that ends again and again or is not healthy in time.
        """
        self._begin_to_look()
        deadline = monotonic() + START_SECONDS
        while waiting := [name for name, child in self.children.items() if child.healthy_since is None]:
            if self._turn(deadline):
                return False
            futile = [name for name in waiting if self._futile.get(name, 0) >= FUTILE_STARTS]
            if futile or monotonic() > deadline:
                raise StartFailed((futile or waiting)[0])
        return True

    def open_browser(self, url: str) -> bool:
        """Open the kiosk page full-screen; False where there is no screen or no browser."""
        browser = screen.find_browser()
        if browser is None or not screen.has_screen():
            return False
        command = screen.command(browser, url, self.settings.data / "browser")
        self.children[BROWSER] = Child(BROWSER, command, heard=self._heard, ended=self._child_ended)
        self._restart(self.children[BROWSER])
        return True

    # -- watch --------------------------------------------------------------------------------------------------

    def watch(self) -> str:
        """Keep everything running until somebody asks to stop; returns the name of the signal."""
        while True:
            if stop := self._turn(None):
                return stop

    def _turn(self, deadline: float | None) -> str:
        """Handle one event or one due restart; the reason when somebody asked to stop, else an empty string."""
        due = [child.restart_at for child in self.children.values() if child.restart_at is not None]
        moments = [*due, *([deadline] if deadline else [])]
        # without a limit a Windows console would not deliver Ctrl+C
        timeout = min([max(0.0, moment - monotonic()) for moment in moments] + [1.0])
        try:
            event = self._events.get(timeout=timeout)
        except queue.Empty:
            event = None
        if isinstance(event, _Stop):
            return event.reason
        if isinstance(event, _Ended):
            self._on_end(event)
        elif isinstance(event, _Looked):
            self._on_look(event)
        if not self._state_written:
            self._write_state()
        for child in self.children.values():
            if child.restart_at is not None and child.restart_at <= monotonic():
                self._restart(child)
        return ""

    def _restart(self, child: Child) -> None:
        try:
            child.start()
            if child.name == BROWSER:
                child.healthy_since = monotonic()  # nobody can ask it; one that stays is well
        except OSError as error:
            log.error("%s cannot be started: %s", child.name, error)
            child.plan_restart()
        self._look_now.set()
        self._write_state()

    def _on_end(self, event: _Ended) -> None:
        child = event.child
        if event.generation != child.generation:
            return
        if child.name == BROWSER and self.settings.demo and child.exit_code == 0:
            self._say("browser_closed")
            del self.children[BROWSER]
            self._write_state()
            return
        if child.healthy_since is None:
            self._futile[child.name] = self._futile.get(child.name, 0) + 1
        if child.name == BROWSER and child.was_steady():
            child.down = False  # an old outage was over
        wait = child.plan_restart()
        log.warning("%s ended with %s, starts again in %.2f s", child.name, child.exit_code, wait)
        if not child.down:
            child.down = True
            self._say("process_stopped", process=child.name, how=_how(child.exit_code))
        self._write_state()

    def _on_look(self, event: _Looked) -> None:
        now = monotonic()
        for name, (found, generation) in event.found.items():
            child = self.children[name]
            if generation != child.generation or child.pid is None:
                self._silent_since.pop(name, None)
                continue
            if found is not Health.SILENT:
                self._silent_since.pop(name, None)
            if found is Health.WELL:
                self._futile.pop(name, None)
                if child.healthy_since is None:
                    child.healthy_since = now
                if child.down:
                    child.down = False
                    log.warning("%s works again", name)
                    self._say("process_back", process=name)
            elif found is Health.SILENT and (child.healthy_since is not None or child.down):
                since = self._silent_since.setdefault(name, now)
                limit = HUNG_SECONDS if child.healthy_since is not None else START_SECONDS
                if now - since > limit:
                    self._silent_since.pop(name)
                    log.error("%s does not answer for %.0f s and is killed", name, now - since)
                    child.kill()  # its end is an event, and then it is started again

    # -- stop ---------------------------------------------------------------------------------------------------

    def stop(self) -> None:
        """Stop the children in reverse order; returns when none is left."""
        self._stopping.set()
        self._look_now.set()
        order = [*PROCESSES, BROWSER]
        for child in sorted(self.children.values(), key=lambda each: order.index(each.name), reverse=True):
            if not child.stop(lambda: self._hurry):
                log.warning("%s did not stop by itself and was killed", child.name)
        self.children.clear()
        state_file(self.settings).unlink(missing_ok=True)

    def _say(self, key: str, **values: str) -> None:
        """Tell the person at the console a text of the catalog."""
        from kiosk.i18n import text  # only when there is something to say: the catalog takes its time

        self._tell(text(language(), f"launch.{key}", **values))

    # -- threads ------------------------------------------------------------------------------------------------

    def _heard(self, name: str, line: str) -> None:
        if not line:
            return
        line = clean(line)
        if name == BROWSER:
            log.debug("%s | %s", name, line)  # Chromium talks a lot
            return
        log.info("%s | %s", name, line)
        self._tell(f"{name:>6} | {line}")

    def _child_ended(self, child: Child, generation: int) -> None:
        if not self._stopping.is_set():
            self._events.put(_Ended(child, generation))

    def _begin_to_look(self) -> None:
        if self._looker is None:
            self._looker = threading.Thread(target=self._look, name="health", daemon=True)
            self._looker.start()

    def _look(self) -> None:
        """Ask everybody how they are: often while something is awaited, seldom in quiet times."""
        while not self._stopping.is_set():
            asked = [child for name, child in list(self.children.items()) if name in PROCESSES]
            lives = [(child, child.generation) for child in asked]
            found = {child.name: (PROCESSES[child.name][1](self.settings), life) for child, life in lives}
            self._events.put(_Looked(found))
            awaited = any(child.healthy_since is None or child.down for child in asked)
            self._look_now.wait(BUSY_LOOK if awaited else QUIET_LOOK)
            self._look_now.clear()

    def _write_state(self) -> None:
        """Leave the process ids where tests and an operator find them."""
        state = {
            "launcher": os.getpid(),
            "port": self.settings.server.port,
            "preview_port": self.settings.bridge.preview_port,
            "children": {name: child.pid for name, child in self.children.items()},
        }
        file = state_file(self.settings)
        fresh = file.with_suffix(".new")
        try:
            fresh.write_text(json.dumps(state), "utf-8")
            fresh.replace(file)
        except OSError as error:  # a full disk: the watch goes on, and the ids are written once there is room
            if self._state_written:
                log.warning("%s cannot be written: %s", file.name, error.strerror)
            self._state_written = False
        else:
            self._state_written = True


def state_file(settings: Settings) -> Path:
    """The file that names the launcher, its children and the ports while it runs."""
    return settings.data / "launch.json"


def _how(code: int | None) -> str:
    if code is not None and code < 0:
        try:
            return signal.Signals(-code).name
        except ValueError:
            pass  # a signal without a name here
    return f"exit status {code}"
