"""Job: imports an uploaded roster; the report is the result, also when bad rows kept the file out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange.doctor import read_programmes
from kiosk.exchange.roster import Wish, import_file
from kiosk.jobs.context import Context
from kiosk.records.queue import UPLOADS
from kiosk.settings import Settings


def run(
    context: Context,
    *,
    upload: str,
    campaign: str,
    skip_bad_rows: bool = False,
    complete: bool = False,
    confirm: str | None = None,
    file_name: str = "",
) -> dict[str, Any]:
    """Import `data/uploads/<upload>`; what the others are says `kiosk.exchange.roster.Wish`.

    Raises `Refusal` like `import_file`, and NOT_FOUND when the file is gone.
    """
    path = uploaded(context.settings, upload)
    report = import_file(
        context.database,
        path,
        campaign,
        context.by,
        now=context.now,
        wish=Wish(skip_bad_rows, complete, confirm),
        programmes=read_programmes(context.settings.data),
        progress=context.progress,
        file_name=file_name or "roster",
    )
    return report.to_json()


def uploaded(settings: Settings, upload: str) -> Path:
    """Where the uploaded file lies. Raises `Refusal(NOT_FOUND)` where it is gone."""
    path = _path(settings, upload)
    if not path.is_file():
        raise Refusal(Code.NOT_FOUND, {"what": "upload"})
    return path


def clean(settings: Settings, *, upload: str, **_: Any) -> None:
    """Remove the uploaded file: the roster is in the records, a copy would only be personal data lying about."""
    _path(settings, upload).unlink(missing_ok=True)


def here(settings: Settings, *, upload: str, **_: Any) -> bool:
    """Whether the file was uploaded to this machine."""
    return _path(settings, upload).is_file()


def _path(settings: Settings, upload: str) -> Path:
    """Where an upload lies. Raises `Refusal(NOT_FOUND)` for anything but a bare name."""
    if not upload or Path(upload).name != upload or upload.startswith("."):
        raise Refusal(Code.NOT_FOUND, {"what": "upload"})
    return settings.data / UPLOADS / upload
