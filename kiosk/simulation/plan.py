"""The plan of a simulated day: who comes when, what goes wrong with them, all drawn from one seed."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from kiosk.domain import schedule
from kiosk.domain.id_numbers import make_synthetic

#: First slot of the day, length of a slot, and what a student is reckoned with at the seat, in seconds.
OPENS, SLOT_SECONDS, STUDENT_SECONDS = 9 * 3600.0, 1800.0, 180
#: Metres of waiting area, a metre apart, by which the slots are reckoned.
WAITING_METRES = 60.0
#: Places of the hall on the day itself: so few that some are sent outside, whenever a class comes by bus. It comes
#: in the first slot and in every third, all within so many seconds.
PLACES, BUS_EVERY, BUS_SECONDS = 1, 3, 90.0
#: Share of the students who follow their place and their receipt on a phone; of them, one in so many reports there
#: that something is wrong. Ours, like the deck.
PHONE_SHARE, REPORTS_ONE_IN = 0.3, 6
_SURNAMES = "陈林黄周吴徐孙马朱胡郭何高罗郑梁谢宋唐许"
_GIVEN = "晓建丽志文海俊秀明雅立春雪永思佳国玉子兰梅华强静燕杰辉琴新生"


class Story(StrEnum):
    """What is the matter with a student."""

    ORDINARY = "ordinary"
    RETAKE = "retake"  # does not like the first picture
    NO_CARD = "no_card"
    WRONG_DATA = "wrong_data"  # says that a field is wrong; staff settle it
    FEVER = "fever"  # the second measurement is normal
    FEVER_STAYS = "fever_stays"
    UNWELL = "unwell"  # while waiting; well again after a rest
    HEAD_COVER = "head_cover"  # the machine asks staff about the picture
    PRIORITY = "priority"  # somebody who should not stand for long
    DECLARATION = "declaration"  # an answer with which nobody is let in
    WRONG_PROGRAMME = "wrong_programme"
    NOT_LISTED = "not_listed"
    WRONG_DAY = "wrong_day"
    NO_SHOW = "no_show"
    LEAVES_IDENTIFY = "leaves_identify"  # walks away at that screen
    LEAVES_CONFIRM = "leaves_confirm"
    LEAVES_DECLARE = "leaves_declare"
    LEAVES_WAITING = "leaves_waiting"  # is called and does not come
    LEAVES_CAPTURE = "leaves_capture"
    LEAVES_REVIEW = "leaves_review"


class Mishap(StrEnum):
    """What befalls the kiosk while a student is there."""

    READER_UNPLUGGED = "reader_unplugged"
    CAMERA_FROZEN = "camera_frozen"
    WEB_KILLED = "web_killed"
    TABLET_OFFLINE = "tablet_offline"


class Result(StrEnum):
    """How a student's day ended."""

    PHOTOGRAPHED = "photographed"
    REFUSED = "refused"
    ESCALATED = "escalated"
    CANCELLED = "cancelled"
    LEFT = "left"  # before a visit was opened
    ABSENT = "absent"


#: How each story ends, and by which code where it is a refusal.
ENDS: dict[Story, tuple[Result, str]] = {
    Story.FEVER_STAYS: (Result.ESCALATED, "temperature_abnormal"),
    Story.DECLARATION: (Result.REFUSED, "declaration_not_passed"),
    Story.WRONG_PROGRAMME: (Result.REFUSED, "wrong_programme"),
    Story.NOT_LISTED: (Result.REFUSED, "not_on_roster"),
    Story.WRONG_DAY: (Result.REFUSED, "not_in_time_slot"),
    Story.NO_SHOW: (Result.ABSENT, ""),
    Story.LEAVES_IDENTIFY: (Result.LEFT, ""),
    **{
        story: (Result.CANCELLED, "staff")
        for story in (
            Story.LEAVES_CONFIRM, Story.LEAVES_DECLARE, Story.LEAVES_WAITING, Story.LEAVES_CAPTURE,
            Story.LEAVES_REVIEW,
        )
    },
}  # fmt: skip
#: The deck that stories are dealt from: how often each comes in one round. Ours, to have everything in a day of
#: 300; no notice says how often people forget their card.
_DECK: dict[Story, int] = {
    Story.RETAKE: 8, Story.NO_CARD: 3, Story.WRONG_DATA: 1, Story.FEVER: 1, Story.FEVER_STAYS: 1, Story.UNWELL: 1,
    Story.HEAD_COVER: 1, Story.PRIORITY: 3, Story.DECLARATION: 1, Story.WRONG_PROGRAMME: 1, Story.NOT_LISTED: 1,
    Story.WRONG_DAY: 1, Story.NO_SHOW: 3, Story.LEAVES_IDENTIFY: 1, Story.LEAVES_CONFIRM: 1,
    Story.LEAVES_DECLARE: 1, Story.LEAVES_WAITING: 1, Story.LEAVES_CAPTURE: 1, Story.LEAVES_REVIEW: 1,
}  # fmt: skip
#: Share of the students who have a story, and of those who come together with a mishap; at least so many mishaps.
FAULTS: dict[str, tuple[float, float, int]] = {
    "none": (0.0, 0.0, 0),
    "mild": (0.25, 0.02, 2),
    "wild": (0.6, 0.08, 4),
}


