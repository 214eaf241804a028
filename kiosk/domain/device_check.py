"""The guided check of the devices before opening: its steps, and what makes one pass.

Each step is judged on what the bridge answered to a test (`kiosk.bridge.orders`), never on what the page says.
The limits are ours: no standard names them. They separate what can't work (a dark room, burnt-out lamps, one lamp
off) from what the photo checks judge later, face by face.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

#: Median L* of the camera's picture between which a room is lit.
LIGHTNESS = (35.0, 95.0)
#: Difference in L* between the left and the right quarter of the picture: more is one lamp of two.
SIDES_MOST = 15.0
#: Share of burnt-out pixels.
CLIPPED_MOST = 0.05
#: Frames a second below which coaching stutters; the driver itself calls fewer than 5 lagging.
FPS_LEAST = 10.0
#: Skin temperatures that a sensor in front of a person shows; anything else is no reading of a person.
CELSIUS = (30.0, 43.0)


class Order(StrEnum):
    """What staff may ask of the devices: `report` about all of them, the others about one."""

    TEST = "test"  # is it well? facts in "values", a small picture from the camera
    RETRY = "retry"  # open it again now instead of after the pause
    CALIBRATE = "calibrate"  # camera: measure the empty wall
    FORGET = "forget_calibration"
    PRINT = "print"  # printer: send a test page to the system's queue
    REPORT = "report"  # the last log lines, the history of states


class Step(StrEnum):
    """The steps in their order. The values are translation keys (`staff.devices.step.<value>`)."""

    CARD = "card"
    CAMERA = "camera"
    LIGHT = "light"
    WALL = "wall"
    THERMOMETER = "thermometer"
    PRINTER = "printer"


class Result(StrEnum):
    """How a step ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"  # with a reason
    OFF = "off"  # the settings leave that device out


#: Which device a step is about, and which order answers it.
ABOUT: Mapping[Step, tuple[str, Order]] = {
    Step.CARD: ("reader", Order.TEST),
    Step.CAMERA: ("camera", Order.TEST),
    Step.LIGHT: ("camera", Order.TEST),
    Step.WALL: ("camera", Order.CALIBRATE),
    Step.THERMOMETER: ("thermometer", Order.TEST),
    Step.PRINTER: ("printer", Order.PRINT),
}
#: Why a step may have failed although the device answered (`staff.devices.why.<value>`); besides these
#: `wall_<obstacle>`, see `kiosk.domain.calibration.Obstacle`.
WHYS = (
    "no_card", "size", "slow", "dark", "bright", "one_sided", "burnt_out", "no_reading", "implausible", "not_seen",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one step ended: `why` is a fault code or one of `WHYS`, `values` are numbers and words of no person."""

    result: Result
    why: str | None = None
    reason: str = ""  # in staff's words, of a skipped step
    values: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As it is kept and shown."""
        return {"result": self.result.value, "why": self.why, "reason": self.reason, "values": self.values}


def judge(step: Step, end: Mapping[str, Any]) -> Outcome:
    """The outcome of `step` by the end of its test: `{"ok", "fault", "values"}`."""
    values = {name: value for name, value in dict(end.get("values") or {}).items() if _plain(value)}
    if end.get("ok") is not True:
        return Outcome(Result.FAILED, str(end.get("fault") or "internal"), values=values)
    why = _JUDGES[step](values)
    return Outcome(Result.FAILED if why else Result.PASSED, why, values=values)


def passed(outcomes: Mapping[str, Outcome]) -> bool:
    """Whether nothing failed and no step is missing."""
    return set(outcomes) == set(Step) and all(found.result is not Result.FAILED for found in outcomes.values())


def _plain(value: object) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def _card(values: dict[str, Any]) -> str | None:
    return None if values.get("card") is True else "no_card"


def _camera(values: dict[str, Any]) -> str | None:
    if _number(values, "width") < _number(values, "asked_width") or (
        _number(values, "height") < _number(values, "asked_height")
    ):
        return "size"
    return "slow" if _number(values, "fps") < FPS_LEAST else None


def _light(values: dict[str, Any]) -> str | None:
    lightness = _number(values, "lightness")
    if lightness < LIGHTNESS[0]:
        return "dark"
    if _number(values, "clipped") > CLIPPED_MOST:
        return "burnt_out"
    if lightness > LIGHTNESS[1]:
        return "bright"
    return "one_sided" if abs(_number(values, "sides")) > SIDES_MOST else None


def _wall(values: dict[str, Any]) -> str | None:
    """`made`, or why not (`kiosk.domain.calibration.Obstacle`)."""
    return None if values.get("made") is True else f"wall_{values.get('obstacle') or 'busy'}"


def _thermometer(values: dict[str, Any]) -> str | None:
    celsius = values.get("celsius")
    if not isinstance(celsius, int | float):
        return "no_reading"
    return None if CELSIUS[0] <= celsius <= CELSIUS[1] else "implausible"


def _printer(values: dict[str, Any]) -> str | None:
    return None


_JUDGES = {
    Step.CARD: _card,
    Step.CAMERA: _camera,
    Step.LIGHT: _light,
    Step.WALL: _wall,
    Step.THERMOMETER: _thermometer,
    Step.PRINTER: _printer,
}


def _number(values: Mapping[str, Any], name: str) -> float:
    value = values.get(name)
    return float(value) if isinstance(value, int | float) else 0.0
