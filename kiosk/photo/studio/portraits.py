"""Which portrait sits in the virtual studio when nobody says."""

from __future__ import annotations

from pathlib import Path

from kiosk.settings import Settings

#: Portraits that are frontal, evenly lit, with closed lips and without blue clothes, best first.
_LIKED = ("T000486", "S001205", "G000595", "M001143", "W000809")


class PortraitMissing(FileNotFoundError):
    """Neither the portraits nor the astronaut are on this machine; the message says what to do."""


def choose_portrait(settings: Settings) -> Path:
    """The portrait named in the settings, else a liked one of the portraits folder, else the astronaut.

    Raises `PortraitMissing`.
    """
    named = settings.devices.camera.portrait
    if named:
        path = settings.path(Path(named))
        if not path.is_file():
            raise PortraitMissing(f"the setting devices.camera.portrait names {path.name}, which does not exist")
        return path
    people = settings.portraits / "people"
    for liked in _LIKED:
        if (people / f"{liked}.jpg").is_file():
            return people / f"{liked}.jpg"
    astronaut = settings.assets / "demo" / "astronaut.png"
    if astronaut.is_file():
        return astronaut
    raise PortraitMissing("no portrait for the virtual camera: run the set-up (make run), which fetches one")
