"""Forehead thermometers."""
