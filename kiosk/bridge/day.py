"""A simulated day of card reads: the real driver under its supervisor, a reader with every mild fault there is.

Students come one after the other without a pause. Each lays a card of their own, now and then badly; whoever is
asked to lays it again. Afterwards what was laid is held against what was told.
"""

from __future__ import annotations

import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kiosk.bridge.board import Board
from kiosk.bridge.drivers.base import CardTrouble, Event, Host, Identified, find
from kiosk.bridge.drivers.reader.card_entry import to_json
from kiosk.bridge.drivers.reader.ordeal import synthetic_card
from kiosk.bridge.drivers.reader.sam_reader import ATTENTIVE_SHARE
from kiosk.bridge.drivers.reader.virtual import simulated
from kiosk.bridge.drivers.reader.virtual_sam import VirtualSam
from kiosk.bridge.protocol import DeviceState, Mode
from kiosk.bridge.supervisor import Supervisor
from kiosk.settings import Bridge, Camera, Devices, Reader, Settings, Thermometer

#: Mild faults and the command whose answer has them: each is mended by the bridge alone.
MILD = (
    ("bad_checksum", "read"),
    ("bad_checksum", "find"),
    ("half_frame", "read"),
    ("garbage", "read"),
    ("garbage_between", "select"),
    ("extra_aa", "find"),
    ("length_large", "read"),
    ("inner_lengths", "read"),
    ("two_frames", "read"),
    ("every_byte", "read"),
    ("stale", "read"),
    ("other_answer", "find"),
    ("status:41", "read"),
    ("slow", "select"),
)
#: Of so many students one meets a fault, one takes the card away too early, leaves it lying, pulls out the cable.
_FAULT_EVERY, _PULL_EVERY, _LEAVE_EVERY, _REPLUG_EVERY = 8, 40, 25, 100
#: A student who is told nothing for so long lays the card again; one who laid it so often gives up: lost.
_PATIENCE_SECONDS, _MOST_LAYINGS = 15.0, 4
#: Pause between two looks of the driver while a card is asked for; the time above it is the bridge's own.
POLL_SECONDS = 0.35


@dataclass
class Day:
    """What came of it."""

    reads: int = 0
    lost: int = 0
    wrong: int = 0
    double: int = 0
    laid_again: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    waits_ms: list[float] = field(default_factory=list)  # card laid → event, of those who met no fault
    returns_s: list[float] = field(default_factory=list)  # plugged in again → ready
    poll_ms: float = 0.0
    seconds: float = 0.0


def station(folder: Path, poll_seconds: float = POLL_SECONDS) -> Settings:
    """Settings of a station of its own whose only device is the simulated reader."""
    return Settings(
        demo=True,
        data_dir=folder,
        bridge=Bridge(preview_port=0, poll_seconds=poll_seconds),
        devices=Devices(
            reader=Reader(driver="virtual"), camera=Camera(driver="off"), thermometer=Thermometer(driver="off")
        ),
    )


def simulate(
    reads: int,
    seed: int,
    faults: bool = True,
    pause_seconds: float = 0.0,
    said: Callable[[int], None] | None = None,
) -> Day:
    """Let `reads` students come, each with another card, `pause_seconds` after the one before.

    The same seed gives the same students and faults. `said` is told the number of each who is done.
    """
    with tempfile.TemporaryDirectory() as folder:
        table = _Table(station(Path(folder)))
        try:
            return table.day(reads, seed, faults, pause_seconds, said or (lambda number: None))
        finally:
            table.close()


