"""Job: says what is wrong with an uploaded roster and what it would change; a marked copy lies in `documents/`."""

from __future__ import annotations

from typing import Any

from kiosk.exchange.doctor import read_programmes
from kiosk.exchange.roster import Wish, import_file
from kiosk.jobs.context import Context
from kiosk.jobs.documents import document, file_of
from kiosk.jobs.uploads import clean, here, uploaded

__all__ = ["clean", "here", "run"]


def run(
    context: Context,
    *,
    upload: str,
    campaign: str,
    skip_bad_rows: bool = False,
    complete: bool = False,
    file_name: str = "",
    language: str = "zh_CN",
) -> dict[str, Any]:
    """Check `data/uploads/<upload>` and write nothing to the records.

    Answers the report and `file`, the name of the marked copy, empty where nothing was found. Raises `Refusal`
    like `import_file`, and NOT_FOUND when the file is gone.
    """
    path = uploaded(context.settings, upload)
    with document(context, "xlsx") as file:
        report = import_file(
            context.database,
            path,
            campaign,
            context.by,
            now=context.now,
            wish=Wish(skip_bad_rows, complete, only_check=True, marked=file, language=language),
            programmes=read_programmes(context.settings.data),
            progress=context.progress,
            file_name=file_name or "roster",
        )
        made = file.is_file()
    return {**report.to_json(), "file": file_of(context, "xlsx") if made else ""}
