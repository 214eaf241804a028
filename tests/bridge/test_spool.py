"""The spool: a shot is there whole or not at all, whatever kills the bridge, and leaves only when it may."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kiosk.bridge import spool as module
from kiosk.bridge.spool import Spool
from kiosk.domain.refusals import Code, Refusal
from kiosk.settings import ROOT

ORIGINAL, DELIVERABLE = b"png" * 1000, b"jpeg" * 100


def facts(shot: str = "a" * 32, visit: str = "v1", ordinal: int = 1, taken: str = "2026-11-22T08:00:00") -> Any:
    return {"shot": shot, "visit": visit, "ordinal": ordinal, "taken_at": taken, "judgement": {"verdict": "pass"}}


def test_a_shot_is_found_again_by_the_next_bridge(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.put(facts(), ORIGINAL, DELIVERABLE)
    spool.put(facts("b" * 32, "v2", taken="2026-11-22T07:00:00"), ORIGINAL, None)
    spool.close()
    again = Spool(tmp_path)
    assert again.waiting() == ["b" * 32, "a" * 32]  # oldest first
    assert again.find("v1", 1) == "a" * 32
    assert again.find("v1", 2) is None
    assert again.read("a" * 32) == (facts(), ORIGINAL, DELIVERABLE)
    assert again.read("b" * 32)[2] is None
    again.close()


def test_what_was_acknowledged_is_gone_for_good(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.put(facts(), ORIGINAL, DELIVERABLE)
    spool.drop("a" * 32)
    spool.close()
    again = Spool(tmp_path)
    assert again.waiting() == []
    assert [path.name for path in (tmp_path / "spool").iterdir()] == ["index.json"]
    again.close()


def test_a_shot_that_can_not_be_sent_is_kept_aside(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.put(facts(), ORIGINAL, DELIVERABLE)
    spool.put_aside("a" * 32)
    assert spool.waiting() == []
    spool.close()
    again = Spool(tmp_path)
    assert again.waiting() == []
    assert (tmp_path / "spool" / "aside" / ("a" * 32) / "original.png").read_bytes() == ORIGINAL
    again.close()


@pytest.mark.parametrize("content", [None, b"{", b"[]", b"{}"])
def test_a_shot_without_readable_facts_is_put_aside_and_stops_no_bridge(
    tmp_path: Path, content: bytes | None
) -> None:
    spool = Spool(tmp_path)
    spool.put(facts("b" * 32, "v2"), ORIGINAL, None)
    spool.close()
    folder = tmp_path / "spool" / ("a" * 32)
    folder.mkdir()
    (folder / "original.png").write_bytes(ORIGINAL)
    if content is not None:
        (folder / "facts.json").write_bytes(content)
    again = Spool(tmp_path)
    assert (again.waiting(), again.aside()) == (["b" * 32], 1)
    again.close()


def test_a_bridge_killed_while_it_drops_a_shot_leaves_no_half_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(tmp_path)
    spool.put(facts(), ORIGINAL, DELIVERABLE)
    monkeypatch.setattr(module.shutil, "rmtree", lambda folder, **_: (folder / "facts.json").unlink())
    spool.drop("a" * 32)
    monkeypatch.undo()
    spool.close()
    again = Spool(tmp_path)
    assert (again.waiting(), again.aside()) == ([], 0)
    assert [path.name for path in (tmp_path / "spool").iterdir()] == ["index.json"]
    again.close()


@pytest.mark.faults
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("fails_at", range(1, 8))
def test_a_full_disk_refuses_the_shot_and_keeps_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int, number: int
) -> None:
    spool = Spool(tmp_path)
    spool.put(facts("b" * 32, "v0"), ORIGINAL, None)
    calls = []
    real = os.fsync

    def full(handle: int) -> None:
        calls.append(handle)
        if len(calls) == fails_at:
            raise OSError(number, "no space")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Refusal) as caught:
        spool.put(facts(), ORIGINAL, DELIVERABLE)
    assert caught.value.code is Code.DISK_FULL
    monkeypatch.setattr(os, "fsync", real)
    spool.close()
    again = Spool(tmp_path)
    assert again.waiting() == ["b" * 32]
    assert sorted(path.name for path in (tmp_path / "spool").iterdir()) == ["b" * 32, "index.json"]
    again.put(facts(), ORIGINAL, DELIVERABLE)
    assert len(again.waiting()) == 2
    again.close()


def test_without_room_no_shot_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path)
    spool.check_room()
    monkeypatch.setattr(module, "FREE_BYTES", 1 << 60)
    with pytest.raises(Refusal) as caught:
        spool.check_room()
    assert caught.value.code is Code.DISK_FULL
    spool.close()


_KILLED = """
import os, signal, sys
from pathlib import Path
from kiosk.bridge.spool import Spool

real, calls = os.fsync, []
def fsync(handle):
    real(handle)
    calls.append(handle)
    if len(calls) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
spool = Spool(Path(sys.argv[1]))
os.fsync = fsync
facts = {"shot": "a" * 32, "visit": "v1", "ordinal": 1, "taken_at": "2026-11-22T08:00:00"}
spool.put(facts, b"png" * 1000, b"jpeg" * 100)
print("acknowledged", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.faults
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 exists on Unix only")
@pytest.mark.parametrize("moment", range(1, 9))
def test_killed_at_any_moment_the_shot_is_there_whole_or_not_at_all(tmp_path: Path, moment: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, str(tmp_path), str(moment)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    spool = Spool(tmp_path)
    found = spool.waiting()
    if "acknowledged" in done.stdout:
        assert found == ["a" * 32]
    for shot in found:
        assert spool.read(shot)[1:] == (ORIGINAL, DELIVERABLE)
        assert spool.find("v1", 1) == shot
    assert not [path for path in (tmp_path / "spool").iterdir() if path.name.startswith(".a")]
    spool.close()
