"""A member of staff may have a PIN, with which a locked tablet opens again.

Revision ID: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("staff", sa.Column("pin_hash", sa.String(length=200), nullable=True))
