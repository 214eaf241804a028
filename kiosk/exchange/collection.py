"""Takes in a delivery of photos: unpacked, judged by the batch's engine, matched to the roster; staff decide then.

Whole or not at all: rows appear in one transaction at the end, which only writes what lies ready in a file: kiosks
wait for it. A worker that dies goes on where the batch's journal stops; the same file counts once. A picture whose
file names nobody is judged and kept like the others, and staff say whose it is.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session
from sqlalchemy.types import UserDefinedType

from kiosk import catalogue
from kiosk.domain.collection import Mode, Standing
from kiosk.domain.judgement import Verdict
from kiosk.domain.masking import mask_file
from kiosk.domain.profiles import Profile, profiles_from
from kiosk.domain.queue import day_of, local_text, site_zone
from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange import photos
from kiosk.exchange.delivery import Limits, Unpacked, unpack
from kiosk.exchange.photos import Plan, Subject, Subjects
from kiosk.photo import batch
from kiosk.photo.batch_worker import ASK, FAILED, PASSED, REFUSED
from kiosk.records import audit
from kiosk.records.balance import COLLECTION_CODE
from kiosk.records.database import Database
from kiosk.records.registry_tables import CollectedPhoto, Delivery, FileLog
from kiosk.records.tables import Campaign, Job, Student
from kiosk.records.vault import Vault
from kiosk.settings import Settings

Progress = Callable[[float], None]
#: States of a delivery.
JUDGING, READY, WITHDRAWN = "judging", "ready", "withdrawn"
#: Who decides where no person does.
JUDGE = "system:judge"
#: Files that came to nothing and are listed; more only repeat them.
MOST_PROBLEMS = 2000
#: Shares of the progress bar: unpacking, judging; the rest is keeping.
_UNPACKED, _JUDGED = 0.1, 0.9
_TAKEN = (0x8769, 0x9003)
#: Rows in one statement.
_ROWS = 200
#: Why a file shows nobody, or somebody whom another one shows as well.
_NOT_LISTED = "not_listed"
_NOBODY = frozenset({Code.PHOTO_NOT_NAMED.value, Code.PHOTO_NOT_ON_ROSTER.value, Code.PHOTO_OF_SEVERAL.value})
_VERDICTS = {PASSED: Verdict.PASS, ASK: Verdict.ASK, FAILED: Verdict.FAIL}


class _Written(UserDefinedType[str]):
    """JSON that was written before the records are held: it goes in as it is."""

    cache_ok = True


#: What is large of a photo's row, and its times.
_MEASURED, _TIMES = ("judgement", "making", "evidence"), ("taken_at", "decided_at")
_PHOTO = insert(CollectedPhoto).values({name: bindparam(name, type_=_Written()) for name in _MEASURED})


@dataclass(frozen=True)
class Order:
    """What came: the file, for which campaign, in which way, from whom. `public_id`: the job's."""

    archive: Path
    campaign: str
    mode: Mode
    public_id: str
    source: str = ""
    file_name: str = ""


