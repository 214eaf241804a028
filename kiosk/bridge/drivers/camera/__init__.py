"""Cameras: one thread fills the slot of the latest frame."""
