"""Ends a child process when its launcher is gone, however that died.

The launcher holds the writing end of a pipe that is the child's standard input. The system closes it when the
launcher ends, even by `kill -9`; the child reads the end of the file and stops. This works the same on Windows.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
from time import sleep  # bound before any library can put a cooperative one in its place

#: Set by the launcher for its children; without it standard input is nobody's pipe.
FOLLOW = "KIOSK_FOLLOW_PARENT"
#: Seconds a process has to stop by itself after its launcher went.
GRACE_SECONDS = 5.0


def follow_parent() -> None:
    """Watch the launcher from now on; does nothing in a process that no launcher started.

    Call it first thing in a process's `__main__`: the watch must be a thread of the operating system, so it
    raises `RuntimeError` after a library has replaced threads by cooperative ones (eventlet's monkey patch).
    When the launcher goes, the process gets SIGTERM, and ends at the latest `GRACE_SECONDS` later.
    """
    if os.environ.get(FOLLOW) != "1":
        return
    if not type(_thread.start_new_thread).__name__.startswith("builtin"):
        raise RuntimeError("follow_parent() must be called before threads are replaced by cooperative ones")
    os.environ.pop(FOLLOW)  # not for the children of this process, whose standard input is another
    _thread.start_new_thread(_watch, (sys.stdin.fileno(),))


def _watch(handle: int) -> None:
    try:
        while os.read(handle, 64):
            pass
    except OSError:
        pass  # a closed pipe is the same news as its end
    if sys.platform == "win32":
        _thread.interrupt_main(signal.SIGTERM)  # os.kill would end the process at once there
    else:
        os.kill(os.getpid(), signal.SIGTERM)
    sleep(GRACE_SECONDS)
    os._exit(1)
