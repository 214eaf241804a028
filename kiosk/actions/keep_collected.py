"""Keep a judged photo that a student sent in: it waits for staff, or counts at once where the campaign says so."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AwareDatetime, Field
from sqlalchemy import select

from kiosk.actions import collecting
from kiosk.actions.base import SYSTEM, Outcome, Transaction, action
from kiosk.actions.collecting import PhotoId, Sha256
from kiosk.domain.collection import Mode, Standing
from kiosk.domain.judgement import Verdict, judgement_from_json
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import collected
from kiosk.records.registry_tables import CollectedPhoto, FileLog

Moment = Annotated[AwareDatetime, Field(strict=False)]
#: Who decided where no person did.
JUDGE, RULE = "system:judge", "system:rule"


@action(kinds=(SYSTEM,))
def keep_collected(
    tx: Transaction,
    photo: PhotoId,
    student: int,
    by: str,
    size: int,
    original_sha256: Sha256,
    deliverable_sha256: Sha256 | None,
    judgement: dict[str, Any],
    making: dict[str, Any],
    evidence: list[dict[str, Any]],
    taken_at: Moment | None = None,
) -> Outcome:
    """Write the photo; one that failed is rejected by the judge, an older one that still waited gives way.

    `size`: bytes of the original. Raises `Refusal` student_unknown, mode_not_allowed, bad_request.
    """
    owner, campaign = collecting.student_of(tx, student, Mode.OWN)
    try:
        verdict = judgement_from_json(judgement).verdict
    except (KeyError, TypeError, ValueError) as error:
        raise Refusal(Code.BAD_REQUEST, {"what": "judgement"}) from error
    found = CollectedPhoto(
        public_id=photo, campaign_id=campaign.id, student_id=owner.id, mode=Mode.OWN.value,
        original_sha256=original_sha256, deliverable_sha256=deliverable_sha256, profile=campaign.profile,
        verdict=asked(verdict, evidence).value, judgement=judgement, making=making, evidence=evidence,
        state=Standing.CANDIDATE.value, taken_at=taken_at, stored_at=tx.now,
    )  # fmt: skip
    if verdict is Verdict.FAIL or deliverable_sha256 is None:
        collected.settle(found, Standing.REJECTED, JUDGE, tx.now)
    else:
        _give_way(tx, owner.id)
        another = collected.of_student(tx.session, owner.id) is not None
        doubtful = collecting.in_doubt(found) or collecting.too_old(tx, found, campaign)
        if campaign.own_auto and not doubtful and not another:
            collected.make_count(tx.session, found, RULE, tx.now)
    tx.session.add(found)
    tx.session.add(
        FileLog(
            direction="in", kind="own_photo", reference=photo, campaign=campaign.code, sha256=original_sha256,
            bytes=size, by=by[:80], at=tx.now,
        )
    )  # fmt: skip
    tx.detail.update({"photo": photo, "verdict": found.verdict, "state": found.state, "sent_by": by[:80]})
    return {"photo": photo, "verdict": found.verdict, "state": found.state}


def asked(verdict: Verdict, evidence: list[dict[str, Any]]) -> Verdict:
    """The judge's word; a sign of editing makes a pass a question."""
    doubtful = any(sign.get("ask") for sign in evidence)
    return Verdict.ASK if verdict is Verdict.PASS and doubtful else verdict


def _give_way(tx: Transaction, student_id: int) -> None:
    """Staff decide about the newest photo that a student sent, not about earlier ones."""
    waiting = select(CollectedPhoto).where(
        CollectedPhoto.student_id == student_id,
        CollectedPhoto.mode == Mode.OWN.value,
        CollectedPhoto.state == Standing.CANDIDATE.value,
    )
    for older in tx.session.scalars(waiting):
        collected.settle(older, Standing.REPLACED, RULE, tx.now)
