"""Every word that the staff pages may need stands in both languages."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from kiosk import i18n
from kiosk.actions import catalogue
from kiosk.actions.base import ROLES
from kiosk.actions.report_wrong_data import ReportedField
from kiosk.domain.identity import Assurance, Flag
from kiosk.domain.overrides import OVERRIDES
from kiosk.domain.refusals import Code
from kiosk.domain.screens import Screen
from kiosk.domain.states import VisitState
from kiosk.settings import ROOT
from kiosk.web.staff import ACTIONS

pytestmark = pytest.mark.parametrize("language", i18n.LANGUAGES)

_LITERAL = re.compile(r"""\bt\(\s*["'](staff\.[\w.-]+)["'][,)\s]""")


def missing(language: str, keys: set[str]) -> list[str]:
    """The keys that have no text."""
    texts = i18n.catalog(language)
    return sorted(key for key in keys if not texts.get(key))


def test_keys_named_in_pages_and_scripts_have_a_text(language: str) -> None:
    sources = [*(ROOT / "kiosk/templates/staff").glob("*.html"), *(ROOT / "kiosk/static/js/staff").glob("*.js")]
    keys = {key for file in sources for key in _LITERAL.findall(file.read_text("utf-8")) if not key.endswith(".")}
    assert len(keys) > 150
    assert missing(language, keys) == []


def test_everything_that_can_be_shown_has_a_word(language: str) -> None:
    assert catalogue is not None  # registers the actions
    keys = {f"staff.state.{state}" for state in VisitState}
    keys |= {f"staff.screen.{screen}" for screen in Screen}
    keys |= {f"staff.{part}.{name}" for name in ACTIONS for part in ("action", "done")}
    keys |= {f"staff.flag.{flag}" for flag in (*Flag, "name_differs", "sex_differs")}
    keys |= {f"staff.field.{field}" for field in get_args(ReportedField)}
    keys |= {f"staff.assurance.{assurance}" for assurance in Assurance}
    keys |= {f"staff.role.{role}" for role in ROLES}
    keys |= {f"staff.override.{code}" for code in OVERRIDES}
    keys |= {f"staff.job.{state}" for state in ("queued", "running", "done", "failed")}
    assert missing(language, keys) == []


def test_every_refusal_can_be_said_to_staff(language: str) -> None:
    assert missing(language, {f"refusal.{code}.staff" for code in Code}) == []


def test_both_languages_have_the_same_keys(language: str) -> None:
    assert set(i18n.subset(language, "staff.")) == set(i18n.subset("zh_CN", "staff."))
