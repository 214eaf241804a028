"""`kiosk campaign`: rounds of photographing."""

from __future__ import annotations

import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import select

from kiosk.actions.base import SYSTEM, Actor, perform
from kiosk.commands.records import actor, opened
from kiosk.exchange import campaigns, plan_files
from kiosk.i18n import text
from kiosk.launch.launcher import language
from kiosk.records import balance
from kiosk.records.tables import Campaign


@click.group()
def command() -> None:
    """Campaigns."""


@command.command("list")
def list_() -> None:
    """Every campaign: code, active or not, mode, profile, days of photographing, registered and ready."""
    spoken, now = language(), datetime.now(UTC)
    with opened() as (database, _settings), database.read() as session:
        for campaign in session.scalars(select(Campaign).order_by(Campaign.code)).all():
            state = text(spoken, "campaign.active" if campaign.active else "campaign.inactive")
            count = balance.of_campaign(session, campaign, now)
            click.echo(
                f"{campaign.code:<24}{state:<10}{campaign.identity_mode:<17}{campaign.profile:<16}"
                f"{campaign.capture_from}…{campaign.capture_until}  {count.ready}/{count.registered}"
            )


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load(file: Path) -> None:
    """Add what FILE (TOML or workbook) describes or bring it up to date: campaign, units, sites.

    Exit status 1 when the file is wrong; then nothing of it counts.
    """
    spoken, now = language(), datetime.now(UTC)
    with opened() as (database, settings):
        plan = plan_files.read(file)
        wrong = plan.unit_problems()
        if wrong:
            click.echo(text(spoken, "plan.cli.units_wrong", unit=wrong[0][0], problem=wrong[0][1]), err=True)
            sys.exit(1)
        try:
            found = campaigns.checked(plan.content, settings) if plan.content else None
        except ValueError as error:
            click.echo(text(spoken, "campaign.invalid", reason=error), err=True)
            sys.exit(1)
        who = Actor(SYSTEM, actor().partition(":")[2])
        if plan.units or plan.sites:
            counts = perform(
                database, settings, "save_units", key=secrets.token_hex(16), actor=who, now=now,
                arguments={"units": plan.units},
            )  # fmt: skip
            for site in plan.sites:
                perform(database, settings, "save_site", key=secrets.token_hex(16), actor=who, arguments=site)
            click.echo(text(spoken, "plan.cli.units", sites=len(plan.sites), **counts))
        if found is not None:
            with database.write() as session:
                changed = campaigns.load(session, found, actor(), now)
            click.echo(text(spoken, "campaign.loaded" if changed else "campaign.unchanged", code=found.code))


@command.command()
@click.argument("code")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(code: str, file: Path) -> None:
    """Write the campaign CODE with organisation and sites to FILE: a workbook (.xlsx), otherwise TOML."""
    spoken = language()
    with opened() as (database, _settings), database.read() as session:
        plan_files.export(session, code, file, "xlsx" if file.suffix.lower() == ".xlsx" else "toml", spoken)
    click.echo(text(spoken, "plan.cli.exported", file=file))


@command.command()
@click.argument("code")
def activate(code: str) -> None:
    """Open the campaign CODE for stations."""
    _set(code, True)


@command.command()
@click.argument("code")
def deactivate(code: str) -> None:
    """Close the campaign CODE for stations; its data stays."""
    _set(code, False)


def _set(code: str, active: bool) -> None:
    with opened() as (database, _settings), database.write() as session:
        campaigns.activate(session, code, active, actor(), datetime.now(UTC))
    click.echo(text(language(), "campaign.activated" if active else "campaign.deactivated", code=code))
