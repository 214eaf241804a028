"""Campaigns say in which ways photos may come; deliveries and upload links say what became of their files.

Revision ID: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ALL = '["own", "company", "studio", "kiosk"]'


def upgrade() -> None:
    """Add the columns; campaigns there are take photos in all four ways, as they say nothing else."""
    op.add_column("campaign", sa.Column("modes", sa.JSON(), server_default=_ALL, nullable=False))
    op.add_column("campaign", sa.Column("own_auto", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("delivery", sa.Column("file_name", sa.String(length=200), server_default="", nullable=False))
    op.add_column("delivery", sa.Column("problems", sa.JSON(), server_default="[]", nullable=False))
    op.add_column(
        "collected_photo", sa.Column("source_name", sa.String(length=200), server_default="", nullable=False)
    )
    op.add_column("upload_link", sa.Column("job", sa.String(length=32), server_default="", nullable=False))
