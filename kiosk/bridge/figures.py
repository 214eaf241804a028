"""What is promised of the readers, measured: the rows of `make bench` and `kiosk devices simulate --day`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from kiosk.bridge import day
from kiosk.bridge.codec import card_text, commands, frames
from kiosk.bridge.drivers.reader import ordeal

FRAMES = 50_000
STREAMS = 1_000_000
#: Streams read but once, to say what the second reading is for.
ONCE = 100_000
#: The bars of the issue.
RATE_BAR, WAIT_BAR_MS, BACK_BAR_S = 20_000, 50.0, 3.0

Said = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Figure:
    """One row; the texts of its name and its bar are `devices.figure.<key>` and `devices.figure.<key>.bar`."""

    key: str
    measured: str
    met: bool | None  # None: there is no bar, or what was measured is less than it asks for
    data: str = ""


def decoding() -> Figure:
    """Frames of a card (1,295 bytes) decoded a second by one core."""
    block = card_text.encode(ordeal.synthetic_card(Random(1), 1))  # noqa: S311 - no secret
    wire = frames.encode(commands.answer_body(commands.DONE, commands.read_data(block, bytes(1024))))
    decoder = frames.Decoder()
    begun = time.perf_counter()
    found = sum(len(decoder.feed(wire)) for _ in range(FRAMES))
    rate = found / (time.perf_counter() - begun)
    return Figure("decoding", f"{rate:,.0f}", rate >= RATE_BAR, f"{len(wire):,} bytes each")


def streams(number: int, seed: int, said: Said = lambda what, done, of: None) -> Figure:
    """Corrupted streams through the reading of cards, on every core."""
    total = ordeal.Tally()
    for total in ordeal.run_on_every_core(number, seed):
        said("streams", total.streams, number)
    bad = total.wrong + total.crashed + total.hung
    data = f"{total.read:,} read rightly, {total.refused:,} to be laid again; seed {seed}"
    shown = f"{total.streams:,}: {total.crashed} crashed, {total.hung} hung, {total.wrong} wrong"
    return Figure("streams", shown, False if bad else True if number >= STREAMS else None, data)


def read_once(seed: int) -> Figure:
    """How often one reading alone, taken wherever nothing is doubtful, is another text than the card's."""
    total = ordeal.run(ONCE, seed, twice=False)
    return Figure("read_once", f"{total.wrong} of {total.streams:,} wrong", None, "`read_twice = false`")


def simulated_day(
    reads: int, seed: int, faults: bool, pause_seconds: float = 0.0, said: Said = lambda what, done, of: None
) -> Iterator[Figure]:
    """The day itself, the time from card to event, and how fast a reader is back."""
    found = day.simulate(reads, seed, faults, pause_seconds, lambda done: said("day", done, reads))
    mishaps = sum(found.faults.values())
    yield Figure(
        "day",
        f"{found.lost} lost, {found.wrong} wrong, {found.double} double",
        found.lost == found.wrong == found.double == 0,
        f"{found.reads:,} cards, {mishaps} mishaps, laid again {found.laid_again} times, {found.seconds:.0f} s",
    )
    waits = sorted(found.waits_ms)
    if waits:
        above = _quantile(waits, 0.95) - found.poll_ms
        data = f"p50 {_quantile(waits, 0.5):.0f} ms in all, poll interval {found.poll_ms:.0f} ms, read twice"
        yield Figure("card_to_event", f"p95 {above:.0f} ms", above <= WAIT_BAR_MS, data)
    if found.returns_s:
        longest = max(found.returns_s)
        yield Figure(
            "reader_back", f"{longest:.1f} s", longest <= BACK_BAR_S, f"longest of {len(found.returns_s)} replugs"
        )


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
