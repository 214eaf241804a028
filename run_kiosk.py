#!/usr/bin/env python3
"""Starts the kiosk; on a bare machine it makes the environment first. Needs Python 3.11 and nothing else.

This file stays readable for every older Python, so that the one sentence about the version can be said.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the point of this file
    sys.exit(
        "The kiosk needs Python 3.11 or newer; this is " + sys.version.split()[0] + " in " + sys.executable + ".\n"
        "Install a newer one and start with it, for example: python3.11 run_kiosk.py --demo"
    )

from kiosk.setup.start import main

if __name__ == "__main__":
    sys.exit(main())
