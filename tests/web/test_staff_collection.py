"""The page of collected photos: what it says of pictures of nobody, and what the log says of who looked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from kiosk.records.registry_tables import CollectedPhoto, FileLog
from kiosk.records.tables import Student
from tests.actions.deliveries import delivered, delivery_of
from tests.web.conftest import JPEG, Page, Web

API = "/api/collection"


@pytest.fixture
def staff(web: Web) -> Page:
    return web.staff("operator")


def looks(web: Web) -> list[tuple[str, str, str, str]]:
    """Rows of the log about pictures: direction, reference, way, who."""
    with web.desk.database.read() as session:
        rows = session.scalars(select(FileLog).where(FileLog.kind == "pictures").order_by(FileLog.id))
        return [(row.direction, row.reference, (row.detail or {})["mode"], row.by) for row in rows]


def with_files(web: Web, **changes: Any) -> str:
    """A delivered photo whose files lie in the vault."""
    files = {"original_sha256": web.site.vault.put(JPEG), "deliverable_sha256": web.site.vault.put(JPEG + b"made")}
    return delivered(web.desk, **files, **changes)


def look(page: Page, photo: str, kind: str = "made") -> int:
    return page.get(f"{API}/photos/{photo}/{kind}.jpg").status_code


def named(web: Web) -> tuple[str, str]:
    """Name and ID number of student 2, who alone has this name."""
    with web.desk.database.write() as session:
        student = session.get_one(Student, 2)
        student.name = "欧阳采薇"
        return student.name, student.id_number


def test_pictures_of_nobody_are_counted_filtered_and_masked(web: Web, staff: Page) -> None:
    name, number = named(web)
    nobody = delivered(web.desk, source_name=f"{name}_{number}.jpg")
    delivered(web.desk, student_id=1)
    overview: Any = staff.get(API).json
    assert {row["id"]: row["unmatched"] for row in overview["deliveries"]}[delivery_of(nobody)] == 1
    assert sum(row["unmatched"] for row in overview["deliveries"]) == 1
    assert set(overview["limits"]) == {"files", "bytes"}
    everybody: Any = staff.get(f"{API}/photos?campaign=autumn").json
    assert (everybody["total"], [row["unmatched"] for row in everybody["photos"]]) == (2, [True, False])
    answer = staff.get(f"{API}/photos?campaign=autumn&whose=nobody")
    found: Any = answer.json
    assert [row["id"] for row in found["photos"]] == [nobody]
    assert name not in answer.text and number not in answer.text
    assert found["photos"][0]["file"].startswith("欧***_")


def test_an_opened_picture_of_nobody_offers_whom_its_name_names(web: Web, staff: Page) -> None:
    name, number = named(web)
    for file in (f"IMG_7 {name}.jpg", f"copy of {number}.png"):
        photo = delivered(web.desk, source_name=file)
        answer = staff.get(f"{API}/photos/{photo}")
        told: Any = answer.json
        assert [row["id"] for row in told["photo"]["likely"]] == [2]
        assert number not in answer.text
    unknown: Any = staff.get(f"{API}/photos/{delivered(web.desk)}").json
    assert unknown["photo"]["likely"] == []
    theirs: Any = staff.get(f"{API}/photos/{delivered(web.desk, student_id=1)}").json
    assert "likely" not in theirs["photo"]


def test_staff_assign_and_take_back(web: Web, staff: Page) -> None:
    photo = delivered(web.desk)
    press = {"key": "assign-press-1", "photo": photo, "student": 2}
    assert staff.post(f"{API}/actions/assign_photo", press).json == {
        "ok": True,
        "result": {"photo": photo, "other": False},
    }
    told: Any = staff.get(f"{API}/photos?campaign=autumn").json
    assert told["photos"][0]["assigned_by"] and not told["photos"][0]["unmatched"]
    again: Any = staff.post(f"{API}/actions/assign_photo", {**press, "key": "assign-press-2"}).json
    assert again["refusal"]["code"] == "photo_assigned" and again["refusal"]["next"]
    assert (
        staff.post(f"{API}/actions/unassign_photo", {"key": "assign-press-3", "photo": photo}).status_code == 200
    )


def test_a_kiosks_photo_without_a_student_is_not_offered_as_nobodys(web: Web, staff: Page) -> None:
    came, taken = delivered(web.desk), delivered(web.desk, delivery_id=None, mode="kiosk")
    nobody: Any = staff.get(f"{API}/photos?campaign=autumn&whose=nobody").json
    assert [row["id"] for row in nobody["photos"]] == [came] and nobody["total"] == 1
    every: Any = staff.get(f"{API}/photos?campaign=autumn").json
    assert [(row["id"], row["unmatched"]) for row in every["photos"]] == [(came, True), (taken, False)]


def test_a_look_is_one_row_a_member_day_and_delivery(web: Web, staff: Page) -> None:
    photo = with_files(web)
    second = with_files(web)
    assert [look(staff, photo), look(staff, photo, "original"), look(staff, photo)] == [200, 200, 200]
    by = looks(web)[0][3]
    first = ("out", delivery_of(photo), "studio", by)
    assert looks(web) == [first]
    assert look(staff, second) == 200
    assert look(web.staff("administrator"), photo) == 200
    assert [row[1] for row in looks(web)] == [delivery_of(photo), delivery_of(second), delivery_of(photo)]
    assert looks(web)[2][3] != by
    web.desk.later(days=1)
    assert look(web.staff("operator"), photo) == 200
    assert looks(web)[3] == first


def test_pictures_without_a_delivery_are_one_row_of_their_way(web: Web, staff: Page) -> None:
    photos = [with_files(web, delivery_id=None, mode="own", student_id=student) for student in (1, 2)]
    assert [look(staff, photo) for photo in photos] == [200, 200]
    assert [(row[1], row[2]) for row in looks(web)] == [("own", "own")]


def test_what_is_not_there_is_no_look(web: Web, staff: Page) -> None:
    photo = delivered(web.desk)
    with web.desk.database.write() as session:
        row = session.scalars(select(CollectedPhoto)).one()
        row.purged_at = web.desk.now - timedelta(days=1)
    assert look(staff, photo) == look(staff, photo, "original") == look(staff, "0" * 32) == 404
    assert looks(web) == []
    told: Any = staff.get(f"{API}/photos?campaign=autumn").json
    assert told["photos"][0]["removed"] is True
