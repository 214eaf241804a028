"""Starts web, bridge and worker, watches them, and stops them in reverse order. Light: children import it too."""
