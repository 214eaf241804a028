"""Which campaign a station works for now."""

from __future__ import annotations

from kiosk.actions.base import Transaction
from kiosk.domain.collection import Mode
from kiosk.domain.queue import day_of
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import queries
from kiosk.records.tables import Campaign, Station


def of_station(tx: Transaction, station: Station) -> Campaign:
    """The station's campaign. Raises `Refusal` no_campaign."""
    campaign = queries.campaign_of(tx.session, station.campaign_code, day_of(tx.now))
    if campaign is None:
        raise Refusal(Code.NO_CAMPAIGN)
    return campaign


def open_at(tx: Transaction, station: Station) -> Campaign:
    """The station's campaign, if it photographs here today.

    Raises `Refusal` no_campaign, campaign_closed, or mode_not_allowed where its photos come in other ways alone.
    """
    campaign = of_station(tx, station)
    if not queries.is_open(campaign, day_of(tx.now)):
        raise Refusal(
            Code.CAMPAIGN_CLOSED,
            {"from": campaign.capture_from.isoformat(), "until": campaign.capture_until.isoformat()},
        )
    if Mode.KIOSK.value not in campaign.modes:
        raise Refusal(Code.MODE_NOT_ALLOWED)
    return campaign
