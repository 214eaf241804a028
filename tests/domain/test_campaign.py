"""A campaign's fields: what is wrong is named with its step, what is right comes back from its file."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.campaign import CampaignFile, called, check, intake_term, to_toml

GOOD: dict[str, Any] = {
    "code": "round-1", "title": {"zh_CN": "一", "en": "One"}, "identity_mode": "id-card", "assurances": ["typed"],
    "profile": "chsi-2017-99", "screening": "off", "capture_from": "2026-11-01", "capture_until": "2026-12-01",
}  # fmt: skip


def problems(**changes: Any) -> list[tuple[str, str, str]]:
    content = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    _file, found = check(content, ["chsi-2017-99"], ["off"], ["site-2020"])
    return [(problem.field, problem.code, problem.step) for problem in found]


def test_a_whole_campaign_has_no_problem() -> None:
    assert problems() == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"code": None}, [("code", "missing", "whom")]),
        ({"code": "Round 1"}, [("code", "invalid", "whom")]),
        ({"title": {"zh_CN": "一", "en": ""}}, [("title.en", "missing", "whom")]),
        ({"school_codes": ["51162"]}, [("school_codes", "invalid", "whom")]),
        ({"intake_terms": ["2026"]}, [("intake_terms", "invalid", "whom")]),
        ({"intake_terms": ["202609", "202609"]}, [("intake_terms", "invalid", "whom")]),
        ({"assurances": []}, [("assurances", "missing", "how")]),
        ({"profile": "no-such"}, [("profile", "unknown", "how")]),
        ({"screening": "no-such"}, [("screening", "unknown", "rules")]),
        ({"opening": "no-such"}, [("opening", "unknown", "rules")]),
        ({"capture_until": "2026-10-01"}, [("capture_until", "order", "when")]),
        ({"upload_on": "2026-10-01"}, [("upload_on", "order", "when")]),
        ({"validity_days": 400, "retention": {"photos": 399}}, [("retention.photos", "order", "rules")]),
        ({"retention": {"photos": 364}}, [("retention.photos", "invalid", "rules")]),
        ({"roster_deadline": "2026-12-02"}, [("roster_deadline", "order", "when")]),
        ({"slot_minutes": 4}, [("slot_minutes", "invalid", "when")]),
        ({"retention": {"answers": -1}}, [("retention.answers", "invalid", "rules")]),
        ({"code": None, "screening": "x", "shots": 0},
         [("code", "missing", "whom"), ("shots", "invalid", "how"), ("screening", "unknown", "rules")]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_step(changes: dict[str, Any], found: list[tuple[str, str, str]]) -> None:
    assert problems(**changes) == found


@given(
    st.text(min_size=1, max_size=40), st.lists(st.sampled_from(["202403", "202409"]), unique=True), st.booleans()
)
def test_the_file_reads_back_equal(title: str, terms: list[str], earlier: bool) -> None:
    file = CampaignFile.model_validate(
        {**GOOD, "title": {"zh_CN": title, "en": title[::-1]}, "intake_terms": terms, "earlier_students": earlier}
    )
    assert CampaignFile.model_validate(tomllib.loads(to_toml(file))) == file


@pytest.mark.parametrize(
    ("terms", "earlier", "intake", "wanted"),
    [
        ([], False, "202409", True),
        (["202409"], False, "202409", True),
        (["202409"], False, "2024年9月", True),
        (["202409"], False, "202403", False),
        (["202409"], True, "202403", True),
        (["202409"], True, "202503", False),
        (["202409"], True, "", True),
        (["202409"], False, "", False),
    ],
)
def test_who_is_called(terms: list[str], earlier: bool, intake: str, wanted: bool) -> None:
    assert called(terms, earlier, intake) is wanted


@pytest.mark.parametrize(
    ("text", "term"),
    [("202409", "202409"), ("2024-09-01", "202409"), ("2024年9月", "202409"), ("20240901", "202409"), ("秋季", ""),
     ("2024", ""), ("2024/13", "")],
)  # fmt: skip
def test_a_term_in_whichever_form(text: str, term: str) -> None:
    assert intake_term(text) == term
