"""Prints as pictures: pdftoppm renders them, and the millimetres are measured on what comes out."""

from __future__ import annotations

import io
import itertools
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select, update

from kiosk.domain.prints import LABELS
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import VisitState
from kiosk.jobs import prints
from kiosk.jobs.context import Context
from kiosk.records.database import Database
from kiosk.records.registry_tables import HandOut
from kiosk.records.tables import Student
from kiosk.records.vault import Vault
from kiosk.settings import Settings
from tests.exchange.conftest import NOW
from tests.exchange.people import People, picture

OPEN = "open-2027-spring"
#: Pixels of a millimetre at 254 dpi.
PER_MM = 10
RED, GREEN = (200, 30, 30), (30, 160, 60)


def photo(colour: tuple[int, int, int]) -> bytes:
    """A JPEG of 480 × 640 in one colour; the lowest tenth is blue, the outermost columns are too."""
    image = Image.new("RGB", (480, 640), colour)
    image.paste((20, 40, 220), (0, 576, 480, 640))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95)
    return out.getvalue()


@pytest.fixture
def people(database: Database, settings: Settings) -> People:
    """Two classes with three photos between them, and one student without."""
    found = People(database, Vault(settings.data / "vault"), OPEN)
    first = {"branch": "甲分校", "teaching_point": "一点", "class_name": "一班"}
    second = {**first, "class_name": "二班"}
    address = "示例省示例市一条很长很长的路一百二十三号四单元五〇一室"
    for serial, of, colour in ((1, first, RED), (2, first, GREEN), (3, second, RED)):
        extra = {"address": address, "phone": "13800000000"} if serial == 1 else {}
        student = found.student(serial, name=f"学生{serial}", **of, **extra)
        found.photo(found.visit(VisitState.DONE, student), photo(colour))
    found.student(4, name="学生4", **second)
    return found


def make(database: Database, settings: Settings, **arguments: object) -> tuple[dict[str, object], Path]:
    context = Context(database, settings, "f" * 32, "staff:test", NOW, lambda _share: None)
    told = prints.run(context, campaign=OPEN, **arguments)  # type: ignore[arg-type]
    return told, settings.data / "documents" / str(told["file"])


