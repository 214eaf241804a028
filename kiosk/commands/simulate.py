"""`kiosk simulate`: a whole day in a temporary installation, devices and people simulated; its accounts."""

from __future__ import annotations

import json
import logging
import signal
import sys
from pathlib import Path

import click

from kiosk.i18n import text
from kiosk.launch.launcher import language
from kiosk.settings import ROOT, load


@click.command()
@click.option("--students", type=click.IntRange(1, 2000), default=300, show_default=True, help="Who is expected.")
@click.option("--seats", type=click.IntRange(1, 8), default=2, show_default=True, help="Kiosks, each a machine.")
@click.option("--faults", type=click.Choice(["none", "mild", "wild"]), default="mild", show_default=True)
@click.option(
    "--speed",
    type=click.FloatRange(1, 3600),
    default=60.0,
    show_default=True,
    help="How many times faster people walk, think and wait; what the machine takes stays as it is.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same day.")
@click.option(
    "--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures there as JSON too."
)
def command(students: int, seats: int, faults: str, speed: float, seed: int, file: Path | None) -> None:
    """A day in a box. Exit status 1 when a photo was lost, something counted double or a call was out of order.

    Everything lies in a temporary folder, which is removed; the station's own data is not touched.
    """
    from kiosk.simulation import plan, report
    from kiosk.simulation.day import Day
    from kiosk.simulation.door import Refused, Stuck

    if load(ROOT / "config" / "kiosk.toml").server.tls_certificate is not None:
        raise click.ClickException(text(language(), "simulate.tls"))
    for name in ("kiosk", "socketio", "engineio", "urllib3"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # a killed process is what this is about
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):  # whoever ends this ends its processes in order
            signal.signal(getattr(signal, name), signal.default_int_handler)
    try:
        played = Day(plan.make(students, seats, faults, seed), speed, _progress).play()
    except (Refused, Stuck) as error:
        raise click.ClickException(text(language(), "simulate.stuck", why=str(error))) from error
    finally:
        _line("")
    found = report.figures(played)
    if file is not None:
        file.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")
    for line in report.lines(found, language()):
        click.echo(line)
    sys.exit(0 if played.evening.good else 1)


def _progress(what: str, done: int, of: int) -> None:
    _line(text(language(), f"simulate.progress.{what}", done=done, of=of))


def _line(words: str) -> None:
    """A line that is written over, where somebody watches; a quiet log gets none."""
    if sys.stderr.isatty():
        click.echo(f"\r\033[K{words}", nl=False, err=True)
