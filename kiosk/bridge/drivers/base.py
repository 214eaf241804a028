"""What every driver is: three verbs, a kind and a name. A class that says `driver = "…"` is registered.

A driver lives in `kiosk/bridge/drivers/<kind>/<driver>.py`. It never starts a thread, never retries an open and
never keeps itself alive: its supervisor does. It raises `Fault` for what it can name and lets everything else fly.
"""

from __future__ import annotations

import importlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, TypeVar, cast

from kiosk.bridge.faults import Fault, FaultCode
from kiosk.bridge.protocol import Mode
from kiosk.settings import Settings

S = TypeVar("S", bound="Simulator")


@dataclass(frozen=True, slots=True, repr=False)
class Identified:
    """A card or code was shown. `content` is the `card` or `code_b64` entry of an identity."""

    assurance: str
    source: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Measured:
    """The thermometer measured the person in front of it."""

    celsius: float


@dataclass(frozen=True, slots=True)
class CardTrouble:
    """A card was laid and could not be read; the person must lay it again."""

    fault: Fault


Event = Identified | Measured | CardTrouble


class Simulator(ABC):
    """A simulated device: it stays when its driver is closed, as a device stays on its table."""

    #: First words of the commands it understands.
    targets: ClassVar[tuple[str, ...]]

    @abstractmethod
    def simulate(self, target: str, verb: str, words: list[str], options: dict[str, str]) -> str:
        """Do what was asked and say so in one sentence. Raises `ValueError` for what it can't do."""

    @abstractmethod
    def stop(self) -> None:
        """End its threads."""


@dataclass
class Host:
    """What a driver may ask of the bridge around it."""

    settings: Settings
    emit: Callable[[Event], None]
    mode: Callable[[], Mode] = lambda: Mode.IDLE
    code_wanted: Callable[[], bool] = lambda: False
    #: Whether the campaign identifies by collection codes.
    by_code: Callable[[], bool] = lambda: False
    frames_wanted: Callable[[], bool] = lambda: True
    remember: Callable[[str, dict[str, Any]], None] = lambda key, value: None
    recall: Callable[[str], dict[str, Any]] = lambda key: {}
    #: Tells staff where a device of that kind was found: a port, a camera's name; never personal data.
    label: Callable[[str, str], None] = lambda kind, text: None
    simulators: dict[str, Simulator] = field(default_factory=dict)
    #: Notified when a simulator was added.
    grown: threading.Condition = field(default_factory=threading.Condition)
    #: What outlives a driver that is opened again, by the name of its owner; never written anywhere.
    lasting: dict[str, Any] = field(default_factory=dict)

    def simulator(self, kind: str, make: Callable[[], S]) -> S:
        """The simulated device of `kind`, made at the first call. Refused outside a demonstration."""
        if not self.settings.demo:
            raise Fault(FaultCode.UNSUPPORTED, "simulators exist in a demonstration only")
        if kind not in self.simulators:
            made = make()
            with self.grown:
                self.simulators[kind] = made
                self.grown.notify_all()
        return cast(S, self.simulators[kind])


class Report(Protocol):
    """How a running driver tells its supervisor how it is."""

    def ready(self) -> None:
        """It works (again)."""

    def degraded(self, fault: Fault) -> None:
        """It runs, but what it gives can't be used."""

    def beat(self) -> None:
        """It is not stuck."""


class Driver(ABC):
    """One way to talk to one kind of device."""

    kind: ClassVar[str]
    #: Name in the settings; declaring it registers the class.
    driver: ClassVar[str] = ""
    #: Seconds without a beat after which the driver counts as stuck in a call that never returns.
    stall_seconds: ClassVar[float] = 10.0

    def __init__(self, host: Host) -> None:
        self.host = host

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "driver" in cls.__dict__:
            REGISTRY[cls.kind, cls.driver] = cls

    @abstractmethod
    def open(self) -> None:
        """Find the device and make it ready. Raises `Fault`."""

    @abstractmethod
    def run(self, stop: threading.Event, report: Report) -> None:
        """Work until `stop` is set. Raises `Fault` when the device must be opened again."""

    def test(self, stop: threading.Event, report: Report, seconds: float) -> dict[str, Any]:
        """Say how the open device is, because staff asked; the supervisor calls it between two `run`s.

        Facts for the devices page as plain JSON (numbers, texts, booleans), nothing of any person: whether a card
        lies there, not whose. A test that waits for something waits at most `seconds`, ends when `stop` is set and
        calls `report.beat()` meanwhile. Raises `Fault`. Without one of its own, that it could be opened is all.
        """
        return {}

    @abstractmethod
    def close(self) -> None:
        """Let go of the device, also after an `open` that failed half-way and of one that is gone."""


REGISTRY: dict[tuple[str, str], type[Driver]] = {}


def find(kind: str, name: str) -> type[Driver]:
    """The driver class of that kind and name. Raises `Fault` (UNSUPPORTED) where there is none."""
    if name.isidentifier() and kind.isidentifier():
        try:
            importlib.import_module(f"kiosk.bridge.drivers.{kind}.{name}")
        except ModuleNotFoundError as error:
            raise Fault(FaultCode.UNSUPPORTED, f"{kind} driver {name}: {error.name} is missing") from error
    found = REGISTRY.get((kind, name))
    if found is None:
        raise Fault(FaultCode.UNSUPPORTED, f"no {kind} driver named {name}")
    return found
