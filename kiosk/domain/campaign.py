"""What a campaign is: its fields, what may stand in them, and whether a draft of one may count.

One schema for the TOML file, the workbook and the set-up page. Programmes are the school codes of the two notices:
open education 51161 and adult education 51383, fixed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from kiosk.domain.collection import Mode
from kiosk.domain.identity import DEFAULT_REFUSED, Assurance, Flag

#: Programme of each school code that the notices fix.
PROGRAMMES = {"51161": "open", "51383": "adult"}
#: Rows of the roster that come after the deadline: held until headquarters lets them in, or let in.
HOLD, ADMIT = "hold", "admit"
#: Kinds of data that are removed when their days are over, and the days where a campaign says nothing. The notices
#: name no period; ours follows the purpose: answers and readings serve contact tracing, messages the day itself, a
#: package's files the registry's answer. How long payments are kept is for the school's accounting to say,
#: how long photos are for its archive.
RETENTION_DAYS = {
    "answers": 30,
    "temperatures": 30,
    "messages": 90,
    "uploads": 30,  # after a link to send in one's own photo has expired
    "packages": 365,  # files of a package; that it was made, and for whom, stays
    "results": 1095,  # the registry's own words; linked or the kind of reason stays
    "checks": 365,  # what a student wrote while checking, once it is settled
    "payments": 3650,  # after a campaign's last payment
    "hand_outs": 730,
    "copies": 90,  # requests for photo files with their links
    "photos": 3650,  # files of pictures, after the campaign's last day; who was photographed stays
}
#: Shortest time for which photos are kept: the registry's answer has to fit in.
PHOTOS_AT_LEAST = 365
#: Longest of each: what belongs to accounting or archive may be kept for a century, everything else for ten years.
_TEN_YEARS, _CENTURY = 3650, 36500
_TERM = re.compile(r"^\d{4}(0[1-9]|1[0-2])$")


class Title(BaseModel):
    """A campaign's name in both languages."""

    model_config = ConfigDict(extra="forbid")

    zh_CN: str = Field(min_length=1, max_length=120)
    en: str = Field(min_length=1, max_length=120)


class Retention(BaseModel):
    """Days for which each kind of data is kept after the day it was given; 0 is until the next night."""

    model_config = ConfigDict(extra="forbid")

    answers: int = Field(RETENTION_DAYS["answers"], ge=0, le=_TEN_YEARS)
    temperatures: int = Field(RETENTION_DAYS["temperatures"], ge=0, le=_TEN_YEARS)
    messages: int = Field(RETENTION_DAYS["messages"], ge=0, le=_TEN_YEARS)
    uploads: int = Field(RETENTION_DAYS["uploads"], ge=0, le=_TEN_YEARS)
    packages: int = Field(RETENTION_DAYS["packages"], ge=0, le=_TEN_YEARS)
    results: int = Field(RETENTION_DAYS["results"], ge=0, le=_TEN_YEARS)
    checks: int = Field(RETENTION_DAYS["checks"], ge=0, le=_TEN_YEARS)
    payments: int = Field(RETENTION_DAYS["payments"], ge=0, le=_CENTURY)
    hand_outs: int = Field(RETENTION_DAYS["hand_outs"], ge=0, le=_TEN_YEARS)
    copies: int = Field(RETENTION_DAYS["copies"], ge=0, le=_TEN_YEARS)
    photos: int = Field(RETENTION_DAYS["photos"], ge=PHOTOS_AT_LEAST, le=_CENTURY)


class CampaignFile(BaseModel):
    """What a campaign's file may say; docs/administrators.md explains every key."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    title: Title
    cohort: str = Field("", max_length=40)
    identity_mode: Literal["id-card", "collection-code"]
    assurances: list[Assurance] = Field(min_length=1)
    refuse_flags: list[Flag] = Field(default_factory=lambda: [Flag(flag) for flag in DEFAULT_REFUSED])
    profile: str = Field(min_length=1, max_length=40)
    screening: str = Field(min_length=1, max_length=40)
    opening: str = Field("", max_length=40)
    school_codes: list[Literal["51161", "51383"]] = []
    intake_terms: list[str] = []
    earlier_students: bool = True
    late_policy: Literal["hold", "admit"] = "hold"
    modes: list[Mode] = Field(default_factory=lambda: list(Mode), min_length=1)
    own_auto: bool = False
    temperature_required: bool = True
    shots: int = Field(3, ge=1, le=10)
    validity_days: int = Field(365, ge=1, le=3650)
    capture_from: date
    capture_until: date
    roster_deadline: date | None = None
    upload_on: date | None = None
    check_until: date | None = None
    slot_minutes: int = Field(30, ge=5, le=480)
    fee_cents: int = Field(1500, ge=0, le=10_000_000)
    retention: Retention = Field(default_factory=lambda: Retention.model_validate({}))
    active: bool = True

    @field_validator("intake_terms")
    @classmethod
    def _terms(cls, terms: list[str]) -> list[str]:
        if len(set(terms)) != len(terms) or not all(_TERM.match(term) for term in terms):
            raise ValueError("a term is year and month, 202409, each once")
        return terms

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.capture_until < self.capture_from:
            raise ValueError("capture_until is before capture_from")
        if self.upload_on is not None and self.upload_on < self.capture_from:
            raise ValueError("upload_on is before capture_from")
        if self.roster_deadline is not None and self.roster_deadline > self.capture_until:
            raise ValueError("roster_deadline is after capture_until")
        if self.check_until is not None and self.check_until < self.capture_from:
            raise ValueError("check_until is before capture_from")
        if self.retention.photos < self.validity_days:
            raise ValueError("retention.photos is shorter than validity_days: photos that still count would go")
        return self


#: Steps of the guided set-up and the fields that each asks for, in the order of the page.
STEPS: dict[str, tuple[str, ...]] = {
    "whom": ("code", "title", "cohort", "school_codes", "intake_terms", "earlier_students"),
    "how": (
        "identity_mode", "assurances", "refuse_flags", "profile", "modes", "own_auto", "shots", "validity_days",
    ),
    "when": (
        "capture_from", "capture_until", "roster_deadline", "late_policy", "check_until", "upload_on",
        "slot_minutes",
    ),
    "rules": ("screening", "temperature_required", "opening", "retention", "fee_cents"),
}  # fmt: skip
#: Where a rule over several fields is shown.
_RULES = ("capture_until", "upload_on", "roster_deadline", "check_until", "retention.photos")


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps a draft from counting. `code`: missing, invalid, unknown, order, taken (`campaign.problem.*`)."""

    field: str
    code: str

    @property
    def step(self) -> str:
        """The step of the set-up where it is mended."""
        top = self.field.split(".")[0]
        return next((step for step, fields in STEPS.items() if top in fields), "whom")


