"""Staff ask something of the kiosk's devices: test one, open it again, calibrate the camera, print a test page."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kiosk.actions import stations
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, Outcome, Transaction, action
from kiosk.domain.device_check import Order
from kiosk.domain.refusals import Code, Refusal

#: Opening a broken device again disturbs nobody; everything else would, while somebody is at the kiosk.
ANY_TIME = frozenset({Order.RETRY})


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR))
def order_device(
    tx: Transaction,
    station: str,
    order: Annotated[Order, Field(strict=False)],
    device: Annotated[str, Field(pattern="^[a-z_]{1,20}$")],
) -> Outcome:
    """Allow the order and write down who gave it; the web process then passes it on to the bridge.

    Raises `Refusal` kiosk_in_use while a visit is shown, holds the seat, or a card is asked for.
    """
    found = stations.named(tx, station)
    tx.detail.update({"order": order.value, "device": device})
    if order not in ANY_TIME and not stations.is_free(found):
        raise Refusal(Code.KIOSK_IN_USE)
    return {"order": order.value, "device": device}
