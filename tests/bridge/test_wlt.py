"""A decoder of card photos may crash, hang, talk or eat without end: the bridge only goes without a picture."""

from __future__ import annotations

import base64
import io
import logging
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from kiosk.bridge import wlt
from kiosk.settings import ROOT, Devices, Reader, Settings
from tests.bridge.bench import ReaderBench, card, demo_settings, until

GOOD = b"g\x80" + bytes(1022)


@pytest.fixture
def plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A station whose plug-in is the made-up one."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "tests" / "bridge"))
    return with_plug_in(tmp_path, "python:wlt_plug_in")


def with_plug_in(folder: Path, plug_in: str, seconds: float = 20.0) -> Settings:
    reader = Reader(wlt=plug_in, wlt_seconds=seconds, wlt_megabytes=512)
    return Settings(data_dir=folder, devices=Devices(reader=reader))


def picture(data: bytes | None) -> Image.Image:
    assert data is not None
    return Image.open(io.BytesIO(data))


def test_a_photo_comes_back_as_a_picture_of_the_cards_size(plugged: Settings) -> None:
    found = picture(wlt.decode(plugged, GOOD))
    assert (found.format, found.size) == ("JPEG", (102, 126))
    grey = found.getpixel((50, 60))
    assert isinstance(grey, tuple)
    assert all(abs(value - 0x80) < 4 for value in grey)


def test_a_plug_in_may_be_any_program(tmp_path: Path) -> None:
    program = ROOT / "tests" / "bridge" / "wlt_plug_in.py"
    code = f"import sys; sys.path.insert(0, {str(program.parent)!r}); import wlt_plug_in as p; "
    code += "sys.stdout.buffer.write(p.decode(sys.stdin.buffer.read()))"
    settings = with_plug_in(tmp_path, f'"{sys.executable}" -c "{code}"')
    assert picture(wlt.decode(settings, GOOD)).size == (102, 126)


def test_without_a_plug_in_the_photo_is_dropped(tmp_path: Path) -> None:
    settings = with_plug_in(tmp_path, "")
    assert not wlt.wanted(settings)
    assert wlt.decode(settings, GOOD) is None
    assert wlt.entry(None) == {}


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("c", "ended with"),  # crashes
        ("m", "ended with"),  # more memory than it may have
        ("e", "ended with"),  # raises
        ("f", "never stops talking"),
        ("t", "no picture"),
        ("s", "100 x 100"),
    ],
)
@pytest.mark.faults
def test_whatever_it_does_wrong_costs_the_picture_and_one_line(
    plugged: Settings, caplog: pytest.LogCaptureFixture, kind: str, why: str
) -> None:
    if kind == "m" and sys.platform == "win32":
        pytest.skip("Windows sets no limit")
    with caplog.at_level(logging.WARNING):
        assert wlt.decode(plugged, kind.encode() + GOOD[1:]) is None
    assert len(caplog.messages) == 1
    assert why in caplog.messages[0]


@pytest.mark.faults
def test_one_that_hangs_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "tests" / "bridge"))
    begun = time.monotonic()
    assert wlt.decode(with_plug_in(tmp_path, "python:wlt_plug_in", 0.5), b"h" + GOOD[1:]) is None
    assert time.monotonic() - begun < 60  # the plug-in would sleep for ten minutes
    assert "within 0.5 s" in caplog.text


@pytest.mark.faults
def test_one_that_does_not_exist_is_no_fault_of_the_reader(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert wlt.decode(with_plug_in(tmp_path, "no-such-program --decode"), GOOD) is None
    assert wlt.decode(with_plug_in(tmp_path, "python:no_such_module"), GOOD) is None
    assert len(caplog.messages) == 2


def test_a_reader_passes_the_picture_on_with_the_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "tests" / "bridge"))
    reader = Reader(driver="virtual", wlt="python:wlt_plug_in", wlt_seconds=20, wlt_megabytes=512)
    bench = ReaderBench(demo_settings(tmp_path, reader=reader))
    try:
        bench.start().sam.lay(card(), photo=GOOD)
        until(lambda: bench.cards, 60)
        sent = base64.b64decode(bench.cards[0]["photo_b64"])
        assert picture(sent).size == (102, 126)
    finally:
        bench.stop()


def test_nothing_of_the_photo_is_logged_or_written(plugged: Settings, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        sent = wlt.entry(wlt.decode(plugged, GOOD))
    assert base64.b64decode(sent["photo_b64"])[:2] == b"\xff\xd8"
    assert not any(plugged.data.rglob("*"))
    assert "photo_b64" not in caplog.text
