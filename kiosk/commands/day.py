"""`kiosk day`: make the signed report of a day, and check one."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from kiosk import settings as configuration
from kiosk import signing
from kiosk.commands.records import actor, opened, say_refusal
from kiosk.domain.queue import day_of
from kiosk.domain.refusals import Refusal
from kiosk.exchange import day_report, day_report_check
from kiosk.exchange.day_report_words import Words
from kiosk.i18n import LANGUAGES, text
from kiosk.launch.launcher import language


@click.group()
def command() -> None:
    """The day at this site: its signed report."""


@command.command()
@click.option(
    "--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Day of the report; today where none is given."
)
@click.option("--language", "spoken", type=click.Choice(LANGUAGES), default="zh_CN", show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write; day-<date>.zip here.")
def report(day: datetime | None, spoken: str, out: Path | None) -> None:
    """Write a zip with PDF, workbook and signature. It holds personal data.

    Exit status 0 written and final, 1 refused, 2 written, but somebody is not accounted for or a session is open.
    """
    with opened() as (database, settings):
        now = datetime.now(UTC)
        wanted = day.date() if day is not None else day_of(now)
        file = out or Path(f"day-{wanted.isoformat()}.zip")
        made = day_report.make(database, settings, wanted, file.absolute(), actor(), language=spoken, now=now)
    click.echo(_say("made", file=file.name, people=made["people"], key=made["key_id"]))
    if not made["final"]:
        click.echo(_say("open", count=made["open"]), err=True)
        sys.exit(2)


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", help="The sender's public key, as `kiosk package key` prints it there.")
def verify(file: Path, key: str | None) -> None:
    """Check FILE: the signature, every byte of PDF and workbook, the sums. Exit status 0 good, 1 not."""
    try:
        public_key = signing.decode(key) if key else None
    except ValueError as error:
        raise click.BadParameter("not a public key", param_hint="--key") from error
    try:
        found = day_report_check.verify(file, public_key)
    except Refusal as refusal:
        say_refusal(refusal)
        raise SystemExit(1) from refusal
    for code, name in found.problems:
        click.echo(text(language(), f"evening.verify.{code}", file=name), err=True)
    if not found.good:
        raise SystemExit(1)
    settings = configuration.load()
    words = Words(language(), ZoneInfo(settings.site.time_zone))
    manifest = found.manifest
    click.echo(_say("facts", day=manifest["day"], site=manifest["site"], made_at=manifest["made_at"]))
    for campaign in manifest["campaigns"]:
        parts, expected = words.parts(campaign["outcomes"]), campaign["due"] + campaign["walked_in"]
        click.echo(_say("sum", campaign=campaign["code"], expected=expected, parts=parts))
    click.echo(_say("chain", rows=manifest["chain"]["rows"]))
    own = public_key is None and signing.Signer.of(settings).public_key == found.public_key
    known = "known" if public_key is not None else "own" if own else "unknown"
    click.echo(_say(f"key_{known}", key=found.key_id))
    click.echo(_say("good"))


def _say(key: str, /, **values: object) -> str:
    return text(language(), f"evening.cli.{key}", **values)
