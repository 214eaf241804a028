"""The binding of campus cards to student numbers, under a keyed hash of each card's number.

The number itself is kept nowhere: with 4 bytes it could be guessed from a plain hash in minutes, therefore the
hash is keyed, and the key lies outside the records (`secrets/campus.key`; kiosks that share records share it).
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk import secrets_store
from kiosk.records import audit
from kiosk.records.site_tables import CampusCard
from kiosk.settings import Settings

IMPORTED, BY_STAFF = "import", "staff"


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import of bindings did."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


def key_of(settings: Settings) -> bytes:
    """The key of the hashes; made at the first call."""
    return secrets_store.read_or_make(settings, secrets_store.CAMPUS_KEY).encode()


def uid_hash(key: bytes, uid: str) -> str:
    """What is kept of a canonical UID."""
    return hmac.new(key, b"campus:" + uid.encode(), hashlib.sha256).hexdigest()


def bind_all(
    session: Session, settings: Settings, bindings: dict[str, str], by: str, now: datetime, replace: bool = False
) -> Imported:
    """Write bindings (canonical UID → student number) with one audit row that only counts.

    A card that is bound to somebody else goes to the new one: the list is newer. With `replace` what earlier lists
    said and this one does not is forgotten.
    """
    audit.lock(session)
    key = key_of(settings)
    wanted = {uid_hash(key, uid): number for uid, number in bindings.items()}
    known = {row.uid_hash: row for row in session.scalars(select(CampusCard))}
    added = changed = unchanged = 0
    for hashed, number in wanted.items():
        row = known.get(hashed)
        if row is not None and row.student_number == number:
            unchanged += 1
            continue
        if row is None:
            row = CampusCard(uid_hash=hashed)
            session.add(row)
            added += 1
        else:
            changed += 1
        row.student_number, row.source, row.by, row.at = number, IMPORTED, by, now
    forgotten = [row for row in known.values() if row.source == IMPORTED and row.uid_hash not in wanted]
    if replace:
        for row in forgotten:
            session.delete(row)
    removed = len(forgotten) if replace else 0
    detail = {"added": added, "changed": changed, "unchanged": unchanged, "removed": removed}
    audit.append(session, now, "campus_cards_import", "done", by, detail=detail)
    return Imported(added, changed, unchanged)


def forget(session: Session, number: str, by: str, now: datetime) -> int:
    """Remove every card of a student number, e.g. after a loss; how many there were."""
    audit.lock(session)
    rows = list(session.scalars(select(CampusCard).where(CampusCard.student_number == number)))
    for row in rows:
        session.delete(row)
    audit.append(session, now, "campus_cards_forget", "done", by, detail={"cards": len(rows)})
    return len(rows)
