"""`kiosk devices` and the texts of everything that a device can say."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from serial.tools.list_ports_common import ListPortInfo

from kiosk.bridge import control, inventory
from kiosk.bridge.drivers.reader.virtual_sam import FAULTS
from kiosk.bridge.faults import Fault, FaultCode
from kiosk.bridge.inventory import Seen
from kiosk.bridge.protocol import DeviceState, Order
from kiosk.commands import devices
from kiosk.domain.identity import Assurance, Flag
from kiosk.i18n import LANGUAGES, catalog
from kiosk.records import migrate
from kiosk.settings import ROOT, Reader
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


def test_list_names_what_is_plugged_in_and_marks_what_the_settings_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "health", lambda settings: HEALTH)
    seen = (
        Seen("serial", "/dev/ttyUSB0", "10C4:EA60", "CP2102", True),
        Seen("serial", "/dev/ttyACM0", "2341:0043", "Arduino", False),
        Seen("camera", "/dev/video2", "", "usb-HD_Webcam", False),
    )
    found = inventory.Inventory(seen, {"pcsc": "service_down: establish 8010001D"})
    monkeypatch.setattr(inventory, "take", lambda settings: found)
    lines = CliRunner().invoke(devices.command, ["list"]).output.splitlines()
    assert "  * /dev/ttyUSB0  10C4:EA60  CP2102" in lines
    assert "    /dev/ttyACM0  2341:0043  Arduino" in lines
    assert "    /dev/video2  usb-HD_Webcam" in lines
    assert "PC/SC readers: service_down: establish 8010001D" in lines


def test_the_inventory_opens_nothing_and_marks_ports_by_name_and_by_chip(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ports = [port("/dev/ttyUSB0", 0x10C4, 0xEA60), port("/dev/ttyUSB1", 0x0403, 0x6001), port("/dev/ttyS0")]
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: ports)
    monkeypatch.setattr("serial.serial_for_url", lambda *given, **named: pytest.fail("a port was opened"))

    def chosen(**reader: Any) -> list[str]:
        settings = demo_settings(tmp_path, reader=Reader(driver="serial", **reader))
        return [item.address for item in inventory.take(settings).seen if item.way == "serial" and item.chosen]

    assert chosen() == ["/dev/ttyUSB0"]
    assert chosen(port="/dev/ttyUSB1") == ["/dev/ttyUSB1"]  # with a port named the chips count for nothing
    assert chosen(usb_ids=["0403:6001"]) == ["/dev/ttyUSB1"]


def test_a_way_that_can_not_be_looked_at_is_said_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def missing(settings: object) -> list[Seen]:
        raise ImportError("hidapi", name="hid")

    def broken(settings: object) -> list[Seen]:
        raise Fault(FaultCode.SERVICE_DOWN, "establish")

    monkeypatch.setattr(inventory, "_hid", missing)
    monkeypatch.setattr(inventory, "_pcsc", broken)
    found = inventory.take(demo_settings(tmp_path))
    assert (found.unseen["hid"], found.unseen["pcsc"]) == ("ImportError: hid", "service_down: establish")
    assert "serial" not in found.unseen


def port(device: str, vendor: int | None = None, product: int | None = None) -> Any:
    found = ListPortInfo(device)
    found.vid, found.pid = vendor, product
    return found


def test_probe_asks_the_running_bridge_for_its_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def order(settings: object, name: Order, device: str) -> dict[str, Any]:
        asked.append(device)
        good = device == "camera"
        return {
            "ok": good,
            "fault": None if good else "gone",
            "detail": "cable",
            "values": {"fps": 30.0} if good else {},
        }

    ready = {"state": "ready", "code": None, "fault": None}
    health = {
        "mode": "idle",
        "devices": {"reader": dict(ready), "camera": dict(ready), "thermometer": {"state": "off"}},
    }
    monkeypatch.setattr(control, "health", lambda settings: health)
    monkeypatch.setattr(control, "order", order)
    said = CliRunner().invoke(devices.command, ["probe"])
    assert (said.exit_code, asked) == (1, ["reader", "camera"])
    assert "fps: 30.0" in said.output and "gone: cable" in said.output
    asked.clear()
    health["mode"] = "capture"  # somebody sits there
    assert CliRunner().invoke(devices.command, ["probe"]).exit_code == 1
    assert asked == []


def test_watch_without_a_bridge_says_what_is_plugged_in_and_pulled(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = iter([(), (Seen("serial", "/dev/ttyUSB0", "10C4:EA60", "CP2102", True),)])
    last: list[Any] = [()]

    def take(settings: object) -> inventory.Inventory:
        last[0] = next(tables, last[0])
        return inventory.Inventory(last[0], {})

    monkeypatch.setattr(inventory, "take", take)
    monkeypatch.setattr(devices, "_LOOK_SECONDS", 0.01)
    said = CliRunner().invoke(devices.command, ["watch", "--seconds", "0.5"])
    assert said.output.count("+ /dev/ttyUSB0  10C4:EA60 CP2102") == 1


def test_the_bundle_is_written_without_a_bridge_too(tmp_path: Path) -> None:
    migrate.upgrade(demo_settings(tmp_path))
    file = tmp_path / "bundle.zip"
    said = CliRunner().invoke(devices.command, ["bundle", "--out", str(file)])
    assert said.exit_code == 0, said.output
    archive = zipfile.ZipFile(file)
    assert json.loads(archive.read("versions.json"))["records"]["revision"] == migrate.HEAD
    assert json.loads(archive.read("devices.json"))["plugged_in"]["seen"] is not None
    assert json.loads(archive.read("health.json"))["students"] == 0


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
