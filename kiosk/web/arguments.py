"""What a request brought, measured before it reaches a decision; the decision checks names and types itself."""

from __future__ import annotations

from typing import Any

from flask import request
from werkzeug.exceptions import BadRequest

from kiosk.actions.base import Action, find
from kiosk.domain.refusals import Code, Refusal

_DEPTH = 6


def body() -> dict[str, Any]:
    """The JSON object of the request. Raises `Refusal(BAD_REQUEST)` for anything else."""
    try:
        content = request.get_json()
    except BadRequest as error:
        raise Refusal(Code.BAD_REQUEST, {"what": "json"}) from error
    if not isinstance(content, dict):
        raise Refusal(Code.BAD_REQUEST, {"what": "json"})
    _measure(content, 0)
    return content


def _measure(value: Any, depth: int) -> None:
    """Refuse what is nested too deep and NUL characters, which PostgreSQL can't keep."""
    if depth > _DEPTH:
        raise Refusal(Code.BAD_REQUEST, {"what": "depth"})
    if isinstance(value, str) and "\x00" in value:
        raise Refusal(Code.BAD_REQUEST, {"what": "text"})
    if isinstance(value, dict):
        for key, item in value.items():
            _measure(key, depth + 1)
            _measure(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _measure(item, depth + 1)


def word(content: dict[str, Any], name: str, *, optional: bool = False, limit: int = 400) -> str:
    """A text of the body; an optional one is empty when missing."""
    value = content.get(name)
    if value is None and optional:
        return ""
    if not isinstance(value, str) or len(value) > limit or (not value and not optional):
        raise Refusal(Code.BAD_REQUEST, {"what": name})
    return value


def key_of(content: dict[str, Any]) -> str:
    """The idempotency key, taken out of the body: 8–64 characters."""
    value = content.pop("key", None)
    if not isinstance(value, str) or not 8 <= len(value) <= 64:
        raise Refusal(Code.BAD_REQUEST, {"what": "key"})
    return value


def action_of(name: str, kind: str) -> Action:
    """The action `name` as `kind` of actor may use it. Raises `Refusal(NOT_FOUND)` for any other."""
    try:
        found = find(name)
    except Refusal as refusal:
        raise Refusal(Code.NOT_FOUND) from refusal
    if kind not in found.kinds:
        raise Refusal(Code.NOT_FOUND)
    return found
