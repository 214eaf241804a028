"""Staff finish the guided check of the devices before opening."""

from __future__ import annotations

from typing import Any

from kiosk.actions import stations
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, Outcome, Transaction, action
from kiosk.domain.device_check import Result, Step
from kiosk.domain.queue import day_of
from kiosk.domain.refusals import Code, Refusal
from kiosk.records.site_tables import DeviceCheck


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR))
def record_device_check(tx: Transaction, station: str, steps: dict[str, dict[str, Any]]) -> Outcome:
    """Keep how each step ended: `kiosk.domain.device_check.Outcome.to_json()` by step, made by the web process.

    Raises `Refusal` bad_request where a step is missing, reason_required where a skipped one has no reason.
    """
    found = stations.named(tx, station)
    if set(steps) != {step.value for step in Step}:
        raise Refusal(Code.BAD_REQUEST, {"what": "steps"})
    results = {name: Result(step["result"]) for name, step in steps.items()}
    if any(result is Result.SKIPPED and not steps[name]["reason"].strip() for name, result in results.items()):
        raise Refusal(Code.REASON_REQUIRED)
    good = Result.FAILED not in results.values()
    tx.session.add(
        DeviceCheck(day=day_of(tx.now), station=found.name, passed=good, steps=steps, by=tx.actor.name, at=tx.now)
    )
    tx.detail.update({name: result.value for name, result in results.items()})
    return {"passed": good}
