"""What a station keeps is its owner's alone, whoever made the data folder and however a process was started."""

from __future__ import annotations

import os
from pathlib import Path


def keep_private(data: Path) -> None:
    """Make or close the data folder (mode 0700) and let everything this process writes be 0600, folders 0700.

    Call it before the first file. A folder of another account stays as it is: its owner has decided. Raises
    `OSError` where the folder can't be made.
    """
    os.umask(0o077)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name == "posix":
        found = data.stat()
        if found.st_uid == os.geteuid() and found.st_mode & 0o077:
            data.chmod(0o700)
