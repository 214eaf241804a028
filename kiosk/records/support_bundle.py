"""The support bundle: what somebody who helps from afar needs to see of a kiosk, and nothing of any person.

A zip of logs, settings without secrets, versions, states of the devices, calibration, health and the revision of
the records. No photo is in it. Every text passes `Redactor` on its way in: our logs are in English, so that any
Chinese is taken out whoever it names; long numbers are; and whatever else the records know as somebody's name or
number, and every secret of the station, is looked for and taken out wherever it stands.
"""

from __future__ import annotations

import importlib.metadata
import io
import json
import platform
import re
import shutil
import sqlite3
import sys
import time
import zipfile
from collections import deque
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from kiosk import logs
from kiosk.records import migrate
from kiosk.records.database import Database
from kiosk.records.tables import Job, Staff, Student, Visit
from kiosk.settings import ROOT, Settings

#: Lines of each log that are taken along.
LINES = 400
_STAR = "***"
#: Runs of Chinese, also a name with its middle dot; and what stands for one in a log line.
_CHINESE = re.compile(r"[㐀-䶿一-鿿豈-﫿\U00020000-\U0003134f][㐀-䶿一-鿿豈-﫿\U00020000-\U0003134f··•]*")
_LONG_NUMBER = re.compile(r"(?<![0-9A-Za-z.])[0-9]{7,}[0-9Xx]?(?![0-9A-Za-z])")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s:]+:[^/@\s]*@")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{3,39}")
_LATIN = re.compile(r"[A-Za-z]{2,}")
#: Settings whose value is nobody's business: the parts of their names.
_SECRET_NAMES = ("password", "secret", "token", "credential", "user", "account", "sender", "email", "recipient")
_CHUNK = 400
READ_ME = """\
Support bundle of the graduation-photo kiosk.

It holds no photo and no personal data: Chinese text, long numbers, e-mail addresses, names and numbers that the
records know, log-ins of staff and the secrets of the station were replaced by stars before they came in here.

versions.json   this program, Python, the system, installed packages against the locks, revision of the records
settings.json   the settings in force, secrets starred
devices.json    what the devices say of themselves, their history, the bridge's last log lines
station.json    what the bridge keeps of its station: ports, calibration
health.json     disk, processes, counts
logs/           the last lines of each process
"""


class Redactor:
    """Takes out of texts what names a person. `known`: names and numbers to look for, as they are written."""

    def __init__(self, known: Iterable[str] = (), secrets: Iterable[str] = ()) -> None:
        self._secrets = [secret for secret in secrets if len(secret) >= 8]
        words = sorted({word for word in known if len(word) >= 2}, key=len, reverse=True)
        self._known = (
            re.compile(
                "|".join(rf"(?<![0-9A-Za-z]){re.escape(word)}(?![0-9A-Za-z])" for word in words), re.IGNORECASE
            )
            if words
            else None
        )
        home = str(Path.home())
        self._home = home if len(home) > 1 else ""

    def text(self, text: str) -> str:
        """`text` without anybody in it."""
        for secret in self._secrets:
            text = text.replace(secret, _STAR)
        if self._home:
            text = text.replace(self._home, "~")
        text = _CREDENTIALS.sub(f"{_STAR}@", text)
        text = _MAIL.sub(_STAR, text)
        text = logs.clean(text)
        text = _CHINESE.sub(_STAR, text)
        text = _LONG_NUMBER.sub(_STAR, text)
        return self._known.sub(_STAR, text) if self._known else text

    def value(self, value: Any) -> Any:
        """The same for JSON-like data; numbers stay numbers."""
        if isinstance(value, dict):
            return {self.text(str(key)): self.value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        return self.text(value) if isinstance(value, str) else value


def make(settings: Settings, database: Database, now: datetime, devices: dict[str, Any]) -> bytes:
    """The bundle's bytes. `devices`: what is known of the bridge, as JSON. A part that can't be read says so."""
    files: dict[str, str] = {f"logs/{file.name}": _tail(file) for file in _log_files(settings)}
    station = settings.data / "bridge" / "station.json"
    facts: dict[str, Any] = {
        "versions.json": {**versions(), "records": _revision(database)},
        "settings.json": _without_secrets(settings.model_dump(mode="json")),
        "devices.json": devices,
        "station.json": json.loads(station.read_text("utf-8")) if station.is_file() else None,
        "health.json": _health(settings, database),
    }
    everything = "\n".join([*files.values(), json.dumps(facts, ensure_ascii=False)])
    redactor = Redactor(_people(database, everything), _secrets(settings))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_info("README.txt", now), READ_ME)
        for name, data in facts.items():
            archive.writestr(_info(name, now), json.dumps(redactor.value(data), indent=1, ensure_ascii=True))
        for name, text in files.items():
            archive.writestr(_info(redactor.text(name), now), redactor.text(text))
    return content.getvalue()


