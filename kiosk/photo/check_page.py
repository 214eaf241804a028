"""Writes the part of docs/photo-quality.md that explains every check, from its texts and its definition.

`make photo-docs` runs it; a test fails when the page is behind. The pictures beside it are made by
`python -m tests.e2e.screenshots checks`.
"""

from __future__ import annotations

import importlib
import sys

from kiosk.i18n import catalog
from kiosk.photo.measures import measures
from kiosk.settings import ROOT

PAGE = ROOT / "docs" / "photo-quality.md"
PICTURES = ROOT / "docs" / "screenshots" / "checks"
BEGIN, END = "<!-- checks: made by `make photo-docs` -->", "<!-- checks: end -->"


def section() -> str:
    """Every check in the order of advice: its picture, what is said, what staff do, its definition."""
    lines = [
        "| | for the operator | definition |",
        "|---|---|---|",
        *(f"| {_picture(code)} | {_operator(code)} | {_definition(code)} |" for code in measures()),
    ]
    return "\n".join(lines)


def render(page: str) -> str:
    """`page` with the section renewed. Raises `ValueError` where the page has no place for it."""
    head, found, rest = page.partition(BEGIN)
    _old, ended, tail = rest.partition(END)
    if not (found and ended):
        raise ValueError(f"{PAGE.name} has no {BEGIN} … {END}")
    return f"{head}{BEGIN}\n{section()}\n{END}{tail}"


def _picture(code: str) -> str:
    return f"![{catalog('en').get(f'photo.check.{code}', code)}](screenshots/{PICTURES.name}/{code}.jpg)"


def _operator(code: str) -> str:
    chinese, english = catalog("zh_CN"), catalog("en")
    said = [key for key in english if key.startswith(f"photo.hint.{code}.")]
    student = [key for key in said if not key.endswith(".ask")]
    parts = [f"**{english[f'photo.check.{code}']}** · {chinese[f'photo.check.{code}']} · `{code}`"]
    if student:
        parts.append("The student reads: " + "; ".join(f"“{english[key]}” {chinese[key]}" for key in student))
    if len(student) < len(said):
        parts.append("It may be asked of you.")
    parts.append(f"You: {english[f'photo.staff.{code}']}<br>{chinese[f'photo.staff.{code}']}")
    return "<br>".join(parts).replace("|", "\\|")


def _definition(code: str) -> str:
    """The measure's docstring without its title."""
    documented = importlib.import_module(f"kiosk.photo.measures.{code}").__doc__ or ""
    _title, _, text = documented.strip().partition("\n\n")
    return " ".join(text.split()).removeprefix("Definition: ").replace("|", "\\|")


def main() -> int:
    """Renew the page."""
    PAGE.write_text(render(PAGE.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
