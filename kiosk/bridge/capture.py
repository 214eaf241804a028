"""Coaches the person in the seat and takes the photo: every frame judged, the shutter by itself, the shot spooled.

One thread owns the photo engine. A shot belongs to the visit and ordinal that were wanted when it was triggered;
when the web process wants something else meanwhile, the coaching ends and nothing is taken.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from kiosk import catalogue
from kiosk.bridge import memory
from kiosk.bridge.board import Board
from kiosk.bridge.calibration import Calibrator
from kiosk.bridge.drivers.camera.frame import Frame, FrameSlot
from kiosk.bridge.feed import Feed
from kiosk.bridge.link import Outcome
from kiosk.bridge.protocol import DeviceState, Mode
from kiosk.bridge.spool import Spool
from kiosk.bridge.wanted import Wanted, WantedSlot
from kiosk.domain.calibration import Calibration, Obstacle
from kiosk.domain.refusals import Code, Refusal
from kiosk.settings import Settings

if TYPE_CHECKING:
    from kiosk.domain.profiles import Profile
    from kiosk.photo.engine import Engine

log = logging.getLogger(__name__)

#: Seconds the frames of a burst may take together.
BURST_SECONDS = 2.0
#: Seconds without a new frame after which the person is told that the camera is away.
NO_FRAME_SECONDS = 1.0
#: Pause after something that a person must mend first (no room on the disk, a missing model).
MEND_SECONDS = 2.0
#: When a shot was acknowledged and the same one is still wanted after this time, it is taken anew.
SETTLE_SECONDS = 3.0
#: Shots of one visit and ordinal that the web process may reject before no more are taken: a reason that lasts
#: would fill the disk with them.
MOST_PUT_ASIDE = 2
#: Seconds that a calibration may take, with what the engine's thread did before it.
CALIBRATION_SECONDS = 30.0
#: PNG compression: 1 is four times as fast as the default for a tenth more bytes.
PNG_LEVEL = 1


class Capture:
    """Runs in a thread of its own. `tell_problem` passes a refusal code to the person at the kiosk."""

    def __init__(
        self,
        settings: Settings,
        slot: WantedSlot,
        frames: FrameSlot,
        feed: Feed,
        spool: Spool,
        board: Board,
        shot_waits: Callable[[], None],
        tell_problem: Callable[[Code], None],
        engine_changed: Callable[[], None] = lambda: None,
        calibrator: Calibrator | None = None,
    ) -> None:
        self._calibrator = calibrator
        self._asked: SimpleQueue[Future[Obstacle | None]] = SimpleQueue()
        self._settings, self._slot, self._frames, self._feed = settings, slot, frames, feed
        self._spool, self._board = spool, board
        self._shot_waits, self._tell_problem, self._engine_changed = shot_waits, tell_problem, engine_changed
        #: `starting`, `ready` or `missing`; told to the web process.
        self.engine_state = "starting"
        self._engine: Engine | None = None
        self._profiles: dict[str, Profile] = {}
        self._serving: tuple[str, int] | None = None
        self._put_aside = 0  # shots of `_serving` that the web process will never take
        self._told: tuple[Code | None, float] = None, 0.0
        self._stop = threading.Event()
        self._settled = threading.Event()
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)

    def start(self) -> None:
        """Begin; the engine is loaded in the thread, in the background."""
        self._thread.start()

    def stop(self) -> None:
        """End; a shot that is being written is written first."""
        self._stop.set()
        self._settled.set()
        self._thread.join(5)

    def shot_settled(self, shot: str, outcome: Outcome) -> None:
        """The link is done with a shot."""
        log.info("shot %s: %s", shot, outcome.value)
        if outcome is Outcome.PUT_ASIDE:
            self._put_aside += 1
        self._settled.set()

    def calibrate(self) -> dict[str, Any]:
        """Measure the empty wall and wait for it: `{"made", "obstacle", …}` with `Calibrator.status()`.

        Raises `OSError` where it can't be kept.
        """
        if self._calibrator is None or self._slot.get().mode is Mode.CAPTURE:
            obstacle: Obstacle | None = Obstacle.BUSY
        else:
            asked: Future[Obstacle | None] = Future()
            self._asked.put(asked)
            try:
                obstacle = asked.result(CALIBRATION_SECONDS)
            except TooLate:
                asked.cancel()
                obstacle = Obstacle.BUSY
        status = self._calibrator.status() if self._calibrator is not None else {}
        return {"made": obstacle is None, "obstacle": obstacle.value if obstacle else None, **status}

    # -- the loop

    def _run(self) -> None:
        self._load()
        seen = Wanted()
        while not self._stop.is_set():
            wanted = self._slot.wait(seen, 0.5)
            seen = wanted
            while not self._asked.empty():
                self._calibrate(self._asked.get(), wanted)
            if wanted.mode is not Mode.CAPTURE or not wanted.visit or wanted.shot_ordinal is None:
                self._serving = None
                continue
            try:
                self._serve(wanted)
            except Refusal as refusal:
                self._fault(refusal.code)
                self._tell(refusal.code)
                self._stop.wait(MEND_SECONDS)
                seen = Wanted()
            except Exception:
                log.exception("capture failed")
                self._fault(Code.INTERNAL)
                self._stop.wait(MEND_SECONDS)
                seen = Wanted()
            finally:
                self._feed.silence()

    def _load(self) -> None:
        try:
            import cv2

            # camera, preview and coach have a thread each; a second pool below them only takes their cores
            cv2.setNumThreads(1)
            from kiosk.domain.profiles import profiles_from
            from kiosk.photo.engine import Engine
            from kiosk.photo.models import ModelsMissing

            self._profiles = profiles_from(catalogue.tables(self._settings.config / "photo_profiles"))
            engine = Engine(self._settings.assets / "models")
            try:
                engine.warm()
            except ModelsMissing as error:
                log.error("no photos can be taken: %s", error)
                self.engine_state = "missing"
            else:
                self._engine = engine
                self.engine_state = "ready"
        except Exception:
            log.exception("the photo engine does not load")
            self.engine_state = "missing"
        memory.give_back()
        self._engine_changed()

    def _calibrate(self, asked: Future[Obstacle | None], wanted: Wanted) -> None:
        """Answer with what stood in the way, None when the calibration was made."""
        from kiosk.photo.empty_wall import NotEmpty

        if not asked.set_running_or_notify_cancel():
            return
        try:
            if self._engine is None or self._calibrator is None:
                raise NotEmpty(Obstacle.ENGINE)
            if wanted.mode is Mode.CAPTURE:
                raise NotEmpty(Obstacle.BUSY)
            self._calibrator.measure(self._engine, self._profiles, wanted.profile, self._stop)
        except NotEmpty as reason:
            log.info("not calibrated: %s", reason.obstacle.value)
            asked.set_result(reason.obstacle)
        except Exception as error:  # noqa: BLE001 - belongs to the caller, who waits for it
            asked.set_exception(error)
        else:
            asked.set_result(None)
        memory.give_back()

    def _serve(self, wanted: Wanted) -> None:
        """Bring the wanted shot to the web process: the one in the spool, else a new one."""
        assert wanted.visit is not None and wanted.shot_ordinal is not None  # noqa: S101 - `_run` has looked
        if self._serving != (wanted.visit, wanted.shot_ordinal):
            self._serving, self._put_aside = (wanted.visit, wanted.shot_ordinal), 0
        if self._spool.find(wanted.visit, wanted.shot_ordinal) is None:
            if self._engine is None or self._put_aside >= MOST_PUT_ASIDE:
                raise Refusal(Code.INTERNAL)
            profile = self._profiles.get(wanted.profile or "")
            if profile is None:
                raise Refusal(Code.PROFILE_UNKNOWN)
            self._settled.clear()
            if not self._coach(wanted, self._engine, profile):
                return
        self._say({"state": "sent"})
        self._shot_waits()
        memory.give_back()
        while not self._stop.is_set() and self._slot.get() == wanted:
            if self._settled.wait(0.5) and self._slot.wait(wanted, SETTLE_SECONDS) == wanted:
                return  # done with that shot and still wanted: `_run` comes here again

    def _coach(self, wanted: Wanted, engine: Engine, profile: Profile) -> bool:
        """Coach until the shot is in the spool (True) or something else is wanted (False)."""
        from kiosk.photo.coach import Coach

        calibration = self._calibrator.current() if self._calibrator is not None else None
        times = self._settings.capture
        coach = Coach(engine, profile, float(times.hold_ms), calibration, read_ms=float(times.read_ms))
        pause = 1 / self._settings.capture.analysis_fps
        sequence, last_frame = 0, time.monotonic()
        while not self._stop.is_set() and self._still(wanted):
            begun = time.monotonic()
            frame = self._frames.after(sequence, 0.2)
            if self._board.state("camera") is not DeviceState.READY or frame is None:
                if begun - last_frame > NO_FRAME_SECONDS or self._board.state("camera") is DeviceState.FAULT:
                    self._fault(Code(self._board.code("camera") or Code.CAMERA_GONE))
                    coach.reset()
                    self._stop.wait(0.1)
                continue
            sequence, last_frame = frame.sequence, time.monotonic()
            coaching = coach.feed(frame.image, frame.taken_ms)
            self._say({**coaching.to_json(), "code": None})
            by_hand = self._slot.get().shutter and coaching.face is not None
            if coaching.fire or by_hand:
                self._spool.check_room()
                if self._shoot(wanted, engine, profile, frame, calibration):
                    return True
                coach.reset()
            self._stop.wait(max(0.0, begun + pause - time.monotonic()))
        return False

    def _still(self, wanted: Wanted) -> bool:
        """Whether the same shot is wanted; the version alone may have moved on."""
        now = self._slot.get()
        return (now.mode, now.visit, now.profile, now.shot_ordinal) == (
            wanted.mode,
            wanted.visit,
            wanted.profile,
            wanted.shot_ordinal,
        )

    # -- the shot

    def _shoot(
        self, wanted: Wanted, engine: Engine, profile: Profile, fired: Frame, calibration: Calibration | None
    ) -> bool:
        """Take the shot and spool it. False when the camera gave nothing or the shot is no longer wanted."""
        from kiosk.photo import burst

        trigger = time.monotonic()
        self._say({"state": "shooting", "held": 1.0, "taken": fired.taken_ms})
        frames = self._burst(trigger, fired.sequence)
        if not frames or not self._still(wanted):
            return False
        frame = frames[burst.best([item.image for item in frames], engine, profile)]
        final = engine.final(frame.image, profile, calibration)
        facts, original = describe(wanted, frame, trigger, final)
        if not self._still(wanted):
            return False
        self._spool.put(facts, original, final.deliverable)
        log.info("shot %s: %s, %.0f ms from trigger", facts["shot"], final.judgement.verdict, _ms_since(trigger))
        return True

    def _burst(self, trigger: float, sequence: int) -> list[Frame]:
        """The next frames, each strictly later than `trigger` (monotonic seconds)."""
        frames: list[Frame] = []
        end = trigger + BURST_SECONDS
        while len(frames) < self._settings.capture.burst_frames and (left := end - time.monotonic()) > 0:
            frame = self._frames.after(sequence, left)
            if frame is None:
                break
            sequence = frame.sequence
            if frame.taken > trigger:
                frames.append(frame)
        return frames

    # -- words

    def _tell(self, code: Code) -> None:
        """Put a refusal on the screen; one that lasts is repeated when the notice has gone, not at every try."""
        now = time.monotonic()
        last, at = self._told
        if last is not code or now - at >= self._settings.visit.notice_screen_seconds:
            self._told = code, now
            self._tell_problem(code)

    def _say(self, word: dict[str, Any]) -> None:
        self._feed.say(
            {"taken": None, "held": 0.0, "check": None, "passed": [], "face": None, "code": None, **word}
        )

    def _fault(self, code: Code) -> None:
        self._say({"state": "fault", "code": code.value})


def describe(wanted: Wanted, frame: Frame, trigger: float, final: Any) -> tuple[dict[str, Any], bytes]:
    """The facts of a shot as `kiosk.bridge.protocol` has them, and its untouched original as PNG.

    `trigger` is monotonic seconds, `final` a `kiosk.photo.engine.Final`. The frame is later than the trigger.
    """
    import hashlib

    import cv2

    done, data = cv2.imencode(".png", frame.image, (cv2.IMWRITE_PNG_COMPRESSION, PNG_LEVEL))
    if not done:
        raise RuntimeError("the PNG encoder refused the frame")
    original = data.tobytes()
    epoch = frame.taken_ms / 1000 - frame.taken
    deliverable = final.deliverable
    facts = {
        "shot": secrets.token_hex(16),
        "visit": wanted.visit,
        "ordinal": wanted.shot_ordinal,
        "profile": wanted.profile,
        "judgement": final.judgement.to_json(),
        "making": final.making,
        "original_sha256": hashlib.sha256(original).hexdigest(),
        "deliverable_sha256": hashlib.sha256(deliverable).hexdigest() if deliverable is not None else None,
        "triggered_at": datetime.fromtimestamp(trigger + epoch, UTC).isoformat(),
        "taken_at": datetime.fromtimestamp(frame.taken + epoch, UTC).isoformat(),
    }
    return facts, original


def _ms_since(moment: float) -> float:
    return (time.monotonic() - moment) * 1000
