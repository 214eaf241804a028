"""Whose photo a file is: every way of naming one, what is refused and with which code."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from kiosk import settings
from kiosk.catalogue import tables
from kiosk.domain.id_numbers import make_synthetic
from kiosk.domain.profiles import Profile, profiles_from
from kiosk.exchange import photos
from kiosk.exchange.photos import Plan, Subject, Subjects

TODAY = date(2026, 6, 12)
ID = make_synthetic(date(1990, 1, 1), 123)
OTHER = make_synthetic(date(1991, 2, 3), 45)
WITH_X = next(
    number for n in range(400) if (number := make_synthetic(date(1988, 5, 6), n)).endswith("X")
)  # the check digit that people write small
STUDENT = "1951001234567"
PROFILES = profiles_from(tables(settings.ROOT / "config" / "photo_profiles"))
PROFILE = PROFILES["chsi-2017-99"]
PEOPLE = [
    Subject({"id_number": ID, "student_number": STUDENT, "name": "张三"}, 2),
    Subject({"id_number": OTHER, "student_number": "1951001234568", "name": "欧阳丽娜"}, 3),
    Subject({"id_number": WITH_X, "student_number": "1951001234569", "name": "买买提·吐尔逊"}, 4),
]


def _plan(folder: Path, *names: str, people: list[Subject] | None = PEOPLE, profile: Profile = PROFILE) -> Plan:
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"picture %d" % number)
    subjects = None if people is None else Subjects(people)
    return photos.plan(folder, folder / "out", profile, subjects, TODAY)


@pytest.mark.parametrize(
    "name",
    [
        f"{ID}.jpg", f"{ID}.JPEG", f"{STUDENT}.png", f"张三_{ID}.jpg", f"{ID}_张三.jpg", f"张三{STUDENT}.jpg",
        f"{STUDENT}-张三.JPG", f"19秋行管本科 张三（{STUDENT}）.jpg", f"zhangsan{ID}.jpg", f"{STUDENT}+{ID}.jpg",
        f"class 1/{ID}.jpg", f"{ID} (1).jpg", "９９" + ID[2:] + ".jpg",
    ],
)  # fmt: skip
def test_a_file_is_known_by_the_numbers_in_its_name(tmp_path: Path, name: str) -> None:
    for people in (PEOPLE, None):
        made = _plan(tmp_path, name, people=people)
        (item,) = made.items
        if people is None and ID not in photos.unicodedata.normalize("NFKC", name):
            assert item.refusal == ("photo_not_named", {})  # the profile names files by ID number
        else:
            assert (item.name, item.refusal, item.signs) == (f"{ID}.jpg", None, ())


def test_the_check_digit_x_may_be_small(tmp_path: Path) -> None:
    for people in (PEOPLE, None):
        (item,) = _plan(tmp_path, f"{WITH_X.lower()}.jpg", people=people).items
        assert item.name == f"{WITH_X}.jpg"


@pytest.mark.parametrize(
    ("name", "on_roster", "alone"),
    [
        ("张三.jpg", "photo_not_named", "photo_not_named"),
        ("IMG_20260612_101500.jpg", "photo_not_named", "photo_not_named"),
        (f"{ID[:-1]}{'0' if ID[-1] != '0' else '1'}.jpg", "photo_not_on_roster", "photo_number_invalid"),
        (f"{make_synthetic(date(1970, 1, 1), 1)}.jpg", "photo_not_on_roster", None),
        ("1951009999999.jpg", "photo_not_on_roster", "photo_not_named"),
        (f"{ID}_{OTHER}.jpg", "photo_of_several", "photo_of_several"),
        (f"{ID}_1951001234568.jpg", "photo_of_several", None),
        ("mmexport1718161234567.jpg", "photo_not_on_roster", "photo_not_named"),
    ],
)
def test_what_can_not_be_assigned_has_its_code(
    tmp_path: Path, name: str, on_roster: str, alone: str | None
) -> None:
    for people, code in ((PEOPLE, on_roster), (None, alone)):
        (item,) = _plan(tmp_path, name, people=people).items
        assert (item.refusal and item.refusal[0]) == code
        assert (item.name is None) == (code is not None)


def test_two_files_of_one_student_are_left_to_people(tmp_path: Path) -> None:
    made = _plan(tmp_path, f"{ID}.jpg", f"new/{STUDENT}.png", f"{OTHER}.jpg")
    codes = {item.relative: item.refusal and item.refusal[0] for item in made.items}
    assert codes == {f"{ID}.jpg": "photo_twice", f"new/{STUDENT}.png": "photo_twice", f"{OTHER}.jpg": None}
    assert [item.name for item in made.items if item.name] == [f"{OTHER}.jpg"]


def test_the_same_file_under_two_names_and_another_name_than_the_rosters_are_signs(tmp_path: Path) -> None:
    made = _plan(tmp_path, f"{ID}.jpg", f"李四_{OTHER}.jpg")
    (tmp_path / f"{WITH_X}.jpg").write_bytes((tmp_path / f"{ID}.jpg").read_bytes())
    made = photos.plan(tmp_path, tmp_path / "out", PROFILE, Subjects(PEOPLE), TODAY)
    signs = {item.relative: [sign["code"] for sign in item.signs] for item in made.items}
    assert signs == {
        f"{ID}.jpg": ["same_file"],
        f"{WITH_X}.jpg": ["same_file"],
        f"李四_{OTHER}.jpg": ["name_differs"],
    }
    assert made.missing == []


def test_who_has_no_file_is_told(tmp_path: Path) -> None:
    made = _plan(tmp_path, f"{ID}.jpg")
    assert [person.get("name") for person in made.missing] == ["欧阳丽娜", "买买提·吐尔逊"]


def test_hidden_files_litter_and_results_are_no_photos(tmp_path: Path) -> None:
    made = _plan(
        tmp_path, f"{ID}.jpg", ".hidden.jpg", ".git/a.jpg", "Thumbs.db", f"out/passed/{ID}.jpg", "notes.pdf"
    )
    assert [item.relative for item in made.items] == [f"{ID}.jpg", "notes.pdf"]


def test_the_profile_decides_the_name(tmp_path: Path) -> None:
    (item,) = _plan(tmp_path, f"{ID}.jpg", profile=PROFILES["dianda-2013"]).items
    assert item.name == f"{STUDENT}.jpg"


def test_a_roster_file_is_read_and_its_bad_rows_are_counted(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(["学号", "姓名", "证件号码"])
    sheet.append([STUDENT, "张三", ID])
    sheet.append(["1951001234568", "欧阳丽娜", ID[:-1] + ("0" if ID[-1] != "0" else "1")])
    book.save(tmp_path / "roster.xlsx")
    found = photos.read_subjects(tmp_path / "roster.xlsx", TODAY)
    assert (len(found.people), found.bad_rows) == (1, 1)
    assert found.of(ID.lower()) == found.of(STUDENT) == found.people


@given(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="/\0"), min_size=1, max_size=80))
def test_no_name_breaks_the_matching_or_leaves_the_folder(stem: str) -> None:
    for subjects in (Subjects(PEOPLE), None):
        path = Path("/photos") / f"x{stem}.jpg"
        _, _, name, refusal, _ = photos._match(path, PROFILE, subjects, TODAY)
        assert (name is None) == (refusal is not None)
        assert name is None or (Path(name).name == name and name.endswith(".jpg"))
