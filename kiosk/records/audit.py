"""The audit: append-only rows, each carrying the hash of the one before.

The database's triggers refuse UPDATE and DELETE; `verify` proves that no row was changed, removed or inserted
behind their back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from kiosk.records.tables import Audit, AuditHead

#: Hash before the first row.
GENESIS = "0" * 64
#: Where a writing session keeps the end of the chain that it locked.
_LOCKED = "audit_head"
# Every decision does these: they go past the unit of work, which takes longer than all the rest of a row.
_ROWS, _HEADS = Audit.metadata.tables["audit"], Audit.metadata.tables["audit_head"]
_HEAD = select(_HEADS.c.sequence, _HEADS.c.hash).where(_HEADS.c.id == 1).with_for_update()
_APPEND = insert(_ROWS)
_MOVE_ON = update(_HEADS).where(_HEADS.c.id == 1)


def lock(session: Session) -> tuple[int, str]:
    """Lock the end of the chain for this transaction, which puts all decisions in one order: sequence and hash."""
    head: tuple[int, str] | None = session.info.get(_LOCKED)
    if head is None:
        found = session.connection().execute(_HEAD).first()
        if found is None:
            session.connection().execute(insert(_HEADS), {"id": 1, "sequence": 0, "hash": GENESIS})
        head = (found.sequence, found.hash) if found else (0, GENESIS)
        session.info[_LOCKED] = head  # a session is one transaction: locked, it stays so
    return head


def append(
    session: Session,
    at: datetime,
    action: str,
    result: str,
    actor: str,
    *,
    visit: str | None = None,
    station: str | None = None,
    reason: str | None = None,
    detail: dict[str, Any] | None = None,
) -> int:
    """Add one row to the chain; its sequence. `detail` must be JSON-ready and free of personal data."""
    sequence, previous = lock(session)
    row: dict[str, Any] = {
        "sequence": sequence + 1,
        "at": at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000),
        "action": action,
        "result": result,
        "actor": actor,
        "visit": visit,
        "station": station,
        "reason": reason[:400] if reason else None,
        "detail": json.loads(json.dumps(detail or {}, default=str)),
        "previous_hash": previous,
    }
    row["hash"] = _hash(row)
    session.connection().execute(_APPEND, row)
    session.connection().execute(_MOVE_ON, {"sequence": row["sequence"], "hash": row["hash"]})
    session.info[_LOCKED] = (row["sequence"], row["hash"])
    return sequence + 1


def _hash(row: Mapping[str, Any]) -> str:
    content = [
        row["sequence"], row["at"].isoformat(timespec="milliseconds"), row["action"], row["result"], row["actor"],
        row["visit"], row["station"], row["reason"], row["detail"], row["previous_hash"],
    ]  # fmt: skip
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def verify(session: Session) -> tuple[int, int | None]:
    """Walk the chain. Returns (rows, sequence of the first row that does not fit or None)."""
    previous, count = GENESIS, 0
    rows = session.execute(select(_ROWS).order_by(_ROWS.c.sequence).execution_options(yield_per=1000))
    for row in map(dict, rows.mappings()):
        count += 1
        if row["sequence"] != count or row["previous_hash"] != previous or row["hash"] != _hash(row):
            return count, int(row["sequence"])
        previous = row["hash"]
    head = session.scalar(select(AuditHead).where(AuditHead.id == 1))
    if head is not None and (head.sequence != count or head.hash != previous):
        return count, count + 1
    return count, None
