"""Job: takes in an uploaded answer of the registry; the report is the result, also when rows kept it out."""

from __future__ import annotations

from typing import Any

from kiosk.exchange.results import import_results
from kiosk.jobs.context import Context
from kiosk.jobs.uploads import clean, here, take_in

__all__ = ["clean", "here", "run"]


def run(context: Context, *, upload: str, campaign: str, file_name: str = "") -> dict[str, Any]:
    """Import `data/uploads/<upload>`. Raises `Refusal` like `import_results`, and NOT_FOUND."""
    return take_in(context, import_results, upload, campaign, file_name or "results")
