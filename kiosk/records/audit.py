"""The audit: append-only rows, each carrying the hash of the one before.

The database's triggers refuse UPDATE and DELETE; `verify` proves that no row was changed, removed or inserted
behind their back.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.records.tables import Audit, AuditHead

#: Hash before the first row.
GENESIS = "0" * 64
_HEAD = select(AuditHead).where(AuditHead.id == 1).with_for_update()
#: Where a writing session keeps the head that it locked.
_LOCKED = "audit_head"


def lock(session: Session) -> AuditHead:
    """Lock the end of the chain for this transaction, which puts all decisions in one order."""
    head: AuditHead | None = session.info.get(_LOCKED)
    if head is None:
        head = session.scalar(_HEAD)
        if head is None:
            head = AuditHead(id=1, sequence=0, hash=GENESIS)
            session.add(head)
            session.flush()
        session.info[_LOCKED] = head  # a session is one transaction: once locked it stays so
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
) -> Audit:
    """Add one row to the chain. `detail` must be JSON-ready and free of personal data."""
    head = lock(session)
    row = Audit(
        sequence=head.sequence + 1,
        at=at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000),
        action=action,
        result=result,
        actor=actor,
        visit=visit,
        station=station,
        reason=reason[:400] if reason else None,
        detail=json.loads(json.dumps(detail or {}, default=str)),
        previous_hash=head.hash,
        hash="",
    )
    row.hash = _hash(row)
    session.add(row)
    head.sequence, head.hash = row.sequence, row.hash
    return row


def _hash(row: Audit) -> str:
    content = [
        row.sequence, row.at.isoformat(timespec="milliseconds"), row.action, row.result, row.actor, row.visit,
        row.station, row.reason, row.detail, row.previous_hash,
    ]  # fmt: skip
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def verify(session: Session) -> tuple[int, int | None]:
    """Walk the chain. Returns (rows, sequence of the first row that does not fit or None)."""
    previous, count = GENESIS, 0
    for row in session.scalars(select(Audit).order_by(Audit.sequence).execution_options(yield_per=1000)):
        count += 1
        if row.sequence != count or row.previous_hash != previous or row.hash != _hash(row):
            return count, row.sequence
        previous = row.hash
    head = session.scalar(select(AuditHead).where(AuditHead.id == 1))
    if head is not None and (head.sequence != count or head.hash != previous):
        return count, count + 1
    return count, None
