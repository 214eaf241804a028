"""Job: reads an uploaded campaign file (TOML or workbook); the page shows what it says before anything counts."""

from __future__ import annotations

from typing import Any

from kiosk.exchange import plan_files
from kiosk.jobs.context import Context
from kiosk.jobs.uploads import clean, here, uploaded

__all__ = ["clean", "here", "run"]


def run(context: Context, *, upload: str, file_name: str = "", campaign: str = "") -> dict[str, Any]:
    """Answers `{"content", "units", "sites", "unit_problems"}`. Raises `Refusal` like `plan_files.read`."""
    plan = plan_files.read(uploaded(context.settings, upload))
    return {
        "content": plan.content,
        "units": plan.units,
        "sites": plan.sites,
        "unit_problems": [list(problem) for problem in plan.unit_problems()],
    }