class _Table:
    """The reader, its driver, and everything that is told."""

    def __init__(self, settings: Settings) -> None:
        self._told: list[dict[str, Any]] = []
        self._troubles = 0
        self._news = threading.Condition()
        self._board = Board(self._changed)
        host = Host(settings, emit=self._hear, mode=lambda: Mode.IDENTIFY)
        self._sam: VirtualSam = simulated(host)
        self._sam.baud = None  # unpaced
        self._simulators = host.simulators
        self._supervisor = Supervisor("reader", lambda: find("reader", "virtual")(host), self._board)
        self._supervisor.start()
        self._wait(lambda: self._board.state("reader") is DeviceState.READY)

    def close(self) -> None:
        """End driver and reader."""
        self._supervisor.stop()
        for simulator in self._simulators.values():
            simulator.stop()

    def day(self, reads: int, seed: int, faults: bool, pause: float, said: Callable[[int], None]) -> Day:
        """See `simulate`."""
        dice = random.Random(seed)  # noqa: S311 - a day that can be had again, no secret
        day = Day(poll_ms=POLL_SECONDS * ATTENTIVE_SHARE * 1000)
        begun = time.monotonic()
        for number in range(reads):
            self._student(day, dice, number, faults)
            said(number + 1)
            if pause:
                threading.Event().wait(pause)
        self._sam.remove()
        threading.Event().wait(2 * POLL_SECONDS)  # whatever is told twice is told now
        day.double += len(self._told)
        day.seconds = time.monotonic() - begun
        return day

    def _student(self, day: Day, dice: random.Random, number: int, faults: bool) -> None:
        day.reads += 1
        day.double += len(self._told)  # told after its holder had left
        self._told = []
        card = synthetic_card(dice, number)
        wanted = to_json(card)
        calm = not (faults and self._mishap(day, dice, number))
        self._sam.lay(card)
        laid = time.monotonic()
        found: list[dict[str, Any]] = []
        for _ in range(_MOST_LAYINGS):
            troubles = self._troubles
            self._answered(troubles)
            found, self._told = self._told, []
            if found:
                break
            day.laid_again += 1
            self._sam.remove()
            self._asked("find", 2)
            self._sam.lay(card)
        if calm:
            day.waits_ms.append((time.monotonic() - laid) * 1000)
        day.lost += not found
        day.wrong += sum(entry != wanted for entry in found[:1])
        day.double += max(0, len(found) - 1)
        if faults and dice.randrange(_LEAVE_EVERY) == 0:
            day.faults["left lying"] += 1
            self._asked("find", 3)
            day.double += len(self._told)
            self._told = []
        self._sam.remove()

    def _mishap(self, day: Day, dice: random.Random, number: int) -> bool:
        """Whether something befalls this student."""
        if number % _REPLUG_EVERY == _REPLUG_EVERY - 1:
            day.faults["replug"] += 1
            self._sam.unplug()
            self._wait(lambda: self._board.state("reader") is DeviceState.FAULT)
            begun = time.monotonic()
            self._sam.plug()
            self._wait(lambda: self._board.state("reader") is DeviceState.READY)
            day.returns_s.append(time.monotonic() - begun)
            return True
        if dice.randrange(_PULL_EVERY) == 0:
            day.faults["pulled"] += 1
            self._sam.pull_after = dice.choice(("find", "select", "read"))
            return True
        if dice.randrange(_FAULT_EVERY) == 0:
            name, command = dice.choice(MILD)
            day.faults[name] += 1
            self._sam.plan(name, command)
            return True
        return False

    # -- waiting

    def _hear(self, event: Event) -> None:
        with self._news:
            if isinstance(event, Identified):
                self._told.append(event.content["card"])
            elif isinstance(event, CardTrouble):
                self._troubles += 1
            self._news.notify_all()

    def _changed(self) -> None:
        with self._news:
            self._news.notify_all()

    def _wait(self, what: Callable[[], object]) -> None:
        with self._news:
            self._news.wait_for(lambda: bool(what()), _PATIENCE_SECONDS)

    def _answered(self, troubles: int) -> None:
        self._wait(lambda: self._told or self._troubles > troubles)

    def _asked(self, command: str, times: int) -> None:
        """Wait until the reader was asked so often more."""
        until = self._sam.asked[command] + times
        end = time.monotonic() + _PATIENCE_SECONDS
        while self._sam.asked[command] < until and time.monotonic() < end:
            threading.Event().wait(0.01)
