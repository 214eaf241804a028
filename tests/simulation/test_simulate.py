"""`kiosk simulate` as it is called: two small days of one seed end alike, an interrupted one leaves nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from kiosk.settings import ROOT
from kiosk.simulation import plan
from tests.harness.waiting import until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]
#: Seconds that a small day may take on a slow machine before it counts as failed.
DAY_SECONDS = 800.0
STUDENTS, SEED = 8, 4
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """A function that starts the command in a process of its own, its temporary folders in the test's."""
    started: list[subprocess.Popen[str]] = []

    def begin(*words: str) -> subprocess.Popen[str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("KIOSK_")}
        process = subprocess.Popen(
            [sys.executable, "-c", "from kiosk.cli import main; main()", "simulate", *words],
            cwd=ROOT, env={**own, "TMPDIR": str(tmp_path), "LC_ALL": "en_GB.UTF-8", "PYTHONUTF8": "1"},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=120)


def test_two_days_of_one_seed_with_mild_faults_end_alike_and_nothing_is_lost(start: Start, tmp_path: Path) -> None:
    files = [tmp_path / "one.json", tmp_path / "two.json"]
    words = ["--students", str(STUDENTS), "--seats", "1", "--faults", "mild", "--seed", str(SEED)]
    days = [start(*words, "--speed", "600", "--json", str(file)) for file in files]
    for day in days:
        said, complaint = day.communicate(timeout=DAY_SECONDS)
        assert day.returncode == 0, said + complaint
        assert "0  lost" in said and "0  double" in said and "simulate." not in said
    one, two = (_read(file) for file in files)
    assert one["outcomes"] == two["outcomes"]
    planned = plan.make(STUDENTS, 1, "mild", SEED).students
    assert [(o["result"], o["code"]) for o in one["outcomes"]] == [
        (student.planned[0].value, student.planned[1]) for student in planned
    ]
    assert sum(one["mishaps"].values()) == sum(len(student.mishaps) for student in planned) > 0
    for found in (one, two):
        assert found["lost"] == found["double"] == found["out_of_order"] == found["differs"] == []
        assert found["chain"] is True and found["calls"] >= found["results"]["photographed"]
        assert found["on_board"] == found["balance"] == [] and found["board"]["shown"] > 0
        assert found["outside"] > 0, "a class came by bus"
        done = [o["result"] == "photographed" for o in found["outcomes"]]
        followed = [student for student, went in zip(planned, done, strict=True) if went and student.phone]
        assert found["phones"]["receipts"] == len(followed) > 0
        assert found["phones"]["reports"] == sum(student.reports for student in followed)
        assert found["sum"]["photographed"] == sum(done) and found["sum"]["open"] == 0


@pytest.mark.parametrize("how", ["SIGINT", "SIGKILL"])
def test_an_interrupted_day_leaves_no_process(start: Start, tmp_path: Path, how: str) -> None:
    day = start("--students", "4", "--seats", "1", "--faults", "none")

    def working() -> list[psutil.Process]:
        family = psutil.Process(day.pid).children(recursive=True)
        named = [process for process in family if "kiosk.web" in _command(process)]
        return family if named else []

    family = until(working, 120, "the web process runs")
    day.send_signal(getattr(signal, how))
    day.communicate(timeout=120)
    until(lambda: not any(_runs(process) for process in family), 60, "every process has ended")
    if how != "SIGKILL":  # nobody can tidy up after that
        assert day.returncode == 1 and not list(tmp_path.glob("kiosk-day-*"))


def _read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
