"""Network cameras that send JPEG after JPEG over HTTP (`multipart/x-mixed-replace`), read undecoded."""

from __future__ import annotations

import base64
import http.client
import socket
import ssl
import time
from urllib.parse import SplitResult

from kiosk.bridge.drivers.camera import jpeg
from kiosk.bridge.drivers.camera.frame import Jpeg
from kiosk.bridge.drivers.camera.reading import SenderClock
from kiosk.bridge.faults import Fault, FaultCode

#: Seconds that connecting, and then waiting for the next bytes, may take.
CONNECT_SECONDS, SILENT_SECONDS = 4.0, 2.0
#: A part larger than this is no frame.
MOST_BYTES = 16 * 1024 * 1024
_CHUNK = 256 * 1024
_HEAD = 8 * 1024


class Parts:
    """Cuts a multipart stream. `feed` gives the parts that are complete: headers in small letters, and content.

    Parts with and without Content-Length; never raises, whatever comes: what is no part is passed over.
    """

    def __init__(self, boundary: bytes) -> None:
        """`boundary` as the Content-Type names it; cameras disagree on whether its dashes belong to it."""
        self._boundary = b"--" + boundary.strip(b'"').lstrip(b"-")
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[tuple[dict[str, str], bytes]]:
        """`data` in any portions."""
        self._buffer += data
        found = []
        while (part := self._next()) is not None:
            found.append(part)
        if len(self._buffer) > MOST_BYTES:
            self._buffer.clear()
        return found

    def _next(self) -> tuple[dict[str, str], bytes] | None:
        buffer = self._buffer
        start = buffer.find(self._boundary)
        if start < 0:
            del buffer[: max(0, len(buffer) - len(self._boundary))]
            return None
        del buffer[:start]
        first = len(self._boundary)
        head_end = buffer.find(b"\r\n\r\n", first)
        if head_end < 0:
            if len(buffer) > _HEAD:
                del buffer[:first]
            return None
        headers = _headers(bytes(buffer[first:head_end]))
        begin = head_end + 4
        said = headers.get("content-length", "")
        if said.isdecimal() and int(said) <= MOST_BYTES:
            end = begin + int(said)
            if len(buffer) < end:
                return None
        else:
            end = buffer.find(b"\r\n" + self._boundary, begin)
            if end < 0:
                return None
        content = bytes(buffer[begin:end])
        del buffer[:end]
        return headers, content


class MjpegSource:
    """One connection to a camera. Raises `Fault` when it can't be had."""

    repeats = False
    refused: tuple[str, ...] = ()

    def __init__(self, address: SplitResult, login: str, name: str) -> None:
        """`address`: http or https; `login`: `user:password` or empty; `name` for people."""
        self.name = name
        self._clock = SenderClock()
        self._part: bytes = b""
        self._answer: http.client.HTTPResponse | None = None
        kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(address.hostname or "", address.port, timeout=CONNECT_SECONDS)
        headers = {"Accept": "multipart/x-mixed-replace"}
        if login:
            headers["Authorization"] = "Basic " + base64.b64encode(login.encode()).decode("ascii")
        path = (address.path or "/") + (f"?{address.query}" if address.query else "")
        try:
            self._connection.request("GET", path, headers=headers)
            self._connection.sock.settimeout(SILENT_SECONDS)
            self._answer = self._connection.getresponse()
        except TimeoutError as error:
            self.release()
            raise Fault(FaultCode.GONE, f"{name} does not answer") from error
        except (OSError, http.client.HTTPException) as error:
            self.release()
            raise Fault(_why(error), f"{name}: {type(error).__name__}") from error
        try:
            self._parts = Parts(self._boundary(self._answer))
        except Fault:
            self.release()
            raise

    def grab(self) -> float | None:
        """See `Source`. Of several frames that have come meanwhile the newest counts."""
        try:
            while self._answer is not None and (data := self._answer.read1(_CHUNK)):
                arrived = time.monotonic()
                if pictures := [part for part in self._parts.feed(data) if jpeg.begins(part[1])]:
                    headers, self._part = pictures[-1]
                    return self._taken(headers, arrived)
        except (OSError, http.client.HTTPException, ValueError):
            pass
        self._part = b""
        return None

    def retrieve(self) -> Jpeg | None:
        """See `Source`."""
        return jpeg.whole(self._part)

    def release(self) -> None:
        """See `Source`."""
        if self._answer is not None:
            self._answer.close()  # it keeps the socket when the connection is closed
        self._connection.close()

    def _taken(self, headers: dict[str, str], arrived: float) -> float:
        """By the camera's own clock where it sends one (`X-Timestamp`: seconds), else when it came."""
        try:
            return self._clock.taken(float(headers["x-timestamp"]), arrived)
        except (KeyError, ValueError):
            return arrived

    def _boundary(self, answer: http.client.HTTPResponse) -> bytes:
        status, kind = answer.status, answer.getheader("Content-Type", "")
        if status in (401, 403):
            raise Fault(FaultCode.PERMISSION_DENIED, f"{self.name}: status {status}")
        if status != 200:
            raise Fault(FaultCode.NOT_FOUND, f"{self.name}: status {status}")
        essence, _, rest = kind.partition(";")
        boundary = rest.partition("boundary=")[2].partition(";")[0].strip()
        if not essence.strip().lower().startswith("multipart/") or not boundary:
            raise Fault(FaultCode.UNSUPPORTED, f"{self.name} sends {essence or 'something unnamed'}, not MJPEG")
        return boundary.encode("latin-1")


def _headers(head: bytes) -> dict[str, str]:
    lines = (line.partition(":") for line in head.decode("latin-1").split("\r\n"))
    return {name.strip().lower(): value.strip() for name, colon, value in lines if colon}


def _why(error: Exception) -> FaultCode:
    if isinstance(error, ssl.SSLError):
        return FaultCode.PERMISSION_DENIED
    return FaultCode.NOT_FOUND if isinstance(error, ConnectionError | socket.gaierror) else FaultCode.GONE
