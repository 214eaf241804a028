"""A phone reads the code that the kiosk really shows."""

from __future__ import annotations

import pytest

from kiosk.simulation.door import Stuck
from kiosk.simulation.phone import scan
from kiosk.web.receipts import qr_svg


@pytest.mark.parametrize("seal", ["", "#" + "c2VhbA" * 30])
def test_the_code_of_the_kiosk_is_read_as_a_camera_reads_it(seal: str) -> None:
    assert scan(qr_svg(f"https://kiosk.example/r/q9_-Zt4u{seal}")) == "/r/q9_-Zt4u"


def test_what_is_no_code_is_told() -> None:
    with pytest.raises(Stuck, match="can not read"):
        scan(b'<svg width="20mm"><rect x="4mm" y="4mm"/></svg>')
