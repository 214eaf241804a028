"""The organisation is a tree, and rosters add to it without doubling anything."""

from __future__ import annotations

import pytest

from kiosk.domain.organisation import Kind, Unit, from_roster, may_stand_below, problems

NX = Unit("nx", Kind.PROVINCE, "示例开放大学")
YC = Unit("yc", Kind.BRANCH, "银川分校", "nx")


@pytest.mark.parametrize(
    ("units", "found"),
    [
        ([NX, YC], []),
        ([NX, Unit("k", Kind.CLASS, "1班", "yc"), YC], []),  # steps may be left out
        ([YC], [("yc", "no_parent")]),
        ([NX, YC, YC], [("yc", "twice")]),
        ([Unit("nx", Kind.PROVINCE, "一", "yc"), YC], [("nx", "loop"), ("yc", "loop")]),
        ([Unit("a", Kind.CLASS, "1班"), Unit("b", Kind.BRANCH, "乙", "a")], [("b", "order")]),
        ([NX, YC, Unit("y2", Kind.BRANCH, "银川分校", "nx")], [("y2", "same_name")]),
        ([Unit("a", Kind.BRANCH, " ")], [("a", "name")]),
    ],
)
def test_what_is_no_tree_is_named(units: list[Unit], found: list[tuple[str, str]]) -> None:
    assert problems(units) == found


def test_a_roster_adds_what_is_missing_and_finds_what_is_there() -> None:
    rows = [("银川分校", "金凤", "1班"), ("银川分校", "金凤", "2班"), ("银川分校", "", "3班"), ("", "", "")]
    new = from_roster(rows, [NX, YC])
    assert [(unit.kind.value, unit.name) for unit in new] == [
        ("class", "3班"), ("teaching_point", "金凤"), ("class", "1班"), ("class", "2班")
    ]  # fmt: skip
    assert {unit.parent for unit in new if unit.name in ("3班", "金凤")} == {"yc"}
    assert problems([NX, YC, *new]) == []
    assert from_roster(rows, [NX, YC, *new]) == []
    assert from_roster(rows[::-1], [NX, YC]) == new


def test_a_unit_stands_below_a_higher_one() -> None:
    kinds = list(Kind)
    for place, kind in enumerate(kinds):
        assert may_stand_below(kind, None)
        assert [may_stand_below(kind, parent) for parent in kinds] == [at < place for at in range(len(kinds))]
