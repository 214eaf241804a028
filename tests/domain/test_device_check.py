"""What makes a step of the check before opening pass, and that every reason has its sentence."""

from __future__ import annotations

from typing import Any

import pytest

from kiosk.bridge.faults import FaultCode
from kiosk.domain.calibration import Obstacle
from kiosk.domain.device_check import WHYS, Outcome, Result, Step, judge, passed
from kiosk.i18n import LANGUAGES, catalog

CAMERA = {"width": 1440, "height": 1920, "asked_width": 1440, "asked_height": 1920, "fps": 30.0, "lightness": 70.0,
          "sides": 2.0, "clipped": 0.0}  # fmt: skip


@pytest.mark.parametrize(
    ("step", "values", "why"),
    [
        (Step.CARD, {"card": True}, None),
        (Step.CARD, {"card": False}, "no_card"),
        (Step.CARD, {}, "no_card"),
        (Step.CAMERA, CAMERA, None),
        (Step.CAMERA, {**CAMERA, "width": 640}, "size"),
        (Step.CAMERA, {**CAMERA, "height": 480}, "size"),
        (Step.CAMERA, {**CAMERA, "fps": 9.9}, "slow"),
        (Step.LIGHT, CAMERA, None),
        (Step.LIGHT, {**CAMERA, "lightness": 34.9}, "dark"),
        (Step.LIGHT, {**CAMERA, "lightness": 95.1}, "bright"),
        (Step.LIGHT, {**CAMERA, "lightness": 98.0, "clipped": 0.2}, "burnt_out"),
        (Step.LIGHT, {**CAMERA, "sides": -15.1}, "one_sided"),
        (Step.LIGHT, {}, "dark"),
        (Step.WALL, {"made": True}, None),
        (Step.WALL, {"made": False, "obstacle": "person"}, "wall_person"),
        (Step.WALL, {}, "wall_busy"),
        (Step.THERMOMETER, {"celsius": 36.5}, None),
        (Step.THERMOMETER, {"celsius": 21.0}, "implausible"),
        (Step.THERMOMETER, {"celsius": None}, "no_reading"),
        (Step.THERMOMETER, {}, "no_reading"),
        (Step.PRINTER, {"sent": True}, None),
    ],
)
def test_a_step_by_what_was_found(step: Step, values: dict[str, Any], why: str | None) -> None:
    outcome = judge(step, {"ok": True, "values": values})
    assert (outcome.why, outcome.result) == (why, Result.FAILED if why else Result.PASSED)


@pytest.mark.parametrize("step", Step)
def test_a_device_that_did_not_answer_fails_whatever_it_said(step: Step) -> None:
    good = {"card": True, "made": True, "celsius": 36.5, **CAMERA}
    assert judge(step, {"ok": False, "fault": "gone", "values": good}).why == "gone"
    assert judge(step, {"ok": "true", "values": good}).result is Result.FAILED
    assert judge(step, {}).why == "internal"


def test_only_plain_values_are_kept() -> None:
    outcome = judge(Step.WALL, {"ok": True, "values": {"made": True, "values": {"lab": [1]}, "camera": "HD"}})
    assert outcome.to_json() == {
        "result": "passed",
        "why": None,
        "reason": "",
        "values": {"made": True, "camera": "HD"},
    }


def test_a_check_passed_when_every_step_is_there_and_none_failed() -> None:
    good = dict.fromkeys((step.value for step in Step), Outcome(Result.PASSED))
    assert passed(good)
    assert passed({**good, "printer": Outcome(Result.OFF), "wall": Outcome(Result.SKIPPED, reason="later")})
    assert not passed({**good, "light": Outcome(Result.FAILED, "dark")})
    assert not passed({name: found for name, found in good.items() if name != "card"})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_and_reason_has_its_sentences(language: str) -> None:
    texts = catalog(language)
    keys = [f"staff.devices.why.{why}" for why in WHYS]
    keys += [f"calibration.obstacle.{obstacle}" for obstacle in Obstacle]
    keys += [f"devices.fault.{code}.staff" for code in FaultCode]
    keys += [f"staff.devices.step.{step}{part}" for step in Step for part in ("", ".do", ".try", ".wait")]
    keys += [f"staff.devices.check.{result}" for result in Result]
    assert [key for key in keys if not texts.get(key)] == []
