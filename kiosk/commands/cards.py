"""`kiosk cards`: which campus card belongs to which student number."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from kiosk.commands.records import actor, opened
from kiosk.domain.campus_cards import Writing
from kiosk.exchange import campus_cards
from kiosk.i18n import text
from kiosk.launch.launcher import language
from kiosk.records import campus_cards as bindings

#: Most rows that are named.
_MOST_LINES = 200


@click.group()
def command() -> None:
    """Campus cards."""


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--writing",
    type=click.Choice([writing.value for writing in Writing]),
    default=Writing.HEX.value,
    show_default=True,
    help="How the file writes the numbers of cards.",
)
@click.option("--skip-bad-rows", is_flag=True, help="Import the good rows of a file that has bad ones.")
@click.option("--replace", is_flag=True, help="Forget what earlier lists said and this one does not.")
def import_(file: Path, writing: str, skip_bad_rows: bool, replace: bool) -> None:
    """Import FILE (.xlsx, .xls, .csv) with the columns 卡号 (or UID) and 学号.

    Exit status 0 imported, 1 refused or nothing imported because of bad rows. Numbers are never printed.
    """
    spoken = language()
    with opened() as (database, settings):
        cards = campus_cards.read(file, Writing(writing))
        for found in cards.problems[:_MOST_LINES]:
            problem = text(spoken, f"cards.problem.{found.problem}")
            click.echo(text(spoken, "cards.bad_row", row=found.row, problem=problem), err=True)
        if cards.problems and not skip_bad_rows:
            click.echo(text(spoken, "cards.not_imported", rows=len(cards.problems)), err=True)
            sys.exit(1)
        done = campus_cards.import_list(database, settings, cards, actor(), datetime.now(UTC), replace)
    counts = {"added": done.added, "changed": done.changed, "unchanged": done.unchanged}
    click.echo(text(spoken, "cards.imported", **counts))


@command.command()
@click.argument("student_number")
def forget(student_number: str) -> None:
    """Remove every card of STUDENT_NUMBER, e.g. after a loss."""
    with opened() as (database, _), database.write() as session:
        cards = bindings.forget(session, student_number, actor(), datetime.now(UTC))
    click.echo(text(language(), "cards.forgotten", cards=cards))
    if not cards:
        sys.exit(1)
