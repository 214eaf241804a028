"""Holds the academic system's export against a campaign's roster and names every difference; changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from kiosk.domain.masking import mask_name, mask_number
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.roster import BY_KEY, COLUMNS, Header, Kind, masked
from kiosk.domain.roster_rules import CHINA, RosterRow, Rules
from kiosk.exchange.doctor import Progress
from kiosk.exchange.workbook import Stream, open_table
from kiosk.records.database import Database
from kiosk.records.tables import Campaign, Student

#: Differences that a report holds; the counts are always whole.
MOST = 1_000
#: Columns that are compared: what the registry knows a person by. Slots and private columns are ours alone.
COMPARED = tuple(
    column.key
    for column in COLUMNS
    if column.kind not in (Kind.SLOT, Kind.PRIVATE, Kind.BIRTH) and column.key != "sequence"
)
_STEP = 5_000


@dataclass
class Comparison:
    """What differs, masked. Each of `differences` has `kind` (differs, only_theirs, only_ours or twice), `row`,
    `cell`, `name`, `number`, and for one that differs `column`, `ours`, `theirs`."""

    file_name: str
    campaign: str
    theirs: int = 0
    ours: int = 0
    same: int = 0
    differing: int = 0
    only_theirs: int = 0
    only_ours: int = 0
    unreadable: int = 0  # rows without a usable number
    fields: dict[str, int] = field(default_factory=dict)  # title of the column → differences
    compared: list[str] = field(default_factory=list)  # titles of the columns that both have
    differences: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The result of the job, which holds no file's name."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "file_name"}

    def add(self, kind: str, name: str, number: str, row: int | None = None, cell: str = "", **more: str) -> None:
        """Keep a difference while there is room."""
        if len(self.differences) < MOST:
            who = {"name": mask_name(name), "number": mask_number(number)}
            self.differences.append({"kind": kind, "row": row, "cell": cell, **who, **more})


def compare_file(
    database: Database, path: Path, campaign_code: str, *, now: datetime, file_name: str = "", progress: Progress
) -> Comparison:
    """Compare the export at `path` (any roster file) with the campaign's students, matched by student number,
    else by ID number. Raises `Refusal` as `open_table` does and NO_CAMPAIGN."""
    name = file_name or path.name
    found = Comparison(name, campaign_code)
    with database.read() as session:
        campaign = session.scalar(select(Campaign).where(Campaign.code == campaign_code))
        if campaign is None:
            raise Refusal(Code.NO_CAMPAIGN, {"campaign": campaign_code})
        columns = [getattr(Student, key) for key in ("id", *COMPARED)]
        query = select(*columns).where(Student.campaign_id == campaign.id, Student.removed_at.is_(None))
        ours = {row.id: row._asdict() for row in session.execute(query.order_by(Student.id))}
    found.ours = len(ours)
    by_number = {str(row["student_number"]): row for row in ours.values()}
    by_id = {str(row["id_number"]): row for row in ours.values()}
    seen: set[int] = set()
    with open_table(path, name) as stream:
        keys = [key for key in COMPARED if key in stream.header.keys]
        found.compared = [BY_KEY[key].title for key in keys]
        for row in _rows(stream, Rules((), now.astimezone(CHINA).date()), progress):
            found.theirs += 1
            number, id_number, person = (row.text(key) for key in ("student_number", "id_number", "name"))
            mine = by_number.get(number) or by_id.get(id_number.upper())
            if not number and not id_number:
                found.unreadable += 1
            elif mine is None:
                found.only_theirs += 1
                found.add("only_theirs", person, number or id_number, row.row)
            elif mine["id"] in seen:
                found.add("twice", person, number or id_number, row.row)
            else:
                seen.add(mine["id"])
                _differences(found, stream, row, mine, keys)
    for student, mine in ours.items():
        if student not in seen:
            found.only_ours += 1
            found.add("only_ours", mine["name"], mine["student_number"])
    return found


def _rows(stream: Stream, rules: Rules, say: Progress) -> Iterator[RosterRow]:
    """Every row as it stands: a value that the rules refuse is compared as it was written."""
    for number, cells in stream:
        if number % _STEP == 0:
            say(min(0.95, (number - stream.first_row) / max(1, stream.count)))
        row = rules.row(number, cells, stream.header)
        if row is not None:
            _restore(row, cells, stream.header)
            yield row


def _restore(row: RosterRow, cells: Any, header: Header) -> None:
    for place, column in header.columns.items():
        if column.key in COMPARED and not row.values.get(column.key) and place < len(cells):
            row.values[column.key] = " ".join(str(cells[place] if cells[place] is not None else "").split())


def _differences(
    found: Comparison, stream: Stream, row: RosterRow, mine: Mapping[str, Any], keys: list[str]
) -> None:
    differs = False
    for key in keys:
        column, theirs, ours = BY_KEY[key], row.text(key), str(mine[key])
        if theirs == ours:
            continue
        differs = True
        found.fields[column.title] = found.fields.get(column.title, 0) + 1
        found.add(
            "differs", mine["name"], mine["student_number"], row.row, stream.address(key, row.row),
            column=column.title, ours=masked(column, ours), theirs=masked(column, theirs),
        )  # fmt: skip
    found.differing += differs
    found.same += not differs
