"""What is promised of the readers, measured: the rows of `make bench` and `kiosk devices simulate --day`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from random import Random

from kiosk.bridge import day
from kiosk.bridge.codec import card_text, commands, frames
from kiosk.bridge.drivers.reader import ordeal
from kiosk.i18n import text

FRAMES = 50_000
STREAMS = 1_000_000
#: Streams read but once, to say what the second reading is for.
ONCE = 100_000
#: The bars of the issue.
RATE_BAR, WAIT_BAR_MS, BACK_BAR_S = 20_000, 50.0, 3.0
KEYS = ("decoding", "streams", "read_once", "day", "card_to_event", "reader_back")

Said = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Figure:
    """One row. Its texts: `devices.figure.<key>` (what), `….bar`, and with `values` `….measured` and `….with`."""

    key: str
    met: bool | None  # None: there is no bar, or what was measured is less than it asks for
    values: dict[str, int | float]


def decoding() -> Figure:
    """Frames of a card (1,295 bytes) decoded a second by one core."""
    block = card_text.encode(ordeal.synthetic_card(Random(1), 1))  # noqa: S311 - no secret
    wire = frames.encode(commands.answer_body(commands.DONE, commands.read_data(block, bytes(1024))))
    decoder = frames.Decoder()
    begun = time.perf_counter()
    found = sum(len(decoder.feed(wire)) for _ in range(FRAMES))
    rate = found / (time.perf_counter() - begun)
    return Figure("decoding", rate >= RATE_BAR, {"rate": rate, "size": len(wire)})


def streams(number: int, seed: int, said: Said = lambda what, done, of: None) -> Figure:
    """Corrupted streams through the reading of cards, on every core."""
    total = ordeal.Tally()
    for total in ordeal.run_on_every_core(number, seed):
        said("streams", total.streams, number)
    bad = total.wrong + total.crashed + total.hung
    return Figure(
        "streams", False if bad else True if number >= STREAMS else None, {**asdict(total), "seed": seed}
    )


def read_once(seed: int) -> Figure:
    """How often one reading alone, taken wherever nothing is doubtful, is another text than the card's."""
    return Figure("read_once", None, asdict(ordeal.run(ONCE, seed, twice=False)))


def simulated_day(
    reads: int, seed: int, faults: bool, pause_seconds: float = 0.0, said: Said = lambda what, done, of: None
) -> Iterator[Figure]:
    """The day itself, the time from card to event, and how fast a reader is back."""
    found = day.simulate(reads, seed, faults, pause_seconds, lambda done: said("day", done, reads))
    values: dict[str, int | float] = {
        "reads": found.reads,
        "lost": found.lost,
        "wrong": found.wrong,
        "double": found.double,
        "mishaps": sum(found.faults.values()),
        "again": found.laid_again,
        "seconds": found.seconds,
        "seed": seed,
    }
    yield Figure("day", found.lost == found.wrong == found.double == 0, values)
    waits = sorted(found.waits_ms)
    if waits:
        p50, p95 = _quantile(waits, 0.5), _quantile(waits, 0.95)
        above = p95 - found.poll_ms
        yield Figure("card_to_event", above <= WAIT_BAR_MS, {"above": above, "p50": p50, "poll": found.poll_ms})
    if found.returns_s:
        longest = max(found.returns_s)
        yield Figure("reader_back", longest <= BACK_BAR_S, {"seconds": longest, "times": len(found.returns_s)})


def sentences(figure: Figure, language: str) -> tuple[str, str, str, str]:
    """What it is, its bar, what was measured, with what, in that language."""
    key = f"devices.figure.{figure.key}"
    ends = text(language, f"{key}.measured", **figure.values), text(language, f"{key}.with", **figure.values)
    return text(language, key), text(language, f"{key}.bar"), *ends


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
