"""What the jobs share that read an uploaded file: where it lies, on which machine, and that it goes afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange.lists import ListReport
from kiosk.jobs.context import Context
from kiosk.records.queue import UPLOADS
from kiosk.settings import Settings


def take_in(
    context: Context, importer: Callable[..., ListReport], upload: str, campaign: str, file_name: str
) -> dict[str, Any]:
    """Give the uploaded list to its importer; the report is the result, also when rows kept it out.

    Raises `Refusal` like the importer, and NOT_FOUND.
    """
    report = importer(
        context.database,
        uploaded(context.settings, upload),
        campaign,
        context.by,
        now=context.now,
        file_name=file_name,
        progress=context.progress,
    )
    return report.to_json()


def uploaded(settings: Settings, upload: str) -> Path:
    """Where the uploaded file lies. Raises `Refusal(NOT_FOUND)` where it is gone."""
    path = _path(settings, upload)
    if not path.is_file():
        raise Refusal(Code.NOT_FOUND, {"what": "upload"})
    return path


def clean(settings: Settings, *, upload: str, **_: Any) -> None:
    """Remove the uploaded file: what it held is in the records, a copy would only be personal data lying about."""
    _path(settings, upload).unlink(missing_ok=True)


def here(settings: Settings, *, upload: str, **_: Any) -> bool:
    """Whether the file was uploaded to this machine."""
    return _path(settings, upload).is_file()


def _path(settings: Settings, upload: str) -> Path:
    """Where an upload lies. Raises `Refusal(NOT_FOUND)` for anything but a bare name."""
    if not upload or Path(upload).name != upload or upload.startswith("."):
        raise Refusal(Code.NOT_FOUND, {"what": "upload"})
    return settings.data / UPLOADS / upload
