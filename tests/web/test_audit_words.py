"""The audit speaks in words: every key that a decision, a job or a page writes beside its row has a label."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import kiosk
from kiosk import i18n
from kiosk.domain.device_check import Step

PACKAGE = Path(kiosk.__file__).parent
#: Keys that are names of counts or of values, which no one reads off the source.
COUNTED = {
    "added", "ask", "assigned", "bytes", "came", "changed", "expired", "exported", "failed", "files", "known",
    "later", "left", "missed", "missing", "missing_people", "missing_rows", "no_address", "offered", "passed",
    "postponed", "problems", "queued", "refused", "registered", "removed", "sent", "skipped", "unchanged",
    "unmatched", "unsure", *Step,
}  # fmt: skip
#: Names under which the detail of an audit row is held before it is written.
HELD = ("detail", "told")


def _names(found: ast.expr | None) -> Iterator[str]:
    if isinstance(found, ast.Dict):
        for key in found.keys:
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value


def _written(source: str) -> Iterator[str]:
    """Keys of `tx.detail.update({…})`, `tx.detail["…"] = …`, `audit.append(…, detail={…})`, `detail = {…}`
    and of what a refusal is raised with."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called == "tx.detail.update" or called == "Refusal":
                for given in node.args:
                    yield from _names(given)
            elif called == "audit.append":
                yield from _names(next((each.value for each in node.keywords if each.arg == "detail"), None))
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Subscript) and ast.unparse(target.value) in ("tx.detail", "detail"):
                    if isinstance(target.slice, ast.Constant):
                        yield str(target.slice.value)
                elif ast.unparse(target) in HELD:
                    yield from _names(node.value)


def keys() -> set[str]:
    """All of them, of every module that writes to the audit."""
    found = set(COUNTED)
    for path in sorted(PACKAGE.rglob("*.py")):
        source = path.read_text("utf-8")
        if path.parent.name == "actions" or "audit.append(" in source:
            found.update(_written(source))
    return found


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_key_of_a_row_has_a_label(language: str) -> None:
    texts = i18n.subset(language, "audit.detail.")
    assert len(keys()) > 100
    assert sorted(key for key in keys() if f"audit.detail.{key}" not in texts) == []


def test_no_label_is_left_that_nobody_writes() -> None:
    labels = {key.removeprefix("audit.detail.") for key in i18n.subset("en", "audit.detail.")}
    assert sorted(labels - keys()) == []
