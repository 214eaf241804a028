"""Only in a demonstration: passes commands of the kiosk page on to the bridge's simulators."""

from __future__ import annotations

import http.client
import json

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from kiosk import secrets_store
from kiosk.domain.refusals import Code, Refusal
from kiosk.web.access import allow
from kiosk.web.arguments import body, word
from kiosk.web.site import site

blueprint = Blueprint("demo", __name__, url_prefix="/kiosk/demo")
_SECONDS = 5.0
_LARGEST_ANSWER = 4096


@blueprint.post("/simulate")
@allow("kiosk")
def simulate() -> ResponseReturnValue:
    """`{line}`, for example `card lay 2`; answers `{"ok", "said"}`."""
    here = site()
    if not here.settings.demo:
        raise Refusal(Code.NOT_FOUND)
    words = word(body(), "line", limit=200).split()
    if not here.bridge.present:
        raise Refusal(Code.BRIDGE_GONE)
    token = secrets_store.read_or_make(here.settings, secrets_store.BRIDGE_TOKEN)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", here.bridge.preview_port, timeout=_SECONDS)
    try:
        connection.request("POST", "/simulate", json.dumps({"words": words}), headers)
        answer = connection.getresponse()
        content = json.loads(answer.read(_LARGEST_ANSWER))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Refusal(Code.BRIDGE_GONE) from error
    finally:
        connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise Refusal(Code.BAD_REQUEST, {"what": "line"})
    return jsonify({"ok": True, "said": str(content.get("said", ""))})
