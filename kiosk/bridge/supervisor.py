"""Keeps one driver alive: owns its thread, opens it again with a growing pause, and notices when it is stuck."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

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

    def test(self, seconds: float) -> Future[dict[str, Any]]:
        """Have the driver test its device, in its own thread between two runs; one that is closed is opened first.

        `seconds`: how long a test may wait for something. The future has the driver's facts, or raises the `Fault`
        with which opening or testing ended. Whoever waits does so with a limit and cancels it afterwards.
        """
        asked: Future[dict[str, Any]] = Future()
        with self._lock:
            attempt = self._attempt
        if attempt is None or self._stop.is_set():
            asked.set_exception(Fault(FaultCode.GONE, "its driver does not run"))
        else:
            attempt.ask(seconds, asked)
        return asked

    def retry(self) -> None:
        """Open the device anew now, instead of after the pause; one that works is closed first."""
        with self._lock:
            attempt = self._attempt
        if attempt is not None:
            attempt.reopen()

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
        self._interrupt = threading.Event()  # what `run` is given: it ends, the attempt need not
        self._wake = threading.Event()  # ends the pause before an opening
        self._reopen = False
        self._tests: deque[tuple[float, Future[dict[str, Any]]]] = deque()
        self._thread = threading.Thread(target=self._loop, name=f"{kind}-driver", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._break_off()
        self._thread.join(STOP_SECONDS)

    def abandon(self) -> None:
        """Its thread may never come back; if it does, it closes the device and says nothing."""
        self._abandoned = True
        self._break_off()
        self._refuse_tests(Fault(FaultCode.GONE, "no answer from its driver"))

    def ask(self, seconds: float, asked: Future[dict[str, Any]]) -> None:
        self._tests.append((seconds, asked))
        self._interrupt.set()
        self._wake.set()

    def reopen(self) -> None:
        self._reopen = True
        self._pause = FIRST_PAUSE
        self._interrupt.set()
        self._wake.set()

    def _break_off(self) -> None:
        self._stop.set()
        self._interrupt.set()
        self._wake.set()

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
            if not self._reopen:
                self._wake.wait(self._pause)
                self._pause = min(LONGEST_PAUSE, self._pause * 2)
            self._reopen = False
            self._wake.clear()
        self._refuse_tests(Fault(FaultCode.GONE, "its driver does not run"))
        if not self._abandoned:
            self._set(DeviceState.OFF)

    def _once(self) -> None:
        self._ready_at = None
        try:
            driver = self._make()
        except Fault as fault:
            self._failed(fault)
            return
        except Exception as error:  # a driver file that can't even be read must not end the thread
            log.exception("%s driver can't be made", self._kind)
            self._failed(Fault(FaultCode.INTERNAL, type(error).__name__))
            return
        self.beat()
        self._limit = driver.stall_seconds
        try:
            driver.open()
            self.beat()
            self._run(driver)
        except Fault as fault:
            self._failed(fault)
        except Exception as error:
            log.exception("%s driver failed", self._kind)
            self._failed(Fault(FaultCode.INTERNAL, type(error).__name__))
        finally:
            self._close(driver)

    def _run(self, driver: Driver) -> None:
        """Run until the device must be opened again; tests take place between two runs."""
        while not self._stop.is_set() and not self._reopen:
            if not self._answer_tests(driver):
                driver.run(self._interrupt, self)
                if not self._interrupt.is_set():
                    return  # it ended by itself
            self._interrupt.clear()

    def _answer_tests(self, driver: Driver) -> bool:
        """Whether there were any. Raises the `Fault` of one after passing it on."""
        answered = False
        while self._tests and not self._stop.is_set():
            seconds, asked = self._tests.popleft()
            answered = True
            if not asked.set_running_or_notify_cancel():
                continue
            log.info("%s: testing", self._kind)
            try:
                facts = driver.test(self._stop, self, seconds)
            except Exception as error:
                fault = error if isinstance(error, Fault) else Fault(FaultCode.INTERNAL, type(error).__name__)
                asked.set_exception(fault)
                raise
            self.beat()
            asked.set_result(facts)
        return answered

    def _refuse_tests(self, fault: Fault) -> None:
        while self._tests:
            _, asked = self._tests.popleft()
            if asked.set_running_or_notify_cancel():
                asked.set_exception(fault)

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
        elif fault.code in (FaultCode.NOT_FOUND, FaultCode.GONE, FaultCode.SERVICE_DOWN):
            self._pause = min(self._pause, LONGEST_SEARCH_PAUSE / 2)
        if not self._stop.is_set():
            self._set(DeviceState.FAULT, fault)
        self._refuse_tests(fault)

    def _set(self, state: DeviceState, fault: Fault | None = None) -> None:
        if not self._abandoned:
            self._board.set(self._kind, state, fault)
