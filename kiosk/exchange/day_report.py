"""The signed report of a day: reads the records, writes PDF and workbook, seals both in one zip.

report.pdf       for paper: the sum, each difference by name, decisions, incidents, the signature's block
report.xlsx      the same and everybody of the day; all text
manifest.json    the sums, how far the audit chain was proved, SHA-256 and size of both files
manifest.sig     the station's Ed25519 signature over PURPOSE, a zero byte and manifest.json
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from kiosk.exchange import day_report_book, day_report_pdf
from kiosk.exchange.day_report_facts import Facts, read
from kiosk.exchange.sheets import add
from kiosk.records import audit, day_balance
from kiosk.records.database import Database
from kiosk.settings import Settings
from kiosk.signing import ALGORITHM, Signer, encode

FORMAT = 1
PDF, WORKBOOK, MANIFEST, SIGNATURE = "report.pdf", "report.xlsx", "manifest.json", "manifest.sig"
#: Signed together with the manifest: this signature means a report of a day and nothing else.
PURPOSE = b"kiosk-day-report"

Progress = Callable[[float], None]


def make(
    database: Database,
    settings: Settings,
    day: date,
    out: Path,
    by: str,
    *,
    language: str = "zh_CN",
    now: datetime,
    progress: Progress = lambda _share: None,
) -> dict[str, Any]:
    """Write the report of `day` at this site to `out`, whole or not at all, and note it in the audit.

    Answers `{"day", "people", "open", "final", "pages", "key_id", "chain": {"rows", "broken_at"}, "sha256"}`.
    Raises `Refusal` no_day, `OSError`.
    """
    signer = Signer.of(settings)
    out.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".day-", dir=out.parent) as name:
        folder = Path(name)
        with database.read() as session:
            facts = read(session, settings, day, by, language, now)
            progress(0.3)
            day_report_book.write(facts, folder / WORKBOOK)
            progress(0.6)
            seal = day_report_pdf.Seal(signer.key_id, encode(signer.public_key), _sha256(folder / WORKBOOK))
            pages = day_report_pdf.write(facts, seal, folder / PDF)
            manifest = json.dumps(_manifest(facts, folder), ensure_ascii=False, indent=1).encode()
        progress(0.9)
        draft = folder / "draft.zip"
        with zipfile.ZipFile(draft, "w") as archive:
            for file in (PDF, WORKBOOK):
                add(archive, file, (folder / file).read_bytes())
            add(archive, MANIFEST, manifest, zipfile.ZIP_DEFLATED)
            add(archive, SIGNATURE, json.dumps(_proof(signer, manifest), indent=1).encode())
        draft.chmod(0o600)
        digest = _sha256(draft)
        draft.replace(out)
    people = sum(len(found.lines) for found in facts.balances)
    detail = {"day": day.isoformat(), "sha256": digest, "people": people, "final": facts.is_final}
    with database.write() as session:
        audit.lock(session)
        audit.append(session, now, day_balance.REPORT, "done", by, detail=detail)
    return {
        **detail,
        "open": sum(found.sum.outcomes["open"] for found in facts.balances),
        "pages": pages,
        "key_id": signer.key_id,
        "chain": {"rows": facts.chain.rows, "broken_at": facts.chain.broken_at},
    }


def _manifest(facts: Facts, folder: Path) -> dict[str, Any]:
    campaigns = [
        {
            "code": found.campaign.code,
            "closed": found.session is not None and found.session.closed_at is not None,
            **found.sum.to_json(),
        }
        for found in facts.balances
    ]
    files = [
        {"path": name, "sha256": _sha256(folder / name), "bytes": (folder / name).stat().st_size}
        for name in (PDF, WORKBOOK)
    ]
    return {
        "format": FORMAT,
        "kind": day_balance.REPORT,
        "day": facts.day.isoformat(),
        "site": facts.site,
        "made_at": facts.made_at.astimezone(UTC).isoformat(timespec="seconds"),
        "by": facts.by,
        "final": facts.is_final,
        "campaigns": campaigns,
        "chain": facts.chain.to_json(),
        "files": files,
    }


def _proof(signer: Signer, manifest: bytes) -> dict[str, str]:
    return {
        "algorithm": ALGORITHM,
        "key_id": signer.key_id,
        "public_key": encode(signer.public_key),
        "signature": encode(signer.sign(PURPOSE + b"\0" + manifest)),
    }


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
