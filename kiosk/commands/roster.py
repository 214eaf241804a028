"""`kiosk roster`: student lists are checked, imported and compared; templates for them."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from kiosk.commands.records import actor, opened
from kiosk.domain.roster import SCHOOL_CODES, Severity
from kiosk.exchange.compare import compare_file
from kiosk.exchange.doctor import read_programmes, site_lists
from kiosk.exchange.roster import Report, Wish, finding_to_json, import_file
from kiosk.exchange.template import MOST_ROWS, ROWS, write_template
from kiosk.i18n import text
from kiosk.launch.launcher import language

#: Most cells that are printed; `--json` holds more.
MAX_LINES = {Severity.ERROR: 200, Severity.WARNING: 20}
#: Most changes and differences that are printed.
MAX_CHANGES = 40

_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_CAMPAIGN = click.option("--campaign", required=True, help="Code of the campaign, see `kiosk campaign list`.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")
_SKIP = click.option("--skip-bad-rows", is_flag=True, help="Import the good rows of a file that has bad ones.")
_COMPLETE = click.option(
    "--complete",
    is_flag=True,
    help="The file is the whole list: mark who is not in it as no longer on the roster.",
)


@click.group()
def command() -> None:
    """Rosters."""


@command.command("check")
@_FILE
@_CAMPAIGN
@click.option(
    "--copy", type=click.Path(dir_okay=False, path_type=Path), help="Where to write a marked copy (.xlsx)."
)
@_JSON
def check(file: Path, campaign: str, copy: Path | None, as_json: bool) -> None:
    """Say what is wrong with FILE and what an import would change; writes nothing to the records.

    Exit status 0 without errors, 1 refused or with errors.
    """
    wish = Wish(only_check=True, marked=copy, language=language())
    with opened() as (database, settings):
        report = import_file(
            database, file, campaign, actor(), now=datetime.now(UTC), wish=wish,
            programmes=read_programmes(settings.data),
        )  # fmt: skip
    if as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=1))
    else:
        _say_findings(report)
        _say_changes(report)
        if copy is not None:
            key = "marked" if report.findings else "no_findings"
            click.echo(text(language(), f"roster.cli.{key}", file=str(copy)))
    sys.exit(1 if report.errors_total else 0)


@command.command("import")
@_FILE
@_CAMPAIGN
@_SKIP
@_COMPLETE
@click.option("--yes", is_flag=True, help="Do not ask before students that are on record are changed.")
@_JSON
def import_(file: Path, campaign: str, skip_bad_rows: bool, complete: bool, yes: bool, as_json: bool) -> None:
    """Import FILE (.xlsx, .xls, .csv) into a campaign.

    What would change of the students on record is shown first and asked about, unless --yes. Exit status 0
    imported, 1 refused, not confirmed, or nothing imported because of bad rows.
    """
    confirm = None
    with opened() as (database, settings):

        def run(wish: Wish) -> Report:
            programmes = read_programmes(settings.data)
            now = datetime.now(UTC)
            return import_file(database, file, campaign, actor(), now=now, wish=wish, programmes=programmes)

        if not yes:
            seen = run(Wish(skip_bad_rows, complete, only_check=True))
            good = seen.rows == seen.ok or (skip_bad_rows and seen.ok > 0)
            if good and (seen.changed or seen.removed):
                _say_changes(seen)
                if not _sure():
                    click.echo(text(language(), "roster.cli.not_confirmed"), err=True)
                    sys.exit(1)
                confirm = seen.plan
        report = run(Wish(skip_bad_rows, complete, confirm))
    if as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=1))
    else:
        _say(report)
    if not report.imported:
        sys.exit(1)


@command.command("compare")
@_FILE
@_CAMPAIGN
@_JSON
def compare(file: Path, campaign: str, as_json: bool) -> None:
    """Hold FILE, an export of the academic system, against the campaign's roster and name every difference.

    Exit status 0 no difference, 1 differences or refused.
    """
    with opened() as (database, _settings):
        found = compare_file(database, file, campaign, now=datetime.now(UTC), progress=lambda _: None)
    told = found.to_json()
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        _say_lines("difference", found.differences)
        counts = {key: value for key, value in told.items() if isinstance(value, int)}
        click.echo(text(language(), "roster.cli.compared", file=found.file_name, **counts))
    sys.exit(1 if found.differing or found.only_ours or found.only_theirs or found.unreadable else 0)


@command.command("template")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--school", type=click.Choice(SCHOOL_CODES), required=True, help="51161 open, 51383 adult education."
)
@click.option("--rows", type=click.IntRange(1, MOST_ROWS), default=ROWS, show_default=True, help="Rows prepared.")
def template(file: Path, school: str, rows: int) -> None:
    """Write the empty roster of a school code to FILE (.xlsx)."""
    with opened() as (database, settings), database.read() as session:
        lists = site_lists(session, read_programmes(settings.data))
    write_template(file, school, lists, language(), rows)
    click.echo(text(language(), "roster.cli.template", file=str(file)))


def _sure() -> bool:
    """Whether the person at the terminal says yes; without one it is no."""
    try:
        return click.confirm(text(language(), "roster.cli.sure"), default=False, err=True)
    except click.Abort:
        return False


def _say_findings(report: Report) -> None:
    spoken = language()
    for severity, most in MAX_LINES.items():
        findings, to_error = report.of(severity), severity is Severity.ERROR
        total = report.errors_total if to_error else report.warnings_total
        for finding in findings[:most]:
            said = finding_to_json(finding)
            line = {**said, "problem": said["problem"][spoken], "remedy": said["remedy"][spoken]}
            click.echo(text(spoken, "roster.cli.finding", **line), err=to_error)
        if total > most:
            click.echo(text(spoken, "roster.cli.more", count=total - most), err=to_error)
    for key, columns in (("ignored", report.ignored_columns), ("absent", report.absent_columns)):
        if columns:
            click.echo(text(spoken, f"roster.cli.{key}", columns="、".join(columns)))
    if report.late:
        click.echo(text(spoken, "roster.cli.late", late=report.late))


def _say_changes(report: Report) -> None:
    _say_lines("change", report.changes)
    counts = ("rows", "ok", "added", "changed", "unchanged", "gone")
    values = {key: getattr(report, key) for key in counts}
    click.echo(text(language(), "roster.cli.checked", file=report.file_name, **values))


def _say_lines(what: str, lines: list[dict[str, Any]]) -> None:
    for line in lines[:MAX_CHANGES]:
        said = {**line, "fields": "、".join(line.get("fields", []))}
        click.echo(text(language(), f"roster.cli.{what}.{line['kind']}", **said))
    if len(lines) > MAX_CHANGES:
        click.echo(text(language(), "roster.cli.more", count=len(lines) - MAX_CHANGES))


def _say(report: Report) -> None:
    spoken = language()
    _say_findings(report)
    if report.imported:
        counts = {key: getattr(report, key) for key in ("rows", "added", "changed", "unchanged", "skipped")}
        click.echo(text(spoken, "roster.cli.imported", file=report.file_name, **counts))
        if report.removed:
            click.echo(text(spoken, "roster.cli.removed", removed=report.removed))
            if report.freed:
                click.echo(text(spoken, "roster.cli.freed", freed=report.freed))
        elif report.gone:
            click.echo(text(spoken, "roster.cli.gone_kept", gone=report.gone))
        return
    bad = report.rows - report.ok
    click.echo(text(spoken, "roster.cli.not_imported", file=report.file_name, bad=bad), err=True)
    if report.ok:
        click.echo(text(spoken, "roster.cli.hint_skip"), err=True)
