"""The spool: a shot is there whole or not at all, whatever kills the bridge, and leaves only when it may."""

from __future__ import annotations

import errno
import json
import os
import shutil
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
import os, shutil, signal, sys
from pathlib import Path
from kiosk.bridge import atomic_storage, spool as module
from kiosk.bridge.spool import Spool

folder, deed, wanted = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
facts = {"shot": "a" * 32, "visit": "v1", "ordinal": 1, "taken_at": "2026-11-22T08:00:00"}

def point(name):
    print(name, flush=True)
    if name == wanted:
        os.kill(os.getpid(), signal.SIGKILL)

def after(owner, attribute, named):
    real = getattr(owner, attribute)
    def call(*given, **options):
        name = named(*given)
        found = real(*given, **options)
        point(name)
        return found
    setattr(owner, attribute, call)

def write_half(path, data):
    if wanted == f"half of {path.name}":
        path.write_bytes(data[: len(data) // 2])
        point(wanted)
    real_write(path, data)
    point(f"{path.name} written")

spool = Spool(folder)
if deed != "put":
    spool.put(facts, b"png" * 1000, b"jpeg" * 100)
real_write, module._write = module._write, write_half
short = lambda path: path.name.replace("a" * 32, "SHOT")
after(Path, "mkdir", lambda path, *_: f"{short(path)} made")
after(Path, "replace", lambda path, target: f"{short(path)} renamed to {short(target)}")
after(module, "sync_folder", lambda path: f"{short(path)} on disk")
after(atomic_storage, "sync_folder", lambda path: "index on disk")
after(shutil, "rmtree", lambda path, *_: f"{short(path)} removed")
if deed == "put":
    spool.put(facts, b"png" * 1000, b"jpeg" * 100)
else:
    getattr(spool, deed)("a" * 32)
point("done")
"""

#: What was done, the step after which the power went, and whether the shot must be there then: whole, and once.
_KEPT, _GONE, _ASIDE = "kept", "gone", "aside"
_MOMENTS = [
    ("put", ".SHOT made", _GONE),
    ("put", "half of original.png", _GONE),
    ("put", "original.png written", _GONE),
    ("put", "half of deliverable.jpg", _GONE),
    ("put", "deliverable.jpg written", _GONE),
    ("put", "half of facts.json", _GONE),
    ("put", "facts.json written", _GONE),
    ("put", ".SHOT on disk", _GONE),
    ("put", ".SHOT renamed to SHOT", _KEPT),
    ("put", "spool on disk", _KEPT),
    ("put", ".index.json.new renamed to index.json", _KEPT),
    ("put", "index on disk", _KEPT),
    ("put", "done", _KEPT),
    ("drop", "SHOT renamed to .SHOT", _GONE),
    ("drop", ".SHOT removed", _GONE),
    ("drop", ".index.json.new renamed to index.json", _GONE),
    ("drop", "done", _GONE),
    ("put_aside", "aside made", _KEPT),
    ("put_aside", "SHOT renamed to SHOT", _ASIDE),
    ("put_aside", ".index.json.new renamed to index.json", _ASIDE),
    ("put_aside", "done", _ASIDE),
]


@pytest.mark.faults
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 exists on Unix only")
@pytest.mark.parametrize(("deed", "moment", "fate"), _MOMENTS, ids=lambda value: value.replace(" ", "-"))
def test_killed_after_any_step_the_shot_is_there_whole_and_once_or_not_at_all(
    tmp_path: Path, deed: str, moment: str, fate: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, str(tmp_path), deed, moment], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == -signal.SIGKILL, f"no such step; there were:\n{done.stdout}{done.stderr}"
    for _ in range(2):  # what a start mends stays mended
        spool = Spool(tmp_path)
        assert spool.waiting() == (["a" * 32] if fate == _KEPT else [])
        assert spool.aside() == (fate == _ASIDE)
        if fate == _KEPT:
            assert spool.read("a" * 32)[1:] == (ORIGINAL, DELIVERABLE)
            assert spool.find("v1", 1) == "a" * 32
        assert not [path for path in (tmp_path / "spool").iterdir() if path.name.startswith(".a")]
        spool.close()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\x00" * 200,
        b"[]",
        b"null",
        b'{"_default": []}',
        b'{"_default": {"1": 3}}',
        b'{"_default": {"x": {}}}',
        b'{"_default": {}}',
        b'{"_default": {"1": {"shot": "a"}}}',
        b'{"_default": {"1": {"shot": "' + b"c" * 32 + b'", "visit": "v9", "ordinal": 1, "taken_at": "t"}}}',
    ],
)
def test_a_damaged_index_is_made_anew_from_the_shots(tmp_path: Path, content: bytes) -> None:
    spool = Spool(tmp_path)
    spool.put(facts(), ORIGINAL, DELIVERABLE)
    spool.put(facts("b" * 32, "v2", 2, "2026-11-22T07:00:00"), ORIGINAL, None)
    spool.close()
    (tmp_path / "spool" / "index.json").write_bytes(content)
    again = Spool(tmp_path)
    assert again.waiting() == ["b" * 32, "a" * 32]
    assert (again.find("v1", 1), again.find("v2", 2), again.find("v9", 1)) == ("a" * 32, "b" * 32, None)
    again.close()


def test_an_index_that_names_a_shot_twice_does_not_send_it_twice(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.put(facts(), ORIGINAL, DELIVERABLE)
    spool.close()
    row = {"shot": "a" * 32, "visit": "v1", "ordinal": 1, "taken_at": "2026-11-22T08:00:00"}
    (tmp_path / "spool" / "index.json").write_text(json.dumps({"_default": {"1": row, "2": row}}))
    again = Spool(tmp_path)
    assert again.waiting() == ["a" * 32]
    again.close()


def test_a_folder_with_the_facts_of_another_shot_is_put_aside(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.put(facts(), ORIGINAL, DELIVERABLE)
    spool.close()
    shutil.copytree(tmp_path / "spool" / ("a" * 32), tmp_path / "spool" / ("b" * 32))
    again = Spool(tmp_path)
    assert (again.waiting(), again.aside()) == (["a" * 32], 1)
    again.close()
