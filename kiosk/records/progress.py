"""How far a campaign is, from its branches down to each class and person: counted in the database, by one rule.

registered = photographed + missing at every place. Photographed is whose photo counts today and may be reported,
by `kiosk.records.collected`; why it is missing says `kiosk.domain.standing`, as for the reporting package. Whoever
was taken off the roster is not counted. Collection codes belong to no branch and are not counted here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    ScalarSelect,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from kiosk.domain.collection import Mode, Standing
from kiosk.domain.money import Kind as Money
from kiosk.domain.queue import day_of, site_zone
from kiosk.domain.standing import Attendance, Missing, Photo, standing
from kiosk.domain.states import VisitState
from kiosk.records.registry_tables import CollectedPhoto, PackageLine, Payment, RegistryResult, StudentCheck
from kiosk.records.tables import Campaign, Student, Visit

#: What rosters name of a place, highest first.
LEVELS = ("branch", "teaching_point", "class_name")
#: What is counted of everybody registered, in the order of the way; the rejected are among the missing.
STEPS = ("photographed", "checked", "paid", "reported", "linked", "rejected")
_ORDER = (Student.branch, Student.teaching_point, Student.class_name, Student.student_number, Student.id)


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a campaign; None at a level is everything, an empty text those without one."""

    branch: str | None = None
    teaching_points: tuple[str, ...] | None = None
    class_name: str | None = None


@dataclass(slots=True)
class Line:
    """The counts of one branch, teaching point or class; `missing` by reason."""

    name: str
    registered: int = 0
    photographed: int = 0
    checked: int = 0
    paid: int = 0
    reported: int = 0
    linked: int = 0
    rejected: int = 0
    missing: Counter[Missing] = field(default_factory=Counter)

    def add(self, other: Line) -> None:
        """Take in the counts of a place below."""
        for name in ("registered", *STEPS):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.missing.update(other.missing)

    def to_json(self) -> dict[str, Any]:
        """For pages and files; `missing` is the sum, `reasons` what it is made of."""
        counts = {name: getattr(self, name) for name in ("name", "registered", *STEPS)}
        reasons = {reason.value: number for reason, number in self.missing.most_common()}
        return {**counts, "missing": self.missing.total(), "reasons": reasons}


@dataclass(frozen=True, slots=True)
class Person:
    """One student and how far they are; `reason` is None for whoever has a photo that counts."""

    student: Student
    reason: Missing | None
    checked: bool
    paid: bool
    reported: bool
    linked: bool


def lines(session: Session, campaign: Campaign, now: datetime, place: Place, level: str) -> list[Line]:
    """The counts of every branch, teaching point or class (`level`) of the place, by name."""
    facts = _facts(campaign, now, place, level, _aside(session, place))
    good = _good(facts)
    counted = select(
        facts.c.place,
        func.count(),
        _sum(good),
        _sum(and_(good, facts.c.checked)),
        _sum(facts.c.paid),
        _sum(and_(good, facts.c.reported)),
        _sum(and_(good, facts.c.linked.is_(True))),
        _sum(and_(facts.c.fresh, facts.c.linked.is_(False))),
    )
    found: dict[str, Line] = {}
    for row in session.execute(counted.group_by(facts.c.place).order_by(facts.c.place)):
        name, *counts = row
        found[name] = Line(name)
        for step, number in zip(("registered", *STEPS), counts, strict=True):
            setattr(found[name], step, int(number or 0))
    signs = _signs(campaign, now, place, level)
    kinds = [column for column in signs.c if column.name != "id"]
    for row in session.execute(select(*kinds, func.count().label("number")).group_by(*kinds)):
        found[row.place].missing[_reason(row, campaign, now)] += row.number
    return list(found.values())


def people(
    session: Session,
    campaign: Campaign,
    now: datetime,
    place: Place,
    missing: bool | None = None,
    reason: Missing | None = None,
) -> Iterator[Person]:
    """Everybody of the place in the order of branch, teaching point, class and student number.

    `missing` leaves out those with or without a photo that counts, `reason` all who are not missing for it.
    """
    facts = _facts(campaign, now, place, "branch", _aside(session, place))
    good = _good(facts)
    query = select(Student, facts, good.label("good")).join(facts, facts.c.id == Student.id)
    if missing is not None or reason is not None:
        query = query.where(~good if missing or reason else good)
    signs = session.execute(select(_signs(campaign, now, place, "branch")))
    why = {row.id: _reason(row, campaign, now) for row in signs}
    for row in session.execute(query.order_by(*_ORDER).execution_options(yield_per=500)):
        found = None if row.good else why[row.id]
        if reason is None or found is reason:
            yield Person(
                row.Student, found, checked=bool(row.good and row.checked), paid=bool(row.paid),
                reported=bool(row.good and row.reported), linked=bool(row.good and row.linked),
            )  # fmt: skip


