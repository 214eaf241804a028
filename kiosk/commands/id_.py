"""`kiosk id`: numbers of identity documents."""

from __future__ import annotations

import sys

import click

from kiosk.domain.id_numbers import check as check_number
from kiosk.domain.id_numbers import normalise
from kiosk.i18n import text
from kiosk.launch.launcher import language


@click.group()
def command() -> None:
    """Numbers of identity documents."""


@command.command()
@click.argument("number")
def check(number: str) -> None:
    """Say what kind of number NUMBER is and whether it is valid: exit status 0, else 1.

    Spaces and full-width characters are tolerated here; a roster must not have them.
    """
    spoken = language()
    found = check_number(normalise(number))
    kind = text(spoken, f"roster.id_kind.{found.kind.value if found.kind else 'none'}")
    state = "roster.id.valid" if found.problem is None else f"roster.id.problem.{found.problem.value}"
    click.echo(f"{kind}: {text(spoken, state)}")
    for warning in found.warnings:
        click.echo(text(spoken, f"roster.id.warning.{warning}"))
    sys.exit(0 if found.valid else 1)
