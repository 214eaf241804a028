"""Job: judges a photo that a student or staff sent in; the original is archived whatever the verdict."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select

from kiosk.actions.base import SYSTEM, Actor, perform
from kiosk.domain.profiles import Profile
from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange.collection import profile_of, taken_at
from kiosk.jobs.context import Context
from kiosk.jobs.uploads import clean, here, uploaded
from kiosk.photo.engine import Engine
from kiosk.photo.origin import signs
from kiosk.photo.read import file_bytes, read, reader
from kiosk.records.tables import Campaign, Student
from kiosk.records.vault import Vault

__all__ = ["clean", "here", "run"]


def run(context: Context, *, upload: str, student: int) -> dict[str, Any]:
    """Judge `data/uploads/<upload>` for the roster row `student`.

    Answers `{"verdict", "state"}`. Raises `Refusal`: NOT_FOUND, the codes of `kiosk.photo.read.read`, those of
    `keep_collected`.
    """
    path = uploaded(context.settings, upload)
    with context.database.read() as session:
        found = session.scalar(
            select(Campaign).join(Student, Student.campaign_id == Campaign.id).where(Student.id == student)
        )
        if found is None:
            raise Refusal(Code.STUDENT_UNKNOWN)
        profile = profile_of(context.settings, found.profile)
    data = file_bytes(path)
    facts = _judged(_engine(context.settings.assets / "models"), profile, data)
    vault = Vault(context.settings.data / "vault")
    made = facts.pop("deliverable")
    moment = taken_at(path, context.now)
    return perform(
        context.database, context.settings, "keep_collected", key=f"own-photo-{context.job}",
        actor=Actor(SYSTEM, "worker"), now=context.now,
        arguments={
            **facts, "photo": context.job, "student": student, "by": context.by, "size": len(data),
            "original_sha256": vault.put(data),
            "deliverable_sha256": vault.put(made) if made is not None else None,
            "taken_at": moment.isoformat() if moment else None,
        },
    )  # fmt: skip


@cache
def _engine(models: Path) -> Engine:
    """The worker's engine: its models stay loaded, one student comes after the other."""
    return Engine(models)


def _judged(engine: Engine, profile: Profile, data: bytes) -> dict[str, Any]:
    """What the engine and the file say. That a phone took it is expected here, that it was edited is not."""
    picture = read(data)
    final = engine.final(picture.bgr, profile)
    name = f"{hashlib.sha256(data).hexdigest()[:8]}.{'png' if picture.kind == 'PNG' else 'jpg'}"
    found = signs(picture, data, name, phones=True)
    return {
        "judgement": final.judgement.to_json(),
        "making": {**final.making, "reader": reader()} if final.deliverable is not None else {},
        "evidence": [sign.to_json() for sign in found],
        "deliverable": final.deliverable,
    }
