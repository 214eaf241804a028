"""Reads the data files of `config/`: photo profiles, screening rules, campaigns; the domain gives them meaning."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any


def tables(folder: Path) -> dict[str, dict[str, Any]]:
    """Every TOML file of `folder` by its name without the ending, in the order of the names.

    Raises `FileNotFoundError` for a missing folder, `tomllib.TOMLDecodeError` for a broken file.
    """
    if not folder.is_dir():
        raise FileNotFoundError(folder)
    return {file.stem: tomllib.loads(file.read_text("utf-8")) for file in sorted(folder.glob("*.toml"))}
