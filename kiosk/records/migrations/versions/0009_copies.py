"""A request for a photo file has its decision, and a link that expires.

Revision ID: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("copy_request", sa.Column("decision", sa.String(length=10), nullable=True))
    op.add_column("copy_request", sa.Column("reason", sa.String(length=400), nullable=True))
    op.add_column("copy_request", sa.Column("token_sha256", sa.String(length=64), nullable=True))
    op.add_column("copy_request", sa.Column("expires_at", sa.DateTime(), nullable=True))
    op.add_column("copy_request", sa.Column("downloads", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("uq_copy_request_token", "copy_request", ["token_sha256"], unique=True)
