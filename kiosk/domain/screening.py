"""Health screening as data: questions, which answers pass, and the verdict on a declaration.

The rulesets stand in `config/screening/*.toml`, so that a new notice is a new file. Which answers pass never
reaches a page: `public_questions` leaves it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LANGUAGES = ("zh_CN", "en")
YES_NO, CHOICE = "yes_no", "choice"
TONES = frozenset({"green", "amber", "red"})


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a `choice` question. `tone` is a colour word the page shows with an icon, or None."""

    value: str
    text: Mapping[str, str]
    tone: str | None


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `passes` are the answers with which it is passed."""

    id: str
    kind: str
    text: Mapping[str, str]
    icon: str
    options: tuple[Option, ...]
    passes: frozenset[str]

    @property
    def values(self) -> frozenset[str]:
        """Every answer the question knows."""
        if self.kind == YES_NO:
            return frozenset({"yes", "no"})
        return frozenset(option.value for option in self.options)


@dataclass(frozen=True, slots=True)
class Ruleset:
    """A named, versioned set of questions; none means that nothing is declared."""

    id: str
    version: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """The verdict on a complete declaration, with the ids of the questions that were not passed."""

    passed: bool
    failed: tuple[str, ...]


def parse(name: str, data: Mapping[str, Any]) -> Ruleset:
    """The ruleset of one file (`name` is the file's, without ending).

    Raises `ValueError` for anything that is missing, unknown or contradicts itself: a screening that can't be
    understood must never be taken for one that passes.
    """
    try:
        if data["id"] != name:
            raise ValueError(f"the id is {data['id']!r}")
        questions = tuple(_question(item) for item in data["questions"])
        version = str(data["version"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"screening {name}: {error}") from error
    if len({question.id for question in questions}) != len(questions):
        raise ValueError(f"screening {name}: a question stands there twice")
    return Ruleset(name, version, questions)


def answers_of(ruleset: Ruleset, answers: Mapping[str, object]) -> dict[str, str] | None:
    """The answers in their canonical form, or None when one is missing, unknown or too many.

    `True` and `False` are taken for yes and no.
    """
    canonical: dict[str, str] = {}
    for question in ruleset.questions:
        given = answers.get(question.id)
        value = {True: "yes", False: "no"}[given] if isinstance(given, bool) else given
        if not isinstance(value, str) or value not in question.values:
            return None
        canonical[question.id] = value
    return canonical if len(canonical) == len(answers) else None


def evaluate(ruleset: Ruleset, answers: Mapping[str, str]) -> Result:
    """The verdict on canonical answers (see `answers_of`). An answer that is missing does not pass."""
    failed = tuple(
        question.id for question in ruleset.questions if answers.get(question.id) not in question.passes
    )
    return Result(not failed, failed)


def public_questions(ruleset: Ruleset) -> list[dict[str, Any]]:
    """The questions as the page gets them: `{"id", "kind", "text", "options", "icon"}`."""
    return [
        {
            "id": question.id,
            "kind": question.kind,
            "text": dict(question.text),
            "icon": question.icon,
            "options": [
                {"value": option.value, "text": dict(option.text), "tone": option.tone}
                for option in question.options
            ],
        }
        for question in ruleset.questions
    ]


def _question(item: Mapping[str, Any]) -> Question:
    kind = item["kind"]
    if kind not in (YES_NO, CHOICE):
        raise ValueError(f"kind {kind!r}")
    options = tuple(
        Option(str(entry["value"]), _texts(entry["text"]), entry.get("tone")) for entry in item.get("options", ())
    )
    if any(option.tone not in TONES | {None} for option in options):
        raise ValueError("a tone is green, amber or red")
    if (kind == CHOICE) != bool(options) or len({option.value for option in options}) != len(options):
        raise ValueError("a choice has options, each once; yes or no has none")
    question = Question(
        str(item["id"]), kind, _texts(item["text"]), str(item["icon"]), options, frozenset(item["passes"])
    )
    if not question.passes or not question.passes < question.values:
        raise ValueError(f"question {question.id} must have answers that pass and answers that do not")
    return question


def _texts(texts: Mapping[str, Any]) -> dict[str, str]:
    if set(texts) != set(LANGUAGES) or not all(isinstance(text, str) and text for text in texts.values()):
        raise ValueError("a text is missing in one of the languages")
    return {language: texts[language] for language in LANGUAGES}
