"""Where the jobs write what is fetched from `data/documents`: whole or not at all, for the owner alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kiosk.jobs.context import Context
from kiosk.records.queue import DOCUMENTS


@contextmanager
def document(context: Context, ending: str) -> Iterator[Path]:
    """The file to write; it becomes `file_of(context, ending)` at the end of the block, if it was written by then.

    An error in the block leaves nothing.
    """
    folder = context.settings.data / DOCUMENTS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = file_of(context, ending)
    draft = folder / f".{name}"
    try:
        yield draft
        if draft.is_file():
            draft.chmod(0o600)
            draft.replace(folder / name)
    finally:
        draft.unlink(missing_ok=True)


def file_of(context: Context, ending: str) -> str:
    """What the job's file is called; the result says it as `file`."""
    return f"{context.job}.{ending}"
