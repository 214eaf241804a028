"""Alembic's environment: the connection comes from `kiosk.records.migrate`, which holds the lock and commits."""

from __future__ import annotations

from alembic import context

from kiosk.records import registry_tables, site_tables  # noqa: F401 - brings its tables into the metadata
from kiosk.records.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # The caller's transaction: all revisions or none.
    transactional_ddl=False,
)
context.run_migrations()
