"""A data folder is its owner's alone, also where it was made by somebody careless."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.settings import ROOT

_KEEP = """
import sys
from pathlib import Path
from kiosk.launch.private import keep_private

data = Path(sys.argv[1])
keep_private(data)
(data / "folder").mkdir()
(data / "folder" / "file").write_text("x")
"""


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
@pytest.mark.parametrize("made_before", [False, True])
def test_whatever_the_umask_only_the_owner_reads(tmp_path: Path, made_before: bool) -> None:
    data = tmp_path / "data"
    if made_before:
        data.mkdir()
        data.chmod(0o755)
    subprocess.run([sys.executable, "-c", _KEEP, str(data)], cwd=ROOT, check=True, umask=0)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (data, data / "folder", data / "folder" / "file")]
    assert modes == [0o700, 0o700, 0o600]


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
@pytest.mark.parametrize("module", ["kiosk.web", "kiosk.bridge", "kiosk.jobs"])
def test_each_process_closes_the_folder_before_it_writes(tmp_path: Path, module: str) -> None:
    code = (
        "import runpy, sys; from kiosk import logs; from kiosk.launch import private\n"
        "seen = []\n"
        "private.keep_private = seen.append\n"
        "def end(*_args, **_more):\n    print('closed' if seen else 'open'); sys.exit(0)\n"
        "logs.set_up = end\n"
        f"runpy.run_module('{module}', run_name='__main__')\n"
    )
    environment = {**os.environ, "KIOSK_DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "closed", done.stderr
