"""A button that was pressed on a staff page: the request becomes one decision."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from flask_login import current_user

from kiosk.actions.base import Actor
from kiosk.domain.refusals import Code, Refusal
from kiosk.web.arguments import body, key_of, word
from kiosk.web.site import site


def press(name: str, allowed: Container[str], actor: Actor | None = None) -> dict[str, Any]:
    """Perform the decision `name` with the body's arguments, key and reason; what it answered.

    `allowed`: the decisions of this page. `actor`: the signed-in member where none is given. Raises `Refusal`:
    NOT_FOUND, BAD_REQUEST, and what the decision refuses.
    """
    if name not in allowed:
        raise Refusal(Code.NOT_FOUND)
    content = body()
    key = key_of(content)
    reason = word(content, "reason", optional=True) or None
    content.pop("reason", None)
    return site().decide(name, key=key, actor=actor or current_user.actor(), reason=reason, arguments=content)