def versions() -> dict[str, Any]:
    """This program, its Python, its system, and how the installed packages differ from the locks."""
    locked = _locked()
    installed = {
        str(found.name).lower().replace("_", "-"): found.version for found in importlib.metadata.distributions()
    }
    return {
        "kiosk": installed.get("kiosk", "source"),
        "python": sys.version.split()[0],
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "sqlite": sqlite3.sqlite_version,
        "packages": {name: installed[name] for name in sorted(locked) if name in installed},
        "not_as_locked": {
            name: f"{installed[name]} instead of {version}"
            for name, version in sorted(locked.items())
            if name in installed and installed[name] != version
        },
    }


def _locked() -> dict[str, str]:
    found: dict[str, str] = {}
    for file in sorted((ROOT / "requirements").glob("*.lock")):
        for line in file.read_text("utf-8").splitlines():
            match = re.match(r"([A-Za-z0-9._-]+)==([^\s;\\]+)", line)
            if match:
                found[match[1].lower().replace("_", "-")] = match[2]
    return found


def _info(name: str, now: datetime) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, now.timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


def _log_files(settings: Settings) -> list[Path]:
    return sorted((settings.data / "logs").glob("*.log"))


def _tail(file: Path) -> str:
    try:
        with file.open(encoding="utf-8", errors="replace") as stream:
            return "".join(deque(stream, LINES))
    except OSError as error:
        return f"can't be read: {type(error).__name__}\n"


def _without_secrets(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _without_secrets(item, key) for key, item in value.items()}
    if isinstance(value, str) and value and any(part in name.lower() for part in _SECRET_NAMES):
        return _STAR
    return value


def _secrets(settings: Settings) -> list[str]:
    folder = settings.data / "secrets"
    found = []
    for file in folder.iterdir() if folder.is_dir() else ():
        try:
            found.append(file.read_text("utf-8", "replace").strip())
        except OSError:  # another account's: then nothing of it was logged by this one
            continue
    return found


def _people(database: Database, everything: str) -> set[str]:
    """Names and numbers of the records that stand in that text; Chinese ones are taken out without being known."""
    words = {word.upper() for word in _WORD.findall(everything) if any(letter.isdigit() for letter in word)}
    found: set[str] = set()
    try:
        with database.read() as session:
            for login, name in session.execute(select(Staff.login, Staff.display_name)):
                found |= {login, name}
            for name in session.scalars(select(Student.name).distinct().execution_options(yield_per=2000)):
                if _LATIN.search(name):
                    found |= {name, *(part for part in name.split() if len(part) > 2)}
            numbers = sorted(words)
            for start in range(0, len(numbers), _CHUNK):
                some = numbers[start : start + _CHUNK]
                for column in (Student.id_number, Student.student_number):
                    found |= set(session.scalars(select(column).where(func.upper(column).in_(some))))
    except SQLAlchemyError:
        return found  # the records are what is broken; Chinese, long numbers and secrets go in any case
    return {word for word in found if word}


def _revision(database: Database) -> dict[str, str]:
    try:
        with database.engine.execution_options(kiosk_read_only=True).connect() as connection:
            return {"revision": migrate.revision(connection), "newest": migrate.HEAD}
    except SQLAlchemyError as error:
        return {"revision": f"can't be read: {type(error).__name__}", "newest": migrate.HEAD}


def _health(settings: Settings, database: Database) -> dict[str, Any]:
    disk = shutil.disk_usage(settings.data)
    alive = settings.data / "worker.alive"
    health: dict[str, Any] = {
        "disk_free_mb": disk.free // 1_000_000,
        "disk_total_mb": disk.total // 1_000_000,
        "worker_silent_seconds": round(time.time() - alive.stat().st_mtime, 1) if alive.exists() else None,
        "spooled": sum(entry.is_dir() for entry in (settings.data / "bridge" / "spool").glob("*")),
    }
    try:
        with database.read() as session:
            for name, column in (("visits", Visit.state), ("jobs", Job.state)):
                counted = session.execute(select(column, func.count()).group_by(column))
                health[name] = {str(state): count for state, count in counted}
            health["students"] = session.scalar(select(func.count()).select_from(Student))
    except SQLAlchemyError as error:
        health["records"] = f"can't be read: {type(error).__name__}"
    return health
