"""Measures the empty wall from some frames; refuses what is none: somebody, something, wrong colour or light."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import cv2
import numpy as np

from kiosk.domain.calibration import MAP_COLUMNS, MAP_ROWS, Calibration, Lab, Obstacle
from kiosk.domain.profiles import Background, Profile
from kiosk.photo.analysis import WORKING_WIDTH, Analysis

#: Share of the place where photos are cut that may look like a person: the models see some in any wall.
PERSON_SHARE = 0.01
#: Median L* of a wall that is lit.
DARKEST = 25.0
#: A pixel with two channels from here on is burnt out (a light blue wall has one there); the share that may be.
BURNT, BURNT_SHARE = 250.0, 0.05
#: L* by which a frame's mean may leave the others'.
STEADY = 1.5
#: Mean Sobel gradient of the lightness at half working size, L* a pixel, as the check `wall_plain` has it.
PLAIN = 0.9
#: What is larger than this share of the width is light and no pattern.
_LARGE = 0.1
#: 98th minus 2nd percentile of L*. The check `wall_even` refuses photos from 6 on; up to twice that the map is
#: worth having: it shows which lamp to move.
EVEN = 12.0
#: Every so many pixels one is looked at for the noise.
_STEP = 4
#: L* that the map's picture shows in full colour, and its width in px.
_SHOWN, _MAP_WIDTH = 6.0, 360
_MAP_STEPS = 12
#: BGR of the map: as the mean, brighter, darker.
_MAP_COLOURS = ((245, 245, 245), (20, 150, 235), (200, 90, 20))


class NotEmpty(ValueError):
    """What was seen is no empty wall, or can't be measured. `obstacle` says why."""

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__(obstacle.value)
        self.obstacle = obstacle


