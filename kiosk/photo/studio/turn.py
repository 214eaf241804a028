"""Turns the head of a sitter, and brings one that looks aside in the portrait back to the front."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from kiosk.photo import pose

if TYPE_CHECKING:
    from kiosk.photo.engine import Engine
    from kiosk.photo.studio.sitter import Sitter

#: A portrait this straight (degrees) is left as it is.
_STRAIGHT = 2.5
#: Of a synthetic turn so much is measured.
_RESPONSE = 0.8
_TRIES = 2


def turned(sitter: Sitter, yaw: float, pitch: float) -> Sitter:
    """Head turned by degrees: yaw to the picture's right, pitch up."""
    a, b = np.radians(-yaw), np.radians(-pitch)
    points = sitter.points
    centre = points[[234, 454]].mean(0) * [1, 1, 0] + np.array([0, 0, sitter.face_width * 0.35])
    about_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    moved = (points - centre) @ (about_y @ about_x).T + centre
    w, t = sitter.face_width, sitter.eye_to_chin
    hair = [sitter.at(side * 0.62 * w, y * t) for side in (-1, 1) for y in (-0.8, -0.2, 0.3)]
    hair += [sitter.at(x * w, y * t) for x, y in ((0, -1.15), (-0.4, -1.05), (0.4, -1.05))]
    shift = np.array([np.sin(a) * 0.02 * w, 0])
    return sitter.warped(
        np.vstack([moved[:, :2], np.array(hair) + shift]), np.vstack([points[:, :2], np.array(hair)])
    )


def straightened(sitter: Sitter, engine: Engine) -> Sitter:
    """The sitter looking straight ahead, as `kiosk.photo.pose` sees it, with the points of the new face.

    There is no other truth of where somebody looks: refusals for yaw and pitch of such a sitter say little.
    """
    for _ in range(_TRIES):
        yaw, pitch = pose.of(sitter.points)
        if max(abs(yaw), abs(pitch)) < _STRAIGHT:
            break
        front = turned(sitter, -yaw / _RESPONSE, -pitch / _RESPONSE)
        seen = engine.analyse(front.picture, mask=False)
        if seen.points is None or seen.eyes is None:
            break
        sitter = replace(
            front,
            points=seen.points,
            lids=(seen.eyes[0].contour[:16], seen.eyes[1].contour[:16]),
            eyes=np.array([eye.iris.mean(0) for eye in seen.eyes]),
        )
    return sitter
