"""A simulated day of 300 students at two seats: nothing lost, nothing double, called in the written order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.report import Row
from kiosk.simulation import plan, report
from kiosk.simulation.day import Day

STUDENTS, SEATS, FAULTS, SEED, SPEED = 300, 2, "mild", 1, 600.0


def measure() -> Iterator[Row]:
    """One day, as `kiosk simulate --students 300 --seats 2 --faults mild --speed 600` plays it."""
    played = Day(plan.make(STUDENTS, SEATS, FAULTS, SEED), SPEED, lambda what, done, of: None).play()
    yield from rows(report.figures(played))


def rows(found: dict[str, Any]) -> Iterator[Row]:
    """The rows of a day's figures, as the command's `--json` writes them."""
    wait = found["wait"] or {"p50": 0.0, "p95": 0.0, "max": 0.0}
    lost, double, late = (len(found[name]) for name in ("lost", "double", "out_of_order"))
    ends = ", ".join(f"{count} {name}" for name, count in found["results"].items())
    yield Row(
        f"simulated day, {found['students']} students, {found['seats']} seats",
        "0 lost, 0 double, order as written",
        f"{lost} lost, {double} double, {late} of {found['calls']} calls out of order",
        not (lost or double or late) and found["chain"],
        f"faults {found['faults']}, seed {found['seed']}; {ends}; {sum(found['mishaps'].values())} mishaps of the "
        "kiosk",
    )
    phones = found["phones"]
    yield Row(
        "the same: board and evening", "every call shown once, sum equal, report verified",
        f"{found['board']['shown']} of {found['calls']} calls seen there, {len(found['on_board'])} wrong; due "
        f"{found['due']}, {len(found['balance'])} wrong in the sum",
        not (found["on_board"] or found["balance"]),
        f"told to come back later {found['outside']} times; {phones['receipts']} receipts checked by phone, "
        f"{phones['reports']} reported something",
    )  # fmt: skip
    yield Row(
        "the same: ended otherwise than planned", "0", str(len(found["differs"])), not found["differs"],
        f"{found['retakes']} pictures taken again by wish, {found['machine_retakes']} by a check",
    )  # fmt: skip
    real = found["real"]
    yield Row(
        "the same: how long it took", "–",
        f"{real['day'] / 60:.0f} min, {real['machine'] / 60:.0f} of them waiting for the machine", None,
        f"at {found['speed']:g}×; setting up {real['start']:.0f} s; two kiosks on one machine",
    )  # fmt: skip
    yield Row(
        "the same: throughput and wait on the site's clock", "–",
        f"{found['throughput']} an hour; p50 {wait['p50'] / 60:.1f}, p95 {wait['p95'] / 60:.1f}, longest "
        f"{wait['max'] / 60:.1f} min", None, "from the number to the call; how long people think is assumed",
    )  # fmt: skip
