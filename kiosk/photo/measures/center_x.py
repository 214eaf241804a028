"""Middle of the face in the deliverable.

Definition: mean of the cheeks' middle and the eyes' middle, from the left edge. Unit: px of the deliverable, 0 to
the width of the deliverable. Source: 教毕指〔2017〕99号 (centred; the band is decided by this project).
"""

from __future__ import annotations

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Where the planned crop puts it."""
    return sight.placed["center_x"]


MEASURE = Measure(
    "center_x",
    "px",
    84,
    measure,
    low="left",
    high="right",
    standard="LeftwardCropOfTheFaceImage",
    needs_mask=True,
)
