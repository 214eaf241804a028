"""`python -m kiosk.web`: the web process, with the settings of `config/` and `KIOSK_CONFIG`."""

from __future__ import annotations

import sys

from kiosk.launch.follow import follow_parent


def main() -> int:
    """Exit status: 0 stopped, 1 the port is taken or the disk refuses, 2 unsafe settings."""
    follow_parent()
    from kiosk.web import mode, server

    if mode.async_mode() == "eventlet":
        server.make_green()
    from kiosk import logs
    from kiosk.launch.private import keep_private
    from kiosk.settings import load

    settings = load()
    keep_private(settings.data)
    logs.set_up(settings, "web")
    try:
        server.run(settings)
    except server.Refused as error:
        print(f"web: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"web: {error.strerror or error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