def check(
    content: Mapping[str, Any], profiles: Collection[str], screenings: Collection[str], openings: Collection[str]
) -> tuple[CampaignFile | None, list[Problem]]:
    """The campaign that `content` describes, or None with everything that is wrong with it, in the order of steps.

    `profiles`, `screenings` and `openings` are the files there are.
    """
    problems: list[Problem] = []
    found: CampaignFile | None = None
    try:
        found = CampaignFile.model_validate(dict(content))
    except ValidationError as error:
        problems = [_problem(entry) for entry in error.errors(include_url=False, include_input=False)]
    for field, known in (("profile", profiles), ("screening", screenings), ("opening", openings)):
        value = content.get(field)
        if isinstance(value, str) and value and value not in known:
            problems.append(Problem(field, "unknown"))
    if problems:
        order = [field for fields in STEPS.values() for field in fields]
        unique = {problem.field: problem for problem in reversed(problems)}.values()
        key = {field: place for place, field in enumerate(order)}
        return None, sorted(unique, key=lambda problem: (key.get(problem.field.split(".")[0], -1), problem.field))
    return found, []


def _problem(entry: Mapping[str, Any]) -> Problem:
    where = ".".join(str(part) for part in entry["loc"] if not isinstance(part, int))
    if not where:
        told = str(entry.get("msg", ""))
        return Problem(next((field for field in _RULES if f"{field} is" in told), "capture_until"), "order")
    # A union of fixed words adds its own places to the path; the field's name is enough.
    field = where if where.startswith(("title.", "retention.")) else where.split(".")[0]
    return Problem(
        field, "missing" if entry["type"] in ("missing", "string_too_short", "too_short") else "invalid"
    )


def called(terms: Collection[str], earlier_students: bool, intake: str) -> bool:
    """Whether somebody of that intake is to be photographed; an empty list of terms calls everybody.

    Earlier students are called as well where the campaign says so; whether their photo is old enough
    (`validity_days`, a year by both notices) is asked of everybody at the kiosk.
    """
    if not terms:
        return True
    term = intake_term(intake)
    return term in terms or (earlier_students and (not term or term < min(terms)))


def intake_term(intake: str) -> str:
    """`202409` of what rosters write: 202409, 2024-09, 2024年9月, 20240901; empty when there is no month in it."""
    digits = re.findall(r"\d+", intake)
    if not digits:
        return ""
    if len(digits[0]) >= 6:
        return digits[0][:6]
    if len(digits) > 1 and len(digits[0]) == 4 and 1 <= int(digits[1]) <= 12:
        return f"{digits[0]}{int(digits[1]):02d}"
    return ""


def to_toml(campaign: CampaignFile) -> str:
    """The campaign as a file that `CampaignFile` reads back equal."""
    content = campaign.model_dump(mode="json")
    dates = {"capture_from", "capture_until", "roster_deadline", "upload_on", "check_until"}
    lines: list[str] = []
    tables: list[str] = []
    for key, value in content.items():
        if isinstance(value, dict):
            tables += ["", f"[{key}]", *(f"{name} = {_toml(item)}" for name, item in value.items())]
        elif value is not None:
            lines.append(f"{key} = {value if key in dates else _toml(value)}")
    return "\n".join([*lines, *tables, ""])


def toml_table(name: str, values: Mapping[str, Any]) -> str:
    """One entry of an array of tables."""
    return "\n".join([f"[[{name}]]", *(f"{key} = {_toml(value)}" for key, value in values.items()), ""])


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(_toml(item) for item in value)}]"
    escaped = "".join(
        {"\\": "\\\\", '"': '\\"'}.get(letter) or (letter if letter.isprintable() else f"\\U{ord(letter):08x}")
        for letter in str(value)
    )
    return f'"{escaped}"'
