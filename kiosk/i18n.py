"""Texts in both languages. Simplified Chinese comes first; English is complete, a test holds both together.

A message's id is a dotted key (`kiosk.welcome.title`). Each area of the product has its own catalog file,
`kiosk/translations/<language>/LC_MESSAGES/<area>.po`; all are merged into one catalog here, which Flask-Babel,
the pages' JSON and the command line share. Values are filled in with `str.format`: `{value}`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

LANGUAGES = ("zh_CN", "en")
FOLDER = Path(__file__).resolve().parent / "translations"


@cache
def catalog(language: str) -> dict[str, str]:
    """Every text of `language` by its key. Raises `KeyError` for a language that is not ours."""
    if language not in LANGUAGES:
        raise KeyError(language)
    texts: dict[str, str] = {}
    for file in sorted((FOLDER / language / "LC_MESSAGES").glob("*.po")):
        with file.open("rb") as stream:
            for message in read_po(stream, locale=language, ignore_obsolete=True):
                if isinstance(message.id, str) and message.id and isinstance(message.string, str):
                    texts[message.id] = message.string
    return texts


def text(language: str, key: str, /, **values: object) -> str:
    """The sentence of `key`; a missing key shows itself, so that a page never breaks on it."""
    found = catalog(language).get(key) or key
    return found.format(**values) if values and found is not key else found


def subset(language: str, *prefixes: str) -> dict[str, str]:
    """The texts whose key begins with one of `prefixes`, for a page's script."""
    return {key: value for key, value in catalog(language).items() if key.startswith(prefixes)}
