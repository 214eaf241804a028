"""`kiosk roster`: student lists in."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from kiosk.commands.records import actor, opened
from kiosk.domain.roster import Severity
from kiosk.exchange.roster import Report, finding_to_json, import_file
from kiosk.i18n import text
from kiosk.launch.launcher import language

#: Most cells that are printed; `--json` holds more.
MAX_LINES = {Severity.ERROR: 200, Severity.WARNING: 20}


@click.group()
def command() -> None:
    """Rosters."""


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--campaign", required=True, help="Code of the campaign, see `kiosk campaign list`.")
@click.option("--skip-bad-rows", is_flag=True, help="Import the good rows of a file that has bad ones.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")
def import_(file: Path, campaign: str, skip_bad_rows: bool, as_json: bool) -> None:
    """Import FILE (.xlsx, .xls, .csv) into a campaign.

    Exit status 0 imported, 1 refused or nothing imported because of bad rows.
    """
    with opened() as (database, _settings):
        report = import_file(database, file, campaign, actor(), now=datetime.now(UTC), skip_bad_rows=skip_bad_rows)
    if as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=1))
    else:
        _say(report)
    if not report.imported:
        sys.exit(1)


def _say(report: Report) -> None:
    spoken = language()
    for severity, most in MAX_LINES.items():
        findings, to_error = report.of(severity), severity is Severity.ERROR
        for finding in findings[:most]:
            said = finding_to_json(finding)
            line = {**said, "problem": said["problem"][spoken], "remedy": said["remedy"][spoken]}
            click.echo(text(spoken, "roster.cli.finding", **line), err=to_error)
        if len(findings) > most:
            click.echo(text(spoken, "roster.cli.more", count=len(findings) - most), err=to_error)
    if report.ignored_columns:
        click.echo(text(spoken, "roster.cli.ignored", columns="、".join(report.ignored_columns)))
    if report.late:
        click.echo(text(spoken, "roster.cli.late", late=report.late))
    if report.imported:
        counts = {key: getattr(report, key) for key in ("rows", "added", "changed", "unchanged", "skipped")}
        click.echo(text(spoken, "roster.cli.imported", file=report.file_name, **counts))
        return
    bad = report.rows - report.ok
    click.echo(text(spoken, "roster.cli.not_imported", file=report.file_name, bad=bad), err=True)
    if report.ok:
        click.echo(text(spoken, "roster.cli.hint_skip"), err=True)
