"""`kiosk audit`: prove that the history is whole."""

from __future__ import annotations

import sys
from contextlib import closing

import click

from kiosk import settings as configuration
from kiosk.i18n import text
from kiosk.launch.launcher import language
from kiosk.records import audit, migrate
from kiosk.records.database import Database


@click.group()
def command() -> None:
    """The audit: the append-only history of every decision."""


@command.command()
def verify() -> None:
    """Walk the chain of hashes. Exit status 0 when it is whole, 1 when a row was changed, removed or inserted."""
    settings = configuration.load()
    migrate.upgrade(settings)
    records = closing(Database(settings.database_url, settings.database.busy_seconds))
    with records as database, database.read() as session:
        rows, broken = audit.verify(session)
    if broken is None:
        click.echo(text(language(), "audit.whole", rows=rows))
        return
    click.echo(text(language(), "audit.broken", sequence=broken), err=True)
    sys.exit(1)
