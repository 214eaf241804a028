"""Measurements of the figures the product promises; `make bench` runs them all."""
