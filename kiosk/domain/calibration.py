"""What a camera sees when nobody is there: the empty wall's colour and light, measured once for a station.

Plain data. `kiosk/bridge/calibration.py` measures it from frames of the empty wall and keeps it; the photo
engine compares what it sees with it. Colours are CIELAB under D65 (L* 0..100, a*, b*), positions 0..1 of the
upright picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

Lab = tuple[float, float, float]
#: Rows and columns of the map: fine enough for a lamp's falloff, too coarse to show a picture of anything.
MAP_ROWS, MAP_COLUMNS = 9, 12


class Obstacle(StrEnum):
    """Why a calibration was not made; texts under `calibration.obstacle.<value>`."""

    BUSY = "busy"  # somebody is at the kiosk, or the photo engine works
    ENGINE = "engine"  # no models: nobody can say that the wall is empty
    NO_FRAMES = "no_frames"
    PERSON = "person"
    DARK = "dark"
    BRIGHT = "bright"
    UNSTEADY = "unsteady"  # the light flickers, or the camera's automatics hunt
    COLOUR = "colour"  # no profile allows such a wall
    PATTERN = "pattern"  # something hangs there, or folds
    UNEVEN = "uneven"


class CalibrationState(StrEnum):
    """Whether the station's calibration can be used; texts under `calibration.state.<value>`."""

    NONE = "none"
    GOOD = "good"
    EXPIRED = "expired"
    OTHER_CAMERA = "other_camera"  # made with another camera, size or mounting


@dataclass(frozen=True, slots=True)
class Calibration:
    """The empty wall as one camera saw it.

    `camera`: stable name of the camera. `taken_at`: aware, UTC. `width`, `height`: px of the upright still.
    `frames`: how many were averaged. `lab`, `spread`: mean and standard deviation of the wall's colour where
    photos are cut. `cells`: its colour over the whole picture in `MAP_ROWS` rows of `MAP_COLUMNS`, from the top
    left: the light map. `unevenness`: 98th minus 2nd percentile of L* where photos are cut, as the check
    `wall_even` measures it. `cast`: a*, b* of the wall minus those of the nearest wall that a profile allows, at
    the same lightness; it holds the paint's own difference as well as the lamps'. `noise`: standard deviation of
    a pixel from frame to frame, in grey levels of 0..255.
    """

    camera: str
    taken_at: datetime
    width: int
    height: int
    frames: int
    lab: Lab
    spread: Lab
    cells: tuple[tuple[Lab, ...], ...]
    unevenness: float
    cast: tuple[float, float]
    noise: float

    def __post_init__(self) -> None:
        if self.taken_at.tzinfo is None:
            raise ValueError("taken_at has no time zone")
        if len(self.cells) != MAP_ROWS or any(len(row) != MAP_COLUMNS for row in self.cells):
            raise ValueError(f"the map has {MAP_ROWS} rows of {MAP_COLUMNS}")

    def at(self, x: float, y: float) -> Lab:
        """The wall's colour at a place (0..1 from the left, from the top), bilinear between the cells' middles."""
        row, below = _between(y, MAP_ROWS)
        column, right = _between(x, MAP_COLUMNS)
        upper = _mix(self.cells[row][column], self.cells[row][min(column + 1, MAP_COLUMNS - 1)], right)
        under = min(row + 1, MAP_ROWS - 1)
        lower = _mix(self.cells[under][column], self.cells[under][min(column + 1, MAP_COLUMNS - 1)], right)
        return _mix(upper, lower, below)

    def light(self) -> tuple[tuple[float, ...], ...]:
        """Relative luminance of each cell, 1.0 being the wall's mean: the light map without the colour."""
        luminance = [[luminance_of(cell[0]) for cell in row] for row in self.cells]
        mean = sum(map(sum, luminance)) / (MAP_ROWS * MAP_COLUMNS) or 1.0
        return tuple(tuple(value / mean for value in row) for row in luminance)

    def fits(self, camera: str, width: int, height: int) -> bool:
        """Whether it was made with this camera at this size of still."""
        return (self.camera, self.width, self.height) == (camera, width, height)

    def expired(self, now: datetime, days: int) -> bool:
        """Whether it is older than `days` (0: it never expires), or from a future that a clock set back left."""
        age = now - self.taken_at
        return days > 0 and not timedelta(minutes=-5) <= age <= timedelta(days=days)

    def to_json(self) -> dict[str, Any]:
        """Ready for `json.dumps`."""
        return {
            "camera": self.camera,
            "taken_at": self.taken_at.isoformat(),
            "width": self.width,
            "height": self.height,
            "frames": self.frames,
            "lab": list(self.lab),
            "spread": list(self.spread),
            "cells": [[list(cell) for cell in row] for row in self.cells],
            "unevenness": self.unevenness,
            "cast": list(self.cast),
            "noise": self.noise,
        }


def calibration_from_json(data: dict[str, Any]) -> Calibration:
    """The inverse of `Calibration.to_json`. Raises `KeyError`, `TypeError` or `ValueError` for another shape."""
    a, b = (float(value) for value in data["cast"])
    return Calibration(
        camera=str(data["camera"]),
        taken_at=datetime.fromisoformat(data["taken_at"]),
        width=int(data["width"]),
        height=int(data["height"]),
        frames=int(data["frames"]),
        lab=_lab(data["lab"]),
        spread=_lab(data["spread"]),
        cells=tuple(tuple(_lab(cell) for cell in row) for row in data["cells"]),
        unevenness=float(data["unevenness"]),
        cast=(a, b),
        noise=float(data["noise"]),
    )


def luminance_of(lightness: float) -> float:
    """CIE luminance 0..1 of an L* of 0..100 (CIE 15:2004, 8.2.1, inverted)."""
    return ((lightness + 16) / 116) ** 3 if lightness > 8 else lightness / 903.3


def _lab(values: Sequence[Any]) -> Lab:
    lightness, a, b = (float(value) for value in values)
    return lightness, a, b


def _between(share: float, count: int) -> tuple[int, float]:
    """The cell whose middle lies before `share`, and how far on it is to the next one."""
    place = min(max(share * count - 0.5, 0.0), count - 1.0)
    return int(place), place - int(place)


def _mix(first: Lab, second: Lab, share: float) -> Lab:
    lightness, a, b = (one + (other - one) * share for one, other in zip(first, second, strict=True))
    return lightness, a, b
