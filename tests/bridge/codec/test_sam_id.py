"""The number of a security module: sixteen bytes, one printed form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.bridge.codec import sam_id

PRINTED = "05.03-20120806-0001234567-0123456789"


def test_it_prints_as_on_the_label() -> None:
    assert str(sam_id.from_bytes(sam_id.from_text(PRINTED).to_bytes())) == PRINTED


@given(st.binary(min_size=16, max_size=16))
def test_any_sixteen_bytes_are_kept(data: bytes) -> None:
    assert sam_id.from_bytes(data).to_bytes() == data


@pytest.mark.parametrize("text", ["", "05.03", PRINTED + "0", PRINTED.replace("-", "/")])
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="SAM"):
        sam_id.from_text(text)


def test_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        sam_id.from_bytes(bytes(15))
