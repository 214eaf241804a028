"""Who may override what; nothing medical, ever."""

from __future__ import annotations

import itertools

import pytest

from kiosk.actions.base import ROLES
from kiosk.domain.overrides import GRAVE, NEVER, OVERRIDES, SECOND, may_override, needs_second
from kiosk.domain.refusals import Code


@pytest.mark.parametrize(("code", "role"), list(itertools.product(sorted(NEVER), ROLES)))
def test_no_role_overrides_a_medical_decision(code: Code, role: str) -> None:
    assert not may_override(code, role)


def test_the_medical_refusals_are_all_named() -> None:
    assert {Code.DECLARATION_NOT_PASSED, Code.TEMPERATURE_ABNORMAL, Code.VISIT_REFUSED_TODAY} <= NEVER
    assert not NEVER & set(OVERRIDES)


def test_the_table_as_it_was_decided() -> None:
    allowed = {code: sorted(role for role in ROLES if may_override(code, role)) for code in Code}
    assert {code: roles for code, roles in allowed.items() if roles} == {
        Code.NOT_IN_TIME_SLOT: ["administrator", "operator", "usher"],
        Code.ROSTER_LATE: ["administrator"],
        Code.NOT_CALLED_UP: ["administrator"],
        Code.ALREADY_PHOTOGRAPHED: ["administrator", "operator"],
        Code.SESSION_HAS_PEOPLE: ["administrator"],
    }


def test_the_grave_ones_take_two_and_the_second_may_override_as_well() -> None:
    assert {code for code in Code if needs_second(code)} == {
        Code.ROSTER_LATE, Code.NOT_CALLED_UP, Code.ALREADY_PHOTOGRAPHED, Code.SESSION_HAS_PEOPLE,
    }  # fmt: skip
    assert set(OVERRIDES) >= GRAVE and not GRAVE & NEVER
    assert set(ROLES) >= SECOND


def test_nobody_without_a_role_overrides_anything() -> None:
    assert not any(may_override(code, "") for code in Code)
