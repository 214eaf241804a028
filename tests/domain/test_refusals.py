"""Every refusal says in both languages what is the matter and what to do next."""

from __future__ import annotations

import string

import pytest

from kiosk.domain.refusals import CATEGORIES, Category, Code, Refusal
from kiosk.domain.states import VisitState
from kiosk.i18n import LANGUAGES, catalog

#: Values that come with a refusal wherever it is raised; only these may stand in its sentences.
VALUES: dict[Code, set[str]] = {
    Code.WAITING_AREA_FULL: {"places"},
    Code.ALREADY_PHOTOGRAPHED: {"until"},
    Code.NOT_IN_TIME_SLOT: {"from", "until"},
    Code.CAMPAIGN_CLOSED: {"from", "until"},
    Code.VISIT_OPEN_ELSEWHERE: {"seat"},
    Code.SEAT_TAKEN: {"seat"},
    Code.NO_SHOTS_LEFT: {"shots"},
    Code.TEMPERATURE_IMPLAUSIBLE: {"low", "high"},
    Code.PASSWORD_TOO_SHORT: {"characters"},
    Code.PIN_WRONG: {"left"},
    Code.PIN_MALFORMED: {"digits"},
    Code.CAMPAIGN_INVALID: {"field", "problem"},
    Code.UNIT_INVALID: {"unit", "problem"},
    Code.SLOT_OVERLAPS: {"from"},
    Code.SLOT_CAPACITY: {"capacity"},
    Code.SLOT_TIME_INVALID: {"time"},
    Code.SLOT_OUTSIDE_WINDOW: {"from", "until"},
    Code.SLOT_NOT_EMPTY: {"students"},
    Code.SLOT_FULL: {"capacity"},
    Code.DUE_ELSEWHERE: {"campaign", "from"},
    Code.OPENING_INCOMPLETE: {"missing"},
    Code.SESSION_HAS_PEOPLE: {"count"},
    Code.NO_DAY: {"day"},
    Code.REPORT_UNREADABLE: {"file"},
    Code.PICTURE_FORMAT: {"kind"},
    Code.CARD_DATA_INVALID: {"flags"},
    Code.IDENTITY_MODE: {"takes"},
    Code.CHECK_OVER: {"until"},
    Code.BRANCH_UNKNOWN: {"branch"},
    Code.PACKAGE_BLOCKED: {"ordinal", "field"},
    Code.PACKAGE_UNREADABLE: {"file"},
    Code.PACKAGE_SEALED: {"file"},
    Code.DELIVERY_TWICE: {"at", "source"},
    Code.ARCHIVE_BOMB: {"limit_mb"},
    Code.ARCHIVE_TOO_MANY: {"files", "limit"},
    Code.PHOTO_TOO_OLD: {"taken"},
    Code.PRINTS_TOO_MANY: {"most", "count"},
    Code.PRINTS_DO_NOT_FIT: {"most"},
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", list(Code))
def test_every_refusal_has_its_sentences(code: Code, language: str) -> None:
    for part in ("title", "student", "staff", "next"):
        sentence = catalog(language).get(f"refusal.{code.value}.{part}", "")
        assert sentence, part
        used = {name for _, name, _, _ in string.Formatter().parse(sentence) if name}
        assert used <= VALUES.get(code, set())
        assert not any(word in sentence for word in ("TODO", "  ")), sentence


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_left_over(language: str) -> None:
    known = {f"refusal.{code.value}.{part}" for code in Code for part in ("title", "student", "staff", "next")}
    assert {key for key in catalog(language) if key.startswith("refusal.")} == known


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", list(VisitState))
def test_every_state_has_a_name(state: VisitState, language: str) -> None:
    assert catalog(language).get(f"state.{state.value}")


def test_a_refusal_carries_its_code_and_category() -> None:
    refusal = Refusal(Code.READER_GONE)
    assert (str(refusal), refusal.category) == ("reader_gone", Category.DEVICE)
    assert Refusal(Code.NOT_ON_ROSTER).category is Category.STAFF
    assert set(CATEGORIES) <= set(Code)
