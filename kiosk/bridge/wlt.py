"""Has the photo on an ID card decoded by a plug-in, in a process of its own that may crash, hang or eat memory.

The card's photo (WLT, 1,024 bytes, 102 × 126 pixels) has no open decoder; vendors ship closed libraries. So there
is none here: a site that has one names it in `devices.reader.wlt`. A plug-in reads the bytes from standard input
and writes a picture file (BMP, PNG or JPEG, exactly 102 × 126) to standard output; a Python one has a function
`decode(data: bytes) -> bytes` that returns such a file. Without one the photo is dropped and kept nowhere.
"""

from __future__ import annotations

import base64
import io
import logging
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from typing import IO, Any

from kiosk.settings import Settings

log = logging.getLogger(__name__)

WIDTH, HEIGHT = 102, 126
#: Longest picture file that is read from a plug-in; an uncompressed one has 39 kB.
MOST_BYTES = 256 * 1024
_FORMATS = ("BMP", "PNG", "JPEG")
#: What a plug-in sees of our environment: nothing that holds a secret.
_ENVIRONMENT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TEMP", "TMP")


class NotDecoded(Exception):
    """Why there is no picture, in words for the log."""


def wanted(settings: Settings) -> bool:
    """Whether a plug-in is set: only then the photo is read from the card at all."""
    return bool(settings.devices.reader.wlt)


def decode(settings: Settings, photo: bytes) -> bytes | None:
    """The photo as a JPEG of 102 × 126; None without a plug-in, and with one line in the log when it fails.

    Waits at most `devices.reader.wlt_seconds`. Never raises for what a plug-in does.
    """
    if not wanted(settings) or not photo:
        return None
    try:
        return _picture(_run(settings, photo))
    except NotDecoded as error:
        log.warning("the photo on the card was not decoded: %s", error)
        return None


def entry(picture: bytes | None) -> dict[str, Any]:
    """What an identity's `card` carries of it."""
    return {} if picture is None else {"photo_b64": base64.b64encode(picture).decode("ascii")}


def _run(settings: Settings, photo: bytes) -> bytes:
    reader = settings.devices.reader
    plug_in = [reader.wlt] if reader.wlt.startswith("python:") else shlex.split(reader.wlt)
    limits = [str(reader.wlt_megabytes), str(round(reader.wlt_seconds) + 1)]
    end = time.monotonic() + reader.wlt_seconds
    try:
        child = subprocess.Popen(  # noqa: S603 - what the administrator named
            [sys.executable, "-m", "kiosk.bridge.wlt_child", *limits, *plug_in],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            start_new_session=True,
        )
    except OSError as error:
        raise NotDecoded(f"it can't be started: {type(error).__name__}") from error
    heard: list[bytes] = []
    listener = threading.Thread(target=_listen, args=(child.stdout, heard), name="wlt", daemon=True)
    listener.start()
    try:
        _hand_over(child.stdin, photo)
        listener.join(max(0.0, end - time.monotonic()))
        if listener.is_alive():
            raise NotDecoded(f"no answer within {reader.wlt_seconds:g} s")
        said = b"".join(heard)
        if len(said) > MOST_BYTES:
            raise NotDecoded("it never stops talking")
        try:
            status = child.wait(max(0.05, end - time.monotonic()))
        except subprocess.TimeoutExpired as error:
            raise NotDecoded(f"it did not end within {reader.wlt_seconds:g} s") from error
        if status != 0:
            raise NotDecoded(f"it ended with {status}")
        return said
    finally:
        _end(child)
        listener.join(1)
        if child.stdout is not None:
            child.stdout.close()


def _listen(stream: IO[bytes] | None, heard: list[bytes]) -> None:
    if stream is not None:
        heard.append(stream.read(MOST_BYTES + 1))


def _hand_over(stream: IO[bytes] | None, photo: bytes) -> None:
    if stream is None:
        return
    try:
        with stream:
            stream.write(photo)
    except OSError as error:  # it ended without listening; its status says the rest
        log.debug("wlt: %s", type(error).__name__)


def _end(child: subprocess.Popen[bytes]) -> None:
    """End it with whatever it started; on Unix it leads a group of its own."""
    if sys.platform != "win32":
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            log.debug("wlt: it is gone already")
    else:
        child.kill()
    child.wait()


def _picture(data: bytes) -> bytes:
    from PIL import Image  # takes its time: only where a plug-in is set

    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            if picture.size != (WIDTH, HEIGHT):
                raise NotDecoded(f"a picture of {picture.width} x {picture.height}")
            out = io.BytesIO()
            picture.convert("RGB").save(out, "JPEG", quality=90)
    except (OSError, ValueError, SyntaxError) as error:
        raise NotDecoded(f"no picture: {type(error).__name__}") from error
    return out.getvalue()
