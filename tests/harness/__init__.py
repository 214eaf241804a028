"""Machinery of the tests that start real processes: the kiosk itself, PostgreSQL, the suite."""
