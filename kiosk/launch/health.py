"""How the launcher learns that a process works: it asks web and bridge, and looks at the worker's file."""

from __future__ import annotations

import http.client
import json
import ssl
import time

from kiosk.settings import Settings

#: Seconds an answer may take.
TIMEOUT = 2.0
#: Age in seconds up to which the worker's sign of life counts.
ALIVE_SECONDS = 3.0


def _answers(port: int, path: str, https: bool = False) -> bool:
    connection: http.client.HTTPConnection
    if https:
        context = ssl.create_default_context()
        context.check_hostname = False  # the certificate names the public host; this is our own machine
        context.verify_mode = ssl.CERT_NONE
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=TIMEOUT, context=context)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        content = json.loads(answer.read(65536))
        return answer.status == 200 and bool(content.get("ok"))
    except (OSError, http.client.HTTPException, ValueError, AttributeError):
        return False
    finally:
        connection.close()


def web(settings: Settings) -> bool:
    """Whether the web process answers."""
    return _answers(settings.server.port, "/healthz", settings.scheme == "https")


def bridge(settings: Settings) -> bool:
    """Whether the bridge answers at its preview port; a device that is out of order does not make it unwell."""
    return _answers(settings.bridge.preview_port, "/healthz")


def worker(settings: Settings) -> bool:
    """Whether the worker touched its file within the last seconds."""
    try:
        return abs(time.time() - (settings.data / "worker.alive").stat().st_mtime) < ALIVE_SECONDS
    except FileNotFoundError:
        return False
