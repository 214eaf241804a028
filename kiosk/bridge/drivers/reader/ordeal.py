"""Puts the reading of cards to the test: streams that are corrupted at random, and what was made of each.

A stream is everything that a reader sends while one card is read, through the very conversation of the driver;
only the line and its clock are made of memory, so that a million take minutes. The line flips bits (also in pairs,
which the XOR byte can't see), loses, doubles, swaps and inserts bytes, mixes two answers, breaks off, splits,
comes late, and begins with answers about the card before. As on a real line no byte overtakes another.
"""

from __future__ import annotations

import multiprocessing
import os
import random
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from datetime import date, timedelta

from kiosk.bridge.codec import card_text, commands, frames
from kiosk.bridge.codec.card_text import CardText
from kiosk.bridge.drivers.reader.conversation import Conversation
from kiosk.bridge.drivers.reader.reading import read_card
from kiosk.bridge.faults import Fault
from kiosk.domain import id_numbers
from kiosk.domain.identity import LONG_TERM, DocumentKind

#: Seconds on the line's own clock, and questions to the line, after which reading one card counts as hung.
HUNG_SECONDS, HUNG_READS = 60.0, 20_000
#: Streams of one task of a process.
_CHUNK = 10_000
_PEOPLE = 64
_FOUND = frames.encode(commands.answer_body(commands.FOUND, bytes(4)))
_SELECTED = frames.encode(commands.answer_body(commands.DONE, bytes(8)))
_ALIVE = frames.encode(commands.answer_body(commands.DONE))
_HEAD = len(frames.PREAMBLE) + 2


@dataclass
class Tally:
    """What became of the streams. `wrong` counts cards of which any byte of the text is another."""

    streams: int = 0
    read: int = 0
    refused: int = 0
    wrong: int = 0
    crashed: int = 0
    hung: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Tally)))


class _Hung(Exception):
    """The reading does not come to an end."""


@dataclass(frozen=True)
class _Person:
    block: bytes
    answer: bytes  # the whole frame that answers `read`