@dataclass(frozen=True)
class Student:
    """Somebody who is expected, or comes all the same."""

    number: int  # from 1, in the order of the roster
    name: str
    birth: date
    story: Story
    mishaps: tuple[Mishap, ...]
    slot: int  # which of the day's slots, from 0
    arrives: float  # seconds since midnight on the site's clock
    pace: float  # how slow they are: 1 takes the usual time to walk and think
    phone: bool = False  # follows place and receipt on a phone
    reports: bool = False  # says there that a field is wrong

    @property
    def id_number(self) -> str:
        """A synthetic one."""
        return make_synthetic(self.birth, self.number % 1000, 500 + self.number // 1000)

    @property
    def student_number(self) -> str:
        """As the roster has it."""
        return f"2499{self.number:09d}"

    @property
    def comes(self) -> bool:
        """Whether they come at all."""
        return self.story is not Story.NO_SHOW

    @property
    def planned(self) -> tuple[Result, str]:
        """How their day should end, and by which code."""
        return ENDS.get(self.story, (Result.PHOTOGRAPHED, ""))


@dataclass(frozen=True)
class Plan:
    """A whole day."""

    seed: int
    seats: int
    faults: str
    students: tuple[Student, ...] = field(repr=False)
    slots: int
    slot_capacity: int


def make(students: int, seats: int, faults: str, seed: int) -> Plan:
    """The plan of a day. The same arguments give the same plan, on every machine."""
    dice = random.Random(f"{seed}/{students}/{seats}/{faults}")  # noqa: S311 - a day that can be had again
    room = schedule.capacity(WAITING_METRES, 1.0, seats, STUDENT_SECONDS, SLOT_SECONDS)
    stories = _dealt(dice, students, faults)
    mishaps = _mishaps(dice, stories, faults)
    phones = _phones(random.Random(f"{seed}/{students}/{seats}/{faults}/phones"), students, faults)  # noqa: S311
    people = []
    for at, story in enumerate(stories):
        slot = at // room.students
        filled = min(room.students, students - slot * room.students)
        # they come spread over the slot, a few minutes early or late
        share = (at % room.students + dice.random()) / max(filled, room.students // 2)
        strays = dice.uniform(-120, 240)
        spread = share * BUS_SECONDS if slot % BUS_EVERY == 0 else share * SLOT_SECONDS + strays
        arrives = OPENS + slot * SLOT_SECONDS + spread
        name = dice.choice(_SURNAMES) + dice.choice(_GIVEN) + dice.choice(_GIVEN)
        birth = date(1958, 1, 1) + timedelta(days=dice.randrange(17000))
        pace = round(dice.lognormvariate(0, 0.25), 3)
        person = Student(at + 1, name, birth, story, mishaps[at], slot, max(OPENS, arrives), pace, *phones[at])
        people.append(person)
    return Plan(seed, seats, faults, tuple(people), math.ceil(students / room.students), room.students)


def _dealt(dice: random.Random, students: int, faults: str) -> list[Story]:
    """A story for each; what is dealt comes from shuffled rounds of the deck, so that a long day has them all."""
    wanted = math.ceil(students * FAULTS[faults][0])
    dealt: list[Story] = []
    while len(dealt) < wanted:
        deck = [story for story, times in _DECK.items() for _ in range(times)]
        dice.shuffle(deck)
        dealt += deck
    stories = dealt[:wanted] + [Story.ORDINARY] * (students - wanted)
    dice.shuffle(stories)
    return stories


def _phones(dice: random.Random, students: int, faults: str) -> list[tuple[bool, bool]]:
    """Who has the pages on a phone, and who of them reports something there: nobody on a day without faults."""
    owners = sorted(dice.sample(range(students), math.ceil(students * PHONE_SHARE)))
    reporting = set(owners[::REPORTS_ONE_IN]) if FAULTS[faults][0] else set()
    return [(at in owners, at in reporting) for at in range(students)]


def _mishaps(dice: random.Random, stories: Sequence[Story], faults: str) -> list[tuple[Mishap, ...]]:
    """Mishaps befall students who stay to the end, one each, all kinds in turn."""
    _share, rate, least = FAULTS[faults]
    found: list[tuple[Mishap, ...]] = [() for _ in stories]
    able = [at for at, story in enumerate(stories) if story is Story.ORDINARY]
    dice.shuffle(able)
    kinds = list(Mishap)
    dice.shuffle(kinds)
    wanted = max(least, round(len(stories) * rate)) if least else 0
    for nth, at in enumerate(able[:wanted]):
        found[at] = (kinds[nth % len(kinds)],)
    return found
