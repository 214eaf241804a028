"""What the engine must give: the same for the same picture, points in its px, a deliverable that fits."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from kiosk.domain.judgement import Verdict
from kiosk.domain.profiles import Profile
from kiosk.photo.engine import Engine
from kiosk.photo.models import ModelsMissing, has_litert
from kiosk.photo.studio import DEFECTS, Scene, Studio
from tests.photo.conftest import PEOPLE


@pytest.mark.parametrize("name", PEOPLE)
def test_a_good_scene_passes_and_its_deliverable_lies_inside_every_band(
    name: str, studio: Callable[[str], Studio], engine: Engine, profile: Profile
) -> None:
    final = engine.final(studio(name).frame(0.4), profile)
    assert final.judgement.verdict is Verdict.PASS, final.judgement.reason
    assert final.deliverable is not None
    with Image.open(io.BytesIO(final.deliverable)) as picture:
        assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (480, 640))
        assert picture.info["dpi"] == (300, 300)
        assert not picture.getexif()
    assert 30 * 1024 <= len(final.deliverable) <= 40 * 1000
    assert int(final.making["quality"]) >= 60
    values = {check.code: check.value for check in final.judgement.checks}
    for code, band in profile.bands.items():
        assert values[code] is not None
        assert band.holds(values[code])


@pytest.mark.parametrize("name", PEOPLE)
def test_the_deliverable_judged_as_a_file_shows_the_head_where_the_still_said(
    name: str, studio: Callable[[str], Studio], engine: Engine, profile: Profile
) -> None:
    final = engine.final(studio(name).frame(0.4), profile)
    assert final.deliverable is not None
    made = cv2.imdecode(np.frombuffer(final.deliverable, np.uint8), cv2.IMREAD_COLOR)
    again = engine.final(made, profile).judgement
    first = {check.code: check.value for check in final.judgement.checks}
    for check in again.checks:
        if check.code in profile.bands:
            assert check.passed, check
            assert check.value == pytest.approx(first[check.code], abs=9)


def test_somebody_behind_is_seen_beside_much_hair(
    people: dict[str, Path], engine: Engine, profile: Profile
) -> None:
    """Half of the face behind is hidden; where nobody is, nobody is found."""
    if not has_litert():
        pytest.skip("the detector of faces behind needs LiteRT")
    room = Studio(people["T000486"].with_name("K000397.jpg"), 1280, 960, engine=engine)

    def second() -> bool | None:
        checks = engine.final(room.frame(0.4), profile).judgement.checks
        return next(check.passed for check in checks if check.code == "second_face")

    assert second() is True
    room.scene = Scene({"person_behind": 1})
    assert second() is False


@pytest.mark.parametrize("name", PEOPLE[:3])
def test_the_head_is_measured_where_it_is(
    name: str, studio: Callable[[str], Studio], engine: Engine, profile: Profile
) -> None:
    from kiosk.photo.sight import Sight

    room = studio(name)
    sight = Sight(engine.analyse(room.frame(0.0)), profile)
    truth, scale = room.truth(), profile.height / sight.crop.h
    for mark in ("crown_y", "eyes_y", "chin_y"):
        assert abs(getattr(sight.marks, mark) - getattr(truth, mark)) * scale <= 8, mark


@pytest.mark.parametrize(
    ("defect", "side"), [(d, s) for d, k in DEFECTS.items() for s in ((1, -1) if k.sided else (1,))]
)
def test_every_defect_of_the_studio_is_found(
    defect: str, side: int, studio: Callable[[str], Studio], engine: Engine, profile: Profile
) -> None:
    room = studio("T000486")
    room.scene = Scene({defect: side})
    frame = room.frame(0.2)
    wrong = DEFECTS[defect]
    live = engine.judge_live(engine.analyse(frame, behind=True), profile)
    final = engine.final(frame, profile).judgement
    found_live = {check.code for check in live.checks if check.passed is not True}
    found = {check.code for check in final.checks if check.passed is not True}
    assert wrong.finds & found_live or not wrong.live, (defect, live.reason)
    assert wrong.finds & found or not wrong.final, (defect, final.reason)
    if wrong.final:
        assert final.verdict is not Verdict.PASS


def test_the_same_picture_gives_the_same_judgement_and_the_same_bytes(
    still: np.ndarray, models: Path, engine: Engine, profile: Profile
) -> None:
    first, second = engine.final(still, profile), Engine(models).final(still, profile)
    assert first.judgement == second.judgement
    assert first.making == second.making
    assert first.deliverable == second.deliverable


def test_the_picture_is_never_changed(still: np.ndarray, engine: Engine, profile: Profile) -> None:
    before = still.copy()
    engine.final(still, profile)
    assert np.array_equal(before, still)


def test_opencv_judges_like_litert(still: np.ndarray, models: Path, engine: Engine, profile: Profile) -> None:
    fallback = Engine(models, litert=False).final(still, profile).judgement
    first = {check.code: check for check in engine.final(still, profile).judgement.checks}
    for check in fallback.checks:
        assert check.passed == first[check.code].passed, check
        assert check.value == pytest.approx(first[check.code].value, rel=0.02, abs=0.05)


def test_nobody_and_noise_fail_for_their_own_reason(engine: Engine, profile: Profile) -> None:
    blank = np.full((480, 640, 3), 200, np.uint8)
    noise = np.random.default_rng(3).integers(0, 255, (480, 640, 3), dtype=np.uint8)
    for picture in (blank, noise, blank[:40, :30]):
        final = engine.final(picture, profile)
        assert final.judgement.verdict is Verdict.FAIL
        assert final.deliverable is None
        assert final.judgement.reason is not None
        assert final.judgement.reason.code == "face_count"


def test_a_cat_is_no_person(engine: Engine, profile: Profile, people: dict[str, Path]) -> None:
    cat = next(iter(people.values())).parent.parent / "extra" / "skimage_chelsea.png"
    if not cat.is_file():
        pytest.skip("no picture of a cat here")
    final = engine.final(cv2.imread(str(cat)), profile)
    assert final.judgement.verdict is Verdict.FAIL
    assert final.deliverable is None


def test_missing_models_say_what_to_do(tmp_path: Path, still: np.ndarray) -> None:
    with pytest.raises(ModelsMissing, match="set-up"):
        Engine(tmp_path).analyse(still)


def test_points_are_px_of_the_given_picture(still: np.ndarray, engine: Engine) -> None:
    large, small = (
        engine.analyse(still),
        engine.analyse(cv2.resize(still, (960, 720), interpolation=cv2.INTER_AREA)),
    )
    assert large.points is not None
    assert small.points is not None
    assert np.abs(large.points / 2 - small.points).max() < 6
    box = large.face_box
    assert box is not None
    assert all(0 < value < 1 for value in box)


@pytest.mark.parametrize("shape", [(16, 3000), (3000, 16), (17, 17), (640, 480), (641, 479), (1, 1)])
def test_any_shape_of_picture_is_judged(shape: tuple[int, int], engine: Engine, profile: Profile) -> None:
    judgement = engine.final(np.full((*shape, 3), 90, np.uint8), profile).judgement
    assert judgement.verdict is Verdict.FAIL


@pytest.mark.parametrize("seed", range(12))
def test_faces_cut_by_the_edge_or_stretched_are_judged_without_an_error(
    seed: int, still: np.ndarray, engine: Engine, profile: Profile
) -> None:
    rng = np.random.default_rng(seed)
    x, y = int(rng.integers(0, 1100)), int(rng.integers(0, 900))
    part = still[y : y + int(rng.integers(60, 1400)), x : x + int(rng.integers(60, 1800))]
    size = (int(rng.integers(30, 900)), int(rng.integers(30, 900)))
    final = engine.final(cv2.resize(part, size), profile)
    engine.judge_live(engine.analyse(part, mask=False), profile)
    assert final.deliverable is None or len(final.deliverable) > 100
    assert final.judgement.checks
