"""What the stand-ins share: a sign of life, and a line in `stopped` when they end in order."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from kiosk.launch.follow import follow_parent

PORTS = {"web": "KIOSK_SERVER__PORT", "bridge": "KIOSK_BRIDGE__PREVIEW_PORT"}


class _Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"ok": true}')

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main(name: str) -> None:
    """Live until SIGTERM; `FAKE_FAILS=<name>` makes that one end at once with status 3."""
    follow_parent()
    if os.environ.get("FAKE_FAILS") == name:
        print("WARNING id_number=990101199001010015 is not for the log")
        sys.exit(3)
    data = Path(os.environ["KIOSK_DATA_DIR"])
    asked: list[int] = []  # not an Event: its set() in a signal handler may wait for the very thread it interrupts
    signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
    if name in PORTS:
        server = ThreadingHTTPServer(("127.0.0.1", int(os.environ[PORTS[name]])), _Health)
        threading.Thread(target=server.serve_forever, daemon=True).start()
    while not asked:
        time.sleep(0.05)
        if name == "worker":
            (data / "worker.alive").touch()
    with (data / "stopped").open("a") as file:
        file.write(name + "\n")
