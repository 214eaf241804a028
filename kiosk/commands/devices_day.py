"""`kiosk devices simulate --day`: a day of cards through the real driver, and the table of what is promised."""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Iterator

import click

from kiosk.bridge import figures, simulated
from kiosk.i18n import text
from kiosk.launch.launcher import language
from kiosk.settings import ROOT

#: Seconds between two students of a real day.
_STUDENT_SECONDS = 30.0
Line = tuple[str, str, str, bool | None, str]


@click.command()
@click.option("--faults", type=click.Choice(["none", "mild"]), default="mild", show_default=True)
@click.option("--reads", type=click.IntRange(1, 100_000), default=1000, show_default=True, help="Cards to read.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same day.")
@click.option(
    "--speed",
    type=click.FloatRange(0),
    default=0.0,
    help="How many times faster than a real day (a student each 30 s); 0, the default: as fast as it goes.",
)
@click.option(
    "--streams",
    type=click.IntRange(0),
    default=figures.STREAMS,
    show_default=True,
    help="Corrupted streams to read cards from.",
)
@click.option("--camera/--no-camera", default=True, show_default=True, help="Measure the camera as well.")
def day(faults: str, reads: int, seed: int, speed: float, streams: int, camera: bool) -> None:
    """A simulated day in a temporary station of its own; ends with 1 when something promised is missed."""
    bridge = logging.getLogger("kiosk.bridge")
    level = bridge.level
    bridge.setLevel(logging.CRITICAL)  # a pulled plug is what this is about
    try:
        missed = _print(faults == "mild", reads, seed, _STUDENT_SECONDS / speed if speed else 0.0, streams, camera)
    finally:
        bridge.setLevel(level)
    sys.exit(1 if missed else 0)


def _print(faults: bool, reads: int, seed: int, pause: float, streams: int, camera: bool) -> int:
    """The table; how many bars were missed."""
    missed = 0
    click.echo(
        "| " + " | ".join(_say(f"column.{name}") for name in ("what", "bar", "measured", "met", "with")) + " |"
    )
    click.echo("|---|---|---|---|---|")
    for what, bar, measured, met, data in _lines(faults, reads, seed, pause, streams, camera):
        missed += met is False
        mark = {True: _say("met"), False: _say("missed"), None: "–"}[met]
        click.echo(f"| {what} | {bar} | {measured} | {mark} | {data} |")
    return missed


def _lines(faults: bool, reads: int, seed: int, pause: float, streams: int, camera: bool) -> Iterator[Line]:
    yield _line(figures.decoding())
    if streams:
        yield _line(figures.streams(streams, seed, _progress))
    for figure in figures.simulated_day(reads, seed, faults, pause, _progress):
        yield _line(figure)
    if camera and (ROOT / "benchmarks" / "bench_camera.py").exists():
        sys.path.insert(0, str(ROOT))  # measured in the project's folder only, as `make bench` is
        for row in importlib.import_module("benchmarks.bench_camera").measure():
            yield row.what, row.bar, row.measured, row.met, row.data


def _line(figure: figures.Figure) -> Line:
    what, bar, measured, data = figures.sentences(figure, language())
    return what, bar, measured, figure.met, data


def _progress(what: str, done: int, of: int) -> None:
    """A line that is written over, where somebody watches."""
    if sys.stderr.isatty():
        click.echo(f"\r{_say(f'progress.{what}', done=done, of=of)}", nl=done >= of, err=True)


def _say(key: str, **values: object) -> str:
    return text(language(), f"devices.day.{key}", **values)


def list_faults() -> None:
    """Print every fault that a simulated device can have, by its number, and how."""
    for fault in simulated.FAULTS:
        click.echo(f"{fault.number:2}  {text(language(), f'devices.simulated.{fault.number}')}")
        for line in fault.commands:
            click.echo(f"      {line}")
        if fault.how:
            click.echo(f"      {text(language(), f'devices.simulated.how.{fault.how}')}")
