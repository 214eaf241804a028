"""Coaching: from frame to frame one calm piece of advice, and the moment at which the shutter fires.

A check counts as failed or mended only when 3 of its last 5 readings say so, and the advice changes only when the
present one is mended or something earlier in the order has gone wrong: nothing flickers.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np

from kiosk.domain.calibration import Calibration
from kiosk.domain.judgement import Check
from kiosk.domain.profiles import Profile
from kiosk.photo.analysis import Analysis
from kiosk.photo.engine import Engine

_WINDOW, _NEEDED = 5, 3
#: The person's mask is the dearest model: every third frame is enough for wall and clothes.
_MASK_EVERY = 3
#: Readings further apart than this do not belong together: the history starts anew.
_GAP_MS = 1500.0
#: The advice stands at least this long, so that it can be read.
_READ_MS = 700.0


@dataclass(frozen=True)
class Coaching:
    """What one frame says. `taken` is the frame's stamp in ms, `face` x, y, w, h in 0..1 of the frame.

    `state`: `searching` nobody there, `adjust` one check to act on, `hold` everything right. `held`: share of the
    hold time reached, 0..1. `fire`: the shutter may go.
    """

    taken: float
    state: str
    held: float
    check: Check | None
    passed: tuple[str, ...]
    face: tuple[float, float, float, float] | None
    fire: bool

    def to_json(self) -> dict[str, Any]:
        """The coaching part of `kiosk.bridge.protocol`, without `sequence` and `code`, which the bridge adds."""
        return {
            "taken": self.taken,
            "state": self.state,
            "held": round(self.held, 3),
            "check": None if self.check is None else self.check.to_json(),
            "passed": list(self.passed),
            "face": None if self.face is None else [round(value, 4) for value in self.face],
        }


class _History:
    """The last readings of one check and what they say together."""

    def __init__(self) -> None:
        self._readings: deque[bool] = deque(maxlen=_WINDOW)
        self.good = False
        self.last: Check | None = None
        self.failed: Check | None = None

    def add(self, check: Check) -> None:
        self.last = check
        # what the machine can't judge does not hold up the shutter; the final verdict asks staff
        right = check.passed is not False
        if not right:
            self.failed = check
        self._readings.append(right)
        votes = sum(self._readings)
        if votes >= _NEEDED:
            self.good = True
        elif len(self._readings) - votes >= _NEEDED:
            self.good = False


class Coach:
    """One person in front of the camera. `hold_ms`: how long every live check must hold before it fires.

    `calibration`: the empty wall as this camera sees it, where the station has one.
    """

    def __init__(
        self, engine: Engine, profile: Profile, hold_ms: float, calibration: Calibration | None = None
    ) -> None:
        self._engine, self._profile, self._hold_ms = engine, profile, hold_ms
        self._calibration = calibration
        self._checks: dict[str, _History] = {}
        self._misses: deque[bool] = deque(maxlen=_WINDOW)
        self._frames = 0
        #: Codes in the order of advice as of the last frame with a mask; those without a mask; those with it only.
        self._order: list[str] = []
        self._plain: set[str] = set()
        self._by_mask: set[str] = set()
        self._since: float | None = None
        self._advice: str | None = None
        self._advised_at = 0.0
        self._taken: float | None = None

    def reset(self) -> None:
        """Forget everything: another person, or another shot."""
        self._checks.clear()
        self._misses.clear()
        self._frames = 0
        self._since = self._advice = self._taken = None

    def feed(self, bgr: np.ndarray, taken: float) -> Coaching:
        """One frame (BGR, not mirrored) with its stamp in ms; stamps rise. Raises `ModelsMissing`."""
        if self._taken is not None and not 0 <= taken - self._taken <= _GAP_MS:
            self.reset()
        self._taken = taken
        analysis = self._engine.analyse(bgr, mask=self._mask_is_due())
        self._frames += 1
        judgement = self._engine.judge_live(analysis, self._profile, self._calibration)
        nobody = analysis.points is None
        self._misses.append(nobody)
        if nobody:
            return self._without_face(judgement.checks[0], taken)
        for check in judgement.checks:
            self._checks.setdefault(check.code, _History()).add(check)
        if analysis.mask is not None:
            self._order = [check.code for check in judgement.checks]
            self._by_mask = {code for code in self._order if code not in self._plain}
        else:
            self._plain = {check.code for check in judgement.checks}
        return self._with_face(analysis, taken)

    def _mask_is_due(self) -> bool:
        """Every third frame, and every frame while a check that needs it is wrong: its mending shows at once."""
        if self._frames % _MASK_EVERY == 0:
            return True
        return any(not self._checks[code].good for code in self._by_mask if code in self._checks)

    def _without_face(self, check: Check, taken: float) -> Coaching:
        self._since = None
        lost = sum(self._misses) >= _NEEDED or not self._checks
        if lost:
            self._checks.clear()
            self._advice = None
            return Coaching(taken, "searching", 0.0, check, (), None, False)
        return Coaching(taken, "adjust", 0.0, self._advised(), self._passed(), None, False)

    def _with_face(self, analysis: Analysis, taken: float) -> Coaching:
        wrong = [code for code in self._order if code in self._checks and not self._checks[code].good]
        # a check that was just read wrong stops the clock at once: the shutter needs an unbroken hold
        shaky = any(history.last is not None and history.last.passed is False for history in self._checks.values())
        # wall and clothes have their say before anything fires
        complete = self._frames > _MASK_EVERY * (_NEEDED - 1)
        self._choose(wrong, taken)
        if wrong or shaky or not complete:
            self._since = None
        elif self._since is None:
            self._since = taken
        held = 0.0
        if self._since is not None:
            held = min(1.0, (taken - self._since) / self._hold_ms) if self._hold_ms > 0 else 1.0
        state = "adjust" if self._advice else "hold"
        return Coaching(
            taken, state, held, self._advised(), self._passed(), analysis.face_box, held >= 1.0 and not wrong
        )

    def _choose(self, wrong: list[str], taken: float) -> None:
        """Keep the advice until it is mended or may be replaced by an earlier one."""
        failing = [code for code in wrong if self._checks[code].failed is not None]
        if not failing:
            self._advice = None
        elif self._advice not in failing or (failing[0] != self._advice and taken - self._advised_at >= _READ_MS):
            self._advice = failing[0]
            self._advised_at = taken

    def _advised(self) -> Check | None:
        return self._checks[self._advice].failed if self._advice in self._checks else None

    def _passed(self) -> tuple[str, ...]:
        return tuple(code for code, history in self._checks.items() if history.good)
