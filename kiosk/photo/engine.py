"""The photo engine: one analysis of a picture, and from it the live judgement, or the final one and its file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from kiosk.domain.calibration import Calibration
from kiosk.domain.judgement import Judgement
from kiosk.domain.profiles import Profile
from kiosk.photo import maker
from kiosk.photo.analysis import WORKING_HEIGHT_MOST, WORKING_WIDTH, Analysis
from kiosk.photo.crop import Crop
from kiosk.photo.faces import Detector, Eyes, Mesh, Models, Person
from kiosk.photo.judge import judge, verdict
from kiosk.photo.maker import Made


@dataclass(frozen=True)
class Final:
    """The verdict on a still, what made the deliverable, and its bytes; None where none can be cut."""

    judgement: Judgement
    making: dict[str, object]
    deliverable: bytes | None


class Engine:
    """Loads its models when they are first needed. For one thread only: each thread has its own.

    `models`: folder of the model files. `litert`: None takes LiteRT where it is installed, else OpenCV.
    """

    def __init__(self, models: Path, threads: int = 1, litert: bool | None = None) -> None:
        self._models = Models(models, threads, litert)

    @cached_property
    def _near(self) -> Detector:
        return self._models.near()

    @cached_property
    def _far(self) -> Detector | None:
        return self._models.far()

    @cached_property
    def _mesh(self) -> Mesh:
        return self._models.mesh()

    @cached_property
    def _eyes(self) -> Eyes:
        return self._models.eyes()

    @cached_property
    def _person(self) -> Person:
        return self._models.person()

    def warm(self) -> None:
        """Load every model and run it once. Raises `ModelsMissing`."""
        blank = np.zeros((480, 640, 3), np.uint8)
        self.analyse(blank, behind=True)
        mesh = np.zeros((468, 3))
        mesh[[133, 263], 0] = 10
        self._mesh, self._eyes(blank, mesh)

    def analyse(self, bgr: np.ndarray, mask: bool = True, behind: bool = False) -> Analysis:
        """What the models see in `bgr`, looked at in a copy 640 wide; coordinates are px of `bgr`.

        `mask`: the person's mask too; `behind`: also search small faces behind. Raises `ModelsMissing`.
        """
        height, width = bgr.shape[:2]
        # a strip as high as a tower would be blown up to any size: the height has its limit too
        scale = max(width / WORKING_WIDTH, height / WORKING_HEIGHT_MOST)
        size = (max(1, round(width / scale)), max(1, round(height / scale)))
        working = bgr if size == (width, height) else cv2.resize(bgr, size, interpolation=cv2.INTER_AREA)
        faces = self._near(working)
        person = self._person(working) if mask else None
        far = None
        if behind and self._far is not None:
            far = tuple(face.scaled(scale) for face in self._far(working))
        if not faces:
            return Analysis(bgr, working, scale, (), 0.0, None, None, person, far)
        score, points = self._mesh(working, faces[0])
        left, right = self._eyes(working, points)
        return Analysis(
            original=bgr,
            working=working,
            scale=scale,
            faces=tuple(face.scaled(scale) for face in faces),
            mesh_score=score,
            points=points * scale,
            eyes=(left.scaled(scale), right.scaled(scale)),
            mask=person,
            behind=far,
        )

    def judge_live(
        self, analysis: Analysis, profile: Profile, calibration: Calibration | None = None
    ) -> Judgement:
        """The coaching judgement of one frame; `calibration`: the empty wall as its camera sees it."""
        return judge(analysis, profile, "live", calibration=calibration)[0]

    def final(self, original: np.ndarray, profile: Profile, calibration: Calibration | None = None) -> Final:
        """The verdict on a still and its deliverable; `calibration`: the empty wall as its camera sees it.

        A picture that already has the profile's size is judged as it stands; any other is cut by the best crop.
        The deliverable is made whenever the crop lies inside the picture, whatever the verdict: staff may decide.
        """
        analysis = self.analyse(original, mask=True, behind=True)
        whole = (analysis.width, analysis.height) == (profile.width, profile.height)
        crop = Crop(0, 0, profile.width, profile.height) if whole else None
        judgement, sight = judge(analysis, profile, "final", crop, calibration)
        if sight is None or sight.crop.overhang(analysis.width, analysis.height) > 0:
            return Final(judgement, {}, None)
        made = maker.make(original, profile, sight.crop)
        return Final(_with_size(judgement, profile, made), made.params, made.data)


def _with_size(judgement: Judgement, profile: Profile, made: Made) -> Judgement:
    """The judgement with the file's own checks behind the others."""
    checks = (*judgement.checks, maker.size_check(made, profile))
    return Judgement(judgement.profile, verdict(checks), checks)
