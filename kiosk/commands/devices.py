"""`kiosk devices`: what is connected, whether it works, what happens with it now, and the simulators' commands."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import TimeoutError as TooLate
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from kiosk import settings as configuration
from kiosk.bridge import control, inventory
from kiosk.bridge.board import Board
from kiosk.bridge.drivers import base
from kiosk.bridge.drivers.base import Host, Simulator
from kiosk.bridge.faults import Fault, FaultCode
from kiosk.bridge.protocol import DeviceState, Mode, Order
from kiosk.bridge.supervisor import Supervisor
from kiosk.commands import devices_calibrate, devices_day
from kiosk.i18n import text
from kiosk.launch.launcher import language
from kiosk.records import support_bundle
from kiosk.records.database import Database
from kiosk.settings import Settings

KINDS = ("reader", "camera", "thermometer", "codes")
WAYS = ("serial", "camera", "pcsc", "hid", "usb", "scanner")
_LOOK_SECONDS = 0.5
#: What the bridge does while nobody needs its devices.
_RESTING = ("idle", "hold")


@click.group()
def command() -> None:
    """Card reader, camera, thermometer: list, probe, watch, calibrate, simulate, bundle."""


command.add_command(devices_calibrate.calibrate)


@command.command("list")
def list_() -> None:
    """Show the configured devices with their state, and everything that is plugged into this machine.

    Nothing is opened or written to. `*` marks what the settings choose.
    """
    settings = configuration.load()
    try:
        devices = control.health(settings)["devices"]
    except control.BridgeAway:
        devices = {}
        click.echo(_say("devices.bridge_away"), err=True)
    for kind in KINDS:
        _show(kind, _driver(settings, kind), devices.get(kind))
    found = inventory.take(settings)
    for way in WAYS:
        click.echo(_say(f"devices.way.{way}") + (f": {found.unseen[way]}" if way in found.unseen else ":"))
        seen = [item for item in found.seen if item.way == way]
        for item in seen:
            words = [item.address, item.ids, item.name]
            click.echo(f"  {'*' if item.chosen else ' '} {'  '.join(word for word in words if word)}")
        if not seen and way not in found.unseen:
            click.echo(f"    {_say('devices.way.none')}")


@command.command()
@click.option("--seconds", default=8.0, show_default=True, help="How long a device may take.")
def probe(seconds: float) -> None:
    """Open every configured device once and say how it went; ends with 1 when one does not work.

    While the bridge runs it holds the devices: it is asked to test them, unless somebody is at the kiosk; then its
    own findings are shown.
    """
    settings = configuration.load()
    facts: dict[str, dict[str, Any]] = {}
    try:
        health = control.health(settings)
        devices = health["devices"]
        if health.get("mode") in _RESTING:
            facts = _asked(settings, devices)
    except control.BridgeAway:
        devices, facts = _opened(settings, seconds)
    for kind in KINDS:
        _show(kind, _driver(settings, kind), devices.get(kind))
        for name, value in facts.get(kind, {}).items():
            click.echo(f"    {name}: {value}")
    wrong = [kind for kind, entry in devices.items() if entry["state"] not in ("ready", "off")]
    sys.exit(1 if wrong else 0)


def _asked(settings: Settings, devices: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the bridge's own tests find; a fault replaces the state that was known."""
    facts: dict[str, dict[str, Any]] = {}
    for kind, entry in devices.items():
        if entry["state"] == "off":
            continue
        end = control.order(settings, Order.TEST, kind)
        facts[kind] = end["values"]
        if not end["ok"]:
            entry.update(state="fault", fault=end["fault"], detail=end["detail"])
    return facts


