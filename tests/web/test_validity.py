"""A photo runs out after its days: warned before, then nothing of it goes out and a new one may come."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange.printable import Choice, chosen
from kiosk.records import balance
from kiosk.records.registry_tables import CollectedPhoto, RegistryResult, ResultImport
from kiosk.records.tables import Campaign
from tests.web.conftest import Page, Web
from tests.web.test_receipt import photographed


def expiring(page: Page) -> list[dict[str, Any]]:
    return list((page.get("/api/results?campaign=autumn").json or {})["expiring"])


def missing(web: Web) -> dict[str, int]:
    with web.desk.database.read() as session:
        campaign = session.scalars(select(Campaign)).one()
        return balance.of_campaign(session, campaign, web.desk.now).missing


@pytest.mark.parametrize("days", [365, 90])
def test_warned_then_out_then_taken_again(web: Web, days: int) -> None:
    desk = web.desk
    with desk.database.write() as session:
        session.execute(
            update(Campaign).values(validity_days=days, capture_until=desk.now.date().replace(year=2029))
        )
    photographed(web)
    desk.kiosk("finish")
    assert expiring(web.staff("operator")) == [] and missing(web) == {"not_come": 5}

    desk.later(days=days - 30)
    (row,) = expiring(web.staff(login="the-operator"))
    assert row["over"] is False and missing(web) == {"not_come": 5}
    with pytest.raises(Refusal) as refused:
        desk.card(1)
    assert refused.value.code is Code.ALREADY_PHOTOGRAPHED
    desk.kiosk("leave")

    desk.later(days=31)
    (row,) = expiring(web.staff(login="the-operator"))
    assert row["over"] is True and missing(web) == {"expired": 1, "not_come": 5}
    with desk.database.read() as session:
        campaign = session.scalars(select(Campaign)).one()
        with pytest.raises(Refusal) as refused:
            chosen(session, campaign, Choice(), desk.now)
        assert refused.value.code is Code.NO_PHOTO_THAT_COUNTS
    assert desk.card(1)["visit"]  # the same person may come again


def test_a_linked_photo_is_not_warned_about(web: Web) -> None:
    photographed(web)
    desk = web.desk
    desk.later(days=360)
    page = web.staff("operator")
    assert len(expiring(page)) == 1
    with desk.database.write() as session:
        photo = session.scalars(select(CollectedPhoto)).one()
        session.add(
            ResultImport(campaign_id=1, file_name="a.xlsx", file_sha256="f", counts={}, by="staff:t", at=desk.now)
        )
        session.flush()
        session.add(
            RegistryResult(
                import_id=1, campaign_id=1, student_id=photo.student_id, linked=True, at=desk.now,
                deliverable_sha256=photo.deliverable_sha256,
            )
        )  # fmt: skip
    assert expiring(page) == []
