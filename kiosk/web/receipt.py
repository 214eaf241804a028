"""The card that a phone shows after the receipt's code was scanned."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, render_template
from flask.typing import ResponseReturnValue
from flask_babel import format_date, format_datetime
from flask_limiter import Limiter
from sqlalchemy import select

from kiosk.domain.judgement import Verdict
from kiosk.domain.masking import mask_name
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import PHOTOGRAPHED, VisitState
from kiosk.records.tables import Shot, Visit
from kiosk.web import receipts, texts
from kiosk.web.access import allow
from kiosk.web.site import site

blueprint = Blueprint("receipt", __name__)
#: Looks one address may take; a whole class may share one behind the school's router.
RATE = "120 per minute"


@blueprint.get("/r/<token>")
@allow("public", page=True)
def show(token: str) -> ResponseReturnValue:
    """One card; an unknown token and an expired one say so and nothing else."""
    here = site()
    nonce = receipts.nonce_of(here.receipt_key, token)
    if nonce is None:
        raise Refusal(Code.RECEIPT_UNKNOWN)
    with here.database.read() as records:
        visit = records.scalar(select(Visit).where(Visit.receipt_nonce == nonce))
        shot = records.get(Shot, visit.accepted_shot_id) if visit and visit.accepted_shot_id else None
        if visit is None or shot is None or VisitState(visit.state) not in PHOTOGRAPHED:
            raise Refusal(Code.RECEIPT_UNKNOWN)
        issued = visit.receipt_issued_at or shot.accepted_at or visit.state_since
        expires = issued + timedelta(days=here.settings.visit.receipt_days)
        if here.clock() >= expires:
            raise Refusal(Code.RECEIPT_EXPIRED)
        campaign = visit.campaign
        english = texts.language() == "en"
        waits = shot.verdict != Verdict.PASS and shot.staff_decision is None
        card = {
            "number": visit.number,
            "photo": "with_staff" if waits or shot.staff_decision == "reject" else "accepted",
            "name": mask_name(visit.student.name) if visit.student else "",
            "accepted_at": format_datetime(shot.accepted_at or issued, "medium"),
            "expires_on": format_date(expires, "long"),
            "campaign": campaign.title_en if english else campaign.title_zh,
            "registered": visit.student is not None,
        }
    return render_template("receipt.html", receipt=card)


def install(app: Flask, limiter: Limiter) -> None:
    """Serve receipts, not too many at once."""
    app.register_blueprint(blueprint)
    views: dict[str, Any] = app.view_functions
    views["receipt.show"] = limiter.limit(RATE)(views["receipt.show"])
