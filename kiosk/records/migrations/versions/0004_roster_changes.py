"""Who is no longer on the roster is marked, and an import says how many it marked.

Revision ID: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("student", sa.Column("removed_at", sa.DateTime(), nullable=True))
    op.add_column("roster_import", sa.Column("removed", sa.Integer(), server_default="0", nullable=False))
