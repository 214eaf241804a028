"""The prints page's calls: who has collected, by search, class or the receipt's code; what may be printed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from kiosk.records.registry_tables import CollectedPhoto, HandOut
from kiosk.records.tables import Audit, Job
from tests.actions.desk import id_number
from tests.web.conftest import Page, Web
from tests.web.test_receipt import photographed


def find(page: Page, q: str) -> dict[str, Any]:
    answer = page.post("/api/prints/find", {"campaign": "autumn", "q": q})
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


def press(page: Page, name: str, key: str, **values: Any) -> str:
    answer = page.post(f"/api/prints/actions/{name}", {"key": key, "campaign": "autumn", **values}).json or {}
    return str(answer.get("refusal", {}).get("code", "ok"))


def test_the_scanned_receipt_names_its_student(web: Web) -> None:
    path = photographed(web)
    page = web.staff("usher")
    found = find(page, f"https://any.host{path}#seal")
    (row,) = found["students"]
    assert found["scanned"] is True and row["ready"] and row["gone"] is None
    assert id_number(1) not in str(found)
    assert find(page, f"https://any.host{path[:-2]}xx") == {"students": [], "scanned": False}


def test_prints_go_out_once_and_may_be_taken_back(web: Web) -> None:
    path = photographed(web)
    page = web.staff("operator")
    (row,) = find(page, path)["students"]
    assert press(page, "hand_out", "press-0001", students=[row["id"]], way="proxy") == "ok"
    assert press(page, "hand_out", "press-0002", students=[row["id"]]) == "already_handed_out"
    (row,) = find(page, path)["students"]
    assert row["gone"]["way"] == "proxy"
    (line,) = page.get("/api/prints?campaign=autumn").json["classes"]  # type: ignore[index]
    assert (line["ready"], line["gone"]) == (1, 1)
    assert press(page, "take_back", "press-0003", student=row["id"]) == "reason_required"
    assert press(page, "take_back", "press-0004", student=row["id"], reason="the wrong person") == "ok"
    assert press(page, "take_back", "press-0005", student=row["id"], reason="again") == "not_now"
    with web.desk.database.read() as session:
        assert session.scalars(select(HandOut)).all() == []
        said = session.scalars(select(Audit).where(Audit.action == "take_back", Audit.result == "done")).one()
        assert said.detail["way"] == "proxy" and said.reason == "the wrong person"


def test_a_photo_that_has_run_out_is_not_printed_but_its_old_prints_still_wait(web: Web) -> None:
    photographed(web)
    page = web.staff("operator")

    def counts() -> tuple[int, int, int]:
        (line,) = page.get("/api/prints?campaign=autumn").json["classes"]  # type: ignore[index]
        return line["ready"], line["gone"], line["open"]

    assert counts() == (1, 0, 1)
    with web.desk.database.write() as session:
        session.execute(update(CollectedPhoto).values(taken_at=web.desk.now - timedelta(days=400)))
    assert counts() == (0, 0, 1)
    assert press(page, "hand_out", "press-0001", students=[1]) == "ok"
    assert counts() == (0, 1, 0)


def test_a_class_goes_out_at_once_but_those_without_a_photo(web: Web) -> None:
    photographed(web)
    page = web.staff("operator")
    everybody = page.post("/api/prints/class", {"campaign": "autumn"}).json["students"]  # type: ignore[index]
    ids = [row["id"] for row in everybody]
    assert len(ids) == 6
    answer = page.post(
        "/api/prints/actions/hand_out",
        {"key": "press-0001", "campaign": "autumn", "students": ids, "way": "posted"},
    )
    assert answer.json["result"] == {"recorded": 1, "skipped": 5}  # type: ignore[index]
    assert press(page, "hand_out", "press-0002", students=ids[1:]) == "no_photo_that_counts"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"what": "posters"}, "ok"),  # the worker refuses what it can't make
        ({"what": "sheets", "count": 11}, "prints_do_not_fit"),
        ({"what": "sheets", "count": 0}, "bad_request"),
        ({"what": "sheets", "size": "3inch"}, "bad_request"),
        ({"what": "sheets", "campaign": "none"}, "no_campaign"),
        ({"what": "sheets", "size": "2inch", "paper": "a4", "count": 5}, "ok"),
    ],
)
def test_an_order_is_checked_before_the_worker_gets_it(web: Web, content: dict[str, object], code: str) -> None:
    page = web.staff("operator")
    answer = page.post("/api/prints", {"campaign": "autumn", **content}).json or {}
    assert str(answer.get("refusal", {}).get("code", "ok")) == code
    with web.desk.database.read() as session:
        assert len(session.scalars(select(Job)).all()) == (code == "ok")


def test_who_may(web: Web) -> None:
    headquarters = web.staff("headquarters")
    assert headquarters.get("/api/prints").status_code == 200
    assert headquarters.post("/api/prints", {"campaign": "autumn", "what": "list"}).status_code == 403
    assert press(headquarters, "hand_out", "press-0001", students=[1]) == "not_allowed"
    usher = web.staff("usher")
    assert usher.post("/api/prints", {"campaign": "autumn", "what": "list"}).status_code == 403
    assert web.staff("medic").get("/prints").status_code == 403
