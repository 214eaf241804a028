"""The process in which a plug-in decodes a card's photo: limits itself, then becomes the plug-in.

`python -m kiosk.bridge.wlt_child MEGABYTES SECONDS python:MODULE | PROGRAM [ARGUMENT…]`
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys


def limit(megabytes: int, seconds: int) -> None:
    """Bound memory and processor time where the system can (not on Windows); no core file with a face in it."""
    if sys.platform == "win32":
        return
    import resource

    for what, most in (
        (resource.RLIMIT_AS, megabytes << 20),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def main(arguments: list[str]) -> int:
    """Run the plug-in; its exit status."""
    megabytes, seconds, *plug_in = arguments
    limit(int(megabytes), int(seconds))
    if plug_in[0].startswith("python:"):
        module = importlib.import_module(plug_in[0].removeprefix("python:"))
        sys.stdout.buffer.write(module.decode(sys.stdin.buffer.read()))
        return 0
    if sys.platform == "win32":
        return subprocess.run(plug_in, check=False).returncode  # noqa: S603 - what the administrator named
    os.execvp(plug_in[0], plug_in)  # noqa: S606 - what the administrator named


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
