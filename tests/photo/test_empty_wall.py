"""An empty wall is measured; whatever is none is refused by its name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from kiosk.domain.calibration import Obstacle, calibration_from_json
from kiosk.domain.profiles import Background, Profile
from kiosk.i18n import LANGUAGES, catalog
from kiosk.photo import empty_wall
from kiosk.photo.empty_wall import NotEmpty, WallMeter, map_picture
from kiosk.photo.engine import Engine
from kiosk.photo.studio import Scene, Studio
from tests.photo.conftest import PEOPLE

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
SKY = (255, 197, 100)  # BGR of the degree photo's wall
SIZE = (480, 640)


@pytest.fixture(scope="module")
def walls(profiles: dict[str, Profile]) -> list[Background]:
    return [wall for profile in profiles.values() for wall in profile.backgrounds]


def frames(
    light: np.ndarray | float = 0.75, colour: tuple[int, int, int] = SKY, noise: float = 2.0
) -> list[np.ndarray]:
    """Five frames of a wall of that colour in that light: a number, or a map over the picture."""
    rng = np.random.default_rng(3)
    wall = (np.zeros(SIZE, np.float32) + light)[..., None] * np.array(colour, np.float32)
    return [np.clip(wall + rng.normal(0, noise, wall.shape), 0, 255).astype(np.uint8) for _ in range(5)]


def measured(images: list[np.ndarray], profile: Profile, walls: list[Background]) -> empty_wall.Calibration:
    meter = WallMeter(profile)
    for image in images:
        meter.add(image)
    return meter.result("cam", NOW, walls)


def across(left: float, right: float) -> np.ndarray:
    return np.tile(np.linspace(left, right, SIZE[1], dtype=np.float32), (SIZE[0], 1))


def test_the_reference_wall_has_no_cast_in_any_light(profile: Profile, walls: list[Background]) -> None:
    for light in (0.5, 0.75, 0.95):
        found = measured(frames(light), profile, walls)
        # the light scales sRGB's bytes here, not the light itself: the paint's hue moves a little with it
        assert np.hypot(*found.cast) < 6
    full = measured(frames(1.0, noise=0), profile, walls)
    assert np.hypot(*full.cast) < 0.5


def test_noise_and_unevenness_are_those_of_the_frames(profile: Profile, walls: list[Background]) -> None:
    found = measured(frames(across(0.70, 0.80)), profile, walls)
    assert found.noise == pytest.approx(2.0 * np.sqrt(0.299**2 + 0.587**2 + 0.114**2), rel=0.25)
    half = found.cells[4]
    assert half[0][0] < half[-1][0]
    assert 0 < found.unevenness < abs(half[-1][0] - half[0][0]) + 1
    assert found.light()[4][0] < 1 < found.light()[4][-1]
    assert calibration_from_json(found.to_json()) == found


def test_the_map_is_a_small_png(profile: Profile, walls: list[Background]) -> None:
    data = map_picture(measured(frames(across(0.70, 0.80)), profile, walls))
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (270, 360, 3)
    assert len(data) < 20_000
    blue, _, red = picture[135, 5]
    assert blue > red  # the dark side
    blue, _, red = picture[135, -5]
    assert red > blue


def poster() -> np.ndarray:
    light = np.full(SIZE, 0.75, np.float32)
    light[100:300, 250:400] *= np.tile(np.repeat([1.0, 0.8], 5), 15)[None, :]
    return light


@pytest.mark.parametrize(
    ("images", "obstacle"),
    [
        ([], Obstacle.NO_FRAMES),
        (frames(0.1), Obstacle.DARK),
        (frames(1.0, (255, 255, 255)), Obstacle.BRIGHT),
        (frames(0.75, (110, 170, 120)), Obstacle.COLOUR),
        (frames(across(0.4, 0.9)), Obstacle.UNEVEN),
        (frames(poster()), Obstacle.PATTERN),
        (frames(0.75) + frames(0.6), Obstacle.UNSTEADY),
    ],
    ids=lambda value: value.value if isinstance(value, Obstacle) else "",
)
def test_what_is_no_good_wall_is_refused_by_its_name(
    images: list[np.ndarray], obstacle: Obstacle, profile: Profile, walls: list[Background]
) -> None:
    with pytest.raises(NotEmpty) as caught:
        measured(images, profile, walls)
    assert caught.value.obstacle is obstacle


def test_frames_of_another_size_begin_anew(profile: Profile, walls: list[Background]) -> None:
    turned = [np.ascontiguousarray(np.rot90(image)) for image in frames()]
    found = measured(frames(0.2) + turned, profile, walls)
    assert (found.width, found.height, found.frames) == (480, 640, 5)


@pytest.mark.parametrize(
    ("scene", "empty"),
    [({"empty": 1.0}, True), ({}, False), ({"off_centre": 1.0}, False), ({"too_far": 1.0}, False),
     ({"empty": 1.0, "two_people": 1.0}, False)],
)  # fmt: skip
def test_nobody_may_stand_there(
    scene: dict[str, float],
    empty: bool,
    profile: Profile,
    engine: Engine,
    studio: Callable[[str], Studio],
    walls: list[Background],
) -> None:
    here = studio(PEOPLE[1])
    here.scene = Scene(scene)
    image = here.frame(0.0)
    meter = WallMeter(profile)
    meter.add(image)
    seen = engine.analyse(image, mask=True, behind=True)
    if empty:
        meter.check_nobody(seen)
        assert measured([here.frame(second / 30) for second in range(5)], profile, walls).unevenness < 6
    else:
        with pytest.raises(NotEmpty) as caught:
            meter.check_nobody(seen)
        assert caught.value.obstacle is Obstacle.PERSON


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_obstacle_has_a_sentence(language: str) -> None:
    texts = catalog(language)
    assert [each for each in Obstacle if not texts.get(f"calibration.obstacle.{each.value}")] == []
