"""Whose students a member of staff works with: headquarters every branch's, other members their own branch's."""

from __future__ import annotations

from flask_login import current_user
from sqlalchemy.orm import Session

from kiosk.actions.branches import branch_of
from kiosk.domain.refusals import Code, Refusal


def own_branch(session: Session) -> str | None:
    """The branch to which the signed-in member is bound, None for every branch."""
    return branch_of(session, current_user.login)


def asked_branch(session: Session, wanted: str | None) -> str | None:
    """The branch that is asked for, None for every one. Raises `Refusal` not_allowed for somebody else's."""
    own = own_branch(session)
    if own is not None and wanted not in (None, own):
        raise Refusal(Code.NOT_ALLOWED, {"action": "branch"})
    return own if own is not None else wanted
