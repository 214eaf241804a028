"""The evening of a simulated day: the records and the vault against what every student saw happen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.domain import queue
from kiosk.domain.states import VisitState
from kiosk.records import audit
from kiosk.records.database import Database
from kiosk.records.tables import Audit, Campaign, Shot, Student, Visit
from kiosk.records.vault import Vault
from kiosk.simulation.board import Board
from kiosk.simulation.closing import Closing
from kiosk.simulation.floor import Course
from kiosk.simulation.installation import CAMPAIGN, Installation
from kiosk.simulation.plan import Result

#: The kind of priority is not in the audit; for the order only whether there is one counts.
_SOME = queue.PRIORITIES[1]


@dataclass
class Evening:
    """What was found."""

    lost: list[str] = field(default_factory=list)  # sentences without names
    double: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    calls: int = 0
    differs: list[str] = field(default_factory=list)  # students whose day ended otherwise than planned
    chain: bool = True
    shots: int = 0
    board: list[str] = field(default_factory=list)  # calls not shown, said twice, names not masked
    closing: Closing = field(default_factory=Closing)

    @property
    def good(self) -> bool:
        """Whether nothing was lost, doubled, called out of order, kept from the board or changed in the audit, and
        everybody is accounted for."""
        wrong = (self.lost, self.double, self.out_of_order, self.board, self.closing.problems)
        return not any(wrong) and self.chain


def look(site: Installation, courses: Sequence[Course], board: Board, closing: Closing) -> Evening:
    """Hold the records against the courses and against what the board said."""
    found = Evening(closing=closing)
    settings = site.settings
    database = Database(settings.database_url, settings.database.busy_seconds)
    try:
        with database.read() as session:
            _students(session, site, courses, found)
            _numbers(session, found)
            calls = _order(session, settings.queue.priority_in_row, found)
            found.chain = audit.verify(session)[1] is None
    finally:
        database.close()
    found.board += board.missed + board.wrong + said_twice(board.said, calls)
    for seat in site.seats:
        if waiting := seat.waiting_shots():
            found.lost.append(f"{seat.name}: {waiting} shots were never acknowledged")
    return found


def _students(session: Session, site: Installation, courses: Sequence[Course], found: Evening) -> None:
    vaults = {seat.name: Vault(seat.settings.data / "vault") for seat in site.seats}
    rows: dict[str, list[Visit]] = {}
    query = select(Student.id_number, Visit).join(Visit, Visit.student_id == Student.id).order_by(Visit.id)
    for id_number, visit in session.execute(query):
        rows.setdefault(id_number, []).append(visit)
    for course in courses:
        who = f"student {course.student.number}"
        visits = rows.get(course.student.id_number, [])
        if (course.result, course.code) != course.student.planned:
            found.differs.append(
                f"{who}: {_words(course.result, course.code)} instead of {_words(*course.student.planned)}"
            )
        if len(visits) > 1:
            found.double.append(f"{who}: {len(visits)} visits")
        _end(session, course, visits, vaults, who, found)


def _end(
    session: Session, course: Course, visits: Sequence[Visit], vaults: dict[str, Vault], who: str, found: Evening
) -> None:
    ends = {
        Result.PHOTOGRAPHED: VisitState.DONE, Result.ESCALATED: VisitState.ESCALATED,
        Result.CANCELLED: VisitState.CANCELLED, Result.REFUSED: VisitState.REFUSED,
    }  # fmt: skip
    wanted = ends.get(course.result) if course.visit and course.result else None
    if wanted is None and not visits:
        return
    if not visits or wanted is None or visits[-1].state != wanted or visits[-1].public_id != course.visit:
        state = visits[-1].state if visits else "no visit"
        found.lost.append(f"{who}: {state} in the records, {_words(course.result, course.code)} at the site")
        return
    if course.number and visits[-1].number != course.number:
        found.lost.append(f"{who}: was shown number {course.number}, has {visits[-1].number}")
    shots = session.scalars(select(Shot).where(Shot.visit_id == visits[-1].id)).all()
    found.shots += len(shots)
    ordinals = Counter(shot.ordinal for shot in shots)
    if any(times > 1 for times in ordinals.values()):
        found.double.append(f"{who}: the same shot twice")
    for shot in shots:
        digests = [digest for digest in (shot.original_sha256, shot.deliverable_sha256) if digest]
        if not any(all(vault.verify(digest) for digest in digests) for vault in vaults.values()):
            found.lost.append(f"{who}: a picture is not in the vault")
    accepted = [shot for shot in shots if shot.accepted_at is not None]
    if course.result is Result.PHOTOGRAPHED:
        if len(accepted) > 1:
            found.double.append(f"{who}: {len(accepted)} accepted pictures")
        if [shot.deliverable_sha256 for shot in accepted] != [course.shown]:
            found.lost.append(f"{who}: another picture is kept than was shown and accepted")
    elif accepted:
        found.double.append(f"{who}: an accepted picture though {_words(course.result, course.code)}")


def _numbers(session: Session, found: Evening) -> None:
    given = [number for number in session.scalars(select(Visit.number)) if number is not None]
    for number, times in Counter(given).items():
        if times > 1:
            found.double.append(f"number {number} was given {times} times")
    if given and sorted(set(given)) != list(range(1, len(set(given)) + 1)):
        found.lost.append("a number was left out")


def said_twice(said: Mapping[int, Collection[str]], calls: Mapping[int | None, int]) -> list[str]:
    """Sentences about numbers that the board called out more often than they were called."""
    return [
        f"number {number} was called {calls.get(number, 0)} times, the board said it {len(moments)} times"
        for number, moments in sorted(said.items())
        if len(moments) > calls.get(number, 0)
    ]


@dataclass
class _Waiting:
    """A visit as the order looks at it, played again from the audit."""

    number: int | None
    state: str = ""
    missed_calls: int = 0
    priority: str = ""
    outside_until: datetime | None = None


def _order(session: Session, priority_in_row: int, found: Evening) -> Counter[int | None]:
    """Ask the order at every call; how often each number was called."""
    campaign = session.scalars(select(Campaign.id).where(Campaign.code == CAMPAIGN)).one()
    query = select(Visit.public_id, Visit.number).where(Visit.campaign_id == campaign)
    numbers = {visit: number for visit, number in session.execute(query)}
    rows = session.scalars(select(Audit).where(Audit.result == "done").order_by(Audit.sequence))
    done = ((row.at, row.action, row.visit or "", row.detail) for row in rows)
    return replay(done, numbers, priority_in_row, found)


def replay(
    decisions: Iterable[tuple[datetime, str, str, Mapping[str, Any]]],
    numbers: Mapping[str, int | None],
    priority_in_row: int,
    found: Evening,
) -> Counter[int | None]:
    """Play the audit again and ask the written order (`kiosk.domain.queue`) at every call whose turn it was.

    `decisions` are (when, action, visit, detail) of what was done, in the audit's order; `numbers` those of the
    visits. Answers how often each number was called.
    """
    known = {visit: _Waiting(number) for visit, number in numbers.items()}
    calls: Counter[int | None] = Counter()
    run = 0
    for now, action, visit, detail in decisions:
        one = known.get(visit)
        if one is None:
            continue
        if action == "call_next":
            found.calls += 1
            calls[one.number] += 1
            waiting = [other for other in known.values() if other.state == VisitState.QUEUED]
            if one.state != VisitState.QUEUED:
                found.double.append(f"number {one.number} was called while it was {one.state or 'unknown'}")
            elif (turn := queue.in_order(waiting, now, run, priority_in_row)[0]) is not one:
                found.out_of_order.append(f"number {one.number} was called, it was the turn of {turn.number}")
            run = run + 1 if one.priority else 0
        elif action == "requeue":
            one.missed_calls += 1
        elif action == "set_priority":
            one.priority = _SOME if detail.get("given") else ""
            one.outside_until = None if one.priority else one.outside_until
        elif action == "let_in":
            one.outside_until = None
        one.state = str(detail.get("to", one.state))
        if "come_back_at" in detail:
            one.outside_until = datetime.fromisoformat(detail["come_back_at"])
        elif one.state not in (VisitState.QUEUED, VisitState.CALLED):
            one.outside_until = None
    return calls


def _words(result: Result | None, code: str) -> str:
    return " ".join(word for word in (result.value if result else "still there", code) if word)
