"""A whole batch of photos from a folder: matched, judged, made, reported. For the command line and for jobs."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from kiosk.domain.profiles import Profile
from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange import photo_report, photos
from kiosk.exchange.photo_report import Summary
from kiosk.exchange.photos import Subjects
from kiosk.launch.lock import FolderLock, Taken
from kiosk.photo import batch
from kiosk.photo.batch import Progress
from kiosk.photo.batch_worker import WORK


def process(
    folder: Path,
    profile: Profile,
    out: Path,
    models: Path,
    *,
    today: date,
    subjects: Subjects | None = None,
    jobs: int | None = None,
    language: str = "zh_CN",
    progress: Progress | None = None,
) -> Summary:
    """Judge and make every picture below `folder`, write deliverables and both reports to `out`.

    What an earlier run did is not done again (`kiosk.photo.batch`); the same sources give the same bytes.
    `subjects`: who may be on the pictures, None takes the numbers in the names as they are. `today`: the day in
    China. Raises `Refusal` BATCH_BUSY where another process works on `out`, `ModelsMissing`, `OSError`.
    """
    out.mkdir(parents=True, exist_ok=True)
    folder, out = folder.resolve(), out.resolve()
    try:
        with FolderLock(out / WORK, "lock"):
            plan = photos.plan(folder, out, profile, subjects, today)
            batch.run(plan.items, profile, out, models, jobs, progress)
            return photo_report.write(
                out, profile, plan, lambda: batch.outcomes(plan.items, profile, out), language
            )
    except Taken as error:
        raise Refusal(Code.BATCH_BUSY) from error
