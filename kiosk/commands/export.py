"""`kiosk export`: the reporting package of a campaign."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from kiosk.commands.records import actor, opened
from kiosk.exchange import package
from kiosk.i18n import text
from kiosk.launch.launcher import language


@click.command()
@click.option("--campaign", required=True, help="Code of the campaign, see `kiosk campaign list`.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
def command(campaign: str, as_json: bool, out: Path) -> None:
    """Write photos, workbook and manifest of a campaign to OUT (a zip).

    OUT appears whole or not at all. Exit status 0 written, 1 refused.
    """
    with opened() as (database, settings):
        summary = package.export(database, settings, campaign, out, actor(), now=datetime.now(UTC))
    if as_json:
        click.echo(json.dumps(summary.to_json()))
        return
    spoken, missing = language(), sum(summary.missing.values())
    counts = {"registered": summary.registered, "exported": summary.exported, "missing": missing}
    click.echo(text(spoken, "package.cli.done", file=out.name, **counts))
    for reason, count in summary.missing.items():
        said = text(spoken, f"package.missing.{reason}")
        click.echo(text(spoken, "package.cli.reason", count=count, reason=said))
