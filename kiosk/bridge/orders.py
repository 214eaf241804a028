"""What staff ask of the devices from their page or the command line: test one, open it again, calibrate, report.

The bridge fetches orders with what is wanted and posts each one's end; an id that was performed once is not
performed again, whatever the line between both processes loses. One thread performs them, one after the other.
"""

from __future__ import annotations

import base64
import logging
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kiosk.bridge import printer
from kiosk.bridge.drivers.camera.frame import Frame, FrameSlot
from kiosk.bridge.faults import Fault, FaultCode
from kiosk.bridge.look import Glass
from kiosk.bridge.protocol import Order
from kiosk.bridge.supervisor import Supervisor
from kiosk.settings import Settings

log = logging.getLogger(__name__)

#: Ids that are remembered, so that an order that comes again is not performed again.
REMEMBERED = 200
#: Longest time a test may wait for something, and what opening a device may take before it.
MOST_SECONDS, OPENING_SECONDS = 15.0, 20.0
#: Frames over which the camera's pace is measured, and how long they may take together.
PACE_FRAMES, PACE_SECONDS = 15, 3.0


@dataclass(frozen=True, slots=True)
class Given:
    """One order as the web process or the command line gives it. `seconds`: how long a test may wait."""

    id: str
    name: Order
    device: str
    seconds: float = 0.0


def from_json(content: Any) -> Given:
    """Raises `KeyError`, `TypeError` or `ValueError` for another shape."""
    options = content.get("options") or {}
    seconds = min(MOST_SECONDS, max(0.0, float(options.get("seconds", 0.0))))
    return Given(str(content["id"]), Order(content["name"]), str(content.get("device") or ""), seconds)


class Orders:
    """Performs orders. `answer` gets `{"id", "ok", "fault", "detail", "values", "picture_b64"}` of each.

    `free()` says whether nobody is at the kiosk: a picture is taken then alone. `calibrate` and `forget` are the
    camera's, None without one (`map_png` of their answer is the picture); `report` gives what the order of that
    name answers.
    """

    def __init__(
        self,
        settings: Settings,
        supervisors: dict[str, Supervisor],
        frames: FrameSlot,
        glass: Glass,
        free: Callable[[], bool],
        report: Callable[[], dict[str, Any]],
        answer: Callable[[dict[str, Any]], None],
        calibrate: Callable[[], dict[str, Any]] | None = None,
        forget: Callable[[], dict[str, Any]] | None = None,
    ) -> None:
        self._settings, self._supervisors, self._frames, self._glass = settings, supervisors, frames, glass
        self._free, self._report, self._answer = free, report, answer
        self._calibrate, self._forget = calibrate, forget
        #: The camera's pace is being measured: it shall not decode at the pace of an idle kiosk.
        self.looking = False
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._waiting: queue.SimpleQueue[Given | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="orders", daemon=True)

    def start(self) -> None:
        """Begin to perform."""
        self._thread.start()

    def stop(self) -> None:
        """End after the one that is being performed, or without it when that takes long."""
        self._waiting.put(None)
        self._thread.join(3)

    def take(self, orders: list[Any]) -> None:
        """Queue those that are new. What has another shape is left: the web process hears nothing of it."""
        for content in orders:
            try:
                given = from_json(content)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                log.warning("an order that can't be read: %s", type(error).__name__)
                continue
            if given.id in self._seen:
                continue
            self._seen[given.id] = None
            while len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
            self._waiting.put(given)

    def perform(self, given: Given) -> dict[str, Any]:
        """Do it now and return its end; whatever goes wrong is in it."""
        log.info("order %s %s", given.name.value, given.device)
        end: dict[str, Any] = {"id": given.id, "ok": True, "fault": None, "detail": "", "values": {}}
        try:
            end["values"], picture = self._do(given)
            if picture is not None:
                end["picture_b64"] = base64.b64encode(picture).decode("ascii")
        except Fault as fault:
            end.update(ok=False, fault=fault.code.value, detail=fault.detail)
        except Exception as error:
            log.exception("order %s failed", given.name.value)
            end.update(ok=False, fault=FaultCode.INTERNAL.value, detail=type(error).__name__)
        return end

    def _run(self) -> None:
        while (given := self._waiting.get()) is not None:
            self._answer(self.perform(given))

    def _do(self, given: Given) -> tuple[dict[str, Any], bytes | None]:
        if given.name is Order.REPORT:
            return self._report(), None
        if given.name in (Order.CALIBRATE, Order.FORGET):
            work = self._calibrate if given.name is Order.CALIBRATE else self._forget
            if work is None:
                raise Fault(FaultCode.UNSUPPORTED, "there is no camera to calibrate")
            values = work()
            return values, values.pop("map_png", None)
        if given.device == "printer":
            if given.name is Order.PRINT:
                return printer.print_page(self._settings, datetime.now(UTC).astimezone()), None
            return printer.queue_state(self._settings), None
        if given.name is Order.RETRY:
            self._supervisor(given.device).retry()
            return {}, None
        if given.device == "camera":
            return self._look(given)
        return self._test(given), None

    def _supervisor(self, device: str) -> Supervisor:
        found = self._supervisors.get(device)
        if found is None:
            raise Fault(FaultCode.UNSUPPORTED, f"no {device} is configured")
        return found

    def _test(self, given: Given) -> dict[str, Any]:
        asked = self._supervisor(given.device).test(given.seconds)
        try:
            return asked.result(given.seconds + OPENING_SECONDS)
        except TooLate as error:
            asked.cancel()
            raise Fault(FaultCode.TIMEOUT_NO_ANSWER, "its driver did not come back") from error

    def _look(self, given: Given) -> tuple[dict[str, Any], bytes | None]:
        """The camera: what its driver says, the pace of its frames, a glance at one, and a small picture."""
        from kiosk.photo.glance import glance

        facts = self._test(given)
        self.looking = True
        try:
            first, newest = self._two_frames()
        finally:
            self.looking = False
        camera = self._settings.devices.camera
        height, width = newest.image.shape[:2]
        turned = camera.mounting in (90, 270)
        facts |= {
            "width": width,
            "height": height,
            "asked_width": camera.height if turned else camera.width,
            "asked_height": camera.width if turned else camera.height,
            "mounting": camera.mounting,
            "fps": round((newest.sequence - first.sequence) / max(0.001, newest.taken - first.taken), 1),
            **glance(newest.image).to_json(),
        }
        return facts, self._glass.picture(newest.image) if self._free() else None

    def _two_frames(self) -> tuple[Frame, Frame]:
        """Two frames some time apart, for the camera's pace. Raises `Fault`."""
        latest = self._frames.latest()
        first = newest = self._frames.after(latest.sequence if latest else 0, PACE_SECONDS)
        if first is None or newest is None:
            raise Fault(FaultCode.GONE, "no frame came")
        while newest.sequence - first.sequence < PACE_FRAMES and newest.taken - first.taken < PACE_SECONDS:
            following = self._frames.after(newest.sequence, PACE_SECONDS / 2)
            if following is None:
                raise Fault(FaultCode.FROZEN, "frames ceased to come")
            newest = following
        return first, newest
