"""A job that is over keeps no name of a file: it may hold a person's.

Revision ID: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_JOB = sa.table(
    "job", sa.column("id", sa.Integer), sa.column("state", sa.String), sa.column("arguments", sa.JSON),
    sa.column("result", sa.JSON(none_as_null=True)),
)  # fmt: skip


def upgrade() -> None:
    """Take them out of arguments and results; what waits or runs still needs its own."""
    connection = op.get_bind()
    over = sa.select(_JOB.c.id, _JOB.c.arguments, _JOB.c.result).where(_JOB.c.state.in_(("done", "failed")))
    for row in connection.execute(over).all():
        kept = {
            name: {key: value for key, value in held.items() if key != "file_name"}
            for name, held in (("arguments", row.arguments), ("result", row.result))
            if held is not None and "file_name" in held
        }
        if kept:
            connection.execute(_JOB.update().where(_JOB.c.id == row.id).values(**kept))
