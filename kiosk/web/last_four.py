"""Asks students for the last four characters of their ID number, and counts the tries about each of them.

The receipt, links to check a photo and links to a photo file all ask: they are one secret, so that they share one
counter a student, whoever tries and by however many links.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

from flask import request
from flask_limiter import Limiter

from kiosk.domain.refusals import Refusal

#: Tries that one student's number gets, whoever tries.
RATE = "8 per 15 minutes"
_COUNT = 4


def fit(number: str) -> bool:
    """Whether the form's field `tail` is the end of the ID number. Nothing fits an empty one."""
    given = request.form.get("tail", "").strip().upper()[:_COUNT]
    return bool(number) and hmac.compare_digest(given.encode(), number.upper()[-_COUNT:].encode())


def counted(
    limiter: Limiter, view: Callable[..., Any], student: Callable[[str], int | None]
) -> Callable[..., Any]:
    """The view with its requests counted; `student` tells by the address' token whose number is asked for.

    A token that is nobody's is counted by itself.
    """

    def whose() -> str:
        try:
            found = student(str((request.view_args or {}).get("token", "")))
        except Refusal:
            found = None
        return request.path if found is None else f"student/{found}"

    wrapped: Callable[..., Any] = limiter.shared_limit(RATE, scope="last four", key_func=whose)(view)
    return wrapped
