"""`kiosk devices` and the texts of everything that a device can say."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from kiosk.bridge import control
from kiosk.bridge.drivers.reader.virtual_sam import FAULTS
from kiosk.bridge.faults import FaultCode
from kiosk.bridge.protocol import DeviceState
from kiosk.commands import devices
from kiosk.domain.identity import Assurance, Flag
from kiosk.i18n import LANGUAGES, catalog
from kiosk.settings import ROOT
from tests.bridge.bench import demo_settings

HEALTH = {
    "ok": True,
    "devices": {
        "reader": {"state": "fault", "code": "reader_gone", "fault": "not_found"},
        "camera": {"state": "ready", "code": None, "fault": None},
    },
}


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setattr(devices.configuration, "load", lambda: demo_settings(tmp_path))


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_a_device_can_say_has_a_sentence(language: str) -> None:
    keys = [f"devices.fault.{code.value}.{who}" for code in FaultCode for who in ("staff", "student")]
    keys += [f"devices.flag.{flag.value}" for flag in Flag]
    keys += [f"devices.assurance.{assurance.value}" for assurance in Assurance]
    keys += [f"devices.state.{state.value}" for state in DeviceState]
    keys += [f"devices.kind.{kind}" for kind in devices.KINDS]
    assert [key for key in keys if not catalog(language).get(key)] == []


def test_the_document_names_every_fault_and_every_command_of_the_reader() -> None:
    page = (ROOT / "docs" / "devices.md").read_text("utf-8")
    assert [code.value for code in FaultCode if f"`{code.value}`" not in page] == []
    assert [fault for fault in FAULTS if fault not in page] == []


def test_list_shows_state_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "health", lambda settings: HEALTH)
    said = CliRunner().invoke(devices.command, ["list"])
    assert said.exit_code == 0
    assert "ID card reader (virtual): fault" in said.output
    assert "Check the cable" in said.output


def test_probe_ends_with_1_when_a_device_does_not_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "health", lambda settings: HEALTH)
    assert CliRunner().invoke(devices.command, ["probe"]).exit_code == 1


def test_probe_opens_the_devices_itself_while_no_bridge_runs() -> None:
    said = CliRunner().invoke(devices.command, ["probe", "--seconds", "20"])
    assert said.exit_code == 0
    assert "ID card reader (virtual): works" in said.output


def test_watch_prints_changes_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "health", lambda settings: HEALTH)
    said = CliRunner().invoke(devices.command, ["watch", "--seconds", "0.1"])
    assert said.output.count("ID card reader") == 1


def test_simulate_passes_the_words_on(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[list[str]] = []
    monkeypatch.setattr(control, "simulate", lambda settings, words: heard.append(words) or "done")
    for line in ("card lay --number 99", "card lay 3", "thermometer set 38.2", "reader silent --times=2"):
        assert CliRunner().invoke(devices.command, ["simulate", *line.split()]).exit_code == 0
    assert heard == [
        ["card", "lay", "number=99"],
        ["card", "lay", "3"],
        ["thermometer", "set", "38.2"],
        ["reader", "silent", "times=2"],
    ]


def test_simulate_without_a_bridge_and_what_it_can_not_do_end_differently(monkeypatch: pytest.MonkeyPatch) -> None:
    assert CliRunner().invoke(devices.command, ["simulate", "card", "next"]).exit_code == 1

    def refuse(settings: object, words: list[str]) -> str:
        raise ValueError("oven")

    monkeypatch.setattr(control, "simulate", refuse)
    assert CliRunner().invoke(devices.command, ["simulate", "oven", "on"]).exit_code == 2
