"""Job: says what is wrong with an uploaded roster and what it would change; a marked copy lies in `documents/`."""

from __future__ import annotations

from typing import Any

from kiosk.exchange.doctor import read_programmes
from kiosk.exchange.roster import Wish, import_file
from kiosk.jobs.context import Context
from kiosk.jobs.roster_import import clean, here, uploaded
from kiosk.jobs.rounds import DOCUMENTS

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
    folder = context.settings.data / DOCUMENTS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{context.job}.xlsx"
    draft = folder / f".{name}"
    try:
        report = import_file(
            context.database,
            path,
            campaign,
            context.by,
            now=context.now,
            wish=Wish(skip_bad_rows, complete, only_check=True, marked=draft, language=language),
            programmes=read_programmes(context.settings.data),
            progress=context.progress,
            file_name=file_name or "roster",
        )
        made = draft.is_file()
        if made:
            draft.chmod(0o600)
            draft.replace(folder / name)
    finally:
        draft.unlink(missing_ok=True)
    return {**report.to_json(), "file": name if made else ""}
