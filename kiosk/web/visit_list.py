"""The rows of the staff list, kept between two looks: only what changed is read, built and sent again.

A day of two thousand visits is a megabyte; a press changes one row of it. A page that says which list it has (its
cursor) is sent the rows that changed since, every other page the whole list.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload

from kiosk.records import queries
from kiosk.records.database import rows
from kiosk.records.tables import Audit, Visit

Row = dict[str, Any]
#: Builds the rows of some visits, each with the database's id of its visit.
Build = Callable[[Sequence[Visit]], list[tuple[int, Row]]]
_TICK = re.compile(r"[0-9]{1,12}")
#: Visits that are read at once.
_CHUNK = 1000
_NAMED = select(Audit.visit).where(Audit.sequence > bindparam("since"), Audit.visit.is_not(None)).distinct()
_VISITS = (
    select(Visit)
    .where(Visit.id.in_(bindparam("ids", expanding=True)))
    .options(joinedload(Visit.student))  # at once, so that no visit asks for its own
)


@dataclass
class _List:
    """The rows of one day as one role sees them; `ticks`: when each changed last, counted in looks."""

    token: str = field(default_factory=lambda: secrets.token_hex(8))
    tick: int = 0
    sequence: int = 0  # the newest audit row that was looked at
    versions: dict[int, int] = field(default_factory=dict)  # visit → its version
    ids: dict[str, int] = field(default_factory=dict)  # public id → visit
    rows: dict[int, Row] = field(default_factory=dict)
    ticks: dict[int, int] = field(default_factory=dict)
    placed: frozenset[int] = frozenset()

    @property
    def cursor(self) -> str:
        return f"{self.token}.{self.tick}"


@dataclass(frozen=True)
class Rows:
    """What a page is sent: `since` is the cursor it had where these are changes only, None where they are all."""

    rows: list[Row]
    cursor: str
    since: str | None


class VisitLists:
    """The lists of one web process, a day's for each role; those of other days are forgotten."""

    def __init__(self) -> None:
        self._lists: dict[str, _List] = {}
        self._day: date | None = None
        # Held from the first read of a look to its end, so that no look overtakes a later one.
        self.lock = threading.Lock()

    def look(
        self,
        session: Session,
        role: str,
        day: date,
        *,
        versions: dict[int, int],
        placed: Collection[int],
        build: Build,
        since: str | None = None,
    ) -> Rows:
        """The rows of the day's visits, in the order of `versions`; needs `lock` held since before the session's
        first read.

        A row is built anew when its visit has another version, is named in the audit since, or is or was at a
        station (`placed`); rows with a time to come back change with the clock.
        """
        if self._day != day:
            self._lists, self._day = {}, day
        found = self._lists.setdefault(role, _List())
        if not found.versions.keys() <= versions.keys():  # the records were begun anew
            found = self._lists[role] = _List()
        self._renew(session, found, versions, frozenset(placed), build)
        if since is not None:
            token, _, tick = since.partition(".")
            if token == found.token and _TICK.fullmatch(tick) and int(tick) <= found.tick:
                changed = [found.rows[key] for key, at in found.ticks.items() if at > int(tick)]
                return Rows(changed, found.cursor, since)
        return Rows([found.rows[key] for key in versions], found.cursor, None)

    @staticmethod
    def _renew(
        session: Session, found: _List, versions: dict[int, int], placed: frozenset[int], build: Build
    ) -> None:
        newest = queries.version(session)
        wanted = {key for key, version in versions.items() if found.versions.get(key) != version}
        if found.sequence:
            named = rows(session, _NAMED, {"since": found.sequence})
            wanted |= {found.ids[each] for (each,) in named if each in found.ids}
        wanted |= {key for key, row in found.rows.items() if row["come_back_at"] is not None}
        wanted |= (placed | found.placed) & versions.keys()
        tick = found.tick + 1
        keys = sorted(wanted)
        for start in range(0, len(keys), _CHUNK):
            visits = session.scalars(_VISITS, {"ids": keys[start : start + _CHUNK]}).all()
            for key, row in build(visits):
                if found.rows.get(key) != row:
                    found.rows[key], found.ticks[key], found.tick = row, tick, tick
                    found.ids[row["id"]] = key
        found.versions, found.sequence, found.placed = versions, newest, placed
