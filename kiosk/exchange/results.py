"""Takes in the registry's answers: who is linked, who was rejected and why. Whole or not at all.

Rows are matched with what was reported in a package of the campaign; an answer about anybody else is refused, so
that a file for another campaign never counts here.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk.domain import id_numbers, results
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.results import Reason
from kiosk.exchange.lists import ListReport, cells_of
from kiosk.exchange.workbook import Table, read_table
from kiosk.records import audit
from kiosk.records.database import Database
from kiosk.records.registry_tables import FileLog, Package, PackageLine, RegistryResult, ResultImport
from kiosk.records.tables import Campaign, Student

Progress = Callable[[float], None]


@dataclass
class Answer:
    """What one row says."""

    row: int
    linked: bool
    reason: Reason | None
    words: str
    line: PackageLine


@dataclass
class Report(ListReport):
    """What the answer holds; the texts of its problems are `results.problem.<code>`."""

    linked: int = 0
    rejected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def counts(self) -> dict[str, Any]:
        """Who is linked, who was rejected, and how often for which reason."""
        return {"linked": self.linked, "rejected": self.rejected, "reasons": dict(self.reasons.most_common())}


def import_results(
    database: Database,
    path: Path,
    campaign_code: str,
    by: str,
    *,
    now: datetime,
    file_name: str = "",
    progress: Progress | None = None,
) -> Report:
    """Read an answer and write it, unless a row can't be read or is about somebody never reported.

    The same file twice is refused. Raises `Refusal`: NO_CAMPAIGN, RESULT_TWICE, RESULT_OTHER_CAMPAIGN, and those
    of `read_table`.
    """
    say = progress or (lambda _: None)
    table = read_table(path, file_name, results.find_header)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with database.write() as session:
        audit.lock(session)
        campaign = session.scalar(select(Campaign).where(Campaign.code == campaign_code))
        if campaign is None:
            raise Refusal(Code.NO_CAMPAIGN, {"campaign": campaign_code})
        known = select(ResultImport.id).where(
            ResultImport.campaign_id == campaign.id, ResultImport.file_sha256 == digest
        )
        if session.scalar(known) is not None:
            raise Refusal(Code.RESULT_TWICE)
        report = Report()
        answers = _answers(session, campaign, table, report, say)
        if not report.problems:
            _write(session, campaign, answers, digest, file_name or path.name, by, now, report)
            report.imported = True
            detail = {"campaign": campaign.code, "linked": report.linked, "rejected": report.rejected}
            audit.append(session, now, "result_import", "done", by, detail=detail)
    return report


def _answers(session: Session, campaign: Campaign, table: Table, report: Report, say: Progress) -> list[Answer]:
    reported = _Reported(session, campaign)
    found: dict[int, Answer] = {}
    strangers = 0
    rows = [(number, cells_of(table.header.columns, row)) for number, row in table]
    rows = [(number, cells) for number, cells in rows if any(cells.values())]
    for place, (number, cells) in enumerate(rows, 1):
        if place % 500 == 0:
            say(0.9 * place / len(rows))
        report.rows += 1
        if cells.get("campaign") and cells["campaign"] not in (
            campaign.code,
            campaign.title_zh,
            campaign.title_en,
        ):
            raise Refusal(Code.RESULT_OTHER_CAMPAIGN)
        linked = results.linked(cells.get("result", ""))
        if linked is None:
            report.problems.append((number, "word"))
            continue
        line = reported.line(cells)
        if line is None:
            strangers += 1
            report.problems.append((number, "not_reported"))
            continue
        if line.id in found:
            report.problems.append((number, "twice"))
            continue
        words = cells.get("reason", "")
        reason = None if linked else results.reason_of(words or cells["result"])
        found[line.id] = Answer(number, linked, reason, words[:200], line)
    if report.rows and strangers == report.rows:
        raise Refusal(Code.RESULT_OTHER_CAMPAIGN)
    for answer in found.values():
        report.linked += answer.linked
        report.rejected += not answer.linked
        if answer.reason is not None:
            report.reasons[answer.reason.value] += 1
    return list(found.values())


class _Reported:
    """Who was reported in a package of the campaign, each with the newest line."""

    def __init__(self, session: Session, campaign: Campaign) -> None:
        newest = (
            select(func.max(PackageLine.id))
            .join(Package, Package.id == PackageLine.package_id)
            .where(Package.campaign_id == campaign.id)
            .group_by(PackageLine.student_id, PackageLine.code_sha256)
        )
        self._by: dict[str, dict[str, PackageLine]] = {"id_number": {}, "student_number": {}, "ordinal": {}}
        query = (
            select(PackageLine, Student.id_number, Student.student_number)
            .outerjoin(Student, Student.id == PackageLine.student_id)
            .where(PackageLine.id.in_(newest))
        )
        for line, id_number, student_number in session.execute(query):
            self._by["ordinal"][f"{line.ordinal:06d}"] = line
            if id_number:
                self._by["id_number"][id_number] = line
                self._by["student_number"][student_number] = line

    def line(self, cells: dict[str, str]) -> PackageLine | None:
        """Whom a row is about: by the first of its columns that is filled in, and by no other."""
        for key in results.WHO:
            value = cells.get(key, "")
            if not value:
                continue
            if key == "photo":
                stem = PurePosixPath(value.replace("\\", "/")).stem
                return (
                    self._by["id_number"].get(id_numbers.normalise(stem))
                    or self._by["student_number"].get(stem)
                    or self._by["ordinal"].get(stem)
                )
            if key == "id_number":
                return self._by[key].get(id_numbers.normalise(value))
            return self._by[key].get(value.zfill(6) if key == "ordinal" else value)
        return None


def _write(
    session: Session,
    campaign: Campaign,
    answers: Sequence[Answer],
    digest: str,
    file_name: str,
    by: str,
    now: datetime,
    report: Report,
) -> None:
    packages = {answer.line.package_id for answer in answers}
    counts = {"linked": report.linked, "rejected": report.rejected, "reasons": dict(report.reasons)}
    taken = ResultImport(
        campaign_id=campaign.id, package_id=packages.pop() if len(packages) == 1 else None,
        file_name=Path(file_name).name[:200], file_sha256=digest, counts=counts, by=by, at=now,
    )  # fmt: skip
    session.add(taken)
    session.flush()
    session.add_all(
        RegistryResult(
            import_id=taken.id, campaign_id=campaign.id, student_id=answer.line.student_id,
            code_sha256=answer.line.code_sha256, deliverable_sha256=answer.line.deliverable_sha256,
            linked=answer.linked, reason=answer.reason.value if answer.reason else "",
            reason_text=answer.words, at=now,
        )
        for answer in answers
    )  # fmt: skip
    session.add(
        FileLog(direction="in", kind="result", campaign=campaign.code, sha256=digest, bytes=0, by=by, at=now)
    )
