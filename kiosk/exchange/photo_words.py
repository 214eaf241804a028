"""What a photo's checks, signs and refusals say to people: one wording for the command line and the reports."""

from __future__ import annotations

from typing import Any

from kiosk.domain.judgement import Check
from kiosk.domain.profiles import Band
from kiosk.i18n import catalog, text


def unit(item: Check | Band, language: str) -> str:
    """The unit as people write it, empty where it has no word."""
    return catalog(language).get(f"photo.unit.{item.unit}", "")


def value(item: Check, language: str) -> str:
    """The measured value with its unit."""
    return "–" if item.value is None else f"{_short(item.value)} {unit(item, language)}".rstrip()


def _short(number: float) -> str:
    """Three decimals below one, else one: what a person can compare."""
    return f"{round(number, 3 if abs(number) < 1 else 1):g}"


def limits(low: float | None, high: float | None, language: str) -> str:
    """A band in words."""
    words = {"low": "" if low is None else f"{low:g}", "high": "" if high is None else f"{high:g}"}
    if low is not None and low == high:
        return words["low"]
    if low is not None and high is not None:
        return text(language, "photo.cli.between", **words)
    if low is not None:
        return text(language, "photo.cli.least", **words)
    return text(language, "photo.cli.any" if high is None else "photo.cli.most", **words)


def band(item: Check, language: str) -> str:
    """The check's band in words."""
    return limits(item.low, item.high, language)


def check(item: Check, language: str) -> str:
    """One check that did not pass: its name, its value, its band, what to do."""
    key = "batch.check.failed" if item.passed is False else "batch.check.asked"
    name, hint = text(language, f"photo.check.{item.code}"), text(language, item.hint)
    return text(language, key, name=name, hint=hint, value=value(item, language), band=band(item, language))


def sign(found: dict[str, Any], language: str) -> str:
    """One sign of `kiosk.photo.origin` (its JSON) with its evidence."""
    said = text(language, f"batch.sign.{found['code']}")
    evidence = [
        text(language, "batch.evidence", name=text(language, f"batch.evidence.{key}"), value=item)
        for key, item in found["evidence"].items()
        if item is not True
    ]
    return text(language, "batch.sign", sign=said, evidence="; ".join(evidence)) if evidence else said


def refusal(code: str, args: dict[str, Any], language: str) -> tuple[str, str]:
    """Why a file was refused, and what to do."""
    return text(language, f"refusal.{code}.staff", **args), text(language, f"refusal.{code}.next", **args)
