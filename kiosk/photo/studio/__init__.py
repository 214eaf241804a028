"""The virtual studio: a person on the blue wall with any defect, for the demo, the tests and the benchmark."""

from kiosk.photo.studio.portraits import PortraitMissing, choose_portrait
from kiosk.photo.studio.scene import DEFECTS, GOOD, Defect, Scene
from kiosk.photo.studio.studio import Studio

__all__ = ["DEFECTS", "GOOD", "Defect", "PortraitMissing", "Scene", "Studio", "choose_portrait"]
