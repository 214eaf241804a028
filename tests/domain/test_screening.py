"""A declaration passes only when every question was answered with an answer that passes."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import catalogue
from kiosk.domain import screening
from kiosk.settings import ROOT

SHIPPED = {name: screening.parse(name, data) for name, data in catalogue.tables(ROOT / "config/screening").items()}
NINGXIA = SHIPPED["ningxia-2020"]
WELL = {question.id: sorted(question.passes)[0] for question in NINGXIA.questions}
GOOD: dict[str, Any] = {
    "id": "one",
    "version": "1",
    "questions": [
        {
            "id": "code",
            "kind": "choice",
            "icon": "i",
            "text": {"zh_CN": "问", "en": "ask"},
            "options": [
                {"value": "green", "tone": "green", "text": {"zh_CN": "绿", "en": "green"}},
                {"value": "red", "tone": "red", "text": {"zh_CN": "红", "en": "red"}},
            ],
            "passes": ["green"],
        }
    ],
}


def test_the_shipped_rulesets_are_there_and_understood() -> None:
    assert set(SHIPPED) == {"ningxia-2020", "short", "off"}
    assert [question.id for question in NINGXIA.questions] == [
        "health_code", "left_region", "fever_or_cough", "risk_area_stay", "risk_area_contact",
    ]  # fmt: skip
    assert SHIPPED["off"].questions == ()


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_a_page_never_learns_which_answers_pass(name: str) -> None:
    told = screening.public_questions(SHIPPED[name])
    assert all(set(question) == {"id", "kind", "text", "icon", "options"} for question in told)
    assert all(set(option) == {"value", "text", "tone"} for question in told for option in question["options"])


answer = st.one_of(st.sampled_from(["yes", "no", "green", "yellow", "red", "none", "", "maybe"]), st.booleans())


@given(st.dictionaries(st.sampled_from([*WELL, "unknown"]), answer))
def test_anything_that_is_not_whole_and_well_does_not_pass(answers: dict[str, Any]) -> None:
    given_answers = screening.answers_of(NINGXIA, answers)
    words = {key: {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
             for key, value in answers.items()}  # fmt: skip
    if given_answers is None:
        unknown = set(words) - set(WELL)
        missing = set(WELL) - set(words)
        wrong = [q.id for q in NINGXIA.questions if q.id in words and words[q.id] not in q.values]
        assert unknown or missing or wrong
    else:
        assert screening.evaluate(NINGXIA, given_answers).passed == (words == WELL)


@pytest.mark.parametrize("question", sorted(WELL))
def test_each_question_counts_by_itself(question: str) -> None:
    for value in next(item for item in NINGXIA.questions if item.id == question).values - {WELL[question]}:
        result = screening.evaluate(NINGXIA, {**WELL, question: value})
        assert (result.passed, result.failed) == (False, (question,))


def test_an_answer_that_is_missing_does_not_pass() -> None:
    assert not screening.evaluate(NINGXIA, {}).passed


def test_nothing_to_declare_passes() -> None:
    assert screening.evaluate(SHIPPED["off"], {}).passed
    assert screening.answers_of(SHIPPED["off"], {}) == {}


@pytest.mark.parametrize(
    "harm",
    [
        lambda data: data.update(id="other"),
        lambda data: data.pop("version"),
        lambda data: data.pop("questions"),
        lambda data: data["questions"].append(data["questions"][0]),
        lambda data: data["questions"][0].update(kind="free text"),
        lambda data: data["questions"][0].update(passes=[]),
        lambda data: data["questions"][0].update(passes=["green", "red"]),
        lambda data: data["questions"][0].update(passes=["blue"]),
        lambda data: data["questions"][0].update(kind="yes_no"),
        lambda data: data["questions"][0].update(options=[]),
        lambda data: data["questions"][0]["text"].pop("en"),
        lambda data: data["questions"][0]["text"].update(en=""),
        lambda data: data["questions"][0]["options"][0].update(tone="blue"),
        lambda data: data["questions"][0]["options"][0].update(value="red"),
        lambda data: data["questions"][0].pop("icon"),
    ],
)
def test_a_ruleset_that_is_not_understood_is_refused(harm: Any) -> None:
    data = copy.deepcopy(GOOD)
    assert screening.parse("one", data).version == "1"
    harm(data)
    with pytest.raises(ValueError, match="screening one"):
        screening.parse("one", data)
