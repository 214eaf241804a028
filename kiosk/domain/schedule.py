"""The schedule's arithmetic: how many students a slot takes, when slots are, and who comes in which.

**Capacity.** Everybody of a slot may come at its beginning, so all of them must find a place one metre apart, and
all must be photographed before the next slot's students come:

    places   = floor(waiting_metres / spacing_metres)
    served   = floor(slot_seconds × seats / student_seconds)
    capacity = min(served, places + seats)

`student_seconds` is what a student takes at the seat, from being called to the receipt: what the site has
measured, until then what its administrator entered.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from kiosk.domain.refusals import Code, Refusal

#: Most slots that one press may make.
MOST_SLOTS = 200
BY_CLASS, BY_TEACHING_POINT = "class", "teaching_point"


@dataclass(frozen=True, slots=True)
class Capacity:
    """How many students a slot takes, and which of the two limits it is: `seats` or `waiting`."""

    students: int
    served: int
    places: int
    limited_by: str


def capacity(
    waiting_metres: float, spacing_metres: float, seats: int, student_seconds: int, slot_seconds: float
) -> Capacity:
    """The formula above. Raises `Refusal(SLOT_CAPACITY)` where nobody at all would fit."""
    if min(spacing_metres, student_seconds, slot_seconds) <= 0 or seats < 1 or waiting_metres < 0:
        raise Refusal(Code.SLOT_CAPACITY, {"capacity": 0})
    places = math.floor(waiting_metres / spacing_metres + 1e-9)  # 3 × 0.1 must be three tenths
    served = math.floor(slot_seconds * seats / student_seconds + 1e-9)
    students = min(served, places + seats)
    if students < 1:
        raise Refusal(Code.SLOT_CAPACITY, {"capacity": students})
    return Capacity(students, served, places, "seats" if served <= places + seats else "waiting")


def instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The moment at which the site's clock shows `clock` on `day`, in UTC.

    Raises `Refusal(SLOT_TIME_INVALID)` for a time that the clock skips or shows twice when it is changed for
    summer: nobody could say when to come.
    """
    local = datetime.combine(day, clock.replace(tzinfo=None), zone)
    earlier, later = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if earlier != later or earlier.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Refusal(Code.SLOT_TIME_INVALID, {"time": f"{clock:%H:%M}"})
    return earlier


def plan(
    day: date,
    opens: time,
    closes: time,
    minutes: int,
    zone: ZoneInfo,
    breaks: Iterable[tuple[time, time]] = (),
) -> list[tuple[datetime, datetime]]:
    """Slots of `minutes` from `opens` to `closes` on the site's clock, none into a break, as moments in UTC.

    Steps are counted in real time: on the day of a change of the clock no slot is doubled, none is lost, each is
    as long as the others. A rest at the end that is too short for a slot is left over. Raises
    `Refusal(SLOT_TIME_INVALID)`.
    """
    start, end = instant(day, opens, zone), instant(day, closes, zone)
    pauses = sorted((instant(day, begin, zone), instant(day, stop, zone)) for begin, stop in breaks)
    if not 5 <= minutes <= 480 or end <= start or any(stop <= begin for begin, stop in pauses):
        raise Refusal(Code.SLOT_TIME_INVALID, {"time": f"{opens:%H:%M}–{closes:%H:%M}"})
    step = timedelta(minutes=minutes)
    slots: list[tuple[datetime, datetime]] = []
    while start + step <= end:
        pause = next((stop for begin, stop in pauses if begin < start + step and stop > start), None)
        if pause is not None:
            start = pause
            continue
        slots.append((start, start + step))
        start += step
    if not slots or len(slots) > MOST_SLOTS:
        raise Refusal(Code.SLOT_TIME_INVALID, {"time": f"{opens:%H:%M}–{closes:%H:%M}"})
    return slots


def overlapping(
    wanted: Sequence[tuple[datetime, datetime]], taken: Iterable[tuple[datetime, datetime]]
) -> tuple[datetime, datetime] | None:
    """The first of `wanted` that overlaps one of `taken` or another of `wanted`; touching is no overlap."""
    others = list(taken)
    for begin, end in wanted:
        if any(begin < stop and start < end for start, stop in others):
            return begin, end
        others.append((begin, end))
    return None


@dataclass(frozen=True, slots=True)
class Room:
    """A slot that takes more students: `load` of `capacity` places are taken."""

    id: int
    starts_at: datetime
    capacity: int
    load: int


@dataclass(frozen=True, slots=True)
class Person:
    """A student who has no slot yet."""

    id: int
    branch: str
    teaching_point: str
    class_name: str
    student_number: str


def order_key(person: Person, by: str) -> tuple[str, ...]:
    """Who stands beside whom: those of one class, or of one teaching point, come one after the other."""
    group: tuple[str, ...] = (person.branch, person.teaching_point)
    if by == BY_CLASS:
        group += (person.class_name,)
    return (*group, person.student_number, f"{person.id:012d}")


def spread(people: Iterable[Person], rooms: Iterable[Room], by: str = BY_CLASS) -> dict[int, int]:
    """Student → slot for as many as there is room.

    Balanced: slots are filled to the same share of their capacity. Kept together: students are taken class by
    class (or teaching point by teaching point) and slots in the order of time, so that a class stands in
    neighbouring slots. The same people and slots always give the same answer, in whatever order they come.
    """
    persons = sorted(people, key=lambda person: order_key(person, by))
    open_rooms = sorted((room for room in rooms if room.load < room.capacity), key=_when)
    quota = dict.fromkeys((room.id for room in open_rooms), 0)
    heap = [((room.load + 1) / room.capacity, place, room.load) for place, room in enumerate(open_rooms)]
    heapq.heapify(heap)
    for _ in persons:
        if not heap:
            break
        _share, place, load = heapq.heappop(heap)
        room = open_rooms[place]
        quota[room.id] += 1
        if load + 1 < room.capacity:
            heapq.heappush(heap, ((load + 2) / room.capacity, place, load + 1))
    found: dict[int, int] = {}
    waiting = iter(persons)
    for room in open_rooms:
        for person in islice(waiting, quota[room.id]):
            found[person.id] = room.id
    return found


def refill(people: Sequence[int], rooms: Iterable[Room]) -> dict[int, int]:
    """Student → slot for those who missed theirs: the earliest free places, in the order of `people`."""
    places = (room.id for room in sorted(rooms, key=_when) for _ in range(room.capacity - room.load))
    return dict(zip(people, places, strict=False))


def _when(room: Room) -> tuple[datetime, int]:
    return (room.starts_at, room.id)
