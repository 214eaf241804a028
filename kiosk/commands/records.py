"""What commands that work with the records share: the settings, the open database, refusals as sentences."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.exc import OperationalError

from kiosk import settings as configuration
from kiosk.domain.refusals import Code, Refusal
from kiosk.i18n import text
from kiosk.launch.launcher import language
from kiosk.records import migrate
from kiosk.records.database import Database
from kiosk.settings import Settings


@contextmanager
def opened() -> Iterator[tuple[Database, Settings]]:
    """The records, brought up to date; a `Refusal` inside ends the command with its sentences and status 1."""
    settings = configuration.load()
    migrate.upgrade(settings)
    database = Database(settings.database_url, settings.database.busy_seconds)
    try:
        yield database, settings
    except Refusal as refusal:
        say_refusal(refusal)
        sys.exit(1)
    except OperationalError as error:
        full = "full" in str(error.orig).lower()
        say_refusal(Refusal(Code.DISK_FULL if full else Code.DATABASE_BUSY))
        sys.exit(1)
    finally:
        database.close()


def say_refusal(refusal: Refusal) -> None:
    """Print what staff would read on their page, and what only the command line can know."""
    if refusal.code is Code.NO_CAMPAIGN and "campaign" in refusal.args_:
        click.echo(text(language(), "roster.cli.no_campaign", **refusal.args_), err=True)
        return
    for part in ("staff", "next"):
        click.echo(text(language(), f"refusal.{refusal.code.value}.{part}", **refusal.args_), err=True)
    for part in ("missing", "twice"):
        columns = refusal.args_.get(part)
        if columns:
            click.echo(text(language(), f"roster.cli.{part}_columns", columns=columns), err=True)


def actor() -> str:
    """Who the audit says did it: the account of the operating system."""
    return f"command:{getpass.getuser()}"
