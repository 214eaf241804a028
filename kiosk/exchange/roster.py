"""Imports a roster file into a campaign: all of it or nothing, in one transaction, with every bad cell named.

Rows are matched with students of the campaign by ID number, else by student number. Importing the same file again
writes nothing at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.roster import BY_KEY, COLUMNS, Finding, Header, Kind, Severity
from kiosk.domain.roster_rules import CHINA, RosterRow, Rules, Value, duplicates
from kiosk.exchange.workbook import Table, read_table
from kiosk.i18n import LANGUAGES, text
from kiosk.records import audit
from kiosk.records.database import Database
from kiosk.records.tables import Campaign, RosterImport, Student, Visit

#: Most findings of each severity that a report holds; the counts are always whole.
MAX_FINDINGS = 500
#: Rows in one statement, and between two reports of progress.
BATCH = 500

#: Columns of the file that become columns of the student record.
STUDENT_KEYS = tuple(column.key for column in COLUMNS if column.kind is not Kind.BIRTH)

Progress = Callable[[float], None]


@dataclass
class Report:
    """What an import did, or why it did nothing. Nothing in it is personal beyond masked values."""

    file_name: str
    campaign: str
    rows: int = 0
    ok: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    skipped: int = 0
    late: int = 0  # added after the roster deadline
    imported: bool = False
    ignored_columns: tuple[str, ...] = ()
    findings: list[Finding] = field(default_factory=list)

    def of(self, severity: Severity) -> list[Finding]:
        """The findings of one severity in the order of the rows."""
        return [finding for finding in self.findings if finding.severity is severity]

    def to_json(self) -> dict[str, Any]:
        """The result of the job: counts, then `errors` and `warnings` with sentences in every language."""
        errors, warnings = self.of(Severity.ERROR), self.of(Severity.WARNING)
        return {
            "file_name": self.file_name,
            "campaign": self.campaign,
            "rows": self.rows,
            "ok": self.ok,
            "added": self.added,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "skipped": self.skipped,
            "late": self.late,
            "imported": self.imported,
            "ignored_columns": list(self.ignored_columns),
            "errors_total": len(errors),
            "warnings_total": len(warnings),
            "errors": [finding_to_json(finding) for finding in islice(errors, MAX_FINDINGS)],
            "warnings": [finding_to_json(finding) for finding in islice(warnings, MAX_FINDINGS)],
        }


def finding_to_json(finding: Finding) -> dict[str, Any]:
    """`{"row", "column", "value", "code", "severity", "problem", "remedy"}`, the last two by language."""
    return {
        "row": finding.row,
        "column": finding.column,
        "value": finding.value,
        "code": finding.problem,
        "severity": finding.severity.value,
        **{
            part: {
                language: text(language, f"roster.{part}.{finding.problem}", **finding.args)
                for language in LANGUAGES
            }
            for part in ("problem", "remedy")
        },
    }


def import_file(
    database: Database,
    path: Path,
    campaign_code: str,
    by: str,
    *,
    now: datetime,
    skip_bad_rows: bool = False,
    progress: Progress | None = None,
    file_name: str | None = None,
) -> Report:
    """Import `path` into the campaign.

    `by` is the actor for the audit, `now` an aware time, `file_name` what to call the file when `path` is a
    temporary one. `progress` is called with 0..1, never while the records are locked. Raises `Refusal` for a file
    that cannot be read as a roster (see `read_table`) and NO_CAMPAIGN; a file with bad rows is no refusal: its
    report says `imported` False.
    """
    say = progress or (lambda _: None)
    with database.read() as session:
        campaign = _campaign(session, campaign_code)
        rules = Rules(tuple(campaign.school_codes), now.astimezone(CHINA).date())
    digest = _digest(path)
    table = read_table(path, file_name or path.name)
    if "school_code" not in table.header.keys and rules.only_school is None:
        missing = BY_KEY["school_code"].title
        raise Refusal(Code.FILE_NO_HEADER, {"missing": missing, "twice": "", "within": table.header.index + 1})
    say(0.3)
    rows = _checked(table, rules, say)
    report = Report(file_name or path.name, campaign_code, len(rows), ignored_columns=table.header.ignored)
    say(0.8)
    with database.write() as session:
        audit.lock(session)
        merge = _Merge(session, _campaign(session, campaign_code), table.header, rows, now)
        merge.decide(report, skip_bad_rows)
        if report.added or report.changed:
            merge.write(report, digest, by)
        elif not report.imported:
            audit.append(
                session, now, "roster_import", Code.ROSTER_HAS_ERRORS.value, by,
                detail={"campaign": campaign_code, "rows": report.rows, "bad_rows": report.rows - report.ok},
            )  # fmt: skip
    say(1.0)
    return report


def _campaign(session: Session, code: str) -> Campaign:
    campaign = session.scalar(select(Campaign).where(Campaign.code == code))
    if campaign is None:
        raise Refusal(Code.NO_CAMPAIGN, {"campaign": code})
    return campaign


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _checked(table: Table, rules: Rules, say: Progress) -> list[RosterRow]:
    rows: list[RosterRow] = []
    for number, cells in table:
        row = rules.row(number, cells, table.header)
        if row is not None:
            rows.append(row)
        if number % (BATCH * 10) == 0:
            say(0.3 + 0.4 * min(1.0, (number - table.first_row) / len(table.rows)))
    duplicates(rows)
    return rows


@dataclass
class _Merge:
    """Brings checked rows and the students of the campaign together, inside one transaction."""

    session: Session
    campaign: Campaign
    header: Header
    rows: list[RosterRow]
    now: datetime
    new: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    claimed: set[int] = field(default_factory=set)

    def decide(self, report: Report, skip_bad_rows: bool) -> None:
        """Decide for every row what it would write; fills in `report`, which says whether it may."""
        keys = [key for key in STUDENT_KEYS if key in self.header.keys or key == "school_code"]
        columns = [getattr(Student, key) for key in keys]
        known = [row._asdict() for row in self.session.execute(
            select(Student.id, *columns).where(Student.campaign_id == self.campaign.id)
        )]  # fmt: skip
        self.by_id = {student["id_number"]: student for student in known}
        self.by_student_number = {student["student_number"]: student for student in known}
        late = self.campaign.roster_deadline is not None and (
            self.now.astimezone(CHINA).date() > self.campaign.roster_deadline
        )
        for row in self.rows:
            if not row.bad:
                self._decide(row, keys, late, report)
        report.ok = sum(not row.bad for row in self.rows)
        report.findings = [finding for row in self.rows for finding in row.findings]
        bad = report.rows - report.ok
        if bad and (not skip_bad_rows or not report.ok):
            report.added = report.changed = report.unchanged = report.late = 0
            return
        report.imported, report.skipped = True, bad

    def _decide(self, row: RosterRow, keys: list[str], late: bool, report: Report) -> None:
        values: dict[str, Value] = {key: row.values.get(key, "") for key in keys}
        same_id = self.by_id.get(values["id_number"])
        same_number = self.by_student_number.get(values["student_number"])
        student = same_id or same_number
        if (same_id and same_number and same_id is not same_number) or (student and student["id"] in self.claimed):
            row.find("student_number", row.text("student_number"), "two_students")
            return
        if student is None:
            self.new.append({**values, "campaign_id": self.campaign.id, "late": late})
            report.added += 1
            report.late += late
            return
        if not same_id and (student["name"] != values["name"] or self._visited(student["id"])):
            row.find("student_number", row.text("student_number"), "student_number_taken")
            return
        self.claimed.add(student["id"])
        if all(student[key] == values[key] for key in keys):
            report.unchanged += 1
        else:
            self.changes.append({**values, "id": student["id"]})
            report.changed += 1

    def _visited(self, student_id: int) -> bool:
        return self.session.scalar(select(Visit.id).where(Visit.student_id == student_id).limit(1)) is not None

    def write(self, report: Report, digest: str, by: str) -> None:
        """Write what was decided, the row of the import and its audit row."""
        counts = {key: getattr(report, key) for key in ("added", "changed", "unchanged", "skipped")}
        record = RosterImport(
            campaign_id=self.campaign.id, file_name=report.file_name[:200], file_sha256=digest, at=self.now, by=by,
            **counts,
        )  # fmt: skip
        self.session.add(record)
        self.session.flush()
        for start in range(0, len(self.new), BATCH):
            batch = self.new[start : start + BATCH]
            self.session.execute(insert(Student), [{**values, "import_id": record.id} for values in batch])
        for start in range(0, len(self.changes), BATCH):
            batch = self.changes[start : start + BATCH]
            self.session.execute(update(Student), [{**values, "import_id": record.id} for values in batch])
        detail = {"campaign": report.campaign, "sha256": digest, **counts}
        audit.append(self.session, self.now, "roster_import", "done", by, detail=detail)
