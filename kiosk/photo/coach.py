"""Coaching: from frame to frame one calm piece of advice, and the moment at which the shutter fires.

Nothing flickers, for three reasons. A check counts as wrong when 3 of its last 5 readings say so, and as mended
only after an unbroken stretch well inside its band. A check that was just mended must be wrong more clearly to
count again. And whatever is said stands long enough to be read.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kiosk.domain.calibration import Calibration
from kiosk.domain.judgement import Check
from kiosk.domain.profiles import Profile
from kiosk.photo.analysis import Analysis
from kiosk.photo.engine import Engine
from kiosk.photo.measures import measures

_WINDOW, _NEEDED = 5, 3
#: Readings of `_WINDOW` that say a check wrong again so soon after it was mended, and what soon is.
_NEEDED_AGAIN, _AGAIN_MS = 4, 3000.0
#: A wrong check is mended when it was right without a break for so long, and in so many readings.
_MENDED_MS = 450.0
#: Well inside: by this share of the band's width (of the limit, where the band has one). The share shrinks to
#: nothing while no reading fails, so that somebody who is just inside is not held up for ever.
_MARGIN, _MARGIN_MS = 0.05, 4000.0
#: The person's mask is the dearest model: every third frame is enough for wall and clothes.
_MASK_EVERY = 3
#: Readings further apart than this do not belong together: the history starts anew.
_GAP_MS = 1500.0
#: Nothing is known yet; not yet a word that must be read.
_NOTHING: tuple[str, Check | None] = ("searching", None)


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
        self._hints: deque[str] = deque(maxlen=_WINDOW)
        self._right_since: float | None = None
        self._failed_at = self._mended_at = -math.inf
        #: None: too few readings yet.
        self.good: bool | None = None
        self.last: Check | None = None
        #: What to say while it is wrong: the newest failed reading; its hint changes slowly.
        self.failed: Check | None = None

    def add(self, check: Check, taken: float) -> None:
        self.last = check
        # what the machine can't judge does not hold up the shutter; the final verdict asks staff
        right = check.passed is not False
        self._readings.append(right)
        if not right:
            self._failed_at = taken
            self._keep(check)
        if not (right and self._well_inside(check, taken)):
            self._right_since = None
        elif self._right_since is None:
            self._right_since = taken
        failures = len(self._readings) - sum(self._readings)
        if self.good:
            soon = taken - self._mended_at < _AGAIN_MS
            self.good = failures < (_NEEDED_AGAIN if soon else _NEEDED)
        elif self.good is None and max(failures, len(self._readings) - failures) >= _NEEDED:
            self.good = failures < _NEEDED
        elif self.good is False and failures < _NEEDED and self._mended(taken):
            self.good, self._mended_at = True, taken
            self._hints.clear()

    def _mended(self, taken: float) -> bool:
        unbroken = list(self._readings)[-_NEEDED:]
        return self._right_since is not None and taken - self._right_since >= _MENDED_MS and all(unbroken)

    def _keep(self, check: Check) -> None:
        """A side or word changes only when all of the last failures say the other one."""
        self._hints.append(check.hint)
        said = self.failed.hint if self.failed is not None and self.good is False else check.hint
        hint = check.hint if self._hints.count(check.hint) == _WINDOW else said
        self.failed = check if check.hint == hint else replace(check, hint=hint)

    def _well_inside(self, check: Check, taken: float) -> bool:
        if check.value is None:
            return True
        if check.low is not None and check.high is not None:
            width = check.high - check.low
        else:
            width = abs(next((limit for limit in (check.low, check.high) if limit is not None), 0.0))
        margin = width * _MARGIN * max(0.0, 1 - (taken - self._failed_at) / _MARGIN_MS)
        low = -math.inf if check.low is None else check.low + margin
        high = math.inf if check.high is None else check.high - margin
        return low <= check.value <= high


class Coach:
    """One person in front of the camera. `hold_ms`: how long every live check must hold before it fires.

    `calibration`: the empty wall as this camera sees it, where the station has one. `read_ms`: how long whatever
    is said stands at least, so that it can be read.
    """

    def __init__(
        self,
        engine: Engine,
        profile: Profile,
        hold_ms: float,
        calibration: Calibration | None = None,
        read_ms: float = 1000.0,
    ) -> None:
        self._engine, self._profile, self._hold_ms = engine, profile, hold_ms
        self._calibration, self._read_ms = calibration, read_ms
        self._checks: dict[str, _History] = {}
        self._misses: deque[bool] = deque(maxlen=_WINDOW)
        self._frames = 0
        #: Codes in the order of advice as of the last frame with a mask, and those that need one.
        self._order: list[str] = []
        self._by_mask = frozenset(code for code, measure in measures().items() if measure.needs_mask)
        self._since: float | None = None
        self._lost = False
        self._said: tuple[str, Check | None] | None = None
        self._said_at = 0.0
        self._searched: Check | None = None
        self._taken: float | None = None

    def reset(self) -> None:
        """Forget everything: another person, or another shot."""
        self._checks.clear()
        self._misses.clear()
        self._frames = 0
        self._lost = False
        self._since = self._said = self._taken = None

    def feed(self, bgr: np.ndarray, taken: float) -> Coaching:
        """One frame (BGR, not mirrored) with its stamp in ms; stamps rise. Raises `ModelsMissing`."""
        if self._taken is not None and not 0 <= taken - self._taken <= _GAP_MS:
            self.reset()
        self._taken = taken
        analysis = self._engine.analyse(bgr, mask=self._mask_is_due(), behind=True)
        self._frames += 1
        judgement = self._engine.judge_live(analysis, self._profile, self._calibration)
        nobody = analysis.points is None
        self._look_for(nobody)
        if nobody:
            return self._without_face(judgement.checks[0], taken)
        for check in judgement.checks:
            self._checks.setdefault(check.code, _History()).add(check, taken)
        if analysis.mask is not None:
            self._order = [check.code for check in judgement.checks]
        return self._with_face(analysis, taken)

    def _look_for(self, nobody: bool) -> None:
        """Somebody is there or lost when 3 of the last 5 frames say so; the first frames decide at once."""
        self._misses.append(nobody)
        misses = sum(self._misses)
        if misses >= _NEEDED or (nobody and misses == len(self._misses)):
            self._lost = True
        elif len(self._misses) - misses >= _NEEDED:
            self._lost = False

    def _mask_is_due(self) -> bool:
        """Every third frame, and every frame while a check that needs it is wrong: its mending shows at once."""
        if self._frames % _MASK_EVERY == 0:
            return True
        return any(not self._checks[code].good for code in self._by_mask if code in self._checks)

    def _without_face(self, check: Check, taken: float) -> Coaching:
        self._since = None
        if self._lost:
            self._checks.clear()
            self._searched = check
            return self._told("searching", check, None, taken)
        return self._told(*self._wanted(), None, taken)

    def _with_face(self, analysis: Analysis, taken: float) -> Coaching:
        if self._lost:
            self._since = None
            return self._told("searching", self._searched, analysis.face_box, taken)
        said = self._told(*self._wanted(), analysis.face_box, taken)
        # a check that was just read wrong stops the clock at once: the shutter needs an unbroken hold
        shaky = any(history.last is not None and history.last.passed is False for history in self._checks.values())
        if shaky or said.state != "hold" or self._wanted()[0] != "hold":
            self._since = None
            return said
        self._since = taken if self._since is None else self._since
        held = min(1.0, (taken - self._since) / self._hold_ms) if self._hold_ms > 0 else 1.0
        return replace(said, held=held, fire=held >= 1.0)

    def _wanted(self) -> tuple[str, Check | None]:
        """State and check of the moment: the first wrong one in the order of advice.

        What was said before stays while too little is known.
        """
        known = [self._checks[code] for code in self._order if code in self._checks]
        for history in known:
            if history.good is False:
                return "adjust", history.failed
        if known and all(history.good for history in known):
            return "hold", None
        return self._said or _NOTHING

    def _told(
        self, state: str, check: Check | None, face: tuple[float, float, float, float] | None, taken: float
    ) -> Coaching:
        """What is wanted, unless what was said before has not stood long enough."""
        wanted = state, check
        if self._said is not None and _key(self._said) == _key(wanted):
            self._said = wanted
        elif wanted != _NOTHING and (self._said is None or taken - self._said_at >= self._read_ms):
            self._said, self._said_at = wanted, taken
        state, check = self._said or wanted
        passed = tuple(code for code, history in self._checks.items() if history.good)
        return Coaching(taken, state, 0.0, check, passed, face, fire=False)


def _key(said: tuple[str, Check | None]) -> tuple[str, str | None]:
    """What a person sees of it: the state and the hint; the value may change."""
    return said[0], None if said[1] is None else said[1].hint
