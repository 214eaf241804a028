"""Readers of ID cards."""
