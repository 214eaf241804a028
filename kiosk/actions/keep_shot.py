"""Keep a shot: its files lie in the vault already, here it is bound to the visit that holds the seat."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AwareDatetime, Field, StringConstraints
from sqlalchemy import select

from kiosk.actions import stations, visits
from kiosk.actions.base import BRIDGE, Outcome, Transaction, action
from kiosk.domain.judgement import judgement_from_json
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import VisitState
from kiosk.records.tables import Shot

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
ShotId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
#: The bridge sends ISO 8601 text.
Moment = Annotated[AwareDatetime, Field(strict=False)]


@action(kinds=(BRIDGE,))
def keep_shot(
    tx: Transaction,
    shot: ShotId,
    visit: str,
    ordinal: int,
    profile: str,
    judgement: dict[str, Any],
    making: dict[str, Any],
    original_sha256: Sha256,
    deliverable_sha256: Sha256 | None,
    triggered_at: Moment,
    taken_at: Moment,
) -> Outcome:
    """CAPTURING → REVIEW. The arguments are the protocol's facts; the same shot sent again is quietly known.

    Raises `Refusal` not_in_seat when the visit does not hold this station's seat, shot_stale for a shot that is
    not the next one or was taken before its trigger, no_shots_left, bad_request for facts that contradict
    themselves.
    """
    station = stations.here(tx)
    found = visits.by_id(tx, visit)
    known = tx.session.scalar(select(Shot).where(Shot.public_id == shot))
    if known is not None:
        if known.visit_id != found.id or known.original_sha256 != original_sha256:
            raise Refusal(Code.SHOT_STALE)
        return visits.outcome(found, shot=shot, ordinal=known.ordinal)
    if station.seat_visit_id != found.id:
        raise Refusal(Code.NOT_IN_SEAT, {"seat": station.seat})
    used = len(visits.shots_of(tx, found))
    if VisitState(found.state) is not VisitState.CAPTURING or ordinal != used + 1 or taken_at <= triggered_at:
        raise Refusal(Code.SHOT_STALE)
    if used >= found.shots_allowed:
        raise Refusal(Code.NO_SHOTS_LEFT, {"shots": found.shots_allowed})
    verdict = _verdict(judgement, profile, found.campaign.profile)
    tx.session.add(
        Shot(
            public_id=shot,
            visit_id=found.id,
            ordinal=ordinal,
            original_sha256=original_sha256,
            deliverable_sha256=deliverable_sha256,
            profile=profile,
            verdict=verdict,
            judgement=judgement,
            making=making,
            triggered_at=triggered_at,
            taken_at=taken_at,
            stored_at=tx.now,
        )
    )
    tx.detail.update({"shot": shot, "ordinal": ordinal, "verdict": verdict, "original_sha256": original_sha256})
    visits.move(tx, found, VisitState.REVIEW)
    return visits.outcome(found, shot=shot, ordinal=ordinal)


def _verdict(judgement: dict[str, Any], profile: str, wanted: str) -> str:
    try:
        judged = judgement_from_json(judgement)
    except (KeyError, TypeError, ValueError) as error:
        raise Refusal(Code.BAD_REQUEST, {"what": "judgement"}) from error
    if not profile == judged.profile == wanted:
        raise Refusal(Code.BAD_REQUEST, {"what": "profile"})
    return judged.verdict.value
