"""Which machine has removed its files after which purge.

Revision ID: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; what was purged before is followed once on every machine."""
    op.create_table(
        "vault_purge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["purge_record.id"], name="fk_vault_purge_record"),
        sa.PrimaryKeyConstraint("id", name="pk_vault_purge"),
        sa.UniqueConstraint("station", "record_id", name="uq_vault_purge"),
    )
