"""Makes everything the kiosk needs on a bare machine, with the standard library alone."""
