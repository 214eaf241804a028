"""The browser opens the kiosk page full-screen and keeps to itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.launch import screen


def test_it_is_full_screen_with_a_profile_of_its_own(tmp_path: Path) -> None:
    command = screen.command("chromium", "http://127.0.0.1:1/kiosk/", tmp_path)
    assert command[0] == "chromium"
    assert command[-1] == "http://127.0.0.1:1/kiosk/"
    assert "--kiosk" in command
    assert f"--user-data-dir={tmp_path}" in command


@pytest.mark.parametrize(
    ("variables", "expected"), [({}, False), ({"DISPLAY": ":0"}, True), ({"WAYLAND_DISPLAY": "w"}, True)]
)
def test_a_linux_without_display_has_no_screen(
    variables: dict[str, str], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert screen.has_screen() is expected


def test_chromium_is_found_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = tmp_path / "chromium"
    browser.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert screen.find_browser() == str(browser)
    browser.unlink()
    assert screen.find_browser() is None
