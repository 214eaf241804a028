"""A simulated day of 300 students at two seats: nothing lost, nothing double, called in the written order."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.report import Row
from kiosk.simulation import plan, report
from kiosk.simulation.day import Day

STUDENTS, SEATS, FAULTS, SEED, SPEED = 300, 2, "mild", 1, 600.0


def measure() -> Iterator[Row]:
    """One day, as `kiosk simulate --students 300 --seats 2 --faults mild --speed 600` plays it."""
    played = Day(plan.make(STUDENTS, SEATS, FAULTS, SEED), SPEED, lambda what, done, of: None).play()
    found = report.figures(played)
    evening, wait = played.evening, found["wait"] or {"p50": 0.0, "p95": 0.0, "max": 0.0}
    ends = ", ".join(f"{count} {name}" for name, count in found["results"].items())
    kept = not (evening.lost or evening.double or evening.out_of_order) and evening.chain
    yield Row(
        f"simulated day, {STUDENTS} students, {SEATS} seats", "0 lost, 0 double, order as written",
        f"{len(evening.lost)} lost, {len(evening.double)} double, {len(evening.out_of_order)} of {evening.calls} "
        "calls out of order", kept,
        f"faults {FAULTS}, seed {SEED}; {ends}; {sum(found['mishaps'].values())} mishaps of the kiosk",
    )  # fmt: skip
    closing, phones = evening.closing, found["phones"]
    yield Row(
        "the same: board and evening", "every call shown once, sum equal, report verified",
        f"{played.looks} calls looked for, {len(evening.board)} wrong on the board, {len(closing.problems)} in "
        f"the evening, due {closing.due}", not (evening.board or closing.problems),
        f"told to come back later {found['outside']} times; {phones['receipts']} receipts checked by phone, "
        f"{phones['reports']} reported something",
    )  # fmt: skip
    yield Row(
        "the same: ended otherwise than planned", "0", str(len(evening.differs)), not evening.differs,
        f"{found['retakes']} pictures taken again by wish, {found['machine_retakes']} by a check",
    )  # fmt: skip
    yield Row(
        "the same: how long it took", "–",
        f"{played.day_seconds / 60:.0f} min, {played.machine_seconds / 60:.0f} of them waiting for the machine",
        None,
        f"at {SPEED:g}×; setting up {played.start_seconds:.0f} s; two kiosks on one machine",
    )  # fmt: skip
    yield Row(
        "the same: throughput and wait on the site's clock", "–",
        f"{found['throughput']} an hour; p50 {wait['p50'] / 60:.1f}, p95 {wait['p95'] / 60:.1f}, longest "
        f"{wait['max'] / 60:.1f} min", None, "from the number to the call; how long people think is assumed",
    )  # fmt: skip
