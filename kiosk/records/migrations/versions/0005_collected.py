"""Which photo counts is asked of `collected_photo` from now on: photos accepted at the kiosk so far go into it.

Of several that a student has the newest accepted one counts, the others stand as replaced.

Revision ID: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_FILL = """
INSERT INTO collected_photo (
    public_id, campaign_id, student_id, mode, shot_id, original_sha256, deliverable_sha256, profile, verdict,
    judgement, making, evidence, state, taken_at, stored_at, decided_by, decided_at
)
SELECT
    s.public_id, v.campaign_id, v.student_id, 'kiosk', s.id, s.original_sha256, s.deliverable_sha256, s.profile,
    s.verdict, s.judgement, s.making, '[]',
    CASE
        WHEN s.staff_decision = 'reject' THEN 'rejected'
        WHEN s.staff_decision = 'accept' OR s.verdict = 'pass' THEN
            CASE WHEN v.student_id IS NOT NULL AND EXISTS (
                SELECT 1 FROM visit AS later JOIN shot AS newer ON newer.id = later.accepted_shot_id
                WHERE later.student_id = v.student_id AND later.id > v.id
                AND (newer.staff_decision = 'accept' OR (newer.staff_decision IS NULL AND newer.verdict = 'pass'))
            ) THEN 'replaced' ELSE 'accepted' END
        ELSE 'candidate'
    END,
    s.taken_at, s.stored_at,
    CASE WHEN s.staff_decision IS NULL AND s.verdict = 'pass' THEN 'system:migration' ELSE s.staff_decision_by END,
    CASE WHEN s.staff_decision IS NULL AND s.verdict = 'pass' THEN s.accepted_at ELSE s.staff_decision_at END
FROM visit AS v JOIN shot AS s ON s.id = v.accepted_shot_id
ORDER BY v.id
"""


def upgrade() -> None:
    """One row a shot, and the rows of those that were accepted."""
    op.create_index("uq_collected_shot", "collected_photo", ["shot_id"], unique=True)
    op.execute(sa.text(_FILL))