def synthetic_card(dice: random.Random, nth: int) -> CardText:
    """A made-up resident's card (region 99) that contradicts itself nowhere.

    `nth` (0 to 7,000,000) decides the number: no two have the same.
    """
    born = date(1960, 1, 1) + timedelta(days=nth % 15_000)
    number = id_numbers.make_synthetic(born, 1 + nth // 15_000)
    name = "测试" + "".join(dice.choice("安宁平和文静清远山川林泉") for _ in range(dice.randint(1, 2)))
    return CardText(
        DocumentKind.RESIDENT,
        name=name,
        sex="1" if int(number[16]) % 2 else "2",
        ethnic=dice.choice(("01", "02", "05", "11", "52")),
        birth=f"{born:%Y%m%d}",
        address=f"测试市示例区第{nth}号",
        number=number,
        issuer="测试市公安局",
        valid_from="20200101",
        valid_to=LONG_TERM if nth % 5 == 0 else "20991231",
    )


def _people(dice: random.Random) -> list[_Person]:
    people = []
    for nth in range(_PEOPLE):
        block = card_text.encode(synthetic_card(dice, nth))
        data = commands.read_data(block, dice.randbytes(1024))
        people.append(_Person(block, frames.encode(commands.answer_body(commands.DONE, data))))
    return people


class _Line:
    """The reader's answers about one card, corrupted; `seconds` is its own clock, which only reading moves."""

    def __init__(self, dice: random.Random, person: _Person, before: _Person) -> None:
        self._dice, self._person, self._before = dice, person, before
        self.seconds = 0.0
        self._share = dice.choice((0.0, 0.0, 0.1, 0.3, 0.7))  # of the answers after the first data
        self._first = True
        self._reads = 0
        self._coming: deque[tuple[float, bytes]] = deque()
        for _ in range(dice.choice((0, 0, 0, 1, 2))):
            self._send(dice.choice((0.0, 0.05, 0.3, dice.random() * 5)), before.answer)

    def clock(self) -> float:
        """Seconds on this line."""
        return self.seconds

    def write(self, data: bytes) -> None:
        """A command, never damaged: a reader answers a damaged one with a status, which is tested elsewhere."""
        body = data[_HEAD:-1]
        if body == commands.READ.body:
            answer = self._person.answer
            spoil, self._first = self._first or self._dice.random() < self._share, False
        else:
            answer = {commands.FIND.body: _FOUND, commands.SELECT.body: _SELECTED}.get(body, _ALIVE)
            spoil = self._dice.random() < self._share
        due = self.seconds + self._dice.random() * (0.6 if body == commands.READ.body else 0.02)
        if spoil:
            self._corrupted(due, answer)
        else:
            self._send(due, answer)

    def _send(self, due: float, data: bytes) -> None:
        last = self._coming[-1][0] if self._coming else 0.0
        self._coming.append((max(due, last), data))

    def read(self, seconds: float) -> bytes:
        """What has come within `seconds` of the line's clock."""
        self._reads += 1
        if self._reads > HUNG_READS or self.seconds > HUNG_SECONDS:
            raise _Hung
        if self._coming and self._coming[0][0] <= self.seconds + seconds:
            due, data = self._coming.popleft()
            self.seconds = max(self.seconds, due)
            return data
        self.seconds += seconds
        return b""

    def _corrupted(self, due: float, good: bytes) -> None:
        dice = self._dice
        data = bytearray(good)
        for _ in range(dice.choice((1, 1, 1, 2, 3))):
            data = dice.choice(_CORRUPTIONS)(dice, data, self._before.answer)
        pieces = [bytes(data)]
        if dice.random() < 0.3 and len(data) > 2:
            cuts = sorted(dice.randrange(len(data)) for _ in range(dice.randint(1, 4)))
            pieces = [bytes(data[a:b]) for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
        if dice.random() < 0.1:
            due += dice.random() * 5
        for piece in filter(None, pieces):
            self._send(due, piece)
            due += dice.choice((0.0, 0.0, 0.05, 0.5))


Corruption = Callable[[random.Random, bytearray, bytes], bytearray]


def _flips(dice: random.Random, data: bytearray, other: bytes) -> bytearray:
    for _ in range(dice.randint(1, 8) if data else 0):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    return data


def _paired_flips(dice: random.Random, data: bytearray, other: bytes) -> bytearray:
    """The same bits in two bytes behind the preamble: the checksum stays right."""
    if len(data) > _HEAD:
        bits = dice.randrange(1, 256)
        for _ in range(2):
            data[dice.randrange(_HEAD, len(data))] ^= bits
    return data


def _burst(dice: random.Random, data: bytearray, other: bytes) -> bytearray:
    at, size = dice.randrange(len(data) + 1), dice.randint(1, 32)
    data[at : at + size] = dice.randbytes(size)
    return data


def _cut(dice: random.Random, data: bytearray, other: bytes) -> bytearray:
    at = dice.randrange(len(data) + 1)
    del data[at : at + dice.randint(1, 64)]
    return data


def _insert(dice: random.Random, data: bytearray, other: bytes) -> bytearray:
    at = dice.randrange(len(data) + 1)
    data[at:at] = dice.choice((dice.randbytes(dice.randint(1, 32)), frames.PREAMBLE, b"\xaa\xaa", _ALIVE))
    return data


def _doubled(dice: random.Random, data: bytearray, other: bytes) -> bytearray:
    at, size = dice.randrange(len(data) + 1), dice.randint(1, 64)
    data[at:at] = data[at : at + size]
    return data


def _swapped(dice: random.Random, data: bytearray, other: bytes) -> bytearray:
    a, b, c = sorted(dice.randrange(len(data) + 1) for _ in range(3))
    return data[:a] + data[b:c] + data[a:b] + data[c:]


def _broken_off(dice: random.Random, data: bytearray, other: bytes) -> bytearray:
    return data[: dice.randrange(len(data) + 1)]


def _twice(dice: random.Random, data: bytearray, other: bytes) -> bytearray:
    return data + data


def _mixed(dice: random.Random, data: bytearray, other: bytes) -> bytearray:
    """The beginning of the answer about the card before, and the end of this one."""
    at = dice.randrange(len(other))
    return bytearray(other[:at]) + data[at:]


_CORRUPTIONS: tuple[Corruption, ...] = (
    _flips, _paired_flips, _burst, _cut, _insert, _doubled, _swapped, _broken_off, _twice, _mixed,
)  # fmt: skip


def run(streams: int, seed: int, twice: bool = True) -> Tally:
    """Read one card from each of `streams` corrupted streams; the same seed gives the same streams."""
    dice = random.Random(seed)  # noqa: S311 - streams that can be had again, no secret
    people = _people(dice)
    tally = Tally(streams=streams)
    for _ in range(streams):
        person, before = dice.sample(people, 2)
        line = _Line(dice, person, before)
        try:
            block = read_card(Conversation(line, line.clock), twice)
        except Fault:
            tally.refused += 1
        except _Hung:
            tally.hung += 1
        except Exception:  # noqa: BLE001 - whatever flies out of it is what is counted here
            tally.crashed += 1
        else:
            tally.read += block == person.block
            tally.wrong += block != person.block
    return tally


def run_on_every_core(streams: int, seed: int, twice: bool = True) -> Iterator[Tally]:
    """The same in one process for each core; yields the sum so far after every ten thousand."""
    sizes = [min(_CHUNK, streams - at) for at in range(0, streams, _CHUNK)]
    total = Tally()
    context = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
    with ProcessPoolExecutor(os.cpu_count() or 1, mp_context=context) as pool:
        for tally in pool.map(
            run, sizes, [seed * 1_000_003 + nth for nth in range(len(sizes))], [twice] * len(sizes)
        ):
            total += tally
            yield total
