"""Job: holds an uploaded export of the academic system against a campaign's roster."""

from __future__ import annotations

from typing import Any

from kiosk.exchange.compare import compare_file
from kiosk.jobs.context import Context
from kiosk.jobs.uploads import clean, here, uploaded

__all__ = ["clean", "here", "run"]


def run(context: Context, *, upload: str, campaign: str, file_name: str = "") -> dict[str, Any]:
    """Compare `data/uploads/<upload>`. Raises `Refusal` like `compare_file`, and NOT_FOUND without the file."""
    path = uploaded(context.settings, upload)
    found = compare_file(
        context.database,
        path,
        campaign,
        now=context.now,
        file_name=file_name or "export",
        progress=context.progress,
    )
    return found.to_json()