@dataclass
class Report:
    """What became of the files. `problems`: (file name, refusal code or `collection.problem.<code>`).

    `unmatched`: of the judged ones, those that show nobody of the roster as far as their names say.
    """

    files: int = 0
    unmatched: int = 0
    counts: Counter[str] = field(default_factory=Counter)  # passed | ask | failed | refused
    problems: list[tuple[str, str]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The result of the job; names nobody."""
        return {
            "files": self.files, "unmatched": self.unmatched, **self.counts, "problems": len(self.problems),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Files:
    """Where the files of a judged picture lie in the vault, and what its camera says."""

    original: str
    made: str | None
    taken_at: datetime | None


def import_delivery(
    database: Database,
    settings: Settings,
    order: Order,
    work: Path,
    by: str,
    *,
    now: datetime,
    progress: Progress | None = None,
) -> Report:
    """Take in `order`, with `work` as the folder for what lies between. `by`: the actor for the audit.

    Raises `Refusal`: NO_CAMPAIGN, MODE_NOT_ALLOWED, PROFILE_UNKNOWN, DELIVERY_TWICE, those of `delivery.unpack`,
    and DISK_FULL; `ModelsMissing`. Nothing is in the records then.
    """
    say = progress or (lambda share: None)
    with order.archive.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    with database.write() as session:
        campaign, profile = _given(session, settings, order)
        known = _known(session, campaign, digest, order)
        if known is not None:
            return _before(known)
        subjects = _subjects(session, campaign)
        campaign_id = campaign.id
    limits = Limits(settings.collection.delivery_files, settings.collection.unpacked_mb << 20)
    came = unpack(order.archive, work / "in", limits, lambda share: say(_UNPACKED * share))
    _announce(database, order, campaign_id, digest, by, now)
    try:
        plan = photos.plan(work / "in", work / "out", profile, subjects, day_of(now))
        nobody = _judge_all(plan, came)
        batch.run(
            plan.items, profile, work / "out", settings.assets / "models",
            jobs=max(1, batch.processes() - 1),  # a core stays with the kiosk, which may be photographing
            progress=lambda done, total: say(_UNPACKED + (_JUDGED - _UNPACKED) * done / max(1, total)),
        )  # fmt: skip
        report = Report(files=len(plan.items))
        kept = _store(settings, profile, plan, came, work, report, now, say)
        report.unmatched = len(nobody & kept.keys())
        ready = work / "rows"
        _lay_ready(ready, _rows(profile, plan, came, work, kept, nobody, now))
        _keep(database, order, campaign_id, digest, ready, report, by, now)
    except Refusal:
        _forget(database, order)
        raise
    return report


def profile_of(settings: Settings, code: str) -> Profile:
    """The photo profile of that code. Raises `Refusal` PROFILE_UNKNOWN."""
    tables = catalogue.tables(settings.config / "photo_profiles")
    found = profiles_from({key: table for key, table in tables.items() if key == code or key.startswith("_")})
    if code not in found:
        raise Refusal(Code.PROFILE_UNKNOWN, {"profile": code})
    return found[code]


def taken_at(path: Path, now: datetime) -> datetime | None:
    """When the camera says that it took the picture; None where it says nothing or what can't be."""
    try:
        with Image.open(path, formats=("JPEG", "PNG")) as picture:
            said = str(picture.getexif().get_ifd(_TAKEN[0]).get(_TAKEN[1], ""))
        found = datetime.strptime(said[:19], "%Y:%m:%d %H:%M:%S").replace(tzinfo=site_zone())
    except (OSError, ValueError, KeyError, TypeError, SyntaxError):
        return None
    return found if found <= now and found.year > 1990 else None


def _given(session: Session, settings: Settings, order: Order) -> tuple[Campaign, Profile]:
    campaign = session.scalar(select(Campaign).where(Campaign.code == order.campaign))
    if campaign is None:
        raise Refusal(Code.NO_CAMPAIGN, {"campaign": order.campaign})
    if order.mode.value not in campaign.modes or campaign.identity_mode == COLLECTION_CODE:
        raise Refusal(Code.MODE_NOT_ALLOWED)
    return campaign, profile_of(settings, campaign.profile)


def _known(session: Session, campaign: Campaign, digest: str, order: Order) -> Delivery | None:
    """This very delivery where it was finished before its job was marked so. Raises `Refusal` DELIVERY_TWICE.

    One that was begun by a job that ended without finishing it is forgotten.
    """
    audit.lock(session)
    found = session.scalar(select(Delivery).where(Delivery.campaign_id == campaign.id, Delivery.sha256 == digest))
    if found is None or (found.public_id == order.public_id and found.state == JUDGING):
        return None
    if found.public_id == order.public_id:
        return found
    if found.state == JUDGING:
        job = session.scalar(select(Job.state).where(Job.public_id == found.public_id))
        if job not in ("queued", "running"):
            session.delete(found)
            return None
    called = found.source or mask_file(found.file_name)
    raise Refusal(Code.DELIVERY_TWICE, {"at": local_text(found.at), "source": called})


def _before(known: Delivery) -> Report:
    counts = {name: int(known.counts.get(name, 0)) for name in ("passed", "ask", "failed", "refused")}
    problems = [(str(name), str(code)) for name, code in known.problems]
    files, unmatched = (int(known.counts.get(name, 0)) for name in ("files", "unmatched"))
    return Report(files, unmatched, Counter(counts), problems)


def _subjects(session: Session, campaign: Campaign) -> Subjects:
    columns = (Student.id, Student.id_number, Student.student_number, Student.name)
    names = ("id_number", "student_number", "name", "class_name", "sequence")
    query = select(*columns, Student.class_name, Student.sequence).where(
        Student.campaign_id == campaign.id, Student.removed_at.is_(None)
    )
    return Subjects(
        Subject({name: getattr(row, name) for name in names}, row.id) for row in session.execute(query)
    )


def _announce(database: Database, order: Order, campaign_id: int, digest: str, by: str, now: datetime) -> None:
    """Let the page show that a delivery is being judged."""
    with database.write() as session:
        if session.scalar(select(Delivery.id).where(Delivery.public_id == order.public_id)) is None:
            session.add(
                Delivery(
                    public_id=order.public_id, campaign_id=campaign_id, mode=order.mode.value,
                    source=order.source[:80], sha256=digest, state=JUDGING, counts={}, problems=[],
                    file_name=order.file_name[:200], by=by, at=now,
                )
            )  # fmt: skip


def _forget(database: Database, order: Order) -> None:
    with database.write() as session:
        found = session.scalar(
            select(Delivery).where(Delivery.public_id == order.public_id, Delivery.state == JUDGING)
        )
        if found is not None:
            session.delete(found)


def _judge_all(plan: Plan, came: Unpacked) -> set[str]:
    """Have every picture of the plan judged, whomever it shows; the paths of those that show nobody.

    A sign says why, so that a person looks before such a picture counts.
    """
    nobody = set()
    for number, item in enumerate(plan.items):
        why = _NOT_LISTED if item.relative in came.unlisted else item.refusal[0] if item.refusal else ""
        if why in _NOBODY and item.relative in plan.subjects:
            why = ""  # its student lacks what the deliverable would be named by; here files have no names
        elif why == _NOT_LISTED or why in _NOBODY:
            nobody.add(item.relative)
        elif why != Code.PHOTO_TWICE.value:
            continue
        signs = (*item.signs, {"code": why, "ask": True, "evidence": {}}) if why else item.signs
        plan.items[number] = replace(item, name=f"unmatched-{number:05d}", refusal=None, signs=signs)
    return nobody


def _store(
    settings: Settings,
    profile: Profile,
    plan: Plan,
    came: Unpacked,
    work: Path,
    report: Report,
    now: datetime,
    say: Progress,
) -> dict[str, _Files]:
    """Put the files of every judged picture into the vault; by path. Counts, and names what came to nothing."""
    vault, out, kept = Vault(settings.data / "vault"), work / "out", dict[str, _Files]()
    report.problems += [(name, "not_sent") for name in came.unsent]
    outcomes = zip(plan.items, batch.outcomes(plan.items, profile, out), strict=True)
    for number, (item, outcome) in enumerate(outcomes):
        report.counts[outcome["status"]] += 1
        if number % 20 == 0:
            say(_JUDGED + (1 - _JUDGED) * number / len(plan.items))
        if outcome["status"] == REFUSED:
            report.problems.append((came.names[item.relative], outcome["refusal"][0]))
            continue
        made = outcome["output"]
        kept[item.relative] = _Files(
            vault.put(item.path.read_bytes()),
            vault.put((out / made).read_bytes()) if made else None,
            taken_at(item.path, now),
        )
    return kept


def _rows(
    profile: Profile,
    plan: Plan,
    came: Unpacked,
    work: Path,
    kept: dict[str, _Files],
    nobody: set[str],
    now: datetime,
) -> Iterator[dict[str, Any]]:
    """A row for each picture that was kept, read from the journal one by one: what was measured is large."""
    for item, outcome in zip(plan.items, batch.outcomes(plan.items, profile, work / "out"), strict=True):
        files = kept.get(item.relative)
        if files is None:
            continue
        failed = outcome["status"] == FAILED
        yield {
            "public_id": secrets.token_hex(16),
            "student_id": None if item.relative in nobody else plan.subjects[item.relative].row,
            "original_sha256": files.original,
            "deliverable_sha256": files.made,
            "verdict": _VERDICTS[outcome["status"]].value,
            "judgement": {"profile": profile.code, "verdict": outcome["verdict"], "checks": outcome["checks"]},
            "making": outcome["making"] or {},
            "evidence": outcome["signs"],
            "state": (Standing.REJECTED if failed else Standing.CANDIDATE).value,
            "decided_by": JUDGE if failed else None,
            "decided_at": now if failed else None,
            "taken_at": files.taken_at,
            "source_name": came.names[item.relative][:200],
        }


def _lay_ready(file: Path, rows: Iterator[dict[str, Any]]) -> None:
    """Write the rows into a file, not into memory: each as a line, and a line for each value that is large."""
    with file.open("w", encoding="utf-8") as out:
        for row in rows:
            measured = [json.dumps(row.pop(name)) for name in _MEASURED]
            out.write("\n".join([json.dumps(row, default=datetime.isoformat), *measured, ""]))


def _laid_ready(file: Path) -> Iterator[dict[str, Any]]:
    """The rows as `_PHOTO` takes them: what is large stays the text that it is."""
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            for name in _TIMES:
                row[name] = datetime.fromisoformat(row[name]) if row[name] else None
            yield {**row, **{name: next(lines).rstrip("\n") for name in _MEASURED}}


def _keep(
    database: Database,
    order: Order,
    campaign_id: int,
    digest: str,
    ready: Path,
    report: Report,
    by: str,
    now: datetime,
) -> None:
    with database.write() as session:
        audit.lock(session)
        campaign = session.get_one(Campaign, campaign_id)
        delivery = session.scalars(select(Delivery).where(Delivery.public_id == order.public_id)).one()
        fixed = {
            "campaign_id": campaign_id, "mode": order.mode.value, "delivery_id": delivery.id,
            "profile": campaign.profile, "stored_at": now,
        }  # fmt: skip
        rows = _laid_ready(ready)
        while some := [{**fixed, **row} for row in islice(rows, _ROWS)]:
            session.connection().execute(_PHOTO, some)
        delivery.state = READY
        delivery.counts = {"files": report.files, "unmatched": report.unmatched, **report.counts}
        delivery.problems = [list(problem) for problem in report.problems[:MOST_PROBLEMS]]
        size = order.archive.stat().st_size
        session.add(
            FileLog(
                direction="in", kind="delivery", reference=order.public_id, campaign=campaign.code, sha256=digest,
                bytes=size, detail={"mode": order.mode.value, "files": report.files}, by=by, at=now,
            )
        )  # fmt: skip
        detail = {"campaign": campaign.code, "delivery": order.public_id, "mode": order.mode.value}
        audit.append(session, now, "import_delivery", "done", by, detail={**detail, **report.to_json()})
