"""Fixtures of the bridge's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.bridge.drivers.reader import conversation, presence
from tests.bridge.bench import ReaderBench, demo_settings


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReaderBench]:
    """A reader that polls quickly; not started yet."""
    monkeypatch.setattr(conversation, "SILENCE_SECONDS", 0.15)
    monkeypatch.setattr(presence, "ABSENT_SECONDS", 0.12)
    table = ReaderBench(demo_settings(tmp_path))
    yield table
    table.stop()
