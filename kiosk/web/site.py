"""What every request works with: settings, records, vault, the bridge's last word, and the one way to decide."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast

from flask import Flask, current_app
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from kiosk.actions.base import Actor, Outcome, perform
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import queries
from kiosk.records.database import Database
from kiosk.records.tables import Station
from kiosk.records.vault import Vault
from kiosk.settings import Settings
from kiosk.web.card_photos import CardPhotos
from kiosk.web.devices import BridgeLink
from kiosk.web.orders import OrderDesk
from kiosk.web.tries import Tries
from kiosk.web.visit_list import VisitLists
from kiosk.web.watch import Watch

#: How long one try may block the process on a locked SQLite file. Longer waits are made of several tries with
#: pauses between, because under eventlet a blocking call stops everybody.
BUSY_TRY_SECONDS = 0.1
_PAUSE_SECONDS = 0.05
#: What `perform` itself is given; a page that names an argument like that is refused.
_RESERVED = frozenset(inspect.signature(perform).parameters) - {"arguments"}
_Result = TypeVar("_Result")


def _nobody_listens(version: int) -> None:
    """Stands in until the sockets are attached."""


@dataclass
class Site:
    """One web process of one station."""

    settings: Settings
    database: Database
    vault: Vault
    receipt_key: bytes
    bridge: BridgeLink = field(default_factory=BridgeLink)
    desk: OrderDesk = field(default_factory=OrderDesk)
    watch: Watch = field(default_factory=Watch)
    card_photos: CardPhotos = field(default_factory=CardPhotos)
    tries: Tries = field(default_factory=Tries)
    visit_lists: VisitLists = field(default_factory=VisitLists)
    announce: Callable[[int], None] = _nobody_listens
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    seen_version: int = -1
    after_decision: Callable[[], None] = lambda: None
    page_seen_at: datetime | None = None
    #: Ids of sessions that were logged out, until when a copy of their cookie could still be sent.
    ended_sessions: dict[str, datetime] = field(default_factory=dict)
    #: Ids of sessions that are locked, until when a copy of their cookie could still be sent.
    locked_sessions: dict[str, datetime] = field(default_factory=dict)

    @property
    def station_name(self) -> str:
        """Name of the kiosk this process serves."""
        return self.settings.station.name

    def page_seen(self) -> None:
        """The page that has the kiosk asked or pressed something."""
        self.page_seen_at = self.clock()

    def end_session(self, sid: str) -> None:
        """Remember a logged-out session for as long as its cookie could live, and forget older ones."""
        now = self.clock()
        self.ended_sessions = {known: until for known, until in self.ended_sessions.items() if until > now}
        self.ended_sessions[sid] = now + timedelta(hours=self.settings.server.session_hours)

    def lock_session(self, sid: str) -> None:
        """Remember a locked session: a copy of its cookie from before is locked too."""
        now = self.clock()
        self.locked_sessions = {known: until for known, until in self.locked_sessions.items() if until > now}
        self.locked_sessions[sid] = now + timedelta(hours=self.settings.server.session_hours)

    def unlock_session(self, sid: str) -> None:
        """The session works again."""
        self.locked_sessions.pop(sid, None)

    def version(self, session: Session) -> int:
        """Sequence of the newest audit row: the version of every snapshot."""
        return queries.version(session)

    def station(self, session: Session) -> Station:
        """The row of this kiosk. Raises `Refusal(STATION_UNKNOWN)` where it was removed by hand."""
        row = queries.station(session, self.station_name)
        if row is None:
            raise Refusal(Code.STATION_UNKNOWN)
        return row

    def decide(
        self,
        name: str,
        *,
        key: str,
        actor: Actor,
        reason: str | None = None,
        arguments: dict[str, Any] | None = None,
    ) -> Outcome:
        """Perform an action, wait for a locked database without blocking others, then tell every page.

        Raises `Refusal`; `DATABASE_BUSY` only after `database.busy_seconds`. A repeated try is safe: the key
        makes it the same decision, of which every page was told.
        """
        given = arguments or {}
        if not _RESERVED.isdisjoint(given):
            raise Refusal(Code.BAD_REQUEST, {"what": "arguments"})
        versions: list[int] = []
        outcome = self.patiently(
            lambda: perform(
                self.database,
                self.settings,
                name,
                key=key,
                actor=actor,
                now=self.clock(),
                reason=reason,
                written=versions.append,
                **given,
            )
        )
        if versions:
            self.after_decision()
            self.seen_version = max(self.seen_version, versions[-1])
            self.announce(versions[-1])
        return outcome

    def write(self, work: Callable[[Session], _Result]) -> _Result:
        """Do `work` in one writing transaction, as patiently as a decision. Raises `Refusal(DATABASE_BUSY)`."""

        def once() -> _Result:
            try:
                with self.database.write() as session:
                    return work(session)
            except OperationalError as error:
                raise Refusal(Code.DATABASE_BUSY) from error

        return self.patiently(once)

    def patiently(self, decision: Callable[[], _Result]) -> _Result:
        """Try a decision until the database is free, without blocking others between the tries."""
        deadline = time.monotonic() + self.settings.database.busy_seconds
        while True:
            try:
                return decision()
            except Refusal as refusal:
                if refusal.code is not Code.DATABASE_BUSY or time.monotonic() >= deadline:
                    raise
            time.sleep(_PAUSE_SECONDS)

    def tell(self) -> int:
        """Hint to every page and to the bridge that something changed; returns the version."""
        with self.database.read() as session:
            version = self.version(session)
        self.seen_version = version
        self.announce(version)
        return version


def attach(app: Flask, site: Site) -> None:
    """Give the app its site."""
    app.extensions["kiosk_site"] = site


def site() -> Site:
    """The site of the current app."""
    return cast(Site, current_app.extensions["kiosk_site"])
