"""The command line of `run_kiosk.py`: set up what is missing, then go on inside the environment."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from types import FrameType
from typing import Any

from kiosk.setup import assets, system
from kiosk.setup.environment import Environment, install_packages
from kiosk.setup.steps import ROOT, SetupError, say


def parser() -> argparse.ArgumentParser:
    """The arguments; those of the launcher are checked here and handed on."""
    arguments = argparse.ArgumentParser(prog="run_kiosk.py", description="Starts the graduation-photo kiosk.")
    arguments.add_argument("--demo", action="store_true", help="simulated devices and made-up students")
    arguments.add_argument("--camera", type=int, metavar="N", help="use webcam number N")
    arguments.add_argument("--config", type=Path, metavar="FILE", help="settings over those of config/kiosk.toml")
    arguments.add_argument("--no-browser", action="store_true", help="do not open the kiosk page")
    arguments.add_argument("--data", type=Path, metavar="DIR", help="folder of everything this station keeps")
    arguments.add_argument("--port", type=int, metavar="N", help="port of the web process")
    only = arguments.add_mutually_exclusive_group()
    only.add_argument("--prepare", action="store_true", help="set up, do not start")
    only.add_argument(
        "--prepare-tests", action="store_true", help="set up with all that the tests need, do not start"
    )
    return arguments


def overlays(options: argparse.Namespace) -> list[Path]:
    """Settings files over `config/kiosk.toml`, the strongest last."""
    named = [Path(item) for item in os.environ.get("KIOSK_CONFIG", "").split(os.pathsep) if item]
    demo = [ROOT / "config" / "demo.toml"] if options.demo else []
    return [file.resolve() for file in (*demo, *named, *([options.config] if options.config else []))]


def environment_of(options: argparse.Namespace) -> dict[str, str]:
    """The options as the environment variables that settings are read from, so that every process sees them."""
    values = {"KIOSK_CONFIG": os.pathsep.join(map(str, overlays(options)))}
    if options.camera is not None:
        values |= {"KIOSK_DEVICES__CAMERA__DRIVER": "opencv", "KIOSK_DEVICES__CAMERA__INDEX": str(options.camera)}
    if options.data is not None:
        values["KIOSK_DATA_DIR"] = str(options.data.resolve())
    if options.port is not None:
        values["KIOSK_SERVER__PORT"] = str(options.port)
    return values


def folder(name: str, default: str, options: argparse.Namespace) -> Path:
    """A folder of the settings (`assets_dir`, `portraits_dir`) before the settings themselves can be loaded."""
    values: dict[str, Any] = {}
    for file in (ROOT / "config" / "kiosk.toml", *overlays(options)):
        try:
            values |= tomllib.loads(file.read_text("utf-8"))
        except FileNotFoundError:
            if file != ROOT / "config" / "kiosk.toml":
                raise SetupError(f"There is no settings file {file}.") from None
        except tomllib.TOMLDecodeError as error:
            raise SetupError(f"{file} is not TOML: {error}") from error
    return (ROOT / os.environ.get(f"KIOSK_{name.upper()}", str(values.get(name, default)))).resolve()


def prepare(options: argparse.Namespace) -> Environment:
    """Set up all that is missing; costs some 20 ms when nothing is. Raises `SetupError`."""
    tests = options.prepare_tests
    assets_folder = folder("assets_dir", "var/assets", options)
    portraits = Path(os.environ.get("KIOSK_PORTRAITS") or folder("portraits_dir", "../shared/portraits", options))
    environment = Environment()
    if tests:
        system.for_tests()
    environment.make()
    if install_packages(environment, tests):
        system.libraries_of_opencv(environment)
    system.pcsc(environment)
    system.usb(environment)
    assets.browser_libraries(environment, assets_folder)
    assets.models(environment, assets_folder)
    if tests or (options.demo and not portraits.is_dir()):
        assets.demo_portrait(environment, assets_folder)
    return environment


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(argv: list[str] | None = None) -> int:
    """Set up and start; the exit status of the launcher, 1 when the set-up failed."""
    options = parser().parse_args(argv)
    previous = signal.signal(signal.SIGTERM, _interrupt)
    try:
        environment = prepare(options)
    except SetupError as error:
        print(f"\nThe kiosk could not be set up.\n{error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\nThe kiosk could not be set up: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Start again to go on from here.", file=sys.stderr)
        return 130
    finally:
        signal.signal(signal.SIGTERM, previous)
    if options.prepare or options.prepare_tests:
        say("Everything is in place.")
        return 0
    command = [str(environment.python), "-m", "kiosk.launch", *(["--no-browser"] if options.no_browser else [])]
    variables = {**os.environ, **environment_of(options)}
    os.chdir(ROOT)
    if sys.platform != "win32":
        os.execve(command[0], command, variables)  # noqa: S606 - the launcher takes the place of this process
    child = subprocess.Popen(command, env=variables)  # noqa: S603
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue  # the launcher has got it too and stops in order
