"""The web process: pages and JSON for kiosk, staff, board, phones and the bridge. Only I/O, never pixels."""
