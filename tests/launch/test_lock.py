"""Two launchers never work on one data folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.launch.lock import FolderLock, Taken
from kiosk.settings import ROOT

HOLD = """
import sys
from pathlib import Path
from kiosk.launch.lock import FolderLock
with FolderLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_it_is_taken_once_and_names_who_has_it(tmp_path: Path) -> None:
    with FolderLock(tmp_path), pytest.raises(Taken) as refused, FolderLock(tmp_path):
        pass
    assert refused.value.pid == str(os.getpid())


def test_it_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with FolderLock(tmp_path):
            pass


@pytest.mark.faults
def test_a_killed_holder_leaves_it_free(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as holder:  # fmt: skip
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Taken), FolderLock(tmp_path):
            pass
        holder.kill()
        holder.wait()
        with FolderLock(tmp_path):
            pass
