"""The device process put together: supervisors, link, capture, preview, and a clean end."""

from __future__ import annotations

import logging
import secrets
import shlex
import signal
from typing import Any

from kiosk import logs, secrets_store, settings
from kiosk.bridge import control, protocol
from kiosk.bridge.board import Board
from kiosk.bridge.calibration import Calibrator
from kiosk.bridge.capture import Capture
from kiosk.bridge.drivers import base
from kiosk.bridge.drivers.base import CardTrouble, Event, Host, Identified, Measured, Simulator
from kiosk.bridge.drivers.camera.frame import FrameSlot
from kiosk.bridge.drivers.camera.reading import facts_of
from kiosk.bridge.feed import Feed
from kiosk.bridge.link import Link
from kiosk.bridge.look import Glass, Look
from kiosk.bridge.orders import Orders, from_json
from kiosk.bridge.preview import PreviewServer
from kiosk.bridge.protocol import Mode
from kiosk.bridge.spool import Spool
from kiosk.bridge.station_store import StationStore
from kiosk.bridge.supervisor import Supervisor
from kiosk.bridge.wanted import WantedSlot
from kiosk.bridge.watch import Watch
from kiosk.domain.refusals import Code
from kiosk.launch.follow import follow_parent
from kiosk.launch.private import keep_private
from kiosk.launch.stopping import Stop
from kiosk.settings import Settings

log = logging.getLogger(__name__)

_LISTENING = (Mode.IDLE, Mode.IDENTIFY)
_CHECK_SECONDS = 0.5
#: How long a command waits for a simulator whose driver is not open yet: the bridge answers before its devices do.
_OPENING_SECONDS = 5.0
_DRIVERS = ("reader", "camera", "thermometer", "codes")


