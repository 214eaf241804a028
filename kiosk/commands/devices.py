"""`kiosk devices`: what is connected, whether it works, what happens with it now, and the simulators' commands."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from kiosk import settings as configuration
from kiosk.bridge import control
from kiosk.bridge.board import Board
from kiosk.bridge.drivers import base
from kiosk.bridge.drivers.base import Host, Simulator
from kiosk.bridge.protocol import DeviceState
from kiosk.bridge.supervisor import Supervisor
from kiosk.commands import devices_calibrate, devices_day
from kiosk.i18n import text
from kiosk.launch.launcher import language
from kiosk.settings import Settings

KINDS = ("reader", "camera", "thermometer", "codes")
_LOOK_SECONDS = 0.5


@click.group()
def command() -> None:
    """Card reader, camera, thermometer: list, probe, watch, calibrate, simulate."""


command.add_command(devices_calibrate.calibrate)


@command.command("list")
def list_() -> None:
    """Show the configured devices, their state, and the ports of this machine."""
    settings = configuration.load()
    try:
        devices = control.health(settings)["devices"]
    except control.BridgeAway:
        devices = {}
        click.echo(_say("devices.bridge_away"), err=True)
    for kind in KINDS:
        _show(kind, _driver(settings, kind), devices.get(kind))
    from serial.tools import list_ports

    allowed = {item.upper() for item in settings.devices.reader.usb_ids}
    for port in sorted(list_ports.comports()):
        chip = f"{port.vid:04X}:{port.pid:04X}" if port.vid is not None else "-"
        mark = _say("devices.port_allowed" if chip in allowed else "devices.port_not_allowed")
        click.echo(f"  {port.device}  {chip}  {mark}")
    for video in sorted(Path("/dev").glob("video*")):
        click.echo(f"  {video}")


@command.command()
@click.option("--seconds", default=8.0, show_default=True, help="How long a device may take.")
def probe(seconds: float) -> None:
    """Open every configured device once and say how it went; ends with 1 when one does not work.

    While the bridge runs it holds the devices: then its own findings are shown.
    """
    settings = configuration.load()
    try:
        devices = control.health(settings)["devices"]
    except control.BridgeAway:
        devices = _opened(settings, seconds)
    for kind in KINDS:
        _show(kind, _driver(settings, kind), devices.get(kind))
    wrong = [kind for kind, entry in devices.items() if entry["state"] not in ("ready", "off")]
    sys.exit(1 if wrong else 0)


@command.command()
@click.option("--seconds", type=float, help="End after this time; without it: until Ctrl-C.")
def watch(seconds: float | None) -> None:
    """Print every change of a device's state as it happens."""
    settings = configuration.load()
    end = None if seconds is None else time.monotonic() + seconds
    pause = threading.Event()
    shown: dict[str, Any] | None = None
    while end is None or time.monotonic() < end:
        try:
            health = control.health(settings)
            now = {kind: health["devices"].get(kind) for kind in KINDS}
        except control.BridgeAway:
            now = {}
        if now != shown:
            click.echo(time.strftime("%H:%M:%S") + ("" if now else "  " + _say("devices.bridge_away")))
            for kind, entry in now.items():
                if shown is None or entry != shown.get(kind):
                    _show(kind, _driver(settings, kind), entry)
        shown = now
        pause.wait(_LOOK_SECONDS)


@command.command(context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED)
def simulate(words: tuple[str, ...]) -> None:
    """Have a simulated device do something, in a demonstration only.

    \b
    card next | card lay 3 | card lay number=… | card remove
    reader unplug | reader plug | reader bad_checksum command=read times=2 | reader behave
    camera gone | camera back | camera black | camera freeze | camera lag 0.5 | camera hang | camera behave
    scene eyes_closed 1.0 | scene good | scene list
    code show TEXT | code hide
    thermometer set 38.2 | thermometer unplug | thermometer plug
    faults                   lists every fault that can be had, and how
    --day [--help]           a day of card reads with mild faults, without a running kiosk
    """
    if words == ("faults",):
        devices_day.list_faults()
        return
    if words[0] == "--day":
        devices_day.day.main(list(words[1:]), prog_name="kiosk devices simulate --day")
    try:
        click.echo(control.simulate(configuration.load(), _joined(words)))
    except control.BridgeAway:
        click.echo(_say("devices.bridge_away"), err=True)
        sys.exit(1)
    except ValueError as error:
        click.echo(_say("devices.cannot", what=str(error)), err=True)
        sys.exit(2)


def _joined(words: tuple[str, ...]) -> list[str]:
    """`--number 99…` is the same as `number=99…`."""
    joined: list[str] = []
    rest = iter(words)
    for word in rest:
        if word.startswith("--") and "=" not in word:
            joined.append(f"{word[2:]}={next(rest, '')}")
        else:
            joined.append(word.removeprefix("--"))
    return joined


def _say(key: str, **values: object) -> str:
    return text(language(), key, **values)


def _driver(settings: Settings, kind: str) -> str:
    name: str = getattr(settings.devices, kind).driver
    return name


def _show(kind: str, driver: str, entry: dict[str, Any] | None) -> None:
    state = entry["state"] if entry else ("off" if driver == "off" else "unknown")
    click.echo(f"{_say(f'devices.kind.{kind}')} ({driver}): {_say(f'devices.state.{state}')}")
    if entry and entry.get("fault"):
        click.echo(f"  {_say('devices.fault.' + entry['fault'] + '.staff')}")


def _maker(settings: Settings, kind: str, host: Host) -> Callable[[], base.Driver]:
    return lambda: base.find(kind, _driver(settings, kind))(host)


def _opened(settings: Settings, seconds: float) -> dict[str, dict[str, Any]]:
    """Open the devices in this process, under the supervisors that the bridge uses."""
    changed = threading.Event()
    board = Board(changed.set)
    simulators: dict[str, Simulator] = {}
    host = Host(settings, emit=lambda event: None, simulators=simulators)
    supervisors = []
    for kind in KINDS:
        if _driver(settings, kind) == "off":
            board.set(kind, DeviceState.OFF)
            continue
        supervisors.append(Supervisor(kind, _maker(settings, kind, host), board))
        supervisors[-1].start()
    end = time.monotonic() + seconds
    while any(board.state(item.kind) is DeviceState.STARTING for item in supervisors) and time.monotonic() < end:
        changed.wait(0.1)
        changed.clear()
    found: dict[str, dict[str, Any]] = board.snapshot()["devices"]
    for supervisor in supervisors:
        supervisor.stop()
    for simulator in simulators.values():
        simulator.stop()
    return found
