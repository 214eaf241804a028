"""The student signs the health declaration with a press."""

from __future__ import annotations

from kiosk.actions import flow, stations, visits
from kiosk.actions.base import KIOSK, Outcome, Transaction, action
from kiosk.domain import screening
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import VisitState
from kiosk.records.tables import Declaration


@action(kinds=(KIOSK,))
def declare(tx: Transaction, answers: dict[str, str | bool], visit: str | None = None) -> Outcome:
    """DECLARING → the next step, or REFUSED with staff called. Raises `Refusal` declaration_incomplete.

    Answers are `yes`/`no` (or true/false) and the values of a choice.
    """
    station = stations.here(tx)
    shown = visits.in_front(tx, station, visit, VisitState.DECLARING)
    rules = flow.ruleset(tx.settings, shown.campaign.screening)
    given = screening.answers_of(rules, answers)
    if given is None:
        raise Refusal(Code.DECLARATION_INCOMPLETE, {"questions": len(rules.questions)})
    result = screening.evaluate(rules, given)
    tx.session.add(
        Declaration(
            visit_id=shown.id,
            ruleset=rules.id,
            ruleset_version=rules.version,
            answers=given,
            passed=result.passed,
            failed_questions=list(result.failed),
            signed_at=tx.now,
        )
    )
    tx.detail.update({"ruleset": rules.id, "version": rules.version, "passed": result.passed})
    if result.passed:
        flow.advance(tx, shown)
    else:
        visits.move(tx, shown, VisitState.REFUSED, Code.DECLARATION_NOT_PASSED)
        stations.call_staff(tx, station)
    return visits.outcome(shown, passed=result.passed)
