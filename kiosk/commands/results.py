"""`kiosk results`: the registry's answers."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from kiosk.commands.records import actor, opened
from kiosk.exchange.lists import MOST_PROBLEMS
from kiosk.exchange.results import import_results
from kiosk.i18n import text
from kiosk.launch.launcher import language


@click.group()
def command() -> None:
    """Take in the registry's answers."""


@command.command("import")
@click.option("--campaign", required=True, help="Code of the campaign that was reported.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(campaign: str, file: Path) -> None:
    """Import FILE (.xlsx, .xls or CSV). Exit status 0 imported, 1 refused or kept out by its rows."""
    spoken = language()
    with opened() as (database, _settings):
        report = import_results(database, file, campaign, actor(), now=datetime.now(UTC), file_name=file.name)
    for row, code in report.problems[:MOST_PROBLEMS]:
        click.echo(
            text(spoken, "results.cli.problem", row=row, said=text(spoken, f"results.problem.{code}")), err=True
        )
    state = "done" if report.imported else "kept_out"
    counts = {"rows": report.rows, "linked": report.linked, "rejected": report.rejected}
    click.echo(text(spoken, f"results.cli.{state}", **counts))
    for reason, count in report.reasons.most_common():
        title = text(spoken, f"results.reason.{reason}.title")
        click.echo(text(spoken, "results.cli.reason", count=count, reason=title))
    sys.exit(0 if report.imported else 1)
