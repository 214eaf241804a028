"""A simulated network camera: a real server on loopback, MJPEG over HTTP and RTSP, that misbehaves on command.

The driver `virtual_stream` shows the virtual studio through it; the reader is the one of real network cameras.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from urllib.parse import urlsplit

import numpy as np

from kiosk.bridge.drivers.camera import rtp
from kiosk.bridge.drivers.camera.reading import Source
from kiosk.bridge.drivers.camera.stream import StreamCamera, connected
from kiosk.bridge.drivers.camera.virtual import CameraSimulator, turned
from kiosk.bridge.faults import Fault, FaultCode
from kiosk.settings import Settings

LOOPBACK = "127.0.0.1"
BOUNDARY = "frame"
_QUALITY = 85
_SDP = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=kiosk\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\n"
    "m=video 0 RTP/AVP 26\r\na=control:track1\r\n"
)


class StreamServer:
    """The camera on its cable. `frame` gives what it sees at that time (monotonic seconds), BGR."""

    def __init__(self, frame: Callable[[float], np.ndarray], fps: float, login: str = "") -> None:
        """`login`: `user:password` asked of whoever looks (HTTP, Basic). Listens at once, on a port of its own."""
        self._frame, self._period, self._login = frame, 1 / fps, login
        #: Seconds by which frames are sent after they were taken.
        self.lag = 0.0
        #: Cleared while it keeps connections open and sends nothing.
        self.sending = threading.Event()
        self.sending.set()
        self.served = 0
        self._lock = threading.Lock()
        self._links: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self.port = 0
        self.plug()

    def url(self, scheme: str = "http") -> str:
        """Its address, by `http` or `rtsp`."""
        return f"{scheme}://{LOOPBACK}:{self.port}/video"

    def plug(self) -> None:
        """Listen, on the port that it had."""
        with self._lock:
            if self._listener is not None:
                return
            self._listener = socket.create_server((LOOPBACK, self.port), reuse_port=False)
            self.port = self._listener.getsockname()[1]
            listener = self._listener
        threading.Thread(target=self._accept, args=(listener,), name="virtual-stream", daemon=True).start()

    def unplug(self) -> None:
        """Gone from the network: nobody listens, open connections end."""
        with self._lock:
            listener, self._listener = self._listener, None
        if listener is not None:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
            listener.close()
        self.hang_up()

    def hang_up(self) -> None:
        """End the connections that are open; new ones are taken."""
        with self._lock:
            links, self._links = self._links, set()
        for link in links:
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        """End for good."""
        self.sending.set()
        self.unplug()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                link, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                self._links.add(link)
            threading.Thread(target=self._serve, args=(link,), name="virtual-stream-link", daemon=True).start()

    def _serve(self, link: socket.socket) -> None:
        with link, contextlib.suppress(OSError, EOFError):
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            first, headers = _request(link)
            self.served += 1
            if not first.startswith("GET "):
                self._rtsp(link, first, headers)
            elif self._login and headers.get("authorization", "") != _basic(self._login):
                link.sendall(b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=camera\r\n\r\n")
            else:
                self._http(link)
        with self._lock:
            self._links.discard(link)

    def _http(self, link: socket.socket) -> None:
        link.sendall(
            f"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary={BOUNDARY}\r\n\r\n".encode()
        )

        def send(data: bytes, taken: float) -> None:
            head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n"
            link.sendall(f"{head}X-Timestamp: {taken:.6f}\r\n\r\n".encode() + data + b"\r\n")

        self._send(link, send)

    def _rtsp(self, link: socket.socket, first: str, headers: dict[str, str]) -> None:
        """RFC 2326 as far as one viewer over TCP needs it."""
        while True:
            method, address = first.split(" ")[:2]
            more, body = "", ""
            status = "200 OK"
            if method == "OPTIONS":
                more = "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
            elif method == "DESCRIBE":
                body = _SDP
                more = f"Content-Base: {address}/\r\nContent-Type: application/sdp\r\n"
            elif method == "SETUP" and "TCP" not in headers.get("transport", ""):
                status = "461 Unsupported Transport"
            elif method == "SETUP":
                more = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n"
            elif method in ("PLAY", "TEARDOWN"):
                more = "Session: 1\r\n"
            answer = f"RTSP/1.0 {status}\r\nCSeq: {headers.get('cseq', '0')}\r\n{more}"
            answer += f"Content-Length: {len(body)}\r\n\r\n{body}" if body else "\r\n"
            link.sendall(answer.encode())
            if method == "PLAY":
                break
            if method == "TEARDOWN":
                return
            first, headers = _request(link)
        sequence = 0

        def send(data: bytes, taken: float) -> None:
            nonlocal sequence
            parts = rtp.packets(data, sequence, round(taken * rtp.CLOCK), 0x6B)
            sequence += len(parts)
            link.sendall(b"".join(b"$\x00" + len(part).to_bytes(2, "big") + part for part in parts))

        self._send(link, send)

    def _send(self, link: socket.socket, send: Callable[[bytes, float], None]) -> None:
        import cv2

        waiting: deque[tuple[float, bytes]] = deque()
        due = time.monotonic()
        pause = threading.Event()
        while link in self._links:
            now = time.monotonic()
            due = max(due + self._period, now)
            pause.wait(due - now)
            self.sending.wait()
            _, data = cv2.imencode(".jpg", self._frame(due), (cv2.IMWRITE_JPEG_QUALITY, _QUALITY))
            waiting.append((due, data.tobytes()))
            while waiting and due - waiting[0][0] >= self.lag:
                taken, picture = waiting.popleft()
                send(picture, taken)


class StreamSimulator(CameraSimulator):
    """The simulated camera behind its server. `camera hangup` ends the connection once."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        camera = settings.devices.camera
        turns = camera.mounting // 90
        self.server = StreamServer(lambda at: turned(self.frame(at), turns), camera.fps)

    def stop(self) -> None:
        """End its server."""
        super().stop()
        self.server.stop()

    def _do_camera(self, verb: str, words: list[str]) -> None:
        if verb == "hangup":
            self.server.hang_up()
            return
        super()._do_camera(verb, words)
        self.server.lag = self.lag
        if self.answers.is_set():
            self.server.sending.set()
        else:
            self.server.sending.clear()
        if self.plugged:
            self.server.plug()
        else:
            self.server.unplug()


class VirtualStream(StreamCamera):
    """The driver of network cameras, connected to the simulated one. `url` `rtsp://` chooses the protocol."""

    driver = "virtual_stream"
    stall_seconds = 120.0  # the studio is made in the thread, with a portrait cut out by the models

    def source(self) -> Source:
        """Connect to the simulator's server. Raises `Fault`."""
        settings = self.host.settings
        simulator = self.host.simulator("camera", lambda: StreamSimulator(settings))
        if not simulator.plugged:
            raise Fault(FaultCode.NOT_FOUND)
        simulator.prepare()
        return connected(settings, simulator.server.url(urlsplit(settings.devices.camera.url).scheme or "http"))


def _request(link: socket.socket) -> tuple[str, dict[str, str]]:
    """First line and headers (names in small letters) of the next request. Raises `EOFError` without one."""
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        byte = link.recv(1)
        if not byte or len(data) > 8192:
            raise EOFError
        data += byte
    first, *lines = data.decode("latin-1").strip().split("\r\n")
    return first, {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _basic(login: str) -> str:
    import base64

    return "Basic " + base64.b64encode(login.encode()).decode("ascii")
