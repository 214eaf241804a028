"""Readers of collection codes."""
