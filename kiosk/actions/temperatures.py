"""What a measured temperature means; shared by the thermometer, typing and the second measurement."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kiosk.actions.base import Transaction
from kiosk.domain.refusals import Code, Refusal
from kiosk.records.tables import TemperatureReading, Visit

#: Above this a forehead reading is no body temperature; the lower end is a setting.
HIGHEST_PLAUSIBLE = 43.0

Celsius = Annotated[float, Field(ge=-50, le=150)]


def write(tx: Transaction, visit: Visit, celsius: float, source: str) -> bool:
    """Keep the reading and return whether it is abnormal.

    Raises `Refusal` temperature_implausible for a reading that has to be repeated.
    """
    limits = tx.settings.temperature
    if not limits.low_celsius <= celsius <= HIGHEST_PLAUSIBLE:
        raise Refusal(Code.TEMPERATURE_IMPLAUSIBLE, {"low": limits.low_celsius, "high": HIGHEST_PLAUSIBLE})
    abnormal = celsius >= limits.limit_celsius
    tx.session.add(
        TemperatureReading(
            visit_id=visit.id, celsius=celsius, abnormal=abnormal, source=source, by=str(tx.actor), at=tx.now
        )
    )
    tx.detail.update({"abnormal": abnormal, "source": source})
    return abnormal