class WallMeter:
    """Is given frames of one size one by one, keeps sums alone. `profile`: says where photos are cut."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._count = 0
        self._sum: np.ndarray | None = None
        self._levels: list[float] = []
        self._grey: np.ndarray | None = None
        self._square: np.ndarray | None = None
        self._size = (0, 0)

    def add(self, bgr: np.ndarray) -> None:
        """A frame, uint8, upright; one of another size begins anew."""
        height, width = bgr.shape[:2]
        if self._size != (width, height):
            self.__init__(self._profile)  # type: ignore[misc]
            self._size = (width, height)
        size = (WORKING_WIDTH, max(1, round(height * WORKING_WIDTH / width)))
        small = cv2.resize(bgr, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        grey = cv2.cvtColor(np.ascontiguousarray(bgr[::_STEP, ::_STEP]), cv2.COLOR_BGR2GRAY).astype(np.float32)
        self._count += 1
        self._levels.append(float(_lab(small).mean(axis=(0, 1))[0]))
        self._sum = small if self._sum is None else self._sum + small
        self._grey = grey if self._grey is None else self._grey + grey
        self._square = grey**2 if self._square is None else self._square + grey**2

    def region(self, height: int, width: int) -> tuple[slice, slice]:
        """Rows and columns of a picture of that size where photos are cut."""
        crop = self._profile.preview_crop(*self._size)
        left, top = max(0.0, crop["x"]), max(0.0, crop["y"])
        right, bottom = min(1.0, crop["x"] + crop["w"]), min(1.0, crop["y"] + crop["h"])
        rows = slice(round(top * height), max(round(bottom * height), 1))
        return rows, slice(round(left * width), max(round(right * width), 1))

    def check_nobody(self, analysis: Analysis) -> None:
        """`analysis` with mask and faces behind, of a frame that was added. Raises `NotEmpty` (PERSON)."""
        seen = analysis.mask
        someone = bool(analysis.faces) or bool(analysis.behind)
        if seen is not None and float((seen[self.region(*seen.shape[:2])] > 0.5).mean()) > PERSON_SHARE:
            someone = True
        if someone:
            raise NotEmpty(Obstacle.PERSON)

    def result(self, camera: str, taken_at: datetime, walls: Iterable[Background]) -> Calibration:
        """The calibration. `walls`: those that any profile allows. Raises `NotEmpty`."""
        if self._sum is None or self._grey is None or self._square is None:
            raise NotEmpty(Obstacle.NO_FRAMES)
        lab = _lab(self._sum / self._count)
        cut = lab[self.region(*lab.shape[:2])]
        mean = cut.mean(axis=(0, 1))
        unevenness = float(np.subtract(*np.percentile(cut[..., 0], (98, 2))))
        cast = _cast(mean, walls)
        burnt = np.sort((self._sum / self._count)[self.region(*lab.shape[:2])], axis=2)[..., 1] >= BURNT
        obstacle = self._obstacle(cut, float(burnt.mean()), unevenness, cast is None)
        if obstacle is not None or cast is None:
            raise NotEmpty(obstacle or Obstacle.COLOUR)
        cells = cv2.resize(lab, (MAP_COLUMNS, MAP_ROWS), interpolation=cv2.INTER_AREA)
        variance = np.maximum(0, self._square / self._count - (self._grey / self._count) ** 2)
        return Calibration(
            camera=camera,
            taken_at=taken_at,
            width=self._size[0],
            height=self._size[1],
            frames=self._count,
            lab=_rounded(mean),
            spread=_rounded(cut.std(axis=(0, 1))),
            cells=tuple(tuple(_rounded(cell) for cell in row) for row in cells),
            unevenness=round(unevenness, 2),
            cast=(round(cast[0], 2), round(cast[1], 2)),
            noise=round(float(np.sqrt(np.median(variance))), 2),
        )

    def _obstacle(self, cut: np.ndarray, burnt: float, unevenness: float, strange: bool) -> Obstacle | None:
        """The first thing to mend."""
        light = float(np.median(cut[..., 0]))
        if light < DARKEST:
            return Obstacle.DARK
        if burnt > BURNT_SHARE:
            return Obstacle.BRIGHT
        if max(self._levels) - min(self._levels) > 2 * STEADY:
            return Obstacle.UNSTEADY
        if strange:
            return Obstacle.COLOUR
        if _gradient(cut) > PLAIN:
            return Obstacle.PATTERN
        return Obstacle.UNEVEN if unevenness > EVEN else None


def map_picture(calibration: Calibration) -> bytes:
    """The light map as a small PNG: blue where the wall is darker than its mean, amber where it is brighter."""
    light = np.array(calibration.cells, np.float32)[..., 0]
    size = (_MAP_WIDTH, round(_MAP_WIDTH * calibration.height / calibration.width))
    smooth = cv2.resize(light - calibration.lab[0], size, interpolation=cv2.INTER_CUBIC)
    # in steps, like the heights of a map: easier to read, and a tenth of the bytes
    share = np.round(np.clip(smooth / _SHOWN, -1, 1)[..., None] * _MAP_STEPS) / _MAP_STEPS
    middle, bright, dark = (np.array(colour, np.float32) for colour in _MAP_COLOURS)
    picture = middle + np.where(share > 0, (bright - middle) * share, (dark - middle) * -share)
    done, data = cv2.imencode(".png", np.clip(picture, 0, 255).astype(np.uint8))
    if not done:
        raise RuntimeError("the PNG encoder refused the map")
    return data.tobytes()


def _lab(bgr: np.ndarray) -> np.ndarray:
    """Float BGR of 0..255 → CIELAB, L* 0..100."""
    return np.asarray(cv2.cvtColor(bgr.astype(np.float32) / 255, cv2.COLOR_BGR2LAB))


def _gradient(lab: np.ndarray) -> float:
    """Of what is small: light that falls off from a lamp is no pattern."""
    size = (max(8, lab.shape[1] // 2), max(8, lab.shape[0] // 2))
    half = cv2.resize(lab[..., 0], size, interpolation=cv2.INTER_AREA)
    fine = cv2.GaussianBlur(half, (0, 0), 1.2) - cv2.GaussianBlur(half, (0, 0), _LARGE * size[0])
    return float(np.hypot(cv2.Sobel(fine, cv2.CV_32F, 1, 0), cv2.Sobel(fine, cv2.CV_32F, 0, 1)).mean())


def _cast(mean: np.ndarray, walls: Iterable[Background]) -> tuple[float, float] | None:
    """a*, b* of the wall minus the nearest allowed one's at that lightness; None where no profile allows it."""
    lightness, a, b = (float(value) for value in mean)
    hue, chroma = float(np.degrees(np.arctan2(b, a)) % 360), float(np.hypot(a, b))
    found = []
    for wall in walls:
        bands = ((wall.hue, hue), (wall.chroma, chroma), (wall.lightness, lightness))
        if all(band is None or band.holds(value) for band, value in bands):
            _, at_a, at_b = _dimmed(wall.rgb, lightness)
            found.append((a - at_a, b - at_b))
    return min(found, key=lambda each: float(np.hypot(*each))) if found else None


def _dimmed(rgb: tuple[int, int, int], lightness: float) -> Lab:
    """The reference paint in more or less light: scaled in linear sRGB until its L* is `lightness`."""
    value = np.array(rgb, np.float64) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ np.array([0.2126, 0.7152, 0.0722]))
    wanted = ((lightness + 16) / 116) ** 3 if lightness > 8 else lightness / 903.3
    scaled = linear * (wanted / luminance)
    # the D65 matrix of IEC 61966-2-1 and CIELAB; not through 8 bits, because a bright wall's blue leaves 0..1
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = matrix @ scaled / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return float(116 * f[1] - 16), float(500 * (f[0] - f[1])), float(200 * (f[1] - f[2]))


def _rounded(lab: np.ndarray) -> Lab:
    lightness, a, b = (round(float(value), 2) for value in lab)
    return lightness, a, b
