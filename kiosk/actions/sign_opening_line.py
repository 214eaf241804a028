"""Staff sign a line of the opening checklist, or take the signature back."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import StringConstraints

from kiosk.actions import checklists
from kiosk.actions.base import AT_SITE, STAFF, Outcome, Transaction, action
from kiosk.domain.opening import Kind, Line, in_range
from kiosk.domain.queue import day_of
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import planning
from kiosk.records.site_tables import OpeningSignature

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


@action(kinds=(STAFF,), roles=AT_SITE)
def sign_opening_line(
    tx: Transaction,
    line: str,
    checklist: str = "",
    text: Annotated[str, StringConstraints(max_length=80, strip_whitespace=True)] = "",
    number: int | float | None = None,
    picture: Sha256 | None = None,
    withdraw: bool = False,
) -> Outcome:
    """Sign the line for today with what its kind asks for; `picture` is the SHA-256 of a file in the vault.

    Logs and the devices are signed by their entries and the check of the devices page. Raises `Refusal`
    opening_line_invalid where something is missing or out of range.
    """
    found, wanted = checklists.line(tx, checklist, line)
    here, today = tx.settings.site.code, day_of(tx.now)
    if withdraw and wanted.id not in planning.signatures(tx.session, today, here):
        raise Refusal(Code.NOT_NOW)
    value = {} if withdraw else _value(wanted, text, number, picture)
    tx.session.add(
        OpeningSignature(
            day=today, site=here, checklist=found.id, checklist_version=found.version, line=wanted.id, value=value,
            picture_sha256=picture if wanted.kind is Kind.PICTURE and not withdraw else None, withdrawn=withdraw,
            signed_by=str(tx.actor), signed_at=tx.now,
        )
    )  # fmt: skip
    tx.session.flush()
    tx.detail["withdrawn"] = withdraw
    return {"line": wanted.id, "signed": not withdraw}


def _value(line: Line, text: str, number: float | None, picture: str | None) -> dict[str, Any]:
    wrong = Refusal(Code.OPENING_LINE_INVALID, {"line": line.id})
    if line.kind in (Kind.LOG, Kind.DEVICES):
        raise wrong
    if line.kind is Kind.TEXT:
        if not text:
            raise wrong
        return {"text": text}
    if line.kind is Kind.NUMBER:
        if not in_range(line, number):
            raise wrong
        return {"value": number}
    if line.kind is Kind.PICTURE and picture is None:
        raise wrong
    return {}
