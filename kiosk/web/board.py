"""The public board: numbers and seats; names only masked, and only where the settings say so."""

from __future__ import annotations

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue

from kiosk.web import snapshots
from kiosk.web.access import allow
from kiosk.web.site import site

blueprint = Blueprint("board", __name__)


@blueprint.get("/board")
@allow("public", page=True)
def page() -> ResponseReturnValue:
    """The board itself."""
    return render_template("board.html")


@blueprint.get("/board/api/snapshot")
@allow("public")
def snapshot() -> ResponseReturnValue:
    """Numbers called and next."""
    return jsonify(snapshots.board(site()))