def unchecked(campaign: Campaign, now: datetime, branch: str | None = None) -> Select[Student]:
    """Students of the branch (None: of all) who have a photo that counts and have not said that all is right.

    Who reported something waits for staff and is not among them.
    """
    facts = _facts(campaign, now, Place(branch), "branch")
    open_report = (StudentCheck.student_id == Student.id, StudentCheck.resolved_at.is_(None))
    waits = select(StudentCheck.id).where(*open_report)
    query = select(Student).join(facts, facts.c.id == Student.id)
    query = query.where(_good(facts), func.coalesce(facts.c.checked, False).is_(False), ~waits.exists())
    return query.order_by(*_ORDER)


def reportable(campaign: Campaign, now: datetime) -> ColumnElement[bool]:
    """That a `CollectedPhoto` counts, has not run out and was not rejected by the registry."""
    photo = CollectedPhoto
    return and_(photo.state == Standing.ACCEPTED.value, _fresh(photo, campaign, now), ~_rejected(photo))


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _good(facts: Subquery) -> ColumnElement[bool]:
    return and_(facts.c.fresh, facts.c.linked.is_not(False))


def _of(campaign: Campaign, place: Place) -> list[ColumnElement[bool]]:
    """Conditions on `Student`."""
    found = [Student.campaign_id == campaign.id, Student.removed_at.is_(None)]
    if place.branch is not None:
        found.append(Student.branch == place.branch)
    if place.teaching_points is not None:
        found.append(Student.teaching_point.in_(place.teaching_points))
    if place.class_name is not None:
        found.append(Student.class_name == place.class_name)
    return found


def _fresh(photo: type[CollectedPhoto], campaign: Campaign, now: datetime) -> ColumnElement[bool]:
    """Whether there is a photo that has not run out, see `kiosk.domain.queue.photo_valid_until`.

    Without `coalesce`, through which no database's statistics see how many that are.
    """
    edge = datetime.combine(day_of(now) - timedelta(days=campaign.validity_days), time(), site_zone())
    by_file = and_(photo.taken_at.is_not(None), photo.taken_at >= edge)
    by_arrival = and_(photo.taken_at.is_(None), photo.stored_at >= edge)
    return and_(photo.student_id.is_not(None), or_(by_file, by_arrival))


def _counts(photo: type[CollectedPhoto]) -> ColumnElement[bool]:
    return and_(photo.student_id == Student.id, photo.state == Standing.ACCEPTED.value)


def _newest(number: InstrumentedAttribute[int], flag: InstrumentedAttribute[bool]) -> ColumnElement[bool]:
    """What the newest of some rows says, None of no rows: an aggregate, so that it can be had of many at once."""
    return func.max(cast(number, BigInteger) * 2 + case((flag, 1), else_=0)) % 2 == 1


def _linked(photo: type[CollectedPhoto]) -> ScalarSelect[bool]:
    """The registry's newest word about the picture, None while there is none."""
    word = RegistryResult
    said = select(_newest(word.id, word.linked))
    about = (word.student_id == photo.student_id, word.deliverable_sha256 == photo.deliverable_sha256)
    return said.where(*about).correlate(photo).scalar_subquery()


def _rejected(photo: type[CollectedPhoto]) -> ColumnElement[bool]:
    """That `_linked` is False, asked so that a database can begin with the few rejections."""
    word, newer = aliased(RegistryResult), aliased(RegistryResult)
    about = (word.student_id == photo.student_id, word.deliverable_sha256 == photo.deliverable_sha256)
    same = (newer.student_id == word.student_id, newer.deliverable_sha256 == word.deliverable_sha256)
    later = select(newer.id).where(*same, newer.id > word.id)
    return select(word.id).where(*about, word.linked.is_(False), ~later.exists()).exists()


def _aside(session: Session, place: Place) -> bool:
    """Whether what is known of everybody is worth reading as a whole, beside the roster, see `_facts`."""
    return place.branch is None and session.get_bind().dialect.name != "sqlite"


def _facts(campaign: Campaign, now: datetime, place: Place, level: str, aside: bool = False) -> Subquery:
    """A row a student: id, place, fresh (a photo was accepted and has not run out), linked (the registry's newest
    word about it, None while there is none), checked (the student's newest word about it was that all is right),
    reported, paid.

    What is known is looked up student by student, in the order of the indexes made for it, which hold every column
    that is read. With `aside` each table is read once, grouped, beside the roster: that takes PostgreSQL a third
    of the time, SQLite has no such way. The offsets keep databases from losing the order, and from working a
    column out again wherever it is used.
    """
    rows = (
        select(
            Student.id,
            getattr(Student, level).label("place"),
            CollectedPhoto.deliverable_sha256.label("picture"),
            _fresh(CollectedPhoto, campaign, now).label("fresh"),
        )
        .outerjoin(CollectedPhoto, _counts(CollectedPhoto))
        .where(*_of(campaign, place))
    )
    found = (rows.order_by(Student.id) if place.branch is None else rows).offset(0).subquery()
    source: FromClause = found
    columns: list[ColumnElement[Any]] = []
    for name, says, keys in _known(campaign):
        whose = (found.c.id, found.c.picture)[: len(keys)]
        if aside:
            many = select(*keys, says.label(name)).group_by(*keys).subquery()
            theirs = (many.c[key.name] == one for key, one in zip(keys, whose, strict=True))
            source = source.outerjoin(many, and_(*theirs))
            columns.append(many.c[name])
        else:
            own = select(says).where(*(key == one for key, one in zip(keys, whose, strict=True)))
            columns.append(own.correlate(found).scalar_subquery().label(name))
    return select(found.c.id, found.c.place, found.c.fresh, *columns).select_from(source).offset(0).subquery()


