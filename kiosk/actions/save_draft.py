"""Planners keep what they have filled in of a campaign so far; it counts for nothing until it is published."""

from __future__ import annotations

import json
import secrets
from typing import Annotated, Any, Literal

from pydantic import StringConstraints
from sqlalchemy import select

from kiosk.actions import slots
from kiosk.actions.base import STAFF, SYSTEM, Outcome, Transaction, action
from kiosk.domain.campaign import CampaignFile
from kiosk.domain.refusals import Code, Refusal
from kiosk.records.campaigns import checked
from kiosk.records.site_tables import CampaignDraft

#: Longest draft, in characters of JSON.
LONGEST = 20_000
Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


@action(kinds=(STAFF, SYSTEM), roles=slots.PLANNERS)
def save_draft(
    tx: Transaction,
    content: dict[str, Any],
    draft: Id | None = None,
    version: int | None = None,
    step: Literal["", "whom", "how", "when", "rules", "preview"] = "",
) -> Outcome:
    """Keep the fields as they are, complete or not, in a new draft or in `draft`.

    `version` is the one the page showed; another one means that somebody else saved meanwhile. Answers `{"draft",
    "version", "problems": [{"field", "code", "step"}]}`. Raises `Refusal` not_found, draft_changed, bad_request.
    """
    if not set(content) <= set(CampaignFile.model_fields) or len(json.dumps(content)) > LONGEST:
        raise Refusal(Code.BAD_REQUEST, {"what": "content"})
    if draft is None:
        row = CampaignDraft(
            public_id=secrets.token_hex(16), content=content, step=step, by=str(tx.actor), created_at=tx.now,
            updated_at=tx.now,
        )  # fmt: skip
        tx.session.add(row)
    else:
        row = by_id(tx, draft)
        if version is not None and row.version != version:
            raise Refusal(Code.DRAFT_CHANGED)
        row.content, row.step, row.by, row.updated_at = content, step, str(tx.actor), tx.now
    tx.session.flush()
    _file, problems = checked(tx.settings, content)
    tx.detail.update({"draft": row.public_id, "problems": len(problems)})
    return {
        "draft": row.public_id,
        "version": row.version,
        "problems": [{"field": p.field, "code": p.code, "step": p.step} for p in problems],
    }


def by_id(tx: Transaction, public_id: str) -> CampaignDraft:
    """The draft of that id. Raises `Refusal` not_found."""
    found = tx.session.scalar(select(CampaignDraft).where(CampaignDraft.public_id == public_id))
    if found is None:
        raise Refusal(Code.NOT_FOUND, {"what": "draft"})
    return found
