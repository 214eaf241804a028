"""`kiosk devices calibrate`: measure the empty wall with the running bridge, show it, or forget it."""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Any

import click

from kiosk import settings as configuration
from kiosk.bridge import control
from kiosk.bridge.protocol import Order
from kiosk.i18n import text
from kiosk.launch.launcher import language


@click.command()
@click.option("--forget", is_flag=True, help="Forget the calibration instead.")
@click.option("--map", "picture", type=click.Path(path_type=Path), help="Write the map of the light as PNG.")
def calibrate(forget: bool, picture: Path | None) -> None:
    """Measure the empty wall: nobody in the picture, all lamps on. Ends with 1 when it can't be."""
    try:
        end = control.order(configuration.load(), Order.FORGET if forget else Order.CALIBRATE, "camera")
    except control.BridgeAway:
        click.echo(_say("devices.bridge_away"), err=True)
        sys.exit(1)
    values: dict[str, Any] = end["values"]
    if not end["ok"]:
        click.echo(_say(f"devices.fault.{end['fault']}.staff"), err=True)
        sys.exit(1)
    if values.get("obstacle"):
        click.echo(_say(f"calibration.obstacle.{values['obstacle']}"), err=True)
        sys.exit(1)
    click.echo(_say(f"calibration.state.{values['state']}"))
    for name, shown in _numbers(values.get("values") or {}):
        click.echo(f"  {_say(f'calibration.value.{name}')}: {shown}")
    if picture is not None and end.get("picture_b64"):
        picture.write_bytes(base64.b64decode(end["picture_b64"]))


def _numbers(values: dict[str, Any]) -> list[tuple[str, str]]:
    shown: list[tuple[str, str]] = []
    for name in ("camera", "taken_at", "lab", "cast", "unevenness", "noise"):
        if name in values:
            value = values[name]
            shown.append(
                (name, ", ".join(f"{part:.1f}" for part in value) if isinstance(value, list) else f"{value}")
            )
    return shown


def _say(key: str) -> str:
    return text(language(), key)
