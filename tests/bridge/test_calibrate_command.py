"""`kiosk devices calibrate`: what it says, what it writes, and how it ends."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kiosk.bridge import control
from kiosk.bridge.protocol import Order
from kiosk.commands import devices, devices_calibrate
from tests.bridge.bench import demo_settings

VALUES = {
    "camera": "cam",
    "taken_at": "2026-11-22T08:00:00+00:00",
    "lab": [75.0, -11.8, -36.8],
    "cast": [0.1, -0.2],
    "unevenness": 1.5,
    "noise": 1.4,
}


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setattr(devices_calibrate.configuration, "load", lambda: demo_settings(tmp_path))


def bridge_says(monkeypatch: pytest.MonkeyPatch, end: dict[str, Any]) -> list[Order]:
    asked: list[Order] = []

    def order(settings: object, name: Order, device: str) -> dict[str, Any]:
        asked.append(name)
        return {"ok": True, "fault": None, **end}

    monkeypatch.setattr(control, "order", order)
    return asked


def test_it_shows_the_wall_and_writes_the_map(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    picture = base64.b64encode(b"png").decode()
    bridge_says(
        monkeypatch,
        {"values": {"made": True, "obstacle": None, "state": "good", "values": VALUES}, "picture_b64": picture},
    )
    said = CliRunner().invoke(devices.command, ["calibrate", "--map", str(tmp_path / "map.png")])
    assert said.exit_code == 0
    assert "The camera is calibrated" in said.output
    assert "75.0, -11.8, -36.8" in said.output
    assert (tmp_path / "map.png").read_bytes() == b"png"


def test_what_stands_in_the_way_is_said_and_ends_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    bridge_says(monkeypatch, {"values": {"made": False, "obstacle": "person", "state": "none", "values": None}})
    said = CliRunner().invoke(devices.command, ["calibrate"])
    assert said.exit_code == 1
    assert "Somebody is in the picture" in said.output


def test_a_fault_and_an_absent_bridge_end_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    bridge_says(monkeypatch, {"ok": False, "fault": "internal", "values": {}})
    assert CliRunner().invoke(devices.command, ["calibrate"]).exit_code == 1
    monkeypatch.undo()
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def away(*_: object) -> None:
        raise control.BridgeAway

    monkeypatch.setattr(control, "order", away)
    assert CliRunner().invoke(devices.command, ["calibrate"]).exit_code == 1


def test_it_forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = bridge_says(monkeypatch, {"values": {"state": "none", "values": None}})
    assert CliRunner().invoke(devices.command, ["calibrate", "--forget"]).exit_code == 0
    assert asked == [Order.FORGET]
