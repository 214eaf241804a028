"""The opening checklist as data: its lines, what signs each, and which are still missing.

The checklists stand in `config/opening/*.toml`. A session opens when every mandatory line is signed; a signature
that does not hold what its kind asks for does not count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

LANGUAGES = ("zh_CN", "en")


class Kind(StrEnum):
    """What a line asks for."""

    TICK = "tick"  # somebody looked and signs
    PICTURE = "picture"  # a picture of a document or a place
    TEXT = "text"  # a name or a number, such as the medic on duty
    NUMBER = "number"  # a measured number with its range
    LOG = "log"  # at least one entry of today with its times
    DEVICES = "devices"  # the check of the devices page passed today


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `text` and `hint` by language; `low` and `high` bound a number, in `unit`."""

    id: str
    kind: Kind
    mandatory: bool
    text: Mapping[str, str]
    hint: Mapping[str, str]
    unit: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Checklist:
    """A named, versioned list of lines."""

    id: str
    version: str
    lines: tuple[Line, ...]

    def line(self, id_: str) -> Line | None:
        """The line of that id."""
        return next((line for line in self.lines if line.id == id_), None)


@dataclass(frozen=True, slots=True)
class Signature:
    """What stands in the records for a line today."""

    line: str
    version: str
    value: Mapping[str, Any]
    picture: bool
    entries: int = 0  # of a log
    devices_passed: bool | None = None  # None: no check of the devices page today


def parse(name: str, data: Mapping[str, Any]) -> Checklist:
    """The checklist of one file (`name` is the file's, without ending). Raises `ValueError` for a broken one."""
    try:
        if data["id"] != name:
            raise ValueError(f"the id is {data['id']!r}")
        lines = tuple(_line(item) for item in data["lines"])
        version = str(data["version"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"opening {name}: {error}") from error
    if len({line.id for line in lines}) != len(lines):
        raise ValueError(f"opening {name}: a line stands there twice")
    return Checklist(name, version, lines)


def _line(item: Mapping[str, Any]) -> Line:
    kind = Kind(item["kind"])
    low, high = item.get("low"), item.get("high")
    if kind is Kind.NUMBER and (low is None or high is None or not low <= high or not item.get("unit")):
        raise ValueError(f"line {item['id']}: a number needs unit, low and high")
    return Line(
        str(item["id"]), kind, bool(item["mandatory"]), _texts(item["text"]), _texts(item["hint"]),
        str(item.get("unit", "")), low, high,
    )  # fmt: skip


def _texts(texts: Mapping[str, Any]) -> dict[str, str]:
    if set(texts) != set(LANGUAGES) or not all(isinstance(text, str) and text for text in texts.values()):
        raise ValueError("a text is missing in one of the languages")
    return {language: texts[language] for language in LANGUAGES}


def holds(line: Line, signature: Signature | None) -> bool:
    """Whether the line is signed with what its kind asks for. A log and the devices count without a signature."""
    if line.kind is Kind.DEVICES:
        return signature is not None and signature.devices_passed is True
    if line.kind is Kind.LOG:
        return signature is not None and signature.entries > 0
    if signature is None or not signature.version:
        return False
    if line.kind is Kind.PICTURE:
        return signature.picture
    if line.kind is Kind.TEXT:
        return bool(str(signature.value.get("text", "")).strip())
    if line.kind is Kind.NUMBER:
        return in_range(line, signature.value.get("value"))
    return True


def in_range(line: Line, value: object) -> bool:
    """Whether `value` is a number within the line's range."""
    if isinstance(value, bool) or not isinstance(value, int | float) or line.low is None or line.high is None:
        return False
    return line.low <= value <= line.high


def missing(checklist: Checklist, signatures: Sequence[Signature]) -> list[str]:
    """Ids of the mandatory lines that are not signed, in the order of the list.

    A signature under another version of the list does not count: its words may have changed.
    """
    valid = {signature.line: signature for signature in signatures if signature.version in ("", checklist.version)}
    return [line.id for line in checklist.lines if line.mandatory and not holds(line, valid.get(line.id))]
