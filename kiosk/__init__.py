"""The graduation-photo kiosk: identify a graduate, photograph them against the standard, report the picture."""
