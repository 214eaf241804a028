"""A kiosk knows at which site it stands: its staff see their own kiosks alone.

Revision ID: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; each kiosk's own process fills it at its next start."""
    op.add_column("station", sa.Column("site", sa.String(length=40), server_default="", nullable=False))
