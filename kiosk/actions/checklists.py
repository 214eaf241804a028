"""The opening checklists of `config/opening`, and which of them counts for a campaign at this site."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from kiosk import catalogue
from kiosk.actions.base import Transaction
from kiosk.domain import opening
from kiosk.domain.opening import Checklist, Line
from kiosk.domain.refusals import Code, Refusal
from kiosk.settings import Settings

FOLDER = "opening"


@cache
def checklists(folder: Path) -> dict[str, Checklist]:
    """Every checklist by its name, read once. Raises `ValueError` for a broken one."""
    return {name: opening.parse(name, data) for name, data in catalogue.tables(folder).items()}


def checklist(settings: Settings, name: str) -> Checklist:
    """The checklist that a campaign names, or the site's.

    A name without a file keeps the session closed instead of opening it unchecked.
    """
    found = checklists(settings.config / FOLDER).get(name or settings.opening.checklist)
    if found is None:
        raise Refusal(Code.INTERNAL, {"what": "opening"})
    return found


def line(tx: Transaction, name: str, id_: str) -> tuple[Checklist, Line]:
    """The line of the checklist `name`. Raises `Refusal` opening_line_invalid for an unknown one."""
    found = checklist(tx.settings, name)
    wanted = found.line(id_)
    if wanted is None:
        raise Refusal(Code.OPENING_LINE_INVALID, {"line": id_[:40]})
    tx.detail.update({"checklist": found.id, "line": wanted.id})
    return found, wanted
