"""The launcher keeps three processes running and leaves none behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kiosk.launch import health, launcher, screen
from kiosk.launch.children import Child
from kiosk.launch.launcher import Launcher, StartFailed
from kiosk.settings import ROOT, Settings
from tests.harness.kiosk import is_running
from tests.harness.waiting import until
from tests.launch.conftest import Told

NAMES = ["web", "bridge", "worker"]


@contextmanager
def watching(started: Launcher) -> Iterator[None]:
    """Let the launcher watch while the test does something to its children."""
    thread = threading.Thread(target=started.watch)
    thread.start()
    try:
        yield
    finally:
        started._on_signal(signal.SIGTERM, None)
        thread.join()


def pid_of(started: Launcher, name: str) -> int:
    """The process id, as an operator finds it in the data folder."""
    state = json.loads(launcher.state_file(started.settings).read_text("utf-8"))
    return int(state["children"][name] or 0)


def test_everybody_is_started_and_named_in_the_state_file(started: Launcher) -> None:
    assert all(is_running(pid_of(started, name)) for name in NAMES)


def test_they_are_stopped_in_reverse_order_and_none_is_left(started: Launcher) -> None:
    pids = [pid_of(started, name) for name in NAMES]
    started.stop()
    assert not any(is_running(pid) for pid in pids)
    assert (started.settings.data / "stopped").read_text().split() == list(reversed(NAMES))
    assert not launcher.state_file(started.settings).exists()


@pytest.mark.faults
@pytest.mark.parametrize("name", NAMES)
def test_one_that_is_killed_comes_back_and_this_is_told_once(started: Launcher, told: Told, name: str) -> None:
    old = pid_of(started, name)
    with watching(started):
        os.kill(old, signal.SIGKILL)
        new = until(lambda: (pid := pid_of(started, name)) != old and pid)
        until(lambda: len(told) >= 2)
        others = [pid_of(started, other) for other in NAMES if other != name]
    assert is_running(new)
    assert all(is_running(pid) for pid in others)
    assert told == [f"{name} stopped (SIGKILL); starting it again …", f"{name} works again."]


@pytest.mark.faults
def test_ids_that_could_not_be_written_are_written_once_there_is_room(started: Launcher) -> None:
    old = pid_of(started, "worker")
    in_the_way = launcher.state_file(started.settings).with_suffix(".new")
    in_the_way.mkdir()
    with watching(started):
        os.kill(old, signal.SIGKILL)
        new = until(lambda: (pid := started.children["worker"].pid) != old and pid)
        in_the_way.rmdir()
        until(lambda: pid_of(started, "worker") == new)


@pytest.mark.faults
def test_one_that_answers_no_more_is_killed_and_started_again(
    started: Launcher, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launcher, "HUNG_SECONDS", 0.3)
    monkeypatch.setattr(launcher, "QUIET_LOOK", 0.05)
    monkeypatch.setattr(health, "ALIVE_SECONDS", 0.5)
    old = pid_of(started, "worker")
    started._look_now.set()
    os.kill(old, signal.SIGSTOP)
    with watching(started):
        until(lambda: "worker works again." in told)
    assert pid_of(started, "worker") != old


def test_one_that_ends_again_and_again_makes_the_start_fail(
    settings: Settings, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_FAILS", "bridge")
    for name, (_, look) in list(launcher.PROCESSES.items()):
        monkeypatch.setitem(launcher.PROCESSES, name, (f"tests.launch.fakes.{name}", look))
    failing = Launcher(settings, told)
    try:
        failing.start(NAMES)
        with pytest.raises(StartFailed, match="bridge"):
            failing.wait_healthy()
    finally:
        failing.stop()
    assert told.count("bridge stopped (exit status 3); starting it again …") == 1
    assert any("id_number=***" in line for line in told), "what a child prints is cleaned"


def test_the_pause_before_a_restart_doubles_up_to_five_seconds() -> None:
    child = Child("web", [], heard=lambda *_: None, ended=lambda *_: None)
    assert [child.plan_restart() for _ in range(7)] == [0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0]


def browser(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: int) -> Path:
    """Let a program that counts its starts and ends with `code` stand in for the browser."""
    starts = tmp_path / "starts"
    source = f"open({str(starts)!r}, 'a').write('x'); raise SystemExit({code})"
    monkeypatch.setattr(screen, "has_screen", lambda: True)
    monkeypatch.setattr(screen, "find_browser", lambda: "chromium")
    monkeypatch.setattr(screen, "command", lambda *_: [sys.executable, "-c", source])
    return starts


@pytest.mark.faults
def test_a_browser_that_crashes_is_opened_again(
    settings: Settings, told: Told, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    starts = browser(monkeypatch, tmp_path, 1)
    alone = Launcher(settings, told)
    assert alone.open_browser("http://127.0.0.1/")
    with watching(alone):
        until(lambda: starts.exists() and len(starts.read_text()) >= 3)
    alone.stop()
    assert told == ["browser stopped (exit status 1); starting it again …"]


@pytest.mark.parametrize(("demo", "opened"), [(True, 1), (False, 2)])
def test_a_browser_that_is_closed_stays_closed_in_the_demo_only(
    demo: bool, opened: int, settings: Settings, told: Told, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    starts = browser(monkeypatch, tmp_path, 0)
    alone = Launcher(settings.model_copy(update={"demo": demo}), told)
    assert alone.open_browser("http://127.0.0.1/")
    with watching(alone):
        until(lambda: told and starts.exists() and len(starts.read_text()) >= opened)
    alone.stop()
    assert told[0] == (
        "The browser was closed; the kiosk goes on."
        if demo
        else "browser stopped (exit status 0); starting it again …"
    )


def test_without_a_screen_no_browser_is_opened(
    settings: Settings, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "has_screen", lambda: False)
    assert not Launcher(settings, told).open_browser("http://127.0.0.1/")


def launch(settings: Settings) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.launch.fakes.launcher", "--no-browser"],
        cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


@pytest.fixture
def running(settings: Settings) -> Iterator[subprocess.Popen[str]]:
    """A launcher as a process of its own that has everybody up."""
    process = launch(settings)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if "/setup/" in line:
                break
        assert process.poll() is None
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def children(settings: Settings) -> list[int]:
    return list(json.loads(launcher.state_file(settings).read_text("utf-8"))["children"].values())


@pytest.mark.faults
def test_no_child_outlives_a_launcher_that_is_killed(running: subprocess.Popen[str], settings: Settings) -> None:
    pids = children(settings)
    running.kill()
    until(lambda: not any(is_running(pid) for pid in pids))


@pytest.mark.faults
def test_after_a_kill_the_next_launcher_starts(running: subprocess.Popen[str], settings: Settings) -> None:
    running.kill()
    running.wait()
    again = launch(settings)
    try:
        assert again.stdout is not None
        assert any("/setup/" in line for line in again.stdout)
    finally:
        again.terminate()
        again.communicate()
    assert again.returncode == 0


def test_it_stops_in_order_when_it_is_asked_to(running: subprocess.Popen[str], settings: Settings) -> None:
    pids = children(settings)
    running.send_signal(signal.SIGTERM)
    assert running.wait() == 0
    assert not any(is_running(pid) for pid in pids)
    assert (settings.data / "stopped").read_text().split() == list(reversed(NAMES))


def test_a_second_launcher_on_the_same_folder_is_refused(
    running: subprocess.Popen[str], settings: Settings
) -> None:
    second = launch(settings)
    said, _ = second.communicate()
    assert second.returncode == 1
    assert f"(process {running.pid})" in said
    assert "--data" in said
    assert running.poll() is None


def test_no_address_with_a_ticket_is_logged(running: subprocess.Popen[str], settings: Settings) -> None:
    ticket = (settings.data / "secrets" / "kiosk.ticket").read_text()
    logged = "".join(file.read_text("utf-8") for file in (settings.data / "logs").glob("*.log"))
    assert "everything works" in logged
    assert ticket not in logged
    assert "abcdefghijkl" not in logged
