"""Which step comes next for a student of this campaign; steps that the campaign does not ask for are skipped."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from kiosk import catalogue
from kiosk.actions import visits
from kiosk.actions.base import Transaction
from kiosk.domain import screening
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import VisitState
from kiosk.records.tables import Campaign, Visit
from kiosk.settings import Settings


@cache
def rulesets(folder: Path) -> dict[str, screening.Ruleset]:
    """Every ruleset of `config/screening` by its name, read once. Raises `ValueError` for a broken one."""
    return {name: screening.parse(name, data) for name, data in catalogue.tables(folder).items()}


def ruleset(settings: Settings, name: str) -> screening.Ruleset:
    """The campaign's ruleset. A name without a file stops the campaign instead of passing everybody."""
    found = rulesets(settings.config / "screening").get(name)
    if found is None:
        raise Refusal(Code.INTERNAL, {"what": "screening"})
    return found


def temperature_required(settings: Settings, campaign: Campaign) -> bool:
    """Whether a temperature is taken: the site and the campaign both want it."""
    return settings.temperature.required and campaign.temperature_required


def advance(tx: Transaction, visit: Visit) -> None:
    """Move the visit to the step after the one it stands in, on the way from confirming to the queue."""
    campaign = visit.campaign
    steps = [VisitState.CONFIRMING]
    if ruleset(tx.settings, campaign.screening).questions:
        steps.append(VisitState.DECLARING)
    if temperature_required(tx.settings, campaign):
        steps.append(VisitState.TEMPERATURE)
    steps.append(VisitState.QUEUED)
    order = [VisitState.CONFIRMING, VisitState.DECLARING, VisitState.TEMPERATURE, VisitState.QUEUED]
    now = order.index(VisitState(visit.state))
    visits.move(tx, visit, next(step for step in steps if order.index(step) > now))
