"""Sets up the log of a process: a rotating file, warnings also to standard error, personal data in neither."""

from __future__ import annotations

import logging
import logging.handlers
import re
import sys
import time
from collections import deque

from kiosk.domain import masking
from kiosk.settings import Settings

#: Size of a log file and number of old ones kept: at most 30 MB for each process.
MAX_BYTES = 5_000_000
KEPT = 5
#: A line of a log file.
FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"

#: A personal key followed by its value, as in `name=…`, `"name": "…"`, `'name': '…'` or `?token=…`.
_KEYS = "|".join(sorted((re.escape(key) for key in {*masking.PERSONAL_KEYS, "ticket"}), key=len, reverse=True))
_PAIR = re.compile(
    rf"""(?P<head>(?<![\w.-])["']?(?:{_KEYS})["']?\s*[=:]\s*)(?:"[^"]*"|'[^']*'|(?:Bearer\s+)?[^\s,;&"'}}\])]+)""",
    re.IGNORECASE,
)
#: Paths that carry a secret: receipts and the link of the first administrator.
_SECRET_PATH = re.compile(r"(?P<head>/(?:r|setup)/)[\w.~-]{8,}")


def clean(text: str) -> str:
    """`text` with values of personal keys, secrets in paths and document numbers starred.

    It is the net below the rule that nobody logs personal data, not a licence to do so: a name that stands in
    running text has no pattern.
    """
    text = _PAIR.sub(lambda match: match["head"] + "***", text)
    text = _SECRET_PATH.sub(lambda match: match["head"] + "***", text)
    return masking.redact(text)


class RedactionFilter(logging.Filter):
    """Stars personal keys in the structured arguments of a record before they become text."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always lets the record through, redacted."""
        if isinstance(record.args, dict):
            record.args = {key: masking.redact_value({key: value})[key] for key, value in record.args.items()}  # type: ignore[index]
        elif record.args:
            record.args = tuple(
                masking.redact_value(item) if isinstance(item, dict | list | tuple) else item
                for item in record.args
            )
        return True


class RedactingFormatter(logging.Formatter):
    """One line a record, time with its zone; the finished text, traceback included, is cleaned."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        """Local time to the millisecond with its distance from UTC."""
        local = time.localtime(record.created)
        return (
            f"{time.strftime(self.default_time_format, local)}.{int(record.msecs):03d}{time.strftime('%z', local)}"
        )

    def format(self, record: logging.LogRecord) -> str:
        """The whole text of the record without personal data."""
        return clean(super().format(record))


class LogFile(logging.handlers.RotatingFileHandler):
    """A log file that a full disk silences; any other fault in logging is still shown."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Called while the exception is handled."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)


class Recent(logging.Handler):
    """Keeps the last `kept` lines of this process in memory, cleaned like those of the file, for staff to read."""

    def __init__(self, kept: int = 100) -> None:
        super().__init__()
        self._lines: deque[str] = deque(maxlen=kept)
        self.addFilter(RedactionFilter())
        self.setFormatter(RedactingFormatter(FORM))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        self._lines.append(self.format(record))

    def lines(self) -> list[str]:
        """The lines, oldest first."""
        self.acquire()
        try:
            return list(self._lines)
        finally:
            self.release()


def set_up(settings: Settings, process: str, stderr_level: int = logging.WARNING) -> None:
    """Log this process to `logs/<process>.log` in the data folder and from `stderr_level` on to standard error.

    The launcher puts the process's name before what it reads there. Calling it again replaces the handlers.
    Raises `OSError` where the folder cannot be written.
    """
    folder = settings.data / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    file = LogFile(folder / f"{process}.log", maxBytes=MAX_BYTES, backupCount=KEPT, encoding="utf-8", delay=True)
    file.setFormatter(RedactingFormatter(FORM))
    screen = logging.StreamHandler(sys.stderr)
    screen.setLevel(stderr_level)
    screen.setFormatter(RedactingFormatter("%(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
    for handler in (file, screen):
        handler.addFilter(RedactionFilter())
        root.addHandler(handler)
    root.setLevel(settings.log_level)
    logging.captureWarnings(True)
    for noisy in ("engineio", "socketio", "werkzeug", "urllib3", "alembic.runtime.plugins"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
