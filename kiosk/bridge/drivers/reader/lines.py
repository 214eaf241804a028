"""The simulated reader's end of a line: a pseudo-terminal, a loopback socket, or a USB cable made of memory."""

from __future__ import annotations

import errno
import os
import select
import socket
import sys
import threading
from collections import deque
from typing import Protocol

from kiosk.bridge.codec.frames import PREAMBLE

#: Bytes of a USB packet, and of a HID report.
PACKET = 64
_HEAD = len(PREAMBLE) + 2


class Line(Protocol):
    """The reader's end of the line."""

    address: str

    def receive(self, seconds: float) -> bytes | None:
        """Bytes from the host; empty when none came in time, None when the line is closed."""

    def send(self, data: bytes) -> None:
        """Bytes to the host; dropped when nobody listens."""

    def hold(self) -> None:
        """Other software takes the host's end for itself."""

    def deny(self) -> None:
        """The host's account may not use it."""

    def close(self) -> None:
        """Hang up."""


class PtyLine:
    """A pseudo-terminal; Unix only."""

    def __init__(self) -> None:
        import pty  # only exists on Unix
        import tty

        self._lock = threading.Lock()
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.address = os.ttyname(self._slave)
        self._open = True

    def receive(self, seconds: float) -> bytes | None:
        """See `Line`."""
        with self._lock:
            if not self._open:
                return None
            master = self._master
        try:
            ready, _, _ = select.select([master], [], [], seconds)
            return os.read(master, 4096) if ready else b""
        except (OSError, ValueError):
            return None

    def send(self, data: bytes) -> None:
        """See `Line`."""
        with self._lock:
            if not self._open:
                return
            try:
                os.write(self._master, data)
            except OSError:
                return  # the buffer of a host that does not read is full, as a real chip's would be

    def hold(self) -> None:
        """Lock the port as other serial software does."""
        import fcntl  # only exists on Unix

        fcntl.flock(self._slave, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def deny(self) -> None:
        """Take away every permission; the superuser has them all the same."""
        os.fchmod(self._slave, 0)

    def close(self) -> None:
        """Hang up: the host sees end of file and the port's name disappears."""
        with self._lock:
            if self._open:
                self._open = False
                os.close(self._slave)
                os.close(self._master)


class SocketLine:
    """A loopback port spoken to as `socket://`; where there are no pseudo-terminals."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"socket://127.0.0.1:{self._server.getsockname()[1]}"
        self._host: socket.socket | None = None
        self._open = True
        self._lock = threading.Lock()

    def receive(self, seconds: float) -> bytes | None:
        """See `Line`."""
        try:
            host = self._host
            if host is None:
                ready, _, _ = select.select([self._server], [], [], seconds)
                if ready:
                    self._accept()
                return b""
            ready, _, _ = select.select([host], [], [], seconds)
            if not ready:
                return b""
            data = host.recv(4096)
        except (OSError, ValueError):
            return None if not self._open else self._hang_up()
        return data or self._hang_up()

    def _accept(self) -> None:
        host, _ = self._server.accept()
        with self._lock:
            if self._open:
                self._host = host
                return
        host.close()

    def _hang_up(self) -> bytes:
        with self._lock:
            host, self._host = self._host, None
        if host is not None:
            host.close()
        return b""

    def send(self, data: bytes) -> None:
        """See `Line`."""
        host = self._host
        if host is not None:
            try:
                host.sendall(data)
            except OSError:
                self._hang_up()

    def hold(self) -> None:
        """A socket has no lock: raises `ValueError`."""
        raise ValueError("a socket can't be held")

    def deny(self) -> None:
        """A socket has no permissions: raises `ValueError`."""
        raise ValueError("a socket can't be denied")

    def close(self) -> None:
        """Hang up."""
        with self._lock:
            self._open = False
        self._hang_up()
        self._server.close()


class PacketLine:
    """A USB cable: packets of at most 64 bytes, on one pipe each way or, head and rest apart, on two."""

    _numbers = iter(range(2, 1 << 30))

    def __init__(self, pipes: int = 1) -> None:
        self.address = f"1.{next(PacketLine._numbers)}"
        self.pipes = pipes
        self.held = self.denied = False
        self._open = True
        self._changed = threading.Condition()
        self._commands = bytearray()
        self._packets: tuple[deque[bytes], ...] = tuple(deque() for _ in range(pipes))
        self._sent = 0  # bytes of the answer to the last command

    # -- the reader's end

    def receive(self, seconds: float) -> bytes | None:
        """See `Line`."""
        with self._changed:
            self._changed.wait_for(lambda: self._commands or not self._open, seconds)
            if not self._open:
                return None
            data = bytes(self._commands)
            self._commands.clear()
            return data

    def send(self, data: bytes) -> None:
        """See `Line`."""
        with self._changed:
            head = max(0, _HEAD - self._sent) if self.pipes == 2 else len(data)
            self._sent += len(data)
            for pipe, part in zip(self._packets, (data[:head], data[head:]), strict=False):
                pipe.extend(part[at : at + PACKET] for at in range(0, len(part), PACKET))
            self._changed.notify_all()

    def hold(self) -> None:
        """See `Line`."""
        self.held = True

    def deny(self) -> None:
        """See `Line`."""
        self.denied = True

    def close(self) -> None:
        """See `Line`."""
        with self._changed:
            self._open = False
            self._changed.notify_all()

    # -- the host's end

    @property
    def there(self) -> bool:
        """Whether the cable is in."""
        return self._open

    def put(self, data: bytes, begins: bool) -> None:
        """Bytes of a command, `begins` when they are its first. Raises `OSError` (ENODEV) once unplugged."""
        with self._changed:
            self._alive()
            if begins:
                self._sent = 0
            self._commands += data
            self._changed.notify_all()

    def take(self, pipe: int, seconds: float) -> bytes:
        """The next packet of that pipe, or nothing in time. Raises `OSError` (ENODEV) once unplugged."""
        packets = self._packets[pipe]
        with self._changed:
            self._changed.wait_for(lambda: packets or not self._open, seconds)
            self._alive()
            return packets.popleft() if packets else b""

    def _alive(self) -> None:
        if not self._open:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))


def make_line() -> Line:
    """The kind of serial line that this system has."""
    return SocketLine() if sys.platform == "win32" else PtyLine()
