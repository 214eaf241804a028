"""Whose photo can be printed: the students of a campaign, branch or class whose photo counts, class by class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy.orm import Session

from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.standing import Photo
from kiosk.records import balance
from kiosk.records.tables import Campaign, Student

#: Most students of one file: a hundred megabytes of photos.
MOST = 3000


@dataclass(frozen=True, slots=True)
class Printable:
    """A student with the SHA-256 of the photo that counts."""

    student: Student
    deliverable: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Whom a file is for; None: every one. `students` names some alone."""

    branch: str | None = None
    teaching_point: str | None = None
    class_name: str | None = None

    def holds(self, student: Student) -> bool:
        """Whether the student is meant."""
        return all(
            wanted is None or getattr(student, name) == wanted
            for name, wanted in (
                ("branch", self.branch),
                ("teaching_point", self.teaching_point),
                ("class_name", self.class_name),
            )
        )


def chosen(session: Session, campaign: Campaign, choice: Choice, now: datetime) -> list[Printable]:
    """Those with a photo that may be reported (not expired, not rejected), by class and student number.

    Raises `Refusal`: no_photo_that_counts where there is nobody, prints_too_many.
    """
    found = [
        Printable(line.student, line.standing.deliverable)
        for line in balance.lines(session, campaign, now, choice.branch or "")
        if line.student is not None and isinstance(line.standing, Photo) and choice.holds(line.student)
    ]
    if not found:
        raise Refusal(Code.NO_PHOTO_THAT_COUNTS)
    if len(found) > MOST:
        raise Refusal(Code.PRINTS_TOO_MANY, {"most": MOST, "count": len(found)})
    return sorted(found, key=lambda each: (*group_key(each.student), each.student.student_number))


def group_key(student: Student) -> tuple[str, str, str]:
    """Branch, teaching point, class: what is printed together."""
    return student.branch, student.teaching_point, student.class_name


def groups(people: list[Printable]) -> Iterator[tuple[str, list[Printable]]]:
    """(name of the class with its point and branch, its people) in order."""
    for key, members in groupby(people, key=lambda each: group_key(each.student)):
        yield " · ".join(part for part in key if part), list(members)
