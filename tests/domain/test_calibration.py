"""The calibration as plain data: it travels unchanged, answers for any place of the wall, and grows old."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.calibration import MAP_COLUMNS, MAP_ROWS, Calibration, calibration_from_json, luminance_of

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def made(taken_at: datetime = NOW) -> Calibration:
    cells = tuple(
        tuple((60.0 + column, -5.0, -40.0 + row) for column in range(MAP_COLUMNS)) for row in range(MAP_ROWS)
    )
    return Calibration(
        "cam", taken_at, 1920, 1440, 30, (65.5, -5.0, -36.0), (3.4, 0.0, 2.6), cells, 11.0, (1.0, -2.0), 2.2
    )


def test_it_travels_as_json_unchanged() -> None:
    assert calibration_from_json(json.loads(json.dumps(made().to_json()))) == made()


@pytest.mark.parametrize(
    "change", [{"cells": [[]]}, {"lab": [1, 2]}, {"taken_at": "2026-11-22T08:00:00"}, {"cast": []}]
)
def test_another_shape_is_refused(change: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        calibration_from_json({**made().to_json(), **change})


@given(st.floats(-1, 2), st.floats(-1, 2))
def test_every_place_has_a_colour_between_those_of_the_cells(x: float, y: float) -> None:
    lightness, _, b = made().at(x, y)
    assert 60.0 <= lightness <= 60.0 + MAP_COLUMNS - 1
    assert -40.0 <= b <= -40.0 + MAP_ROWS - 1


def test_the_middle_of_a_cell_has_its_colour_and_halfway_is_the_mean() -> None:
    assert made().at(0.5 / MAP_COLUMNS, 0.5 / MAP_ROWS) == (60.0, -5.0, -40.0)
    assert made().at(1.0 / MAP_COLUMNS, 0.5 / MAP_ROWS) == pytest.approx((60.5, -5.0, -40.0))


def test_the_light_map_is_relative_to_its_mean() -> None:
    light = made().light()
    assert sum(map(sum, light)) / (MAP_ROWS * MAP_COLUMNS) == pytest.approx(1.0)
    assert light[0][0] < 1 < light[0][-1]


def test_luminance_follows_the_cie_curve() -> None:
    assert luminance_of(100) == pytest.approx(1.0)
    assert luminance_of(50) == pytest.approx(0.184, abs=0.001)
    assert luminance_of(0) == 0


def test_it_expires_and_a_clock_set_back_makes_it_doubtful() -> None:
    assert not made().expired(NOW + timedelta(days=7), 7)
    assert made().expired(NOW + timedelta(days=7, seconds=1), 7)
    assert made().expired(NOW - timedelta(days=1), 7)
    assert not made().expired(NOW + timedelta(days=999), 0)


def test_another_camera_or_size_needs_another_one() -> None:
    assert made().fits("cam", 1920, 1440)
    assert not made().fits("other", 1920, 1440)
    assert not made().fits("cam", 1280, 960)