class Bridge:
    """One station's devices. `start`, then `stop`; between them everything runs in threads."""

    def __init__(self, config: Settings) -> None:
        """Open spool and listener. Raises `OSError` where the data folder or the port can't be had."""
        self.settings = config
        folder = config.data / "bridge"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        token = secrets_store.read_or_make(config, secrets_store.BRIDGE_TOKEN)
        self.boot = secrets.token_hex(8)
        self.preview_token = secrets.token_urlsafe(24)
        self.store = StationStore(folder)
        self.spool = Spool(folder)
        self.slot = WantedSlot()
        self.board = Board(boot=self.boot)
        self.recent = logs.Recent()
        frames = FrameSlot()
        self.host = Host(
            settings=config,
            emit=self._emit,
            mode=lambda: self.slot.get().mode,
            code_wanted=self._code_wanted,
            by_code=lambda: self.slot.get().identity_mode == "collection-code",
            frames_wanted=self._frames_wanted,
            remember=self.store.remember,
            recall=self.store.recall,
            label=lambda kind, text: self.board.describe(kind, label=text),
            lasting={"camera.slot": frames},
        )
        self.feed = Feed(frames, config.devices.camera.preview_width)
        self.link = Link(
            config,
            token,
            self.slot,
            self.spool,
            self._hello,
            self.board.snapshot,
            self._shot_settled,
            self._for_staff,
        )
        self.calibrator = Calibrator(config, frames, self.store, lambda: facts_of(self.host))
        self.capture = Capture(
            config,
            self.slot,
            frames,
            self.feed,
            self.spool,
            self.board,
            self.link.shot_waits,
            self._tell_problem,
            self.link.introduce_again,
            self.calibrator,
        )
        self.board.changed = self.link.devices_changed
        self.preview = PreviewServer(
            config, self.feed, self.preview_token, token, self._health, self.simulate if config.demo else None
        )
        self.preview.order = self._perform
        self.supervisors = [self._supervisor(kind) for kind in _DRIVERS if self._driver(kind) != "off"]
        self._look_wanted = self._free = False
        glass = Glass(config.assets / "models")
        self.look = Look(
            glass,
            frames,
            lambda: self._look_wanted and self._free,
            lambda content: self.link.say_once(protocol.PICTURES, content),
        )
        self.watch = Watch(frames, self.feed, lambda content: self.link.say_once(protocol.WATCH, content))
        self.orders = Orders(
            config,
            {supervisor.kind: supervisor for supervisor in self.supervisors},
            frames,
            glass,
            free=lambda: self._free,
            report=self._report,
            answer=lambda end: self.link.tell(protocol.RESULTS, end),
            calibrate=self.capture.calibrate,
            forget=self.calibrator.forget,
        )

    def start(self) -> None:
        """Begin everything; returns at once."""
        logging.getLogger().addHandler(self.recent)
        self.feed.start()
        self.preview.start()
        for kind in _DRIVERS:
            self.board.describe(kind, driver=self._driver(kind))
            if self._driver(kind) == "off":
                self.board.set(kind, protocol.DeviceState.OFF)
        for supervisor in self.supervisors:
            supervisor.start()
        self.link.start()
        self.capture.start()
        self.orders.start()
        self.look.start()
        self.watch.start()

    def check(self) -> None:
        """Called twice a second: drivers that are stuck are given up, a calibration that grew old is told."""
        for supervisor in self.supervisors:
            supervisor.check()
        self.board.note("calibration", self.calibrator.brief())

    def stop(self) -> None:
        """End everything; a shot that is being written is written, unsent ones stay in the spool."""
        self.capture.stop()
        self.look.stop()
        self.watch.stop()
        for supervisor in self.supervisors:
            supervisor.stop()
        self.orders.stop()
        for simulator in self.host.simulators.values():
            simulator.stop()
        self.feed.stop()
        self.preview.stop()
        self.link.stop()
        self.spool.close()
        self.store.close()
        logging.getLogger().removeHandler(self.recent)

    def simulate(self, words: list[str]) -> str:
        """Perform a simulator's command, e.g. `card lay 3`. Raises `ValueError` for an unknown one."""
        if len(words) == 1:
            words = shlex.split(words[0])
        if len(words) < 2:
            raise ValueError("what and how: card lay 3")
        target, verb, *rest = words
        # what a code holds is taken as it stands, an equals sign as well
        named = [word for word in rest if "=" in word] if target != "code" else []
        options = dict(word.removeprefix("--").split("=", 1) for word in named)
        plain = [word for word in rest if word not in named]
        return self._simulator(target).simulate(target, verb, plain, options)

    def _simulator(self, target: str) -> Simulator:
        """The simulated device that knows `target`; one whose driver is just being opened is waited for."""

        def known() -> Simulator | None:
            return next((s for s in self.host.simulators.values() if target in s.targets), None)

        def settled() -> bool:
            coming = [s.kind for s in self.supervisors if s.kind not in self.host.simulators]
            return known() is not None or not any(self._driver(kind).startswith("virtual") for kind in coming)

        with self.host.grown:
            self.host.grown.wait_for(settled, _OPENING_SECONDS)
            found = known()
        if found is None:
            raise ValueError(f"there is no simulated {target}")
        return found

    # -- glue

    def _driver(self, kind: str) -> str:
        name: str = getattr(self.settings.devices, kind).driver
        return name

    def _supervisor(self, kind: str) -> Supervisor:
        name = self._driver(kind)
        return Supervisor(kind, lambda: base.find(kind, name)(self.host), self.board)

    def _code_wanted(self) -> bool:
        wanted = self.slot.get()
        return wanted.mode is Mode.IDENTIFY and wanted.codes

    def _frames_wanted(self) -> bool:
        looking = self.feed.watched or self.watch.wanted or self.orders.looking or self.calibrator.measuring
        return looking or self.slot.get().mode is Mode.CAPTURE or self._code_wanted()

    def _emit(self, event: Event) -> None:
        wanted = self.slot.get()
        if isinstance(event, Identified):
            if wanted.mode in _LISTENING:
                content = {"assurance": event.assurance, "source": event.source, **event.content}
                self.link.tell(protocol.IDENTITIES, content, lambda: self.slot.get().mode in _LISTENING)
        elif isinstance(event, Measured):
            if wanted.mode is Mode.TEMPERATURE and wanted.visit:
                visit = wanted.visit
                content = {"visit": visit, "celsius": event.celsius}
                self.link.tell(protocol.TEMPERATURES, content, lambda: self.slot.get().visit == visit)
        elif isinstance(event, CardTrouble) and wanted.mode in _LISTENING:
            self._tell_problem(event.fault.refusal("reader"))

    def _tell_problem(self, code: Code) -> None:
        self.link.tell(protocol.PROBLEMS, {"code": code.value})

    def _shot_settled(self, shot: str, outcome: Any) -> None:
        self.capture.shot_settled(shot, outcome)

    def _hello(self) -> dict[str, Any]:
        return {
            "boot": self.boot,
            "preview_port": self.preview.port,
            "preview_token": self.preview_token,
            "engine": self.capture.engine_state,
        }

    def _for_staff(self, content: dict[str, Any]) -> None:
        """What the answer of `STATION` says besides what is wanted of the devices."""
        self._free = content.get("free") is True  # fail closed: without a word somebody may be there
        look = content.get("look") is True
        if look and not self._look_wanted:
            self.look.hurry()
        self._look_wanted = look
        visit = content.get("watch")
        self.watch.look_at(visit if isinstance(visit, str) else None)
        orders = content.get("orders")
        if isinstance(orders, list):
            self.orders.take(orders)

    def _perform(self, content: dict[str, Any]) -> dict[str, Any]:
        return self.orders.perform(from_json(content))

    def _report(self) -> dict[str, Any]:
        """What staff read of this process: no personal data in any of it."""
        return {"log": self.recent.lines(), "history": self.board.history(), "health": self._health()}

    def _health(self) -> dict[str, Any]:
        snapshot = self.board.snapshot()
        return {
            "ok": True,
            "web": self.link.connected,
            "engine": self.capture.engine_state,
            "mode": self.slot.get().mode.value,
            "waiting_shots": len(self.spool.waiting()),
            "shots_aside": self.spool.aside(),
            **snapshot,
        }


def main() -> None:
    """Run until SIGTERM or SIGINT, or until the launcher is gone."""
    follow_parent()
    config = settings.load()
    keep_private(config.data)
    logs.set_up(config, "bridge")
    stop = Stop()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop.set)
    bridge = Bridge(config)
    try:
        control.note_port(config, bridge.preview.port)
    except OSError as error:  # a full disk: the devices work without the note, and say what is the matter
        log.warning("where the preview listens can't be noted: %s", error.strerror)
    bridge.start()
    log.info("bridge started, preview on port %d", bridge.preview.port)
    while not stop.wait(_CHECK_SECONDS):
        bridge.check()
    bridge.stop()
    log.info("bridge stopped")
