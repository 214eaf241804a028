"""One child process of the launcher: how it is started, what it says, how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic

from kiosk.launch.follow import FOLLOW, GRACE_SECONDS
from kiosk.settings import ROOT

#: Back-off before a restart in seconds: first, and at most.
FIRST_WAIT = 0.25
LONGEST_WAIT = 5.0
#: Seconds of health after which an earlier outage is forgotten.
STEADY_SECONDS = 10.0


class Child:
    """A process that shall run as long as the launcher does; used by the launcher's main thread alone.

    `heard(name, line)` and `ended(child, generation)` are called from threads of this class.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        heard: Callable[[str, str], None],
        ended: Callable[[Child, int], None],
    ) -> None:
        self.name = name
        self.command = list(command)
        self.generation = 0  # how often it was started; tells an old end from a new one
        self.healthy_since: float | None = None
        self.down = False  # an outage has been told and not yet its end
        self.restart_at: float | None = None
        self._wait = FIRST_WAIT
        self._heard = heard
        self._ended = ended
        self._process: subprocess.Popen[str] | None = None
        self._threads: list[threading.Thread] = []

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def exit_code(self) -> int | None:
        """How the last run ended; negative for a signal on POSIX."""
        return self._process.returncode if self._process else None

    def start(self) -> None:
        """Start it with a pipe as standard input whose end means: the launcher is gone. Raises `OSError`."""
        self.generation += 1
        self.healthy_since = None
        self.restart_at = None
        new_group = 0
        if sys.platform == "win32":
            new_group = subprocess.CREATE_NEW_PROCESS_GROUP
        self._process = subprocess.Popen(  # noqa: S603 - our own processes
            self.command,
            cwd=ROOT,
            env={**os.environ, FOLLOW: "1", "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=sys.platform != "win32",  # Ctrl+C reaches the launcher, which stops them in order
            creationflags=new_group,
        )
        process, generation = self._process, self.generation
        self._threads = [
            threading.Thread(target=self._listen, args=(process,), name=f"listen-{self.name}", daemon=True),
            threading.Thread(
                target=self._await, args=(process, generation), name=f"await-{self.name}", daemon=True
            ),
        ]
        for thread in self._threads:
            thread.start()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        if process.stdout:
            with process.stdout as lines:
                for line in lines:
                    self._heard(self.name, line.rstrip())

    def _await(self, process: subprocess.Popen[str], generation: int) -> None:
        process.wait()
        _kill_group(process)  # what it left behind would keep its devices and its output open
        if process.stdin:
            with suppress(OSError):  # a pipe that nobody reads any more
                process.stdin.close()
        self._ended(self, generation)

    def was_steady(self) -> bool:
        """Whether it has worked long enough for an earlier outage to be forgotten."""
        return self.healthy_since is not None and monotonic() - self.healthy_since >= STEADY_SECONDS

    def plan_restart(self) -> float:
        """Seconds to wait now that it ended: 0.25 at first, doubled up to 5; `restart_at` is set accordingly."""
        now = monotonic()
        if self.was_steady():
            self._wait = FIRST_WAIT
        wait, self._wait = self._wait, min(LONGEST_WAIT, self._wait * 2)
        self.healthy_since = None
        self.restart_at = now + wait
        return wait

    def kill(self) -> None:
        """End it at once, with what it started."""
        if self._process is not None:
            _kill_group(self._process)

    def stop(self, hurry: Callable[[], bool]) -> bool:
        """Let it end in order, kill it after the grace or as soon as `hurry()`; whether it ended by itself."""
        self.restart_at = None
        process = self._process
        if process is None or process.poll() is not None:
            return True
        if sys.platform != "win32":
            process.terminate()  # and no second word: a handler that is interrupted by itself may never end
        elif process.stdin:
            with suppress(OSError):  # it has ended between the look and this line
                process.stdin.close()
        deadline = monotonic() + GRACE_SECONDS + 1
        while process.poll() is None and monotonic() < deadline and not hurry():
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
        by_itself = process.poll() is not None
        self.kill()
        process.wait()
        for thread in self._threads:
            thread.join(GRACE_SECONDS)
        return by_itself


def _kill_group(process: subprocess.Popen[str]) -> None:
    if sys.platform == "win32":
        process.kill()
        return
    with suppress(ProcessLookupError):  # all of them have ended
        os.killpg(process.pid, signal.SIGKILL)  # the leader of its own group, see start_new_session
