"""The Python environment of the kiosk: `.venv` with exactly what the lock files name, and the stamps that say so.

A stamp holds the SHA-256 of the lock it was made from and is written last, so that a set-up that was killed
half-way is done again and a finished one costs nothing.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from kiosk.setup.steps import ROOT, SetupError, run, say

REQUIREMENTS = ROOT / "requirements"
#: Free space in bytes a first installation needs, with what pip unpacks on the way.
NEEDED_BYTES = 2_000_000_000


def sha256(*files: Path) -> str:
    """SHA-256 over the bytes of `files` in this order."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


class Environment:
    """A virtual environment and its stamps."""

    def __init__(self, folder: Path = ROOT / ".venv") -> None:
        self.folder = folder
        self.scripts = folder / ("Scripts" if sys.platform == "win32" else "bin")
        self.python = self.scripts / ("python.exe" if sys.platform == "win32" else "python")

    def stamp(self, name: str) -> str:
        """What the stamp `name` says; empty when there is none."""
        try:
            return (self.folder / f"stamp-{name}").read_text("ascii")
        except FileNotFoundError:
            return ""

    def write_stamp(self, name: str, value: str) -> None:
        """Say that `name` is done for `value`; whole or not at all."""
        fresh = self.folder / f"stamp-{name}.new"
        fresh.write_text(value, "ascii")
        fresh.replace(self.folder / f"stamp-{name}")

    def drop_stamp(self, name: str) -> None:
        """Say that `name` is no longer sure."""
        (self.folder / f"stamp-{name}").unlink(missing_ok=True)

    def make(self) -> None:
        """Make the environment unless it stands; one that is broken or of an older Python is made anew."""
        if self.python.exists() and self._version() >= (3, 11) and self.stamp("venv"):
            return
        if self.python.exists() and self._version() >= (3, 11) and self._has_pip():
            self.write_stamp("venv", "found")
            return
        free = shutil.disk_usage(self.folder.parent).free
        if free < NEEDED_BYTES:
            raise SetupError(
                f"Too little space: {free // 1_000_000} MB are free in {self.folder.parent}, "
                f"{NEEDED_BYTES // 1_000_000} MB are needed."
            )
        say(f"Making the Python environment in {self.folder.name} …")
        try:
            venv.create(self.folder, clear=True, with_pip=True, symlinks=sys.platform != "win32")
        except (OSError, subprocess.CalledProcessError) as error:
            raise SetupError(
                f"The Python environment could not be made ({error}). "
                "On Debian and Ubuntu install the package python3-venv and start again."
            ) from error
        self.write_stamp("venv", "made")

    def install(self, lock: str, doing: str) -> bool:
        """Install `requirements/<lock>.lock` by its hashes unless its stamp is right; True when pip ran."""
        file = REQUIREMENTS / f"{lock}.lock"
        wanted = sha256(file)
        if self.stamp(lock) == wanted:
            return False
        say(f"{doing} …")
        self.pip("install", "--require-hashes", "-r", file, doing=doing)
        self.write_stamp(lock, wanted)
        return True

    def install_project(self) -> bool:
        """Install the kiosk itself, editable, so that the command `kiosk` exists; True when pip ran."""
        wanted = f"{sha256(ROOT / 'pyproject.toml')} {hashlib.sha256(str(ROOT).encode()).hexdigest()}"
        if self.stamp("project") == wanted:
            return False
        say("Installing the command kiosk …")
        self.pip("install", "--no-deps", "--no-build-isolation", "--editable", ROOT, doing="Installing the kiosk")
        self.write_stamp("project", wanted)
        return True

    def pip(self, verb: str, *arguments: str | Path, doing: str) -> None:
        """Run pip inside the environment. Raises `SetupError` when it fails."""
        environment = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_ROOT_USER_ACTION": "ignore"}
        run([self.python, "-m", "pip", verb, *arguments], doing, env=environment)

    def _version(self) -> tuple[int, ...]:
        """Version of the Python the environment was made with, from its own note; (0,) when unknown."""
        try:
            lines = (self.folder / "pyvenv.cfg").read_text("utf-8").splitlines()
        except FileNotFoundError:
            return (0,)
        values = {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)}
        version = values.get("version") or values.get("version_info") or "0"
        return tuple(int(part) for part in version.split(".")[:2])

    def _has_pip(self) -> bool:
        pattern = "Lib/site-packages/pip" if sys.platform == "win32" else "lib/python3*/site-packages/pip"
        return any((file / "__main__.py").exists() for file in self.folder.glob(pattern))


def install_packages(environment: Environment, tests: bool) -> bool:
    """Install what running (or, with `tests`, testing) the kiosk needs; True when pip ran.

    The lock of the tests holds the lock of the runtime with the same versions (a test keeps it so), hence it
    satisfies both; the runtime alone does not say that what the tests need is still right.
    """
    runtime = sha256(REQUIREMENTS / "runtime.lock")
    if tests:
        ran = environment.install("test", "Installing what the kiosk and its tests need (about 850 MB, once)")
        if ran:
            environment.write_stamp("runtime", runtime)
    else:
        if environment.stamp("runtime") != runtime:
            environment.drop_stamp("test")
        ran = environment.install("runtime", "Installing what the kiosk needs (about 500 MB, once)")
    return environment.install_project() or ran
