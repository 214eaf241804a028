"""Pixels: measure, judge, crop, encode. numpy and OpenCV; no Flask, no database."""
