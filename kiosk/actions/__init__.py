"""What people may do, one decision a file; see `kiosk.actions.base` for the contract they share."""
