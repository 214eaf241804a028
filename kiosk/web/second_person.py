"""The second member who agrees to a grave decision at the same tablet, with a password of their own."""

from __future__ import annotations

from sqlalchemy.orm import Session

from kiosk.actions import people
from kiosk.actions.base import Actor
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import audit
from kiosk.web.arguments import word
from kiosk.web.site import site


def agreeing(actor: Actor, given: object) -> str:
    """The member who agrees, of `{login, password}`; each wrong try stands in the audit and they are limited.

    Raises `Refusal` bad_request, second_person_invalid, too_many_attempts.
    """
    if not isinstance(given, dict):
        raise Refusal(Code.BAD_REQUEST, {"what": "second"})
    here, login, password = site(), word(given, "login", limit=40), word(given, "password")
    here.tries.check(f"second:{actor.name}")
    try:
        return here.patiently(lambda: people.second_person(here.database, actor, login, password))
    except Refusal as refusal:
        code = refusal.code.value
        here.tries.failed(f"second:{actor.name}")

        def note(records: Session) -> None:
            audit.lock(records)
            audit.append(records, here.clock(), "second_person", code, str(actor))

        here.write(note)
        raise
