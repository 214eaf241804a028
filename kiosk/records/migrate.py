"""Brings the records to the tables of today; quick when they already are: every process may ask at start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, inspect, text

from kiosk.records.database import Database
from kiosk.settings import Settings

#: The newest revision in `migrations/versions`; a test holds both together. Known here so that a start with
#: nothing to do never imports Alembic.
HEAD = "0017"
FOLDER = Path(__file__).resolve().parent / "migrations"
#: Key of PostgreSQL's advisory lock; any number that no other program of the database uses.
LOCK = 51161


def upgrade(where: Settings | str) -> bool:
    """Make or upgrade the records of the settings, or of an SQLAlchemy address. Returns whether anything was done.

    Several processes may call it at once: one migrates, the others wait. All revisions or none are applied.
    Raises `sqlalchemy.exc.OperationalError` when the database can't be reached, `RuntimeError` when it was made by
    a newer version of the product.
    """
    url = where if isinstance(where, str) else where.database_url
    database = Database(url, 60.0 if isinstance(where, str) else max(60.0, where.database.busy_seconds))
    if database.is_sqlite:
        event.listen(database.engine, "connect", _without_foreign_keys)
    try:
        with database.engine.execution_options(kiosk_read_only=True).connect() as connection:
            if revision(connection) == HEAD:
                return False
        with database.engine.begin() as connection:
            if not database.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            if revision(connection) == HEAD:
                return False  # another process was first
            _run(connection)
            if database.is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                raise RuntimeError("a migration left rows that point at nothing")
        return True
    finally:
        database.close()


def _without_foreign_keys(connection: Any, _record: Any) -> None:
    """A table that is written anew is dropped in between, which SQLite refuses while other rows point at it.

    The switch works outside of a transaction alone; what points where is checked before the end instead.
    """
    connection.execute("PRAGMA foreign_keys=OFF")


def revision(connection: Connection) -> str:
    """The revision of the database; empty for one without any."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")) or "")


def _run(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise RuntimeError(f"the records were made by another version of the product: {error}") from error
