"""Job: takes in the uploaded photos of a studio or company; staff decide about them afterwards."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from kiosk.domain.collection import Mode
from kiosk.exchange.collection import Order, import_delivery
from kiosk.jobs import uploads
from kiosk.jobs.context import Context
from kiosk.jobs.uploads import here, uploaded
from kiosk.settings import Settings

__all__ = ["clean", "here", "run"]
#: Folder in the data folder where deliveries are unpacked and judged.
FOLDER = "deliveries"


def run(
    context: Context, *, upload: str, campaign: str, mode: str, source: str = "", file_name: str = ""
) -> dict[str, Any]:
    """Take in `data/uploads/<upload>`. Answers `import_delivery`'s report. Raises `Refusal` like it, NOT_FOUND."""
    archive = uploaded(context.settings, upload)
    order = Order(archive, campaign, Mode(mode), context.job, source, file_name)
    work = _work(context.settings, upload)
    work.mkdir(mode=0o700, parents=True, exist_ok=True)
    report = import_delivery(
        context.database, context.settings, order, work, context.by, now=context.now, progress=context.progress
    )
    return report.to_json()


def clean(settings: Settings, *, upload: str, **arguments: Any) -> None:
    """Remove the archive and what it was unpacked to: originals and deliverables are in the vault."""
    uploads.clean(settings, upload=upload, **arguments)
    shutil.rmtree(_work(settings, upload), ignore_errors=True)


def _work(settings: Settings, upload: str) -> Path:
    return settings.data / FOLDER / Path(upload).name
