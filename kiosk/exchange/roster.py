"""Imports a roster file into a campaign: all of it or nothing, in one transaction, with every bad cell named.

Rows are matched with students of the campaign by ID number, else by student number. What an import would change is
told before it counts; importing the same file again writes nothing at all. Who is no longer on the roster is
marked where the file is said to be complete, and never deleted; their places in the schedule are given back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Table as SqlTable
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from kiosk.domain.masking import mask_name, mask_number
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.roster import BY_KEY, Finding, Severity
from kiosk.domain.roster_rules import CHINA, Rules, Value
from kiosk.exchange.doctor import Examined, examine, site_lists
from kiosk.exchange.marked_copy import write_marked
from kiosk.exchange.workbook import open_table
from kiosk.i18n import LANGUAGES, text
from kiosk.records import audit, planning
from kiosk.records.database import Database
from kiosk.records.registry_tables import FileLog
from kiosk.records.tables import Campaign, RosterImport, Student, Visit

#: Most findings of each severity, and most changes, that a report holds; the counts are always whole.
MAX_FINDINGS = 500
MAX_CHANGES = 200
#: Rows in one statement.
BATCH = 1000

Progress = Callable[[float], None]


@dataclass
class Report:
    """What an import did or would do, or why it did nothing. Nothing in it is personal beyond masked values."""

    file_name: str
    campaign: str
    rows: int = 0
    ok: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    skipped: int = 0
    gone: int = 0  # in the records, in a branch that the file names, but not in the file
    removed: int = 0  # of these, marked
    freed: int = 0  # places in the schedule that they give back
    returned: int = 0  # of the changed, marked before
    late: int = 0  # added after the roster deadline
    imported: bool = False
    plan: str = ""  # what would be done, as a fingerprint
    ignored_columns: tuple[str, ...] = ()
    absent_columns: tuple[str, ...] = ()
    errors_total: int = 0
    warnings_total: int = 0
    problems: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def writes(self) -> bool:
        """Whether the records would differ afterwards."""
        return bool(self.added or self.changed or self.removed)

    def of(self, severity: Severity) -> list[Finding]:
        """The findings of one severity in the order of the rows."""
        return [finding for finding in self.findings if finding.severity is severity]

    def to_json(self) -> dict[str, Any]:
        """The result of the job: counts, `changes`, `errors` and `warnings` with sentences in every language.

        The file's name is not in it.
        """
        counts = (
            "campaign", "rows", "ok", "added", "changed", "unchanged", "skipped", "gone", "removed",
            "freed", "returned", "late", "imported", "plan", "errors_total", "warnings_total", "problems",
            "changes",
        )  # fmt: skip
        return {
            **{name: getattr(self, name) for name in counts},
            "ignored_columns": list(self.ignored_columns),
            "absent_columns": list(self.absent_columns),
            "errors": [finding_to_json(each) for each in islice(self.of(Severity.ERROR), MAX_FINDINGS)],
            "warnings": [finding_to_json(each) for each in islice(self.of(Severity.WARNING), MAX_FINDINGS)],
        }


@dataclass(frozen=True)
class Wish:
    """What is wanted of an import.

    `complete`: the file is the whole list of the branches it names, so that who is missing from it is marked as
    no longer on the roster. `confirm`: the `plan` of an earlier report; anything else is refused. `only_check`:
    nothing is written. `marked`: where to write a copy of the file with the findings, in `language`.
    """

    skip_bad_rows: bool = False
    complete: bool = False
    confirm: str | None = None
    only_check: bool = False
    marked: Path | None = None
    language: str = LANGUAGES[0]


def finding_to_json(finding: Finding) -> dict[str, Any]:
    """`{"row", "cell", "column", "value", "code", "severity", "problem", "remedy"}`, the last two by language."""
    return {
        "row": finding.row,
        "cell": finding.cell,
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
    wish: Wish | None = None,
    programmes: dict[str, str] | None = None,
    progress: Progress | None = None,
    file_name: str | None = None,
) -> Report:
    """Import `path` into the campaign, or say what that would do.

    `by` is the actor for the audit, `now` an aware time, `file_name` what to call the file when `path` is a
    temporary one, `programmes` the site's list (`doctor.read_programmes`). `progress` is called with 0..1, never
    while the records are locked. Raises `Refusal` for a file that cannot be read as a roster (see `open_table`),
    NO_CAMPAIGN, and ROSTER_MOVED when the plan is not the one that was confirmed; a file with bad rows is no
    refusal: its report says `imported` False.
    """
    wish = wish or Wish(skip_bad_rows=skip_bad_rows)
    say = progress or (lambda _: None)
    name = file_name or path.name
    with database.read() as session:
        rules = Rules(tuple(_campaign(session, campaign_code).school_codes), now.astimezone(CHINA).date())
        lists = site_lists(session, programmes or {})
    digest = _digest(path)
    with open_table(path, name) as stream:
        say(0.2)
        examined = examine(stream, rules, lists, lambda share: say(0.2 + 0.5 * share))
    say(0.75)
    report = Report(name, campaign_code, examined.rows, ignored_columns=examined.stream.header.ignored)
    report.absent_columns = examined.absent
    with database.read() if wish.only_check else database.write() as session:
        if not wish.only_check:
            audit.lock(session)
        merge = _Merge(session, _campaign(session, campaign_code), examined, now, wish)
        merge.decide(report, digest)
        if not wish.only_check:
            _write(session, merge, report, digest, path.stat().st_size, by)
    if wish.marked is not None and examined.findings:
        write_marked(path, name, wish.marked, examined.findings, wish.language)
    say(1.0)
    return report


def _write(session: Session, merge: _Merge, report: Report, digest: str, size: int, by: str) -> None:
    if not report.imported:
        audit.append(
            session, merge.now, "roster_import", Code.ROSTER_HAS_ERRORS.value, by,
            detail={"campaign": report.campaign, "rows": report.rows, "bad_rows": report.rows - report.ok},
        )  # fmt: skip
    elif merge.wish.confirm is not None and merge.wish.confirm != report.plan:
        raise Refusal(Code.ROSTER_MOVED)
    elif report.writes:
        merge.write(report, digest, size, by)


def _campaign(session: Session, code: str) -> Campaign:
    campaign = session.scalar(select(Campaign).where(Campaign.code == code))
    if campaign is None:
        raise Refusal(Code.NO_CAMPAIGN, {"campaign": code})
    return campaign


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class _Known:
    """A student of the records as far as a decision needs; `content` is the hash of the columns of the file."""

    id: int
    student_number: str
    school_code: str
    branch: str
    content: int
    removed: bool


@dataclass
class _Merge:
    """Brings checked rows and the students of the campaign together, inside one transaction."""

    session: Session
    campaign: Campaign
    file: Examined
    now: datetime
    wish: Wish
    new: list[int] = field(default_factory=list)  # rows
    changes: dict[int, int] = field(default_factory=dict)  # row → student
    gone: list[int] = field(default_factory=list)  # students
    claimed: set[int] = field(default_factory=set)

    def decide(self, report: Report, digest: str) -> None:
        """Decide for every row what it would write; fills in `report`, which says whether it may."""
        self._load()
        self.late = self.campaign.roster_deadline is not None and (
            self.now.astimezone(CHINA).date() > self.campaign.roster_deadline
        )
        self._elsewhere()
        unchanged = 0
        for row, values in self.file.good.items():
            unchanged += self._decide(row, values)
        self.file.settle()
        report.ok = len(self.file.good)
        report.findings, report.problems = self.file.findings, dict(self.file.problems)
        report.errors_total = self.file.counts[Severity.ERROR.value]
        report.warnings_total = self.file.counts[Severity.WARNING.value]
        self._missing()
        report.gone = len(self.gone)
        report.added, report.changed, report.unchanged = len(self.new), len(self.changes), unchanged
        report.returned = sum(student in self._was_removed for student in self.changes.values())
        report.late = report.added if self.late else 0
        report.removed = report.gone if self.wish.complete else 0
        report.freed = planning.count_due(self.session, self.gone, self.now) if self.wish.complete else 0
        report.changes, report.plan = self._told(), self._plan(digest)
        bad = report.rows - report.ok
        if self.wish.only_check:
            return
        if bad and (not self.wish.skip_bad_rows or not report.ok):
            report.added = report.changed = report.unchanged = report.late = 0
            report.removed = report.freed = 0
        else:
            report.skipped, report.imported = bad, True

    def _load(self) -> None:
        columns = [getattr(Student, key) for key in self.file.keys]
        about = (Student.id, Student.id_number, Student.student_number, Student.school_code, Student.branch)
        query = select(*about, Student.removed_at, *columns).where(Student.campaign_id == self.campaign.id)
        self.by_id: dict[str, _Known] = {}
        self.by_student_number: dict[str, _Known] = {}
        words: dict[str, str] = {}
        for row in self.session.execute(query.execution_options(yield_per=BATCH)):
            student, number, student_number, school_code, branch, removed_at = row[:6]
            branch, school_code = words.setdefault(branch, branch), words.setdefault(school_code, school_code)
            content, removed = hash(tuple(row[6:])), removed_at is not None
            known = _Known(student, student_number, school_code, branch, content, removed)
            self.by_id[number] = self.by_student_number[student_number] = known
        self._was_removed = {known.id for known in self.by_id.values() if known.removed}

    def _elsewhere(self) -> None:
        """Name whoever is on the roster of another campaign that runs."""
        place = self.file.place("id_number")
        rows = {values[place]: row for row, values in self.file.good.items()}
        query = (
            select(Student.id_number, Campaign.code)
            .join(Campaign, Campaign.id == Student.campaign_id)
            .where(Campaign.active, Campaign.id != self.campaign.id, Student.removed_at.is_(None))
        )
        for number, code in self.session.execute(query.execution_options(yield_per=BATCH)):
            row = rows.get(number)
            if row is not None:
                args: dict[str, object] = {"campaign": code}
                self.file.find(row, "id_number", number, "other_campaign", args, Severity.WARNING)

    def _decide(self, row: int, values: tuple[Value, ...]) -> bool:
        """What becomes of one row; True where nothing changes."""
        file, of = self.file, dict(zip(self.file.keys, values, strict=True))
        number, student_number = str(of["id_number"]), str(of["student_number"])
        same_id, same_number = self.by_id.get(number), self.by_student_number.get(student_number)
        student = same_id or same_number
        if (same_id and same_number and same_id is not same_number) or (student and student.id in self.claimed):
            file.find(row, "student_number", student_number, "two_students")
            return False
        if student is None:
            self.new.append(row)
            if self.late:
                day = {"deadline": str(self.campaign.roster_deadline)}
                file.find(row, "student_number", student_number, "late", {**day}, Severity.WARNING)
            return False
        if not same_id and not self._same_person(student, str(of["name"])):
            file.find(row, "student_number", student_number, "student_number_taken")
            return False
        if of["school_code"] != student.school_code:
            file.find(row, "school_code", of["school_code"], "school_code_changed", {"was": student.school_code})
            return False
        self.claimed.add(student.id)
        branch = of.get("branch")
        if branch and student.branch and branch != student.branch and not student.removed:
            file.find(row, "branch", branch, "other_branch", {"was": student.branch}, Severity.WARNING)
        if hash(values) == student.content and not student.removed:
            return True
        self.changes[row] = student.id
        return False

    def _same_person(self, known: _Known, name: str) -> bool:
        """Whether the ID number of a student may still be corrected: same name, and never been here."""
        visited = select(Visit.id).where(Visit.student_id == known.id).limit(1)
        recorded = self.session.scalar(select(Student.name).where(Student.id == known.id))
        return recorded == name and self.session.scalar(visited) is None

    def _missing(self) -> None:
        """Who of the branches that the file names is not in it. A row with errors still names its student."""
        scope: set[object] | None = None
        if "branch" in self.file.keys:
            place = self.file.place("branch")
            scope = {values[place] for values in self.file.good.values()}
        named = self.file.named
        for number, known in self.by_id.items():
            if known.removed or known.id in self.claimed or number in named or known.student_number in named:
                continue
            if scope is None or known.branch in scope:
                self.gone.append(known.id)

    def _plan(self, digest: str) -> str:
        """A fingerprint of what the file would do to the records as they are, whatever else is wished."""
        said = [digest, len(self.new), sorted(self.changes.values()), sorted(self.gone)]
        return hashlib.sha256(repr(said).encode()).hexdigest()[:32]

    def _told(self) -> list[dict[str, Any]]:
        """The first changes of each kind, masked: `{"kind", "row", "cell", "name", "number", "fields"}`."""
        name, number = self.file.place("name"), self.file.place("student_number")
        told = []
        for row in islice(self.new, MAX_CHANGES):
            values = self.file.good[row]
            told.append(_change("added", row, str(values[name]), str(values[number]), []))
        changes = list(islice(self.changes.items(), MAX_CHANGES))
        before = self._students([student for _, student in changes])
        for row, student in changes:
            values, was = self.file.good[row], before[student]
            fields = [
                BY_KEY[key].title
                for key, value in zip(self.file.keys, values, strict=True)
                if getattr(was, key) != value
            ]
            kind = "returned" if was.removed_at is not None else "changed"
            told.append(_change(kind, row, str(values[name]), str(values[number]), fields))
        gone = list(islice(self.gone, MAX_CHANGES))
        left = self._students(gone)
        told += [_change("gone", None, left[each].name, left[each].student_number, []) for each in gone]
        return told

    def _students(self, wanted: list[int]) -> dict[int, Student]:
        return {row.id: row for row in self.session.scalars(select(Student).where(Student.id.in_(wanted)))}

    def write(self, report: Report, digest: str, size: int, by: str) -> None:
        """Write what was decided, the row of the import, its file and its audit row."""
        names = ("added", "changed", "unchanged", "skipped", "removed")
        counts = {key: getattr(report, key) for key in names}
        record = RosterImport(
            campaign_id=self.campaign.id, file_name=report.file_name[:200], file_sha256=digest, at=self.now, by=by,
            **counts,
        )  # fmt: skip
        self.session.add(record)
        self.session.flush()
        students, keys, good = cast(SqlTable, Student.__table__), self.file.keys, self.file.good
        fixed = {"campaign_id": self.campaign.id, "late": self.late, "import_id": record.id}
        for batch in _batches(self.new):
            rows = [dict(zip(keys, good[row], strict=True)) | fixed for row in batch]
            self.session.execute(insert(students), rows)
        again = {"import_id": record.id, "removed_at": None}
        for batch in _batches(list(self.changes)):
            rows = [dict(zip(keys, good[row], strict=True)) | again | {"of": self.changes[row]} for row in batch]
            wanted = update(students).where(students.c.id == bindparam("of"))
            self.session.execute(wanted.values({key: bindparam(key) for key in (*keys, *again)}), rows)
        for batch in _batches(self.gone if self.wish.complete else []):
            self.session.execute(update(students).where(students.c.id.in_(batch)).values(removed_at=self.now))
        if self.wish.complete:
            planning.give_back(self.session, self.gone, self.now)
        detail = {"campaign": report.campaign, "sha256": digest, **counts, "freed": report.freed}
        self.session.add(
            FileLog(
                direction="in", kind="roster", reference=str(record.id), campaign=report.campaign, sha256=digest,
                bytes=size, by=by, at=self.now,
            )
        )  # fmt: skip
        audit.append(self.session, self.now, "roster_import", "done", by, detail=detail)


def _batches(rows: list[int]) -> list[list[int]]:
    return [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]


def _change(kind: str, row: int | None, name: str, number: str, fields: list[str]) -> dict[str, Any]:
    return {"kind": kind, "row": row, "name": mask_name(name), "number": mask_number(number), "fields": fields}
