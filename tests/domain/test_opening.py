"""The checklists of config/opening are sound, and a line is signed only by what its kind asks for."""

from __future__ import annotations

from typing import Any

import pytest

from kiosk import catalogue
from kiosk.domain.opening import Checklist, Kind, Signature, holds, missing, parse
from kiosk.settings import ROOT

LINE = {"id": "a", "kind": "tick", "mandatory": True, "text": {"zh_CN": "甲", "en": "A"},
        "hint": {"zh_CN": "乙", "en": "B"}}  # fmt: skip


def test_every_checklist_of_the_product_is_read() -> None:
    tables = catalogue.tables(ROOT / "config" / "opening")
    assert {name: parse(name, table).version for name, table in tables.items()} == {
        "site-2020": "2020.1",
        "short": "1",
    }
    lines = {line.id for line in parse("site-2020", tables["site-2020"]).lines if line.mandatory}
    assert {"approval", "ways", "curtains", "waiting_area", "temperature_area", "disinfection", "ventilation",
            "observation_room", "medic", "devices"} == lines  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        {**LINE, "kind": "guess"},
        {**LINE, "text": {"zh_CN": "甲"}},
        {**LINE, "hint": {"zh_CN": "乙", "en": ""}},
        {**LINE, "kind": "number"},
        {**LINE, "kind": "number", "unit": "m", "low": 3, "high": 2},
        {key: value for key, value in LINE.items() if key != "mandatory"},
    ],
)
def test_a_broken_list_is_never_taken_for_a_short_one(line: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="opening x"):
        parse("x", {"id": "x", "version": "1", "lines": [line]})
    with pytest.raises(ValueError, match="twice"):
        parse("x", {"id": "x", "version": "1", "lines": [LINE, LINE]})


@pytest.mark.parametrize(
    ("kind", "signature", "signed"),
    [
        ("tick", Signature("a", "1", {}, False), True),
        ("tick", None, False),
        ("picture", Signature("a", "1", {}, False), False),
        ("picture", Signature("a", "1", {}, True), True),
        ("text", Signature("a", "1", {"text": " "}, False), False),
        ("text", Signature("a", "1", {"text": "周"}, False), True),
        ("number", Signature("a", "1", {"value": 9}, False), False),
        ("number", Signature("a", "1", {"value": True}, False), False),
        ("number", Signature("a", "1", {"value": 10}, False), True),
        ("log", Signature("a", "", {}, False, entries=1), True),
        ("log", Signature("a", "1", {}, False), False),
        ("devices", Signature("a", "1", {}, False, devices_passed=False), False),
        ("devices", Signature("a", "", {}, False, devices_passed=True), True),
    ],
)  # fmt: skip
def test_a_line_is_signed_by_what_its_kind_asks_for(kind: str, signature: Signature | None, signed: bool) -> None:
    listed = _list(kind)
    assert holds(listed.lines[0], signature) is signed
    assert missing(listed, [signature] if signature else []) == ([] if signed else ["a"])


def test_a_signature_under_another_version_does_not_count() -> None:
    assert missing(_list("tick"), [Signature("a", "0", {}, False)]) == ["a"]


def test_every_kind_is_tried() -> None:
    assert set(Kind) == {"tick", "picture", "text", "number", "log", "devices"}


def _list(kind: str) -> Checklist:
    more = {"unit": "m", "low": 10, "high": 20} if kind == "number" else {}
    return parse("x", {"id": "x", "version": "1", "lines": [{**LINE, "kind": kind, **more}]})
