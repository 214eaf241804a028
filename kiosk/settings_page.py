"""Writes docs/settings.md from the schema, so that the table is never behind. `make settings-docs` runs it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from kiosk.settings import ROOT, Settings

PAGE = ROOT / "docs" / "settings.md"
HEAD = """\
# Settings

Made by `make settings-docs` from `kiosk/settings.py`; a test fails when this page is behind it.

A value is looked for in this order, the first found wins: the environment (`KIOSK_` and the name with `__` for the
dot: `KIOSK_SERVER__PORT=9000`), the file of `run_kiosk.py --config FILE`, the files `KIOSK_CONFIG` names (several
are separated like those of PATH, the last wins), with `--demo` `config/demo.toml`, `config/kiosk.toml`, the
default here. An unknown name or a value out of its range stops the start with a message that says which. Relative
paths start at the project's folder. In a file, the part before the last dot is the table:

    [server]
    port = 9000
"""


def rows(model: type[BaseModel] = Settings, prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every setting with its dotted name, depth first, in the order of the schema."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from rows(kind, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field


def _range(field: FieldInfo) -> str:
    kind: Any = field.annotation
    if get_origin(kind) is Union and {type(None), Path} != set(get_args(kind)):
        return " or ".join(_range(FieldInfo(annotation=each)) for each in get_args(kind))
    if get_origin(kind) is Literal:
        return " or ".join(f"`{value}`" for value in get_args(kind))
    if get_origin(kind) is Annotated:
        return next((note for note in kind.__metadata__ if isinstance(note, str)), "text")
    bounds = []
    for bound in field.metadata:
        for family, sign, value in ((Ge, "≥", "ge"), (Gt, ">", "gt"), (Le, "≤", "le"), (Lt, "<", "lt")):
            if isinstance(bound, family):
                bounds.append(f"{sign} {getattr(bound, value)}")
    if bounds:
        return ", ".join(bounds)
    if kind is bool:
        return "`true` or `false`"
    names = {int: "whole number", float: "number", str: "text"}
    if kind in names:
        return names[kind]
    if get_origin(kind) is list:
        item = get_args(kind)[0]
        return "list of whole numbers" if getattr(item, "__origin__", item) is int else "list of texts"
    return "path"


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None:
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, list):
        return ", ".join(f"`{item}`" for item in value) or "empty"
    return f"`{value}`" if str(value) else "empty"


def render() -> str:
    """The whole page."""
    sections: dict[str, list[str]] = {}
    for name, field in rows():
        table, _, _ = name.rpartition(".")
        cells = (f"`{name}`", _default(field), _range(field), (field.description or "").replace("|", "\\|"))
        sections.setdefault(table, []).append(f"| {' | '.join(cells)} |")
    parts = [HEAD]
    for table, lines in sections.items():
        parts.append(f"## {f'[{table}]' if table else 'At the top of a file'}\n")
        parts.append(
            "\n".join(["| setting | default | values | what it is |", "|---|---|---|---|", *lines]) + "\n"
        )
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
