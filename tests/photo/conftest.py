"""One engine, the profiles and a few sitters for all photo tests; skips where models or portraits are missing."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from kiosk import settings as settings_module
from kiosk.catalogue import tables
from kiosk.domain.profiles import Profile, profiles_from
from kiosk.photo.engine import Engine
from kiosk.photo.models import FILES
from kiosk.photo.studio import Scene, Studio

#: People of different sex, age and skin, none in blue, all with closed lips.
PEOPLE = ("T000486", "S001205", "M001160", "W000187", "G000595", "C001125")


@pytest.fixture(scope="session")
def profiles() -> dict[str, Profile]:
    """Every profile of the product."""
    return profiles_from(tables(settings_module.ROOT / "config" / "photo_profiles"))


@pytest.fixture(scope="session")
def profile(profiles: dict[str, Profile]) -> Profile:
    """The default profile."""
    return profiles["chsi-2017-99"]


@pytest.fixture(scope="session")
def models() -> Path:
    """Folder of the face models."""
    folder = settings_module.load().assets / "models"
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        pytest.skip(f"face models are missing, run the set-up first: {', '.join(missing)}")
    return folder


@pytest.fixture(scope="session")
def engine(models: Path) -> Engine:
    """One engine for the test thread."""
    return Engine(models)


@pytest.fixture(scope="session")
def people() -> dict[str, Path]:
    """Portraits by id."""
    folder = settings_module.load().portraits / "people"
    if not folder.is_dir():
        pytest.skip(f"no portraits at {folder}: set KIOSK_PORTRAITS to the folder that holds people/")
    return {name: folder / f"{name}.jpg" for name in PEOPLE}


@pytest.fixture(scope="session")
def studio(people: dict[str, Path], engine: Engine) -> Callable[[str], Studio]:
    """`studio(name)`: the studio of that person at full size, made once, showing a good scene."""

    @cache
    def made(name: str) -> Studio:
        return Studio(people[name], seed=PEOPLE.index(name), engine=engine)

    def fresh(name: str = PEOPLE[0]) -> Studio:
        found = made(name)
        found.scene = Scene()
        return found

    return fresh


@pytest.fixture(scope="session")
def still(studio: Callable[[str], Studio]) -> np.ndarray:
    """A good still, 1920 × 1440."""
    return studio(PEOPLE[0]).frame(0.0)
