"""Staff write down a disinfection or an airing with its times."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import StringConstraints

from kiosk.actions import checklists, slots
from kiosk.actions.base import AT_SITE, STAFF, Outcome, Transaction, action
from kiosk.domain import schedule
from kiosk.domain.opening import Kind
from kiosk.domain.queue import day_of
from kiosk.domain.refusals import Code, Refusal
from kiosk.records.site_tables import HygieneLog

#: How far the tablet's clock may be ahead of ours.
_AHEAD = timedelta(minutes=5)


@action(kinds=(STAFF,), roles=AT_SITE)
def log_hygiene(
    tx: Transaction,
    line: str,
    begins: slots.Clock,
    ends: slots.Clock,
    place: Annotated[str, StringConstraints(max_length=80, strip_whitespace=True)] = "",
    checklist: str = "",
) -> Outcome:
    """Add an entry of today, `begins` and `ends` on the site's clock; the line must be a log of the checklist.

    Raises `Refusal` opening_line_invalid for another line, times in the wrong order or still to come.
    """
    _list, wanted = checklists.line(tx, checklist, line)
    today = day_of(tx.now)
    begin, end = (schedule.instant(today, slots.clock(text), slots.zone(tx)) for text in (begins, ends))
    if wanted.kind is not Kind.LOG or end <= begin or end > tx.now + _AHEAD:
        raise Refusal(Code.OPENING_LINE_INVALID, {"line": wanted.id})
    tx.session.add(
        HygieneLog(
            day=today, site=tx.settings.site.code, line=wanted.id, place=place, starts_at=begin, ends_at=end,
            by=str(tx.actor), at=tx.now,
        )
    )  # fmt: skip
    return {"line": wanted.id}
