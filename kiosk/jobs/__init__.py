"""What the worker process does in the background; see `kiosk.records.queue` for how work reaches it."""
