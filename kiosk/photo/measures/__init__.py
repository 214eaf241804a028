"""Measures, one a file: pure functions of picture, points and mask. A file with a `MEASURE` is found by itself."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from kiosk.photo.measures.base import Measure


@cache
def measures() -> dict[str, Measure]:
    """Every measure by its code, in the order of advice."""
    found = [
        importlib.import_module(f"{__name__}.{module.name}").MEASURE
        for module in pkgutil.iter_modules(__path__)
        if module.name != "base"
    ]
    return {measure.code: measure for measure in sorted(found, key=lambda item: (item.rank, item.code))}
