"""Network cameras against a real server on loopback: what is wrong with a stream is told apart; it comes back."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import secrets_store
from kiosk.bridge.drivers.camera import health, mjpeg, reading, stream, virtual_stream
from kiosk.bridge.drivers.camera.frame import Jpeg
from kiosk.bridge.drivers.camera.mjpeg import Parts
from kiosk.bridge.drivers.camera.reading import SenderClock
from kiosk.bridge.drivers.camera.stream import connected
from kiosk.bridge.drivers.camera.virtual_stream import StreamServer
from kiosk.bridge.faults import Fault, FaultCode
from kiosk.bridge.protocol import DeviceState
from kiosk.settings import Camera, Settings
from tests.bridge.bench import demo_settings, until
from tests.bridge.drivers.camera.bench import CameraBench, Scenery

PROTOCOLS = ("http", "rtsp")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LASTING_SECONDS", 0.4)
    monkeypatch.setattr(health, "JPEG_LOOK_SECONDS", 0.05)
    monkeypatch.setattr(mjpeg, "SILENT_SECONDS", 1.5)
    monkeypatch.setattr(stream, "SILENT_MS", 1500)
    monkeypatch.setattr(reading, "SILENT_SECONDS", 1.5)


@pytest.fixture
def scenery() -> Scenery:
    return Scenery()


@pytest.fixture
def server(scenery: Scenery) -> Iterator[StreamServer]:
    found = StreamServer(scenery, 30)
    yield found
    found.stop()


@pytest.fixture(params=PROTOCOLS)
def bench(request: pytest.FixtureRequest, tmp_path: Path, server: StreamServer) -> Iterator[CameraBench]:
    table = CameraBench(tmp_path, "stream", url=server.url(request.param)).start()
    table.wait_for(DeviceState.READY)
    yield table
    table.stop()


def test_frames_come_with_their_time_and_the_camera_has_a_name(bench: CameraBench) -> None:
    before = time.monotonic()
    frame = bench.frame()
    assert before < frame.taken <= time.monotonic()
    assert frame.image.shape == (48, 64, 3)
    assert (bench.facts.name, bench.facts.width, bench.facts.height) == ("127.0.0.1/video", 64, 48)
    assert bench.labels == ["127.0.0.1/video"]


def test_jpeg_is_kept_as_it_came(tmp_path: Path, server: StreamServer) -> None:
    bench = CameraBench(tmp_path, "stream", url=server.url("http")).start()
    frame = bench.frame()
    bench.stop()
    assert isinstance(frame.source, Jpeg)
    assert frame.upright_jpeg is frame.source
    assert (frame.source.data[:2], frame.source.data[-2:]) == (b"\xff\xd8", b"\xff\xd9")


@pytest.mark.faults
def test_a_stream_that_repeats_a_frame_is_frozen_and_opened_again(bench: CameraBench, scenery: Scenery) -> None:
    scenery.picture = "frozen"
    bench.wait_for(DeviceState.FAULT, "frozen")
    scenery.picture = "good"
    bench.wait_for(DeviceState.READY)
    assert set(bench.faults) == {"frozen"}


@pytest.mark.faults
def test_a_stream_that_goes_black_is_told_and_mends_at_once(bench: CameraBench, scenery: Scenery) -> None:
    scenery.picture = "black"
    bench.wait_for(DeviceState.FAULT, "black")
    assert bench.frame().image.max() < 60  # it still comes
    scenery.picture = "good"
    bench.wait_for(DeviceState.READY)
    assert bench.faults == ["black"]


@pytest.mark.faults
def test_a_stream_that_comes_late_lags_and_its_frames_are_stamped_when_they_were_taken(
    bench: CameraBench, server: StreamServer
) -> None:
    server.lag = 0.8
    bench.wait_for(DeviceState.FAULT, "lagging")
    frame = bench.host.lasting["camera.slot"].latest()
    assert frame is not None
    assert time.monotonic() - frame.taken > 0.6
    server.lag = 0.0
    bench.wait_for(DeviceState.READY)
    assert bench.faults == ["lagging"]


@pytest.mark.faults
def test_a_connection_that_ends_is_gone_and_comes_back_by_itself(bench: CameraBench, server: StreamServer) -> None:
    server.hang_up()
    until(lambda: "gone" in bench.faults)
    bench.wait_for(DeviceState.READY)
    assert bench.frame()


@pytest.mark.faults
def test_a_camera_that_falls_silent_is_gone_and_comes_back(bench: CameraBench, server: StreamServer) -> None:
    server.sending.clear()
    bench.wait_for(DeviceState.FAULT, "gone")
    assert bench.host.lasting["camera.slot"].latest() is None  # what it last showed is no longer true
    server.sending.set()
    bench.wait_for(DeviceState.READY)


@pytest.mark.faults
def test_a_camera_that_left_the_network_is_not_found_until_it_is_back(
    bench: CameraBench, server: StreamServer
) -> None:
    server.unplug()
    bench.wait_for(DeviceState.FAULT, "not_found")
    server.plug()
    bench.wait_for(DeviceState.READY)


@pytest.mark.faults
def test_a_call_that_never_returns_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream.StreamCamera, "stall_seconds", 0.5)
    let_go = threading.Event()
    stuck: list[bool] = []

    class Deaf:
        name, repeats, refused = "deaf", False, ()

        def grab(self) -> float | None:
            stuck.append(True)
            let_go.wait()
            return None

        def retrieve(self) -> None:
            return None

        def release(self) -> None:
            pass

    monkeypatch.setattr(stream, "connected", lambda settings, url: Deaf())
    bench = CameraBench(tmp_path, "stream", url="http://127.0.0.1/").start()
    bench.wait_for(DeviceState.FAULT, "gone")
    until(
        lambda: len(stuck) >= 2 or bench.supervisor.check()
    )  # a fresh one tries, the stuck thread is left behind
    bench.stop()
    let_go.set()


def settings_of(folder: Path, login: str = "") -> Settings:
    settings = demo_settings(folder, camera=Camera(driver="stream"))
    if login:
        (secrets_store.folder(settings) / stream.LOGIN).write_text(login + "\n")
    return settings


def test_the_password_of_a_camera_is_asked_and_shown_to_nobody(
    tmp_path: Path, scenery: Scenery, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    server = StreamServer(scenery, 30, "photo:geheim99")
    for login in ("", "photo:wrong"):
        with pytest.raises(Fault) as caught:
            connected(settings_of(tmp_path, login), server.url())
        assert caught.value.code is FaultCode.PERMISSION_DENIED
    source = connected(settings_of(tmp_path, "photo:geheim99"), server.url())
    assert source.grab() is not None
    source.release()
    server.stop()
    with pytest.raises(Fault) as caught:
        connected(settings_of(tmp_path, "photo:geheim99"), server.url("rtsp"))
    said = capfd.readouterr()
    assert "geheim99" not in f"{caught.value} {caplog.text} {said.out} {said.err}"
    assert said.err == ""


def test_a_password_in_the_settings_is_refused() -> None:
    with pytest.raises(ValueError, match=r"camera\.login"):
        Camera(url="rtsp://photo:geheim@10.0.0.9/stream")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", FaultCode.UNSUPPORTED),
        ("ftp://127.0.0.1/video", FaultCode.UNSUPPORTED),
        ("http://127.0.0.1:1/video", FaultCode.NOT_FOUND),
        ("rtsp://127.0.0.1:1/video", FaultCode.NOT_FOUND),
        ("http://no-such-camera.invalid/", FaultCode.NOT_FOUND),
    ],
)
def test_an_address_without_a_camera_says_what_is_wrong(tmp_path: Path, url: str, code: FaultCode) -> None:
    with pytest.raises(Fault) as caught:
        connected(settings_of(tmp_path), url)
    assert caught.value.code is code


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", FaultCode.NOT_FOUND),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>", FaultCode.UNSUPPORTED),
        (b"HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed\r\n\r\n", FaultCode.UNSUPPORTED),
        (b"who are you\r\n\r\n", FaultCode.GONE),
        (b"", FaultCode.NOT_FOUND),
    ],
)
def test_a_server_that_is_no_camera_says_what_is_wrong(
    tmp_path: Path, answer: bytes, code: FaultCode, monkeypatch: pytest.MonkeyPatch, scenery: Scenery
) -> None:
    server = StreamServer(scenery, 30)
    monkeypatch.setattr(server, "_http", lambda link: link.sendall(answer))
    with pytest.raises(Fault) as caught:
        connected(settings_of(tmp_path), server.url())
    assert caught.value.code is code
    server.stop()


def test_of_frames_that_waited_the_newest_counts(tmp_path: Path, server: StreamServer) -> None:
    source = connected(settings_of(tmp_path), server.url())
    first = source.grab()
    threading.Event().wait(0.5)  # fifteen frames lie in the socket
    second = source.grab()
    source.release()
    assert first is not None
    assert second is not None
    assert second - first > 0.3


# -- parts of a multipart stream

PICTURE = b"\xff\xd8" + b"data" * 9 + b"\xff\xd9"


def part(content: bytes, length: bool, boundary: bytes = b"--b") -> bytes:
    head = b"Content-Type: image/jpeg\r\n" + (b"Content-Length: %d\r\n" % len(content) if length else b"")
    return boundary + b"\r\n" + head + b"\r\n" + content + b"\r\n"


@given(
    st.lists(st.tuples(st.binary(max_size=60).filter(lambda data: b"--b" not in data), st.booleans()), max_size=6),
    st.integers(1, 40),
)
def test_parts_come_whole_in_any_portions(wanted: list[tuple[bytes, bool]], portion: int) -> None:
    data = b"".join(part(content, length) for content, length in wanted) + b"--b"
    parts = Parts(b"b")
    found = [got for at in range(0, len(data), portion) for got in parts.feed(data[at : at + portion])]
    assert [content for _, content in found] == [content for content, _ in wanted]


@given(st.lists(st.binary(max_size=200), max_size=8))
def test_any_bytes_are_survived(data: list[bytes]) -> None:
    parts = Parts(b"b")
    for each in data:
        parts.feed(each)
    assert [content for _, content in parts.feed(b"\r\n" * 3 + part(PICTURE, True) + b"--b")][-1:] in (
        [PICTURE],
        [],
    )


@pytest.mark.parametrize("boundary", [b"b", b"--b", b'"b"'])
def test_cameras_disagree_about_the_dashes_of_a_boundary(boundary: bytes) -> None:
    assert [content for _, content in Parts(boundary).feed(part(PICTURE, True) + b"--b")] == [PICTURE]


def test_a_part_without_end_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mjpeg, "MOST_BYTES", 10_000)
    parts = Parts(b"b")
    parts.feed(b"--b\r\nContent-Type: image/jpeg\r\n\r\n")
    for _ in range(100):
        parts.feed(b"x" * 1000)
    assert len(parts._buffer) <= 11_000


# -- the sender's clock


def test_the_quickest_frame_has_no_delay_and_a_slower_one_shows_it() -> None:
    clock = SenderClock()
    assert clock.taken(100.0, 5.0) == 5.0
    assert clock.taken(101.0, 6.3) == pytest.approx(6.0, abs=0.01)
    assert clock.taken(102.0, 6.9) == 6.9  # quicker than all before


def test_a_clock_that_drifts_makes_no_delay_and_one_that_is_set_neither() -> None:
    clock = SenderClock()
    for second in range(3600):
        arrived = second * 1.0002
        assert arrived - clock.taken(second, arrived) < 0.01
    assert clock.taken(10.0, 4000.0) == 4000.0


def said_by(bench: CameraBench, fault: str) -> None:
    until(lambda: fault in bench.faults, 40)


# -- the simulated one is a product like any other driver


def test_the_simulated_network_camera_shows_the_studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenery = Scenery()
    monkeypatch.setattr(virtual_stream.StreamSimulator, "prepare", lambda self: None)
    monkeypatch.setattr(virtual_stream.StreamSimulator, "frame", lambda self, seconds: scenery(seconds))
    for url in ("", "rtsp://127.0.0.1"):
        bench = CameraBench(tmp_path, "virtual_stream", url=url).start()
        bench.wait_for(DeviceState.READY)
        simulator = bench.host.simulators["camera"]
        for verb, fault in (("unplug", "not_found"), ("hang", "gone"), ("lag", "lagging"), ("hangup", "gone")):
            simulator.simulate("camera", verb, ["0.8"] if verb == "lag" else [], {})
            said_by(bench, fault)
            simulator.simulate("camera", "behave", [], {})
            bench.wait_for(DeviceState.READY)
        bench.stop()
