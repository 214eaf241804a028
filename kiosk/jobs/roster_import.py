"""Job: imports an uploaded roster; the report is the result, also when bad rows kept the file out."""

from __future__ import annotations

from typing import Any

from kiosk.exchange.doctor import read_programmes
from kiosk.exchange.roster import Wish, import_file
from kiosk.jobs.context import Context
from kiosk.jobs.uploads import clean, here, uploaded

__all__ = ["clean", "here", "run"]


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
