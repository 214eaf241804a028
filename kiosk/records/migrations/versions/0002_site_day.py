"""What a site's day needs: organisation, schedule, opening, observation, queue.

Revision ID: 0002
"""

from __future__ import annotations

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add its tables and columns."""
