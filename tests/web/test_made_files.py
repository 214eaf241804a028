"""What the worker made for a member of staff is fetched by that member alone."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kiosk.records.registry_tables import FileLog
from kiosk.records.tables import Job
from tests.web.conftest import Web

ORDERS = {
    "check_cards": ("/api/checks/cards", {}, "/api/checks/cards/{}.pdf"),
    "prints": ("/api/prints", {"what": "list"}, "/api/prints/files/{}"),
    "statement": ("/api/money/statement", {"form": "pdf"}, "/api/money/files/{}"),
}


@pytest.mark.parametrize("name", ORDERS)
def test_a_file_is_handed_to_whoever_ordered_it_and_to_nobody_else(web: Web, name: str) -> None:
    order, content, door = ORDERS[name]
    page, other = web.staff("operator"), web.staff("administrator")
    job = page.post(order, {"campaign": "autumn", **content}).json["job"]  # type: ignore[index]
    folder = web.desk.settings.data / "documents"
    folder.mkdir(exist_ok=True)
    (folder / f"{job}.pdf").write_bytes(b"%PDF- made")
    with web.desk.database.write() as session:
        row = session.scalars(select(Job).where(Job.public_id == job)).one()
        row.state, row.result = "done", {"file": f"{job}.pdf"}
    assert other.get(door.format(job)).status_code == 404
    with page.get(door.format(job)) as answer:
        assert (answer.status_code, answer.data) == (200, b"%PDF- made")
    with web.desk.database.read() as session:
        assert session.scalars(select(FileLog.by)).all() == ["staff:the-operator"]
