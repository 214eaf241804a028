"""Keeps one driver alive: owns its thread, opens it again with a growing pause, and notices when it is stuck."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from kiosk.bridge.board import Board
from kiosk.bridge.drivers.base import Driver
from kiosk.bridge.faults import Fault, FaultCode
from kiosk.bridge.protocol import DeviceState

log = logging.getLogger(__name__)

#: Pauses between two attempts to open a device, in seconds: doubled from the first to the last.
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
#: Looking whether a device is plugged in costs nothing: it is back within this time.
LONGEST_SEARCH_PAUSE = 2.0
#: A run that lasted this long was a good one; the pause begins anew.
GOOD_RUN_SECONDS = 5.0
#: How long `stop` waits for a driver to let go.
STOP_SECONDS = 3.0


class Supervisor:
    """One device. `make` builds a fresh driver for every attempt, so that nothing of a broken one is left."""

    def __init__(self, kind: str, make: Callable[[], Driver], board: Board) -> None:
        self.kind = kind
        self._make = make
        self._board = board
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._attempt: _Attempt | None = None

    def start(self) -> None:
        """Begin. Returns at once; the board tells how it goes."""
        self._board.set(self.kind, DeviceState.STARTING)
        self._launch()

    def check(self) -> None:
        """Called twice a second by the main loop: a driver that is stuck is given up and a new one begun."""
        with self._lock:
            stuck = self._attempt is not None and self._attempt.stuck() and not self._stop.is_set()
            if stuck and self._attempt is not None:
                self._attempt.abandon()
        if stuck:
            self._board.set(self.kind, DeviceState.FAULT, Fault(FaultCode.GONE, "no answer from its driver"))
            self._launch()

    def stop(self) -> None:
        """End the thread and let go of the device; waits at most `STOP_SECONDS`."""
        self._stop.set()
        with self._lock:
            attempt = self._attempt
        if attempt is not None:
            attempt.end()

    def _launch(self) -> None:
        attempt = _Attempt(self.kind, self._make, self._board, self._stop)
        with self._lock:
            self._attempt = attempt
        attempt.start()


class _Attempt:
    """One thread that opens, runs and closes until it is told to end or given up."""

    def __init__(self, kind: str, make: Callable[[], Driver], board: Board, stop: threading.Event) -> None:
        self._kind, self._make, self._board, self._stop_all = kind, make, board, stop
        self._stop = threading.Event()
        self._abandoned = False
        self._limit = 0.0
        self._beat = time.monotonic()
        self._pause = FIRST_PAUSE
        self._ready_at: float | None = None
        self._thread = threading.Thread(target=self._loop, name=f"{kind}-driver", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._stop.set()
        self._thread.join(STOP_SECONDS)

    def abandon(self) -> None:
        """Its thread may never come back; if it does, it closes the device and says nothing."""
        self._abandoned = True
        self._stop.set()

    def stuck(self) -> bool:
        return bool(self._limit) and time.monotonic() - self._beat > self._limit

    def ready(self) -> None:
        self.beat()
        self._ready_at = self._ready_at or time.monotonic()
        self._set(DeviceState.READY)

    def degraded(self, fault: Fault) -> None:
        self.beat()
        self._set(DeviceState.FAULT, fault)

    def beat(self) -> None:
        self._beat = time.monotonic()

    def _loop(self) -> None:
        while not (self._stop.is_set() or self._stop_all.is_set()):
            self._once()
            self._limit = 0.0  # a pause is not a stall
            self._stop.wait(self._pause)
            self._pause = min(LONGEST_PAUSE, self._pause * 2)
        if not self._abandoned:
            self._set(DeviceState.OFF)

    def _once(self) -> None:
        self._ready_at = None
        try:
            driver = self._make()
        except Fault as fault:
            self._failed(fault)
            return
        self.beat()
        self._limit = driver.stall_seconds
        try:
            driver.open()
            self.beat()
            driver.run(self._stop, self)
        except Fault as fault:
            self._failed(fault)
        except Exception as error:
            log.exception("%s driver failed", self._kind)
            self._failed(Fault(FaultCode.INTERNAL, type(error).__name__))
        finally:
            self._close(driver)

    def _close(self, driver: Driver) -> None:
        try:
            driver.close()
        except Exception:
            log.exception("%s driver failed to close", self._kind)

    def _failed(self, fault: Fault) -> None:
        if self._ready_at is not None and time.monotonic() - self._ready_at > GOOD_RUN_SECONDS:
            self._pause = FIRST_PAUSE
        if fault.permanent:
            self._pause = LONGEST_PAUSE
        elif fault.code is FaultCode.NOT_FOUND:
            self._pause = min(self._pause, LONGEST_SEARCH_PAUSE / 2)
        if not self._stop.is_set():
            self._set(DeviceState.FAULT, fault)

    def _set(self, state: DeviceState, fault: Fault | None = None) -> None:
        if not self._abandoned:
            self._board.set(self._kind, state, fault)