def rendered(path: Path, page: int = 1) -> np.ndarray:
    """A page as red, green, blue at `PER_MM`, without softened edges."""
    target = path.with_suffix("")
    command = [
        "pdftoppm",
        "-r",
        str(25.4 * PER_MM),
        "-f",
        str(page),
        "-l",
        str(page),
        "-aa",
        "no",
        "-aaVector",
        "no",
    ]
    subprocess.run([*command, "-singlefile", path, target], check=True)
    with Image.open(target.with_suffix(".ppm")) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def text_of(path: Path, *options: str) -> str:
    """What the file says."""
    command = ["pdftotext", "-layout", *options, str(path), "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def coloured(page: np.ndarray) -> np.ndarray:
    """Where something of a photo is: neither white nor the grey of marks and type."""
    return np.asarray(page.max(axis=2) - page.min(axis=2) > 60)


def runs(line: Any) -> list[tuple[int, int]]:
    """(begin, length) of each stretch of true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], line.astype(int), [0]])))
    return [(int(a), int(b - a)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


@pytest.mark.parametrize(
    ("size", "paper", "width", "height", "columns", "rows"),
    [
        ("1inch", "6inch", 25, 35, 4, 2),
        ("2inch", "6inch", 35, 49, 2, 2),
        ("1inch", "a4", 25, 35, 7, 2),
        ("2inch", "a4", 35, 49, 5, 2),
    ],
)
def test_photos_are_as_large_as_they_are_called(
    people: People, database: Database, settings: Settings,
    size: str, paper: str, width: int, height: int, columns: int, rows: int,
) -> None:  # fmt: skip
    _told, path = make(database, settings, what="sheets", size=size, paper=paper)
    page = coloured(rendered(path))
    across, down = runs(page.any(axis=0)), runs(page.any(axis=1))
    assert len(across) == columns and len(down) == rows
    for _begin, long in across:
        assert abs(long - width * PER_MM) <= 2
    for _begin, long in down:
        assert abs(long - height * PER_MM) <= 2
    assert {round((b - a) / PER_MM) for (a, _), (b, _) in itertools.pairwise(across)} == {width + 3}


def test_a_photo_is_cut_at_the_sides_and_not_at_the_crown_or_stretched(
    people: People, database: Database, settings: Settings
) -> None:
    _told, path = make(database, settings, what="sheets", size="1inch", paper="6inch")
    page = rendered(path)
    left, wide = runs(coloured(page).any(axis=0))[0]
    top, high = runs(coloured(page).any(axis=1))[0]
    column = page[top : top + high, left + wide // 2]
    blue = column[:, 2] > column[:, 0]
    assert abs(int(blue.sum()) - 0.1 * high) <= 3  # 3:4 on 5:7: the whole height is there


def test_cutting_marks_stand_outside_of_each_corner(
    people: People, database: Database, settings: Settings
) -> None:
    _told, path = make(database, settings, what="sheets", size="1inch", paper="6inch")
    page = rendered(path)
    left, wide = runs(coloured(page).any(axis=0))[0]
    top, high = runs(coloured(page).any(axis=1))[0]
    dark = page.max(axis=2) < 140
    for x, away_x in ((left, -1), (left + wide, 1)):
        for y, away_y in ((top, -1), (top + high, 1)):
            outside_x, outside_y = x + away_x * PER_MM, y + away_y * PER_MM
            assert dark[y - 3 : y + 4, outside_x].any() and dark[outside_y, x - 3 : x + 4].any()


def test_classes_are_apart_and_bookmarked(people: People, database: Database, settings: Settings) -> None:
    told, path = make(database, settings, what="sheets", size="1inch", paper="a4")
    assert (told["students"], told["classes"], told["pages"], told["photos"]) == (3, 2, 2, 21)
    words = [text_of(path, "-f", page, "-l", page) for page in ("1", "2")]
    assert "一班" in words[0] and "学生1" in words[0] and "学生2" in words[0] and "学生3" not in words[0]
    assert "二班" in words[1] and "学生3" in words[1] and "学生4" not in words[1]
    assert b"/Outlines" in path.read_bytes()
    one, _path = make(database, settings, what="sheets", branch="甲分校", teaching_point="一点", class_name="二班")
    assert (one["students"], one["classes"]) == (1, 1)


def test_labels_bear_the_address_or_else_the_class(people: People, database: Database, settings: Settings) -> None:
    told, path = make(database, settings, what="labels", grid="24")
    assert (told["students"], told["pages"], told["addresses"]) == (3, 1, 1)
    words = text_of(path)
    assert "很长很长的路一百二" in words and "学生1 收" in words and "13800000000" in words
    assert "甲分校" in words and "学生3 收" in words
    inked = rendered(path).min(axis=2) < 128
    for place in range(3):  # nothing runs over the edge of a label
        left = round((70.0 * place) * PER_MM)
        assert inked[: 37 * PER_MM, left : left + 70 * PER_MM].any()
        assert not inked[: 37 * PER_MM, max(0, left - 20) : left + 20].any()


LONG = "阿卜杜热合曼·买买提江·艾合买提"


def test_in_the_list_no_name_is_cut(people: People, database: Database, settings: Settings) -> None:
    with database.write() as session:
        session.execute(update(Student).values(name=LONG))
    _told, path = make(database, settings, what="list")
    words = text_of(path)
    assert "…" not in words
    assert words.replace("\n", "").replace(" ", "").count("买提江") == 3


@pytest.mark.parametrize("grid", ["24", "21", "14", "8"])
def test_on_a_label_the_longest_address_of_a_roster_stands_whole(
    people: People, database: Database, settings: Settings, grid: str
) -> None:
    address = "".join(chr(0x4E00 + place) for place in range(200))
    with database.write() as session:
        session.execute(update(Student).values(name=LONG, address=address, phone="0951-5550000 转 8012"))
    _told, path = make(database, settings, what="labels", grid=grid)
    words = text_of(path)
    assert "…" not in words
    assert all(letter in words for letter in address) and "8012" in words
    of = LABELS[grid]
    inked = rendered(path).min(axis=2) < 128
    left, top = (round(edge * PER_MM) for edge in of.corner(0))
    assert inked[top : top + round(of.height * PER_MM), left : left + round(of.width * PER_MM)].any()
    below = top + round(of.height * PER_MM)
    assert not inked[below - 20 : below + 20, left : left + round(of.width * PER_MM)].any()


def test_the_list_has_a_line_to_sign_and_says_who_has_collected(
    people: People, database: Database, settings: Settings
) -> None:
    with database.write() as session:
        student = session.scalars(select(Student).where(Student.name == "学生2")).one()
        session.add(
            HandOut(
                campaign_id=student.campaign_id, student_id=student.id, kind="prints", way="posted",
                by="staff:test", at=NOW,
            )
        )  # fmt: skip
    told, path = make(database, settings, what="list")
    assert (told["students"], told["classes"], told["pages"], told["handed_out"]) == (3, 2, 2, 1)
    words = text_of(path)
    assert "签名" in words and "寄出" in words and words.count("毕业照领取名单") == 2


def test_nobody_to_print_is_said(people: People, database: Database, settings: Settings) -> None:
    with pytest.raises(Refusal) as refused:
        make(database, settings, what="sheets", branch="没有的分校")
    assert refused.value.code is Code.NO_PHOTO_THAT_COUNTS
    assert not list((settings.data / "documents").glob("*"))  # not even the folder has to be there


def test_a_file_that_is_no_picture_stops_the_print(people: People, database: Database, settings: Settings) -> None:
    people.photo(people.visit(VisitState.DONE, people.student(9)), picture("no picture"))
    with pytest.raises(Refusal) as refused:
        make(database, settings, what="sheets")
    assert refused.value.code is Code.PICTURE_UNREADABLE
    assert not list((settings.data / "documents").iterdir())
