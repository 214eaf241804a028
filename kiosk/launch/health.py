"""How the launcher learns that a process works: it asks web and bridge, and looks at the worker's file."""

from __future__ import annotations

import http.client
import json
import ssl
import time
from enum import Enum, auto

from kiosk.settings import Settings

#: Seconds an answer may take.
TIMEOUT = 2.0
#: Age in seconds up to which the worker's sign of life counts.
ALIVE_SECONDS = 3.0


class Health(Enum):
    """What a look at a process found."""

    WELL = auto()
    UNWELL = auto()  # it answers, but cannot work now: its records are away, say
    SILENT = auto()


def _ask(port: int, path: str, https: bool = False) -> Health:
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
        return Health.WELL if answer.status == 200 and content.get("ok") else Health.UNWELL
    except (http.client.HTTPException, ValueError, AttributeError):
        return Health.UNWELL
    except OSError:
        return Health.SILENT
    finally:
        connection.close()


def web(settings: Settings) -> Health:
    """The web process and its records."""
    return _ask(settings.server.port, "/healthz", settings.scheme == "https")


def bridge(settings: Settings) -> Health:
    """The bridge, at its preview port; a device that is out of order does not make it unwell."""
    return _ask(settings.bridge.preview_port, "/healthz")


def worker(settings: Settings) -> Health:
    """The worker, by the file that it touches every second."""
    try:
        age = abs(time.time() - (settings.data / "worker.alive").stat().st_mtime)
    except FileNotFoundError:
        return Health.SILENT
    return Health.WELL if age < ALIVE_SECONDS else Health.SILENT
