"""What happens without a press: a free kiosk calls the next, silence parks a visit, news from others spread.

`once` runs every second in the web process, so that no page has to be open. Each decision has a key derived from
what it is about, so that it happens once however often and wherever it is tried.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import date, timedelta

from sqlalchemy.exc import OperationalError

from kiosk.actions.base import KIOSK, SYSTEM, Actor
from kiosk.actions.stations import IDENTIFY
from kiosk.domain.queue import day_of
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import ATTENDED, VisitState
from kiosk.records.tables import Station, Visit
from kiosk.settings import Visit as VisitSettings
from kiosk.web import snapshots
from kiosk.web.site import Site

log = logging.getLogger(__name__)

#: Seconds between two rounds.
EVERY_SECONDS = 1.0
#: How much later than the page the sweep makes room: the page's own timer comes first.
_MARGIN_SECONDS = 3


class Sweep:
    """The rounds of one web process."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._bridge_was_present = False
        self._day: date | None = None

    def once(self) -> None:
        """One round. A locked database or a refusal is no news: the next round comes in a second."""
        try:
            self._begin_day()
            self._tidy()
            self.call_next()
            self.site.card_photos.forget_ended(self.site.database)
            self.site.watch.forget_old()
            self._spread()
        except OperationalError:
            log.info("a round was skipped: the database is busy")

    def call_next(self) -> None:
        """Call the next number where the kiosk is free and may call by itself."""
        if not self.site.settings.visit.auto_call:
            return
        with self.site.database.read() as session:
            station = self.site.station(session)
            following = snapshots.next_for(session, station, self.site)
            key = _key("call", station.name, f"{following.public_id}.{following.version}") if following else ""
        if key:
            self._decide("call_next", key)

    def _begin_day(self) -> None:
        """End what earlier days left open: at the first round and after midnight."""
        today = day_of(self.site.clock())
        if today == self._day:
            return
        system = Actor(SYSTEM, "sweep", station=self.site.station_name)
        if self._decide(
            "close_stale", _key("close_stale", self.site.station_name, today.isoformat()), actor=system
        ):
            self._day = today

    def _tidy(self) -> None:
        with self.site.database.read() as session:
            station = self.site.station(session)
            visit = session.get(Visit, station.front_visit_id) if station.front_visit_id else None
            quiet_since = max(self.site.started_at, station.active_at, self.site.page_seen_at or station.active_at)
            quiet = self.site.clock() - quiet_since
            due = overdue(station, visit, quiet, self.site.settings.visit)
            if due is None:
                return
            arguments: dict[str, object] = {"visit": visit.public_id} if visit else {}
            if due == "park":
                arguments["cause"] = "idle"
            about = f"{visit.public_id}.{visit.version}" if visit else station.active_at.isoformat()
            key = _key(due, station.name, about)
        self._decide(due, key, arguments)

    def _spread(self) -> None:
        """Tell pages what the worker, the command line or another server changed, and that the bridge went."""
        with self.site.database.read() as session:
            version = self.site.version(session)
        present = self.site.bridge.present
        if version != self.site.seen_version or present != self._bridge_was_present:
            self._bridge_was_present = present
            self.site.tell()

    def _decide(
        self, name: str, key: str, arguments: dict[str, object] | None = None, actor: Actor | None = None
    ) -> bool:
        station = self.site.station_name
        who = actor or Actor(KIOSK, station, station=station)
        try:
            self.site.decide(name, key=key, actor=who, arguments=arguments)
            return True
        except Refusal as refusal:
            level = logging.INFO if refusal.code in (Code.NOBODY_WAITING, Code.NOT_NOW) else logging.WARNING
            log.log(level, "%s by itself was refused: %s", name, refusal.code.value)
            return False


def overdue(station: Station, visit: Visit | None, quiet: timedelta, settings: VisitSettings) -> str | None:
    """The action that is due after `quiet` in which no page read or pressed anything, or None.

    An open page minds its own clock and warns first; this is for a page that died. Nothing here accepts anything:
    `finish` only frees the seat of somebody whose photo was accepted by a press.
    """
    seconds = quiet.total_seconds()
    if visit is None:
        idle = station.notice is not None or station.mode == IDENTIFY
        return "leave" if idle and seconds >= settings.idle_park_seconds else None
    state = VisitState(visit.state)
    if state in ATTENDED:
        return "park" if seconds >= settings.idle_park_seconds else None
    if state is VisitState.ACCEPTED:
        return "finish" if seconds >= settings.receipt_screen_seconds + settings.idle_park_seconds else None
    if state is VisitState.QUEUED:
        return "step_aside" if seconds >= settings.waiting_screen_seconds + _MARGIN_SECONDS else None
    return "leave" if seconds >= settings.idle_park_seconds else None


def _key(*parts: str) -> str:
    return hashlib.sha256("/".join(("sweep", *parts)).encode()).hexdigest()[:48]
