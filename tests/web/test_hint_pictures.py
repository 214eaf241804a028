"""Every hint that a student may read has a picture of its own; what the tables name is really drawn."""

from __future__ import annotations

import re

from kiosk.i18n import catalog
from kiosk.photo.measures import measures
from kiosk.settings import ROOT

FOLDER = ROOT / "kiosk" / "static" / "js" / "kiosk"
_ROW = re.compile(r'^  "?([\w.]+)"?: \{ sign: "(\w+)"(?:, point: "(\w+)")? \},$', re.MULTILINE)


def table() -> dict[str, tuple[str, str]]:
    """Key of a hint → (picture, mark on the live picture or "")."""
    return {key: (sign, point) for key, sign, point in _ROW.findall((FOLDER / "hints.js").read_text("utf-8"))}


def names(file: str, table: str) -> set[str]:
    """The keys of a table of drawings."""
    text = (FOLDER / file).read_text("utf-8").partition(f"const {table} = {{")[2].partition("\n};")[0]
    return set(re.findall(r"^  (\w+):", text, re.MULTILINE))


def test_every_hint_of_every_check_has_a_picture() -> None:
    shown = table()
    hints = [key.split(".")[2:] for key in catalog("en") if key.startswith("photo.hint.") and key.count(".") == 3]
    bare = [
        f"{code}.{word}"
        for code, word in hints
        if code in measures() and not {f"{code}.{word}", word, code} & set(shown)
    ]
    assert not bare, "add a row to SHOWN in hints.js"


def test_what_the_table_names_is_drawn() -> None:
    signs, points = names("signs.js", "SIGNS"), names("mirror.js", "POINTERS")
    assert {sign for sign, _ in table().values()} <= signs
    assert {point for _, point in table().values() if point} <= points


def test_nothing_in_the_table_is_left_over() -> None:
    words = {key.split(".")[-1] for key in catalog("en") if key.startswith("photo.hint.")}
    known = set(measures()) | words
    assert not [key for key in table() if key not in known and key.split(".")[0] not in known]
