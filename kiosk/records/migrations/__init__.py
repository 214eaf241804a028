"""Alembic's revisions of the records; `kiosk.records.migrate` runs them."""
