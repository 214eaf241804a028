"""`kiosk staff`: accounts of those who may log in, for the person who sits at the server."""

from __future__ import annotations

import secrets
import sys

import click

from kiosk.actions import people
from kiosk.actions.base import ROLES, SYSTEM, Actor, perform
from kiosk.commands import records
from kiosk.i18n import LANGUAGES, text
from kiosk.launch.launcher import language
from kiosk.records import queries

#: Who decides on the command line: whoever may read the data folder of the server.
COMMAND_LINE = Actor(SYSTEM, "command")


@click.group()
def command() -> None:
    """Staff accounts."""


@command.command()
@click.argument("login")
@click.option("--name", "display_name", help="Name shown to colleagues; the log-in name when missing.")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the person may do.")
@click.option("--language", "spoken", type=click.Choice(LANGUAGES), default="zh_CN", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from the standard input.")
def add(login: str, display_name: str | None, role: str, spoken: str, password_stdin: bool) -> None:
    """Add an account. The password is asked for and never stands on the command line."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt(text(language(), "people.password"), hide_input=True, confirmation_prompt=True)
    with records.opened() as (database, settings):
        people.add(
            database,
            settings,
            key=secrets.token_hex(16),
            actor=COMMAND_LINE,
            login=login,
            display_name=display_name or login,
            role=role,
            password=password,
            language=spoken,
        )
    click.echo(text(language(), "people.added", login=login, role=role))


@command.command("list")
def list_() -> None:
    """Every account: log-in, role, whether it is active, last log-in."""
    with records.opened() as (database, _settings), database.read() as session:
        for person in queries.people(session):
            state = "active" if person.active else "inactive"
            seen = person.last_login_at.isoformat(timespec="minutes") if person.last_login_at else "-"
            click.echo(f"{person.login:<24}{person.role:<16}{state:<10}{seen:<24}{person.display_name}")


@command.command()
@click.argument("login")
@click.argument("branch")
def branch(login: str, branch: str) -> None:
    """Let an account see the progress of one BRANCH alone, as the rosters write it; "" is every branch."""
    with records.opened() as (database, settings):
        key = secrets.token_hex(16)
        perform(database, settings, "assign_branch", key=key, actor=COMMAND_LINE, login=login, branch=branch)
    click.echo(text(language(), "people.branch", login=login, branch=branch or "*"))


@command.command("setup-link")
def setup_link() -> None:
    """Print a one-time link that makes the first administrator; refuses where there is one."""
    with records.opened() as (database, settings):
        token = people.setup_link(database, settings)
        if token is None:
            click.echo(text(language(), "people.has_administrator"), err=True)
            sys.exit(1)
        click.echo(f"{settings.public_url}/setup/{token}")
