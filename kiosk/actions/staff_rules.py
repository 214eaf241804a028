"""Rules about staff accounts that several decisions share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints
from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.actions.base import ADMINISTRATOR, Outcome, Transaction
from kiosk.domain.refusals import Code, Refusal
from kiosk.records.tables import Staff

#: Small letters, digits, dot, hyphen, underscore; begins with a letter; 2 to 40 of them.
LOGIN_PATTERN = r"^[a-z][a-z0-9._-]{1,39}$"
Login = Annotated[str, StringConstraints(pattern=LOGIN_PATTERN)]
DisplayName = Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)]
Role = Literal["administrator", "operator", "usher", "medic", "headquarters"]
Language = Literal["zh_CN", "en"]


def has_administrator(session: Session) -> bool:
    """Whether somebody could log in as administrator."""
    query = select(Staff.id).where(Staff.role == ADMINISTRATOR, Staff.active).limit(1)
    return session.scalar(query) is not None


def by_login(tx: Transaction, login: str) -> Staff:
    """The account of that log-in. Raises `Refusal` not_found."""
    found = tx.session.scalar(select(Staff).where(Staff.login == login))
    if found is None:
        raise Refusal(Code.NOT_FOUND)
    tx.detail["login"] = found.login
    return found


def write_new(
    tx: Transaction, login: str, display_name: str, role: str, password_hash: str, language: str
) -> Outcome:
    """Add an account. Raises `Refusal` name_taken."""
    if tx.session.scalar(select(Staff.id).where(Staff.login == login)) is not None:
        raise Refusal(Code.NAME_TAKEN)
    tx.session.add(
        Staff(
            login=login,
            display_name=display_name,
            role=role,
            password_hash=password_hash,
            language=language,
            created_at=tx.now,
        )
    )
    tx.detail.update({"login": login, "role": role})
    return {"login": login, "role": role}
