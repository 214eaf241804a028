"""The browser of the kiosk: finds Chromium, Chrome or Edge and says how it is started full-screen."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "msedge")
_WINDOWS = (
    r"Google\Chrome\Application\chrome.exe",
    r"Chromium\Application\chrome.exe",
    r"Microsoft\Edge\Application\msedge.exe",
)
_MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)


def has_screen() -> bool:
    """Whether a window can be opened here."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def find_browser() -> str | None:
    """Path of a browser that knows kiosk mode, or None."""
    places: list[Path] = []
    if sys.platform == "win32":
        roots = [os.environ.get(name) for name in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")]
        places = [Path(root) / tail for root in roots if root for tail in _WINDOWS]
    elif sys.platform == "darwin":
        places = [Path(place) for place in _MAC]
    on_path = next((path for path in map(shutil.which, _NAMES) if path), None)
    return next((str(place) for place in places if place.is_file()), on_path)


def command(browser: str, url: str, profile: Path) -> list[str]:
    """The browser full-screen on `url`, with a profile of its own, without gestures, bubbles and calls home."""
    switches = [
        "--kiosk",
        "--no-first-run",
        "--no-default-browser-check",
        "--noerrdialogs",
        "--disable-session-crashed-bubble",
        "--disable-features=Translate,MediaRouter,OptimizationHints",
        "--disable-pinch",
        "--overscroll-history-navigation=0",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-save-password-bubble",
        "--password-store=basic",
        "--autoplay-policy=no-user-gesture-required",
        f"--user-data-dir={profile}",
    ]
    if sys.platform == "linux" and os.geteuid() == 0:
        switches.append("--no-sandbox")  # Chromium refuses to start as root otherwise
    return [browser, *switches, url]
