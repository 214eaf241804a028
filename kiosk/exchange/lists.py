"""What importing a list is, whatever it holds: the cells of a row by column, and a report of what kept it out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kiosk.domain.roster import Column
from kiosk.exchange.workbook import Cells

#: Problems that a report lists; more only repeat them.
MOST_PROBLEMS = 200


@dataclass
class ListReport(ABC):
    """What a file holds; `problems` keep it out: (row, code of `<kind of list>.problem.<code>`)."""

    rows: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)
    imported: bool = False

    @abstractmethod
    def counts(self) -> dict[str, Any]:
        """What this kind of list counts besides."""

    def to_json(self) -> dict[str, Any]:
        """The result of the job; names nobody."""
        return {
            "rows": self.rows,
            **self.counts(),
            "problems": [{"row": row, "code": code} for row, code in self.problems[:MOST_PROBLEMS]],
            "imported": self.imported,
        }


def cells_of(columns: Mapping[int, Column], row: Cells) -> dict[str, str]:
    """The row's cells as text, by the keys of the columns at their places; empty where the row is shorter."""
    return {column.key: _text(row[place]) if place < len(row) else "" for place, column in columns.items()}


def _text(cell: object) -> str:
    """What a spreadsheet made a number of loses its `.0`, nothing else is mended."""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e12 else f"{cell:.6f}".rstrip("0")
    return str(cell).strip() if cell is not None else ""
