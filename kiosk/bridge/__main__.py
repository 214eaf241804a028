"""`python -m kiosk.bridge`: the device process."""

from kiosk.bridge.app import main

if __name__ == "__main__":
    main()
