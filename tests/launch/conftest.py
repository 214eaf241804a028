"""A launcher whose children do nothing but live."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.launch import launcher, ports
from kiosk.launch.launcher import Launcher
from kiosk.settings import Settings


class Told(list[str]):
    """What the person at the console was told."""

    def __call__(self, text: str) -> None:
        self.append(text)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of an own folder and own ports, in the environment too, where the children find them."""
    values = {
        "KIOSK_DATA_DIR": str(tmp_path / "data"),
        "KIOSK_SERVER__PORT": str(ports.pick("127.0.0.1")),
        "KIOSK_BRIDGE__PREVIEW_PORT": str(ports.pick("127.0.0.1")),
        "LANG": "en_GB.UTF-8",
        "LC_ALL": "en_GB.UTF-8",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "data").mkdir()
    return Settings()


@pytest.fixture
def told() -> Told:
    """What was told so far."""
    return Told()


@pytest.fixture
def started(settings: Settings, told: Told, monkeypatch: pytest.MonkeyPatch) -> Iterator[Launcher]:
    """A launcher whose three stand-ins are healthy."""
    for name, (_, look) in list(launcher.PROCESSES.items()):
        monkeypatch.setitem(launcher.PROCESSES, name, (f"tests.launch.fakes.{name}", look))
    made = Launcher(settings, told)
    try:
        made.start(launcher.PROCESSES)
        assert made.wait_healthy()
        yield made
    finally:
        made.stop()
    assert "KIOSK_FOLLOW_PARENT" not in os.environ
