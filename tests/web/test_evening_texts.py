"""Every word that the evening's page, its report and its refusals may need stands in both languages."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from kiosk import i18n
from kiosk.domain.reconciliation import CLOSED, MOVED, PHOTO_REJECTED, UNDER_OBSERVATION, Absence, Outcome
from kiosk.domain.refusals import Code
from kiosk.exchange.day_report_words import PERSON
from kiosk.records.day_balance import Todo
from kiosk.settings import ROOT
from kiosk.web.staff_evening import ACTIONS

_LITERAL = re.compile(r"""["'`](evening\.[\w.]+\w)["'`]""")
_SAID = re.compile(r"""\bsay\(\s*"([\w.]+)["']""")


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_word_of_the_evening_has_a_text(language: str) -> None:
    script = (ROOT / "kiosk/static/js/staff/evening.js").read_text("utf-8")
    keys = set(_LITERAL.findall(script))
    for file in (ROOT / "kiosk/exchange").glob("day_report_*.py"):
        keys |= {f"evening.{name}" for name in _SAID.findall(file.read_text("utf-8"))}
    assert len(keys) > 70
    keys |= {f"evening.outcome.{outcome}" for outcome in Outcome}
    ends = {"staff", "data_report", "stale", Code.DECLARATION_NOT_PASSED, Code.TEMPERATURE_ABNORMAL}
    ends |= {CLOSED, MOVED, PHOTO_REJECTED, UNDER_OBSERVATION, *Absence}
    keys |= {f"evening.why.{end}" for end in ends}
    keys |= {f"evening.done.{name}" for name in ACTIONS}
    keys |= {f"evening.act.{name}" for name in ("finish_visit", "cancel", "move_visit")}
    keys |= {f"evening.todo.{field.name}" for field in fields(Todo)} | {"evening.todo.inside"}
    keys |= {f"evening.column.{name}" for name in PERSON}
    states = ("off", "waiting", "sending", "sent", "failed", "unsure", "cancelled")
    keys |= {f"evening.notice.{state}" for state in states}
    problems = ("not_signed", "other_key", "signature", "absent", "changed", "not_listed", "twice", "counts")
    keys |= {f"evening.verify.{code}" for code in problems}
    keys |= {f"staff.reason.{name}.1" for name in ("close_session", "reopen_session", "move_visit", "cancel")}
    keys |= {"place.step.closed"}
    texts = i18n.catalog(language)
    assert sorted(key for key in keys if not texts.get(key)) == []
