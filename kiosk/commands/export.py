"""`kiosk export`: the reporting package of a campaign or a branch."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from kiosk.commands.records import actor, opened
from kiosk.domain.standing import Missing
from kiosk.exchange import package
from kiosk.i18n import text
from kiosk.launch.launcher import language


@click.command()
@click.option("--campaign", required=True, help="Code of the campaign, see `kiosk campaign list`.")
@click.option("--branch", default="", help="Only this branch of the roster.")
@click.option("--dbf", is_flag=True, help="Add the registry's fields as a DBF file.")
@click.option(
    "--part-mb", type=click.IntRange(min=1), help="Split into parts of about this size in megabytes (10^6 bytes)."
)
@click.option("--recipient", default="", help="Encrypt for this age public key (age1…).")
@click.option("--dry-run", is_flag=True, help="Write nothing; list everything that would keep somebody out.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path), required=False)
def command(
    campaign: str,
    branch: str,
    dbf: bool,
    part_mb: int | None,
    recipient: str,
    dry_run: bool,
    as_json: bool,
    out: Path | None,
) -> None:
    """Write photos, workbooks and a signed manifest of a campaign to OUT (a zip).

    OUT (or its parts OUT-1 …) appears whole or not at all. Exit status 0 written, 1 refused, or with --dry-run
    something that keeps the package from being made.
    """
    if out is None and not dry_run:
        raise click.UsageError("Missing argument 'OUT'.")
    order = package.Order(campaign, branch, dbf, part_mb * 1_000_000 if part_mb else None, recipient)
    with opened() as (database, settings):
        if out is None or dry_run:
            summary, problems = package.rehearse(database, settings, order, now=datetime.now(UTC))
            _say_rehearsal(summary, problems, as_json)
            sys.exit(1 if any(problem.blocks for problem in problems) else 0)
        summary = package.export(database, settings, order, out, actor(), now=datetime.now(UTC))
    if as_json:
        click.echo(json.dumps(summary.to_json()))
        return
    spoken, missing = language(), sum(summary.missing.values())
    counts = {"registered": summary.registered, "exported": summary.exported, "missing": missing}
    click.echo(text(spoken, "package.cli.done", file=out.name, **counts))
    for part in summary.parts:
        facts = {"bytes": part["bytes"], "sha256": part["sha256"]}
        click.echo(text(spoken, "package.cli.part", file=part["name"], **facts))
    _say_missing(summary)


def _say_missing(summary: package.Summary) -> None:
    for reason, count in summary.missing.items():
        said = text(language(), f"package.missing.{reason}")
        click.echo(text(language(), "package.cli.reason", count=count, reason=said))


def _say_rehearsal(summary: package.Summary, problems: list[package.Problem], as_json: bool) -> None:
    spoken = language()
    if as_json:
        listed = [{"code": each.code, "ordinal": each.ordinal, "field": each.field} for each in problems]
        click.echo(json.dumps({**summary.to_json(), "problems": listed}, ensure_ascii=False))
        return
    missing = sum(summary.missing.values())
    counts = {"registered": summary.registered, "exported": summary.exported, "missing": missing}
    click.echo(text(spoken, "package.cli.rehearsed", bytes=summary.bytes, **counts))
    _say_missing(summary)
    for each in problems:
        area = "missing" if each.code in set(Missing) else "block"
        said = text(spoken, f"package.{area}.{each.code}", field=each.field)
        if each.ordinal is None:
            click.echo(text(spoken, "package.cli.blocks", said=said))
        else:
            click.echo(text(spoken, "package.cli.problem", ordinal=each.ordinal, said=said))
