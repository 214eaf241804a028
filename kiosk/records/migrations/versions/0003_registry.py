"""What the way to the registry needs: results, payments, prints, requests, retention.

Revision ID: 0003
"""

from __future__ import annotations

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add its tables and columns."""
