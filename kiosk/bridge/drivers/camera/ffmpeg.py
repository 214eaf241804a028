"""OpenCV's FFmpeg, made silent: its messages name addresses with their passwords, and come at every try."""

from __future__ import annotations

import os

#: For streams. TCP: a lost packet of UDP tears the picture. No buffer: what lies in it is late when it is shown.
STREAM = "rtsp_transport;tcp|fflags;nobuffer|flags;low_delay"
#: FFmpeg's AV_LOG_QUIET.
_QUIET = "-8"


def prepare(options: str = "") -> None:
    """Call it before each opening: FFmpeg reads its level at a process's first one, `options` at every one."""
    os.environ["OPENCV_FFMPEG_LOGLEVEL"] = _QUIET
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = options
    import cv2

    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
