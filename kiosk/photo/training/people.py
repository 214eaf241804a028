"""Who of the portraits teaches, who chooses the limits and who is only tested on; nobody is on two sides."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

Side = Literal["train", "validation", "test"]

FILE = Path(__file__).resolve().parents[1] / "data" / "people.toml"
#: Of 256 hashes, how many teach and how many choose limits, for people whom the table does not name.
_TRAIN, _VALIDATION = 102, 51


@dataclass(frozen=True)
class Who:
    """One person. `sex` as the public record has it, empty where the table does not name them.

    `unfit`: why the portrait itself is no good scene, empty where it is one. `fringe`: hair over or at the brows.
    `mouth`: `open` where the portrait shows teeth or a gap, `unsure` or unknown, else `closed`.
    """

    name: str
    side: Side
    sex: str = ""
    glasses: bool = False
    fringe: bool = False
    unfit: str = ""
    mouth: Literal["closed", "open", "unsure"] = "closed"


def who(name: str) -> Who:
    """The person of a portrait's name (its file without ending): as the table says, else by the name's hash."""
    return _table().get(name) or Who(name, _by_hash(name), mouth="unsure")


def people() -> dict[str, Who]:
    """Everybody in the table."""
    return dict(_table())


@cache
def _table() -> dict[str, Who]:
    return {name: Who(name, **entry) for name, entry in tomllib.loads(FILE.read_text("utf-8")).items()}


def _by_hash(name: str) -> Side:
    place = hashlib.sha256(name.encode()).digest()[0]
    if place < _TRAIN:
        return "train"
    return "validation" if place < _TRAIN + _VALIDATION else "test"
