"""What a site knows of its programmes and teaching points, and rows of a roster held against it.

Without a list of programmes a code is only held against the other rows of the file; without teaching points in
the organisation they are not checked at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from kiosk.domain.organisation import Kind, Unit
from kiosk.domain.roster import Severity
from kiosk.domain.roster_rules import RosterRow


@dataclass
class Lists:
    """Programme code → name, and teaching point → the branches that have one of that name."""

    programmes: Mapping[str, str] = field(default_factory=dict)
    teaching_points: Mapping[str, frozenset[str]] = field(default_factory=dict)
    _named: dict[str, tuple[str, int]] = field(default_factory=dict)  # code → first name in the file, its row

    def check(self, row: RosterRow) -> None:
        """Note on the row what does not agree with the lists."""
        if row.values.get("major_code") or (self.programmes and row.values.get("major_name")):
            self._programme(row)
        point = row.text("teaching_point")
        if point and self.teaching_points:
            self._teaching_point(row, point)

    def _programme(self, row: RosterRow) -> None:
        code, name = row.text("major_code"), row.text("major_name")
        if not self.programmes:
            known, where = self._named.setdefault(code, (name, row.row))
            if name and known and name != known:
                row.find("major_name", name, "programme_two_names", {"row": where}, Severity.WARNING)
        elif not code:
            if name not in self.programmes.values():
                near = _near(name, self.programmes.values())
                row.find("major_name", name, "programme_unknown", {"near": near})
        elif code not in self.programmes:
            row.find("major_code", code, "programme_unknown", {"near": _near(code, self.programmes)})
        elif name and name != self.programmes[code]:
            row.find("major_name", name, "programme_name_differs", {"wanted": self.programmes[code]})

    def _teaching_point(self, row: RosterRow, point: str) -> None:
        branches, branch = self.teaching_points.get(point), row.text("branch")
        if branches is None:
            near = _near(point, self.teaching_points)
            row.find("teaching_point", point, "teaching_point_unknown", {"near": near})
        elif branch and branches and branch not in branches:
            args: dict[str, object] = {"branches": "、".join(sorted(branches))}
            row.find("teaching_point", point, "teaching_point_elsewhere", args)


def teaching_points(units: Iterable[Unit]) -> dict[str, frozenset[str]]:
    """Names of the teaching points with the names of the branches above them (none: at no branch)."""
    by_code = {unit.code: unit for unit in units}
    found: dict[str, set[str]] = {}
    for unit in by_code.values():
        if unit.kind is not Kind.TEACHING_POINT:
            continue
        branches = found.setdefault(unit.name, set())
        above, steps = by_code.get(unit.parent), len(Kind)
        while above is not None and steps:
            if above.kind is Kind.BRANCH:
                branches.add(above.name)
            above, steps = by_code.get(above.parent), steps - 1
    return {name: frozenset(branches) for name, branches in found.items()}


def _near(text: str, known: Iterable[str]) -> str:
    """The known words that look most like `text`, or a dash."""
    return "、".join(get_close_matches(text, sorted(set(known)), n=2, cutoff=0.5)) or "—"
