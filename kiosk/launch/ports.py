"""Makes sure that the ports are free before anything is started on them, and picks one where 0 is configured."""

from __future__ import annotations

import errno
import random
import socket
import sys
from time import monotonic, sleep

#: Seconds a port may still be held by the children of a launcher that was killed; they stop by themselves.
PATIENCE = 7.0
#: Where ports are picked: below what systems give to outgoing connections by themselves (Linux from 32768, Windows
#: and macOS from 49152), so that nobody happens upon one between the pick and the server's start, or a restart.
_PICKED_FROM = range(20_000, 32_000)


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now. Raises `OSError` for an address that is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if sys.platform != "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # closed connections do not count
        try:
            probe.bind((host, port))
        except (OSError, PermissionError) as error:
            if (
                isinstance(error, PermissionError)
                or "in use" in str(error).lower()
                or error.errno in (98, 48, 10048)
            ):
                return False
            raise
        return True


def wait_free(host: str, port: int, patience: float = PATIENCE) -> bool:
    """Whether the port is free, or becomes so within `patience` seconds."""
    deadline = monotonic() + patience
    while not is_free(host, port):
        if monotonic() > deadline:
            return False
        sleep(0.1)
    return True


def pick(host: str) -> int:
    """A port that is free now and that nobody else who picks is given while this process lives.

    The UDP port of the same number, which no server of ours uses, is held as the sign of it: it needs no file and
    goes with the process. Raises `OSError` where none is free, or for an address that is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in random.sample(_PICKED_FROM, 1000):
        sign = socket.socket(family, socket.SOCK_DGRAM)
        try:
            sign.bind((host, port))
            if is_free(host, port):
                sign.detach()  # stays open until the process ends
                return port
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise
        finally:
            sign.close()
    raise OSError(errno.EADDRINUSE, "no free port was found")
