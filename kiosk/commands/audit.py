"""`kiosk audit`: prove that the history is whole."""

from __future__ import annotations

import sys

import click

from kiosk.commands import records
from kiosk.i18n import text
from kiosk.launch.launcher import language
from kiosk.records import audit


@click.group()
def command() -> None:
    """The audit: the append-only history of every decision."""


@command.command()
def verify() -> None:
    """Walk the chain of hashes. Exit status 0 when it is whole, 1 when a row was changed, removed or inserted."""
    with records.opened() as (database, _), database.read() as session:
        rows, broken = audit.verify(session)
    if broken is None:
        click.echo(text(language(), "audit.whole", rows=rows))
        return
    click.echo(text(language(), "audit.broken", sequence=broken), err=True)
    sys.exit(1)