def _known(campaign: Campaign) -> Iterator[tuple[str, ColumnElement[bool], tuple[Any, ...]]]:
    """What is known of a student or a student's picture: its name, what the rows about them say together, and the
    columns by which those name student and picture."""
    kind, cents = Payment.kind, Payment.cents
    in_till = func.sum(case((kind == Money.PAID.value, cents), (kind == Money.REFUNDED.value, -cents)))
    waivers = func.sum(case((kind == Money.WAIVED.value, 1), (kind == Money.REVOKED.value, -1)))
    paid = or_(in_till >= max(1, campaign.fee_cents), waivers > 0)
    said, checked, packed = RegistryResult, StudentCheck, PackageLine
    yield "paid", paid, (Payment.student_id,)
    yield "reported", func.count() > 0, (packed.student_id, packed.deliverable_sha256)
    yield "linked", _newest(said.id, said.linked), (said.student_id, said.deliverable_sha256)
    yield "checked", _newest(checked.id, checked.confirmed), (checked.student_id, checked.deliverable_sha256)


def _signs(campaign: Campaign, now: datetime, place: Place, level: str) -> Subquery:
    """A row for everybody missing: id, place, and what `standing` asks about their newest visit and photo.

    Visits that were cancelled and photos that were replaced say nothing, but that somebody was there.
    """
    counts, taken = aliased(CollectedPhoto), aliased(CollectedPhoto)
    photo = select(counts.student_id).where(_counts(counts), _fresh(counts, campaign, now), ~_rejected(counts))
    visit = (
        select(func.max(Visit.id))
        .outerjoin(taken, taken.shot_id == Visit.accepted_shot_id)
        .where(
            Visit.student_id == Student.id,
            Visit.state != VisitState.CANCELLED.value,
            taken.state.is_distinct_from(Standing.REPLACED.value),
        )
        .correlate(Student)
    )
    sent = select(func.max(taken.id)).where(taken.student_id == Student.id, taken.mode != Mode.KIOSK.value)
    missing = (
        select(
            Student.id,
            getattr(Student, level).label("place"),
            visit.scalar_subquery().label("visit"),
            sent.where(taken.state != Standing.REPLACED.value).correlate(Student).scalar_subquery().label("sent"),
            or_(
                select(Visit.id).where(Visit.student_id == Student.id).correlate(Student).exists(),
                sent.correlate(Student).scalar_subquery().is_not(None),
            ).label("was_there"),
        )
        .where(*_of(campaign, place), ~photo.exists())
        .offset(0)
        .subquery()
    )
    shot, own = aliased(CollectedPhoto), aliased(CollectedPhoto)
    return (
        select(
            missing.c.id,
            missing.c.place,
            missing.c.was_there,
            Visit.state.label("visit"),
            *_photo_signs("shot", shot, campaign, now),
            *_photo_signs("own", own, campaign, now),
            func.coalesce(own.stored_at > Visit.created_at, own.id.is_not(None)).label("own_is_newer"),
        )
        .select_from(missing)
        .outerjoin(Visit, and_(Visit.student_id == missing.c.id, Visit.id == missing.c.visit))
        .outerjoin(shot, and_(shot.student_id == missing.c.id, shot.shot_id == Visit.accepted_shot_id))
        .outerjoin(own, and_(own.student_id == missing.c.id, own.id == missing.c.sent))
        .subquery()
    )


def _photo_signs(
    name: str, photo: type[CollectedPhoto], campaign: Campaign, now: datetime
) -> tuple[ColumnElement[Any], ...]:
    return (
        photo.state.label(name),
        _fresh(photo, campaign, now).label(f"{name}_fresh"),
        _linked(photo).is_(False).label(f"{name}_rejected"),
    )


def _reason(row: Any, campaign: Campaign, now: datetime) -> Missing:
    """What `standing` says of the newest thing that happened."""

    def photo(name: str) -> Photo | None:
        state, fresh, rejected = (getattr(row, column) for column in (name, f"{name}_fresh", f"{name}_rejected"))
        if state is None:
            return None
        return Photo(state, "", now if fresh else now - timedelta(days=campaign.validity_days + 2), bool(rejected))

    if row.own is not None and row.own_is_newer:
        newest = [Attendance(VisitState.DONE, photo("own"))]
    elif row.visit is not None:
        newest = [Attendance(VisitState(row.visit), photo("shot"))]
    else:
        newest = [Attendance(VisitState.CANCELLED)] if row.was_there else []
    found = standing(newest, day_of(now), campaign.validity_days)
    if not isinstance(found, Missing):
        raise RuntimeError("somebody missing has a photo that counts")
    return found
