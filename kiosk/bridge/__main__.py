"""`python -m kiosk.bridge`: the device process."""

import logging
import os
import sys

from kiosk.bridge.app import main

if __name__ == "__main__":
    main()
    # Everything is stopped and written. A device that hangs keeps its thread in the driver's code, and an
    # interpreter that shuts down under a running thread may abort.
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
