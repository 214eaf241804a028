"""Whatever anybody presses in whatever order, the site stays coherent."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

from kiosk.actions import available
from kiosk.actions.base import Outcome
from kiosk.domain.refusals import Refusal
from kiosk.domain.states import ENDED, OPEN, PHOTOGRAPHED, SEATED, VisitState, may_move
from kiosk.records import audit, migrate
from kiosk.records.database import Database
from kiosk.records.tables import Shot, SiteSession, Station, Visit, VisitStateRow
from tests.actions.desk import NINGXIA, Desk, settings_for, shot_facts

STATIONS = st.sampled_from(["kiosk-1", "kiosk-2"])
STUDENTS = st.integers(1, 4)
ROLES = st.sampled_from(["administrator", "operator", "usher", "medic"])
#: Presses without arguments of their own.
PLAIN = ("confirm", "call_next", "begin_capture", "retake", "finish", "leave", "step_aside", "call_staff")
#: Decisions of staff on any visit.
ON_A_VISIT = (
    "cancel",
    "park_visit",
    "send_to_observation",
    "requeue",
    "allow_shot",
    "release_shutter",
    "resume",
    "resolve_report",
)


def somebody_came(site: Any) -> bool:
    """Before the first student there is nothing to try."""
    return getattr(site, "came", 0) > 0


class Site(RuleBasedStateMachine):
    """Two kiosks, four students, staff with every role."""

    @initialize()
    def open_the_site(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        file = Path(self.folder.name) / "kiosk.sqlite3"
        shutil.copy(_template(), file)
        self.database = Database(f"sqlite:///{file}")
        self.desk = Desk(self.database, settings_for(Path(self.folder.name), self.database.url))
        self.desk.prepare(4)
        self.numbers: dict[str, int] = {}
        self.last: Callable[[], Outcome] | None = None
        self.answer: Outcome = {}
        self.came = 0

    def attempt(self, decision: Callable[[str], Outcome]) -> Outcome | None:
        """Decide with a key of its own; a refusal is as good an answer as any."""
        key = f"key-{next(self.desk.keys):08d}"
        self.desk.later(seconds=1)
        now = self.desk.now

        def again() -> Outcome:
            self.desk.now = now
            return decision(key)

        try:
            self.answer = again()
        except Refusal:
            return None
        self.last = again
        return self.answer

    @rule(student=STUDENTS, station=STATIONS, steps=st.sampled_from([5, 6, 4, 2, 7, 3, 1, 12]))
    def come(self, student: int, station: str, steps: int) -> None:
        """Lay the card and follow the screen for some steps, so that walks get far."""
        self.came += self.attempt(lambda key: self.desk.card(student, station, key=key)) is not None
        for _ in range(steps):
            self.everything_fits()
            if not self.follow(station):
                break

    @precondition(somebody_came)
    @rule(station=STATIONS, steps=st.sampled_from([1, 2, 3, 8]))
    def go_on(self, station: str, steps: int) -> None:
        """Follow the screen for some steps."""
        for _ in range(steps):
            self.everything_fits()
            if not self.follow(station):
                break

    def follow(self, station: str) -> bool:
        """The step that the screen offers; whether there was one and it went well."""
        shown = self.desk.front(station)
        if shown is None:
            return False
        desk, shots = self.desk, self.shots(shown)
        facts = shot_facts(shown, len(shots) + 1, desk.now)
        steps: dict[str, Callable[[str], Outcome]] = {
            "confirming": lambda key: desk.kiosk("confirm", station, key=key, visit=shown),
            "declaring": lambda key: desk.kiosk("declare", station, key=key, answers=NINGXIA),
            "temperature": lambda key: desk.bridge(
                "take_temperature", station, key=key, visit=shown, celsius=36.5
            ),
            "queued": lambda key: desk.kiosk("call_next", station, key=key),
            "called": lambda key: desk.kiosk("begin_capture", station, key=key),
            "capturing": lambda key: desk.bridge("keep_shot", station, key=key, **facts),
            "review": lambda key: desk.kiosk("accept", station, key=key, shot=shots[-1]),
            "accepted": lambda key: desk.kiosk("finish", station, key=key),
        }
        step = steps.get(desk.state(shown))
        return step is not None and self.attempt(step) is not None

    @precondition(somebody_came)
    @rule(name=st.sampled_from(PLAIN), station=STATIONS)
    def press(self, name: str, station: str) -> None:
        self.attempt(lambda key: self.desk.kiosk(name, station, key=key))

    @precondition(somebody_came)
    @rule(station=STATIONS, sick=st.booleans())
    def declare(self, station: str, sick: bool) -> None:
        answers = {**NINGXIA, "fever_or_cough": "yes" if sick else "no"}
        self.attempt(lambda key: self.desk.kiosk("declare", station, key=key, answers=answers))

    @precondition(somebody_came)
    @rule(station=STATIONS, celsius=st.sampled_from([20.0, 36.5, 38.5]))
    def measure(self, station: str, celsius: float) -> None:
        shown = self.desk.front(station)
        if shown:
            self.attempt(
                lambda key: self.desk.bridge("take_temperature", station, key=key, visit=shown, celsius=celsius)
            )

    @precondition(somebody_came)
    @rule(station=STATIONS, verdict=st.sampled_from(["pass", "ask", "fail"]))
    def shoot(self, station: str, verdict: str) -> None:
        shown = self.desk.front(station)
        if shown is None:
            return
        facts = shot_facts(shown, len(self.shots(shown)) + 1, self.desk.now, verdict)
        self.attempt(lambda key: self.desk.bridge("keep_shot", station, key=key, **facts))

    @precondition(somebody_came)
    @rule(station=STATIONS)
    def accept(self, station: str) -> None:
        shown = self.desk.front(station)
        if shown is None:
            return
        shots = self.shots(shown)
        if shots:
            self.attempt(lambda key: self.desk.kiosk("accept", station, key=key, shot=shots[-1]))

    @precondition(somebody_came)
    @rule(station=STATIONS, cause=st.sampled_from(["idle", "left"]))
    def park(self, station: str, cause: str) -> None:
        self.attempt(lambda key: self.desk.kiosk("park", station, key=key, cause=cause))

    @precondition(somebody_came)
    @rule(station=STATIONS)
    def report(self, station: str) -> None:
        self.attempt(lambda key: self.desk.kiosk("report_wrong_data", station, key=key, fields=["name"]))

    @precondition(somebody_came)
    @rule(role=ROLES, station=STATIONS, pick=st.integers(0, 50), which=st.integers(0, 9))
    def staff_decide(self, role: str, station: str, pick: int, which: int) -> None:
        """A button that the staff page offers, pressed by whoever."""
        visit = self.some_visit(pick)
        names = available.for_visit(self.desk.state(visit), "administrator", in_front=False)
        names = [name for name in names if name in ON_A_VISIT]
        if names:
            name = names[which % len(names)]
            more = {"resume": {"station": station}, "resolve_report": {"resolution": "continue"}}.get(name, {})
            self.attempt(lambda key: self.desk.staff(name, role=role, key=key, visit=visit, **more))

    @precondition(somebody_came)
    @rule(name=st.sampled_from(ON_A_VISIT), role=ROLES, station=STATIONS, pick=st.integers(0, 50))
    def staff_try(self, name: str, role: str, station: str, pick: int) -> None:
        """Any decision on any visit, as from a page that is behind."""
        visit = self.some_visit(pick)
        more = {"resume": {"station": station}, "resolve_report": {"resolution": "continue"}}.get(name, {})
        self.attempt(lambda key: self.desk.staff(name, role=role, key=key, visit=visit, **more))

    @precondition(somebody_came)
    @rule(role=ROLES, celsius=st.sampled_from([36.5, 38.5]), pick=st.integers(0, 50))
    def remeasure(self, role: str, celsius: float, pick: int) -> None:
        visit = self.some_visit(pick)
        self.attempt(lambda key: self.desk.staff("remeasure", role=role, key=key, visit=visit, celsius=celsius))

    @precondition(somebody_came)
    @rule(station=STATIONS)
    def staff_call(self, station: str) -> None:
        self.attempt(lambda key: self.desk.staff("call_next", key=key, station=station))

    @precondition(lambda site: getattr(site, "came", 0) > 3)
    @rule(days=st.sampled_from([0, 0, 0, 0, 0, 1]))
    def tidy_up(self, days: int) -> None:
        self.desk.later(days=days)
        self.attempt(lambda key: self.desk.system("close_stale", key=key))

    @precondition(lambda self: getattr(self, "last", None) is not None)
    @rule()
    def repeat(self) -> None:
        """The same key again: the same answer, nothing written."""
        assert self.last is not None
        before, now = self.desk.sizes(), self.desk.now
        assert self.last() == self.answer
        assert self.desk.sizes() == before
        self.desk.now = now

    def some_visit(self, pick: int) -> str:
        """One of the visits there are, the latest first."""
        with self.database.read() as session:
            visits = session.scalars(select(Visit.public_id).order_by(Visit.id.desc())).all()
        return visits[pick % len(visits)]

    def shots(self, visit: str) -> list[str]:
        """Ids of the visit's shots in their order."""
        query = select(Shot.public_id).join(Visit, Visit.id == Shot.visit_id).where(Visit.public_id == visit)
        with self.database.read() as session:
            return list(session.scalars(query.order_by(Shot.ordinal)))

    @invariant()
    def everything_fits(self) -> None:
        with self.database.read() as session:
            visits = {visit.id: visit for visit in session.scalars(select(Visit))}
            stations = session.scalars(select(Station)).all()
            sessions = {row.id: row for row in session.scalars(select(SiteSession))}
        seats = [station.seat_visit_id for station in stations if station.seat_visit_id]
        fronts = [station.front_visit_id for station in stations if station.front_visit_id]
        assert len(seats) == len(set(seats)) and len(fronts) == len(set(fronts))
        seated = {visit.id for visit in visits.values() if VisitState(visit.state) in SEATED}
        assert seated == set(seats)
        assert all(
            station.front_visit_id == station.seat_visit_id for station in stations if station.seat_visit_id
        )
        given: Counter[tuple[int, int]] = Counter()
        for visit in visits.values():
            state = VisitState(visit.state)
            assert (visit.ended_at is not None) == (state in ENDED)
            assert (visit.accepted_shot_id is not None) == (state in PHOTOGRAPHED)
            if visit.number is not None:
                given[(visit.session_id, visit.number)] += 1
                assert 1 <= visit.number <= sessions[visit.session_id].last_number
                assert self.numbers.setdefault(visit.public_id, visit.number) == visit.number
            else:
                assert visit.public_id not in self.numbers
                assert state not in {VisitState.QUEUED, VisitState.OBSERVATION} | SEATED
        assert set(given.values()) <= {1}
        opened = Counter(
            (visit.session_id, visit.student_id) for visit in visits.values() if VisitState(visit.state) in OPEN
        )
        assert set(opened.values()) <= {1}

    def teardown(self) -> None:
        if not hasattr(self, "database"):
            return
        try:
            self.history_is_whole()
        finally:
            self.database.close()
            self.folder.cleanup()

    def history_is_whole(self) -> None:
        """The chain verifies; stretches follow each other without gap, by moves of the table."""
        with self.database.read() as session:
            assert audit.verify(session)[1] is None
            rows = session.scalars(select(VisitStateRow).order_by(VisitStateRow.visit_id, VisitStateRow.id)).all()
            states = {row[0]: row[1] for row in session.execute(select(Visit.id, Visit.state))}
        for visit, group in itertools.groupby(rows, key=lambda row: row.visit_id):
            stretches = list(group)
            assert stretches[0].state == "confirming"
            assert stretches[-1].state == states[visit] and stretches[-1].ended_at is None
            for before, after in itertools.pairwise(stretches):
                assert before.ended_at == after.started_at
                assert may_move(VisitState(before.state), VisitState(after.state))


_made: list[Path] = []


def _template() -> Path:
    """An empty migrated file, made once a run."""
    if not _made:
        file = Path(tempfile.mkdtemp(prefix="kiosk-machine-")) / "empty.sqlite3"
        migrate.upgrade(f"sqlite:///{file}")
        _made.append(file)
    return _made[0]


TestSite = Site.TestCase
TestSite.settings = settings(
    max_examples=18, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
