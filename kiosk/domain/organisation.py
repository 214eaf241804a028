"""The tree of the organisation: province → branch → work station → teaching point → class.

A unit stands below one of a higher kind; steps may be left out (a branch may have classes itself). Rosters name
branch, teaching point and class by their words, which is how students and units meet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256


class Kind(StrEnum):
    """Kinds of unit, highest first."""

    PROVINCE = "province"
    BRANCH = "branch"
    WORK_STATION = "work_station"
    TEACHING_POINT = "teaching_point"
    CLASS = "class"


ORDER = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit as files and pages write it; `parent` is the code of the unit above, empty at the top."""

    code: str
    kind: Kind
    name: str
    parent: str = ""
    email: str = ""


def may_stand_below(kind: Kind, parent: Kind | None) -> bool:
    """Whether a unit of `kind` may stand below one of kind `parent` (None: at the top)."""
    return parent is None or ORDER[parent] < ORDER[kind]


def problems(units: Iterable[Unit]) -> list[tuple[str, str]]:
    """(code of the unit, problem) for all that is no tree: twice, no_parent, order, loop, name, same_name."""
    listed = list(units)
    found: list[tuple[str, str]] = []
    by_code: dict[str, Unit] = {}
    for unit in listed:
        if unit.code in by_code:
            found.append((unit.code, "twice"))
        by_code.setdefault(unit.code, unit)
    names: set[tuple[str, Kind, str]] = set()
    for unit in by_code.values():
        parent = by_code.get(unit.parent)
        if not unit.name.strip() or not unit.code.strip():
            found.append((unit.code, "name"))
        if unit.parent and parent is None:
            found.append((unit.code, "no_parent"))
        elif _loops(unit, by_code):
            found.append((unit.code, "loop"))
        elif not may_stand_below(unit.kind, parent.kind if parent else None):
            found.append((unit.code, "order"))
        if (unit.parent, unit.kind, unit.name) in names:
            found.append((unit.code, "same_name"))
        names.add((unit.parent, unit.kind, unit.name))
    return found


def _loops(unit: Unit, by_code: Mapping[str, Unit]) -> bool:
    seen: set[str] = set()
    step: Unit | None = unit
    while step is not None:
        if step.code in seen:
            return True
        seen.add(step.code)
        step = by_code.get(step.parent)
    return False


def from_roster(rows: Iterable[tuple[str, str, str]], known: Iterable[Unit] = ()) -> list[Unit]:
    """Units for the (branch, teaching point, class) of roster rows that `known` does not have yet, parents first.

    Their codes are made from their path, so that the same roster always gives the same codes.
    """
    have = {(unit.parent, unit.kind, unit.name): unit for unit in known}
    new: list[Unit] = []
    for row in sorted(set(rows)):
        parent = ""
        path: list[str] = []
        for kind, name in zip((Kind.BRANCH, Kind.TEACHING_POINT, Kind.CLASS), row, strict=True):
            if not name.strip():
                continue
            path.append(f"{kind}:{name}")
            unit = have.get((parent, kind, name))
            if unit is None and kind is Kind.BRANCH:  # a branch below a province keeps its place
                unit = next((u for u in have.values() if u.kind is kind and u.name == name), None)
            if unit is None:
                code = f"{kind.value[0]}-{sha256('/'.join(path).encode()).hexdigest()[:10]}"
                unit = Unit(code, kind, name, parent)
                have[(parent, kind, name)] = unit
                new.append(unit)
            parent = unit.code
    return new
