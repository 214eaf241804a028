"""Processes that do nothing but live, so that the launcher can be tested alone and quickly."""
