"""`python -m kiosk.launch`: from the settings to a kiosk that runs, until somebody stops it."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tomllib

from pydantic import ValidationError

from kiosk import logs, secrets_store
from kiosk.launch import ports, prepare
from kiosk.launch.launcher import PROCESSES, Launcher, StartFailed, language, tell
from kiosk.launch.lock import FolderLock, Taken
from kiosk.launch.private import keep_private
from kiosk.settings import Settings, load

log = logging.getLogger(__name__)


class Refused(Exception):
    """The kiosk does not start; the text says why and what to do."""


def settings_now() -> Settings:
    """The settings, with ports chosen where 0 stands for any. Raises `Refused` that names each wrong value."""
    try:
        settings = load()
        for name, port in (
            ("SERVER__PORT", settings.server.port),
            ("BRIDGE__PREVIEW_PORT", settings.bridge.preview_port),
        ):
            if port == 0:
                os.environ[f"KIOSK_{name}"] = str(ports.pick("127.0.0.1"))  # the children read it there too
        return load()
    except ValidationError as error:
        lines = [f"  {'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
        raise Refused("The settings are not right:\n" + "\n".join(lines)) from error
    except tomllib.TOMLDecodeError as error:
        raise Refused(f"A settings file is not TOML: {error}") from error
    except OSError as error:
        raise Refused(f"A settings file cannot be read: {error}") from error


def need_ports(settings: Settings) -> None:
    """Raise `Refused` for a port that another program keeps."""
    wanted = (
        (settings.server.host, settings.server.port, "run_kiosk.py --port N, or server.port"),
        ("127.0.0.1", settings.bridge.preview_port, "bridge.preview_port"),
    )
    for host, port, how in wanted:
        try:
            free = ports.wait_free(host, port)
        except OSError as error:
            raise Refused(f"{host} is no address of this machine ({error}): see server.host.") from error
        if not free:
            raise Refused(f"Port {port} is used by another program. Choose another: {how}.")


def say_addresses(settings: Settings, ticket: str) -> None:
    """The addresses for the person at the console; they are never logged, the first is a key to the kiosk."""
    from kiosk.i18n import text  # takes its time, and the processes are already up

    spoken = language()
    base = f"{settings.scheme}://127.0.0.1:{settings.server.port}"
    lines = (
        ("kiosk", f"{base}/kiosk/open?ticket={ticket}"),
        ("staff", f"{settings.public_url}/staff/"),
        ("board", f"{settings.public_url}/board"),
    )
    tell("")
    tell(text(spoken, "launch.ready"))
    for key, address in lines:
        tell(f"  {text(spoken, f'launch.{key}')}  {address}")
    tell(text(spoken, "launch.how_to_stop"))


def say_setup_link(settings: Settings, path: str) -> None:
    """The one-time link with which the first administrator is made; never logged."""
    from kiosk.i18n import text

    tell(f"{text(language(), 'launch.setup')}  {settings.public_url}{path}")


def start(settings: Settings, browser: bool) -> int:
    """Bring everything up, keep it up, bring it down; the exit status."""
    for name in (secrets_store.BRIDGE_TOKEN, secrets_store.SESSION_KEY, secrets_store.RECEIPT_KEY):
        secrets_store.read_or_make(settings, name)
    ticket = secrets_store.renew(settings, secrets_store.KIOSK_TICKET)
    launcher = Launcher(settings)
    launcher.obey_signals()
    setup_path: str | None = None
    try:
        if prepare.is_done(settings):
            launcher.start(PROCESSES)
        else:
            launcher.start(["bridge"])  # needs no records
            setup_path = prepare.prepare(settings, launcher.asked_to_stop).setup_path
            launcher.start(["web", "worker"])
        if not launcher.wait_healthy():
            return 0
        log.info("everything works")
        say_addresses(settings, ticket)
        base = f"{settings.scheme}://127.0.0.1:{settings.server.port}"
        if browser:
            launcher.open_browser(f"{base}/kiosk/open?ticket={ticket}")
        if setup_path is None and prepare.needs_administrator(settings):
            setup_path = prepare.prepare(settings, launcher.asked_to_stop).setup_path
        if setup_path:
            say_setup_link(settings, setup_path)
        log.info("stopping: %s", launcher.watch())
        return 0
    except prepare.PrepareStopped:
        return 0
    except StartFailed as error:
        raise Refused(f"{error} does not come up. What it said: {settings.data / 'logs'}") from error
    except prepare.PrepareFailed as error:
        raise Refused(f"The records could not be brought up to date:\n{logs.clean(str(error))}") from error
    finally:
        launcher.stop()


def main(argv: list[str] | None = None) -> int:
    """Start the kiosk; 0 after an ordered stop, 1 when it does not start."""
    arguments = argparse.ArgumentParser(prog="python -m kiosk.launch", description=__doc__)
    arguments.add_argument("--no-browser", action="store_true", help="do not open the kiosk page")
    options = arguments.parse_args(argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # an old Windows console does not know every character
    try:
        settings = settings_now()
        try:
            keep_private(settings.data)
            with FolderLock(settings.data):
                logs.set_up(settings, "launch", stderr_level=logging.CRITICAL)
                need_ports(settings)
                return start(settings, not options.no_browser)
        except Taken as error:
            raise Refused(
                f"A kiosk already runs on {settings.data} (process {error.pid or 'unknown'}). "
                "Stop it first, or choose another folder with --data."
            ) from error
        except OSError as error:
            raise Refused(f"The kiosk cannot work in {settings.data}: {error}") from error
    except Refused as error:
        print(f"\nThe kiosk does not start. {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
