"""What comes from the operating system: shared libraries, programs for the tests, and what pyscard is built with.

As root on Debian (or a system like it) missing packages are installed, otherwise they are named.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from kiosk.setup.environment import REQUIREMENTS, Environment, sha256
from kiosk.setup.steps import SetupError, run, say

#: Shared library that OpenCV asks for → Debian package that has it.
LIBRARIES = {"libGL.so": "libgl1", "libgthread-2.0.so": "libglib2.0-0", "libglib-2.0.so": "libglib2.0-0"}
#: Debian packages of the tests: a browser, Chinese type, a smart card stack, a compiler, PostgreSQL, LibreOffice,
#: and what renders a PDF and looks into an archive.
FOR_TESTS = (
    "chromium", "fonts-noto-cjk", "pcscd", "libpcsclite-dev", "vsmartcard-vpcd", "gcc", "pkg-config",
    "libgl1", "libglib2.0-0", "postgresql", "libreoffice-calc-nogui", "poppler-utils", "unzip",
)  # fmt: skip


def is_debian() -> bool:
    """Whether this is Debian or a system that has its tools."""
    return sys.platform == "linux" and bool(shutil.which("apt-get") and shutil.which("dpkg-query"))


def may_install() -> bool:
    """Whether this account may install packages of the system."""
    return is_debian() and os.geteuid() == 0


def absent(packages: tuple[str, ...]) -> list[str]:
    """Those of `packages` that are not installed (a newer name that provides one counts)."""
    listed = subprocess.run(  # noqa: S603
        [shutil.which("dpkg-query") or "dpkg-query", "-W", "-f=${db:Status-Status} ${Package} ${Provides}\n"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    have: set[str] = set()
    for line in listed.stdout.splitlines():
        status, _, names = line.partition(" ")
        if status == "installed":
            have.update(name.split(" ")[0] for name in names.replace(" ", ", ", 1).split(", "))
    return [package for package in packages if package not in have]


def apt_install(packages: list[str]) -> None:
    """Install `packages`. Raises `SetupError` when apt fails."""
    say(f"Installing packages of the system: {' '.join(packages)} …")
    environment = {"DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-q"], "Reading the list of packages", env=environment)
    run(
        ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages],
        "Installing packages of the system",
        env=environment,
    )


def for_tests() -> None:
    """Install what the tests use of the system, or name it: tests that lack something skip and say so."""
    if not is_debian():
        say(
            "Not Debian: for all tests to run, install Chromium, a Chinese typeface, pcscd with vpcd, PostgreSQL, "
            "LibreOffice Calc, poppler."
        )
        return
    lacking = absent(FOR_TESTS)
    if shutil.which("initdb"):
        lacking = [package for package in lacking if package != "postgresql"]
    if not lacking:
        return
    if not may_install():
        say(f"Some tests will be skipped. To run them all: sudo apt-get install {' '.join(lacking)}")
        return
    try:
        apt_install(lacking)
    except SetupError as error:
        say(f"{error}\nGoing on; the tests that need these packages will be skipped.")


def libraries_of_opencv(environment: Environment) -> None:
    """Make sure that OpenCV can be loaded; called once after an installation, because the import takes its time.

    Raises `SetupError` that names the Debian packages where they cannot be installed here.
    """
    for _ in range(len(LIBRARIES)):  # one library is named at a time
        tried = subprocess.run(  # noqa: S603 - our own Python
            [environment.python, "-c", "import cv2"], capture_output=True, text=True, check=False
        )
        if tried.returncode == 0:
            return
        package = next((name for library, name in LIBRARIES.items() if library in tried.stderr), None)
        if package is None:
            break
        if not may_install():
            raise SetupError(f"OpenCV lacks a library of the system. Install it and start again: {package}")
        apt_install([package])
    last = tried.stderr.strip().splitlines()[-1:]
    raise SetupError(f"OpenCV cannot be loaded: {' '.join(last)}")


def pcsc(environment: Environment) -> None:
    """Install pyscard where it can be: it is built from source on Linux. Everything but PC/SC works without it."""
    lock = sha256(REQUIREMENTS / "pcsc.lock")
    if environment.stamp("pcsc") in (lock, f"failed {lock}"):
        return
    if sys.platform == "linux":
        lacking = [tool for tool in ("gcc", "pkg-config") if not shutil.which(tool)]
        finder = shutil.which("pkg-config")
        if finder and subprocess.run([finder, "--exists", "libpcsclite"], check=False).returncode:  # noqa: S603
            lacking.append("libpcsclite-dev")
        if lacking:
            say(f"PC/SC readers are left out: {', '.join(lacking)} not installed.")
            return
    try:
        environment.install("pcsc", "Installing the driver of PC/SC readers")
    except SetupError as error:
        say(f"PC/SC readers are left out: {error}")
        environment.write_stamp("pcsc", f"failed {lock}")


def usb(environment: Environment) -> None:
    """Install what readers and thermometers on USB bulk or HID need; the kiosk works without it."""
    lock = sha256(REQUIREMENTS / "usb.lock")
    if environment.stamp("usb") in (lock, f"failed {lock}"):
        return
    try:
        environment.install("usb", "Installing the drivers of USB and HID devices")
    except SetupError as error:
        say(f"Devices on USB bulk and HID are left out: {error}")
        environment.write_stamp("usb", f"failed {lock}")
