"""The command line, one group a file; `kiosk.cli` loads a group only when it is called."""
