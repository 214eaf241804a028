"""Every word that the planners' pages may need stands in both languages."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from kiosk import catalogue, i18n
from kiosk.actions.base import ROLES
from kiosk.domain.campaign import RETENTION_DAYS, STEPS, CampaignFile
from kiosk.domain.organisation import Kind
from kiosk.jobs.outbox import FAILED, SENDING, SENT, UNSURE, WAITING
from kiosk.settings import ROOT

pytestmark = pytest.mark.parametrize("language", i18n.LANGUAGES)
_LITERAL = re.compile(r"""["'`]((?:plan|schedule|opening)\.[a-z][\w.-]*[\w])["'`]""")


def missing(language: str, keys: set[str]) -> list[str]:
    texts = i18n.catalog(language)
    return sorted(key for key in keys if not texts.get(key))


def test_keys_named_in_pages_and_scripts_have_a_text(language: str) -> None:
    sources = [*(ROOT / "kiosk/templates/staff").glob("*.html"), *(ROOT / "kiosk/static/js/staff").glob("*.js")]
    keys = {key for file in sources for key in _LITERAL.findall(file.read_text("utf-8"))}
    assert len(keys) > 120
    assert missing(language, keys - {"schedule.js", "opening.js", "plan.js"}) == []


def test_everything_a_campaign_is_made_of_has_a_word(language: str) -> None:
    fields = {field for named in STEPS.values() for field in named}
    assert fields == set(CampaignFile.model_fields) - {"active"}  # whether it is active is a press of its own
    keys = {f"plan.field.{field}" for field in fields} | {
        f"plan.hint.{field}" for field in CampaignFile.model_fields
    }
    keys |= {f"plan.step.{step}{part}" for step in STEPS for part in ("", ".lead")} | {"plan.step.preview"}
    keys |= {f"plan.problem.{code}" for code in ("missing", "invalid", "unknown", "order", "settled")}
    keys |= {f"plan.retention.{kind}" for kind in RETENTION_DAYS}
    keys |= {f"plan.unit.{kind}" for kind in Kind}
    problems = ("twice", "no_parent", "order", "loop", "name", "same_name")
    keys |= {f"plan.unit_problem.{problem}" for problem in problems}
    for field in ("identity_mode", "late_policy"):
        keys |= {f"plan.value.{field}.{value}" for value in get_args(CampaignFile.model_fields[field].annotation)}
    assert missing(language, keys) == []


def test_everything_the_schedule_says_has_a_word(language: str) -> None:
    keys = {f"schedule.skipped.{why}" for why in ("photographed", "roster_late", "not_called_up", "elsewhere")}
    keys |= {f"schedule.state.{state}" for state in ("missed", "came")}
    keys |= {f"schedule.limited.{limit}" for limit in ("seats", "waiting")}
    keys |= {f"schedule.by.{by}" for by in ("class", "teaching_point")}
    keys |= {f"schedule.print.{what}" for what in ("list", "notices", "calendar", "mail", "outbox")}
    keys |= {f"schedule.mail.state.{state}" for state in (WAITING, SENDING, SENT, FAILED, UNSURE)}
    errors = "connect connection tls login password sender recipient content address expired worker"
    keys |= {f"schedule.mail.error.{error}" for error in errors.split()}
    keys |= {f"notice.weekday.{day}" for day in range(1, 8)}
    keys |= {f"staff.reason.{name}.1" for name in ("admit_late", "open_session", "resend_message")}
    keys |= {f"staff.role.{role}.hint" for role in ROLES}
    assert missing(language, keys) == []


def test_checklists_speak_both_languages(language: str) -> None:
    for table in catalogue.tables(ROOT / "config" / "opening").values():
        assert all(line["text"][language] and line["hint"][language] for line in table["lines"])