@command.command()
@click.option("--seconds", type=float, help="End after this time; without it: until Ctrl-C.")
def watch(seconds: float | None) -> None:
    """Print every change of a device's state as it happens; without a bridge, what is plugged in or pulled."""
    settings = configuration.load()
    end = None if seconds is None else time.monotonic() + seconds
    pause = threading.Event()
    shown: dict[str, Any] | None = None
    plugged: set[tuple[str, str]] | None = None
    while end is None or time.monotonic() < end:
        try:
            health = control.health(settings)
            now = {kind: health["devices"].get(kind) for kind in KINDS}
        except control.BridgeAway:
            now = {}
            plugged = _plugged(settings, plugged)
        if now != shown:
            click.echo(_clock() + ("" if now else "  " + _say("devices.bridge_away")))
            for kind, entry in now.items():
                if shown is None or entry != shown.get(kind):
                    _show(kind, _driver(settings, kind), entry)
        shown = now
        pause.wait(_LOOK_SECONDS)


def _plugged(settings: Settings, before: set[tuple[str, str]] | None) -> set[tuple[str, str]]:
    """Say what came and went since `before`; the first time nothing."""
    now = {(item.address, f"{item.ids} {item.name}".strip()) for item in inventory.take(settings).seen}
    if before is not None:
        for sign, items in (("+", now - before), ("-", before - now)):
            for address, name in sorted(items):
                click.echo(f"{_clock()}  {sign} {address}  {name}".rstrip())
    return now


def _clock() -> str:
    return time.strftime("%H:%M:%S")


@command.command()
@click.option("--out", type=click.Path(path_type=Path), help="File to write; else kiosk-support-<time>.zip here.")
def bundle(out: Path | None) -> None:
    """Write a support bundle: logs, settings, versions, states; no photo, no personal data, no secret."""
    settings = configuration.load()
    now = datetime.now(UTC)
    devices: dict[str, Any] = {"seen_by_cli": None, "report": None}
    try:
        devices = {
            "seen_by_cli": control.health(settings),
            "report": control.order(settings, Order.REPORT)["values"],
        }
    except control.BridgeAway:
        click.echo(_say("devices.bridge_away"), err=True)
    found = inventory.take(settings)
    devices["plugged_in"] = {"seen": [asdict(item) for item in found.seen], "unseen": found.unseen}
    database = Database(settings.database_url, settings.database.busy_seconds)
    try:
        content = support_bundle.make(settings, database, now, devices)
    finally:
        database.close()
    file = out or Path(f"kiosk-support-{now:%Y%m%d-%H%M%S}.zip")
    file.write_bytes(content)
    click.echo(_say("devices.bundle_written", file=str(file), kilobytes=len(content) // 1000))


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
    if entry and entry.get("label"):
        click.echo(f"    {entry['label']}")
    if entry and entry.get("fault"):
        click.echo(f"  {_say('devices.fault.' + entry['fault'] + '.staff')}")
        if entry.get("detail"):
            click.echo(f"    {entry['fault']}: {entry['detail']}")


def _maker(settings: Settings, kind: str, host: Host) -> Callable[[], base.Driver]:
    return lambda: base.find(kind, _driver(settings, kind))(host)


def _opened(settings: Settings, seconds: float) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """Open and test the devices in this process, under the supervisors that the bridge uses: states and facts."""
    changed = threading.Event()
    board = Board(changed.set)
    simulators: dict[str, Simulator] = {}
    host = Host(
        settings,
        emit=lambda event: None,
        mode=lambda: Mode.HOLD,  # nobody's card is read
        label=lambda kind, text: board.describe(kind, label=text),
        simulators=simulators,
    )
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
    facts: dict[str, dict[str, Any]] = {}
    for supervisor in supervisors:
        if board.state(supervisor.kind) is DeviceState.READY:
            try:
                facts[supervisor.kind] = supervisor.test(0.0).result(seconds)
            except Fault as fault:
                board.set(supervisor.kind, DeviceState.FAULT, fault)
            except TooLate:
                board.set(supervisor.kind, DeviceState.FAULT, Fault(FaultCode.TIMEOUT_NO_ANSWER, "its test"))
    found: dict[str, dict[str, Any]] = board.snapshot()["devices"]
    for supervisor in supervisors:
        supervisor.stop()
    for simulator in simulators.values():
        simulator.stop()
    return found, facts
