"""An administrator says whose progress an account may see: that of one branch, or of all."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from kiosk.actions import staff_rules
from kiosk.actions.base import ADMINISTRATOR, STAFF, SYSTEM, Outcome, Transaction, action

Branch = Annotated[str, StringConstraints(max_length=80, strip_whitespace=True)]


@action(kinds=(STAFF, SYSTEM), roles=(ADMINISTRATOR,))
def assign_branch(tx: Transaction, login: str, branch: Branch) -> Outcome:
    """Let the account belong to a branch as the rosters write it; an empty one is every branch.

    Raises `Refusal` not_found for an unknown log-in.
    """
    found = staff_rules.by_login(tx, login)
    found.branch = branch
    tx.detail["branch"] = branch
    return {"login": found.login, "branch": branch}
