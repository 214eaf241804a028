"""Fixtures that start real processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.harness.kiosk import Kiosk

_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Remember that a test failed, so that the fixtures can say what the processes logged."""
    report = yield
    if report.failed:
        item.stash[_FAILED] = True
    return report


@pytest.fixture
def make_kiosk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Kiosk]]:
    """A function that gives a kiosk, not yet started, with settings of the test; all are stopped at the end.

    After a failure the logs of every one are printed.
    """
    made: list[Kiosk] = []

    def make(values: Mapping[str, Any] | None = None) -> Kiosk:
        folder = tmp_path / f"kiosk-{len(made)}"
        folder.mkdir()
        made.append(Kiosk(folder, values))
        return made[-1]

    yield make
    for kiosk in made:
        kiosk.stop()
        if request.node.stash.get(_FAILED, False):
            print(kiosk.logs())


@pytest.fixture
def kiosk(make_kiosk: Callable[..., Kiosk]) -> Kiosk:
    """A kiosk with the settings of the demo that works."""
    return make_kiosk().start()
