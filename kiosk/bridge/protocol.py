"""What bridge and web process say to each other: paths, field names and their shapes, and nothing else.

The bridge dials out with its token (`Authorization: Bearer …` on HTTP, `auth={"token": …}` on Socket.IO). Facts
(an identity, a temperature, a shot) go by HTTP POST and carry a key, so that a retry is quiet; the answer to a
shot means: it is in the database and the vault. Socket.IO carries only the hint that something changed; the
bridge then reads what is wanted (`GET STATION`), which says the whole truth, so that a restarted bridge goes on
where the last one stopped.
"""

from __future__ import annotations

from enum import StrEnum

from kiosk.domain.device_check import Order as Order  # what staff may ask of the devices

PREFIX = "/bridge/v1"
HELLO = f"{PREFIX}/hello"  # POST {"boot", "preview_port", "preview_token", "engine"} → {"station", "seat"}
STATION = f"{PREFIX}/station"  # GET → Wanted as JSON
IDENTITIES = f"{PREFIX}/identities"  # POST {"key", "assurance", "source", "card" | "code_b64" | "uid" | "receipt"}
TEMPERATURES = f"{PREFIX}/temperatures"  # POST {"key", "visit", "celsius"}
SHOTS = f"{PREFIX}/shots"  # POST multipart: "facts" (JSON), "original" (PNG), "deliverable" (JPEG, may be missing)
DEVICES = f"{PREFIX}/devices"  # POST {"boot", "sequence", "devices": {"reader": {DEVICE_FIELDS}, …}, "facts"}
PROBLEMS = f"{PREFIX}/problems"  # POST {"key", "code"}: a refusal code the person at the kiosk must see

RESULTS = (
    f"{PREFIX}/results"  # POST {"key", "id", "ok", "fault", "detail", "values", "picture_b64"}: an order's end
)
PICTURES = f"{PREFIX}/pictures"  # POST {"taken_ms", "jpeg_b64"}: what the camera sees, people made unrecognisable
WATCH = f"{PREFIX}/watch"  # POST {"visit", "taken_ms", "jpeg_b64", "word"}: the seat, for the operator who looks

NAMESPACE = "/bridge"
HINT = "wanted"  # web → bridge: {"version": n}; read STATION


class Mode(StrEnum):
    """What the station's devices shall do now."""

    IDLE = "idle"  # welcome, or somebody reads a screen: the card reader listens, no analysis
    IDENTIFY = "identify"  # the card reader listens; in collection-code mode the camera looks for a code
    TEMPERATURE = "temperature"  # the thermometer measures for `visit`
    CAPTURE = "capture"  # coach and shoot for `visit`
    HOLD = "hold"  # a visit is shown that needs no device; a card laid now is not read


class DeviceState(StrEnum):
    """State of one device in the snapshot."""

    OFF = "off"  # not configured
    STARTING = "starting"
    READY = "ready"
    FAULT = "fault"  # with `code`, a refusal code, and `fault`, the precise one (`devices.fault.<fault>.staff`)


#: Keys of Wanted: {"version": int, "mode": Mode, "visit": str | None, "profile": str | None,
#: "identity_mode": "id-card" | "collection-code", "shot_ordinal": int | None (the shot to take next, from 1),
#: "shutter": bool (staff release it: take that shot as soon as a face is in view), "codes": bool (a receipt is
#: taken: the camera looks for codes in "identify" then, as it does in collection-code mode in any case)}

#: And for staff: "orders": [{"id", "name": Order, "device", "options"}] (asked for and not yet answered; an id
#: that was performed is not performed again), "look": bool (a devices page shows the camera),
#: "free": bool (nobody is at the kiosk: no visit on its screen, no card asked for), "watch": visit | None (the one
#: at the seat, while an operator looks)

#: Fields of one device in a report: the state, the refusal code, the precise fault with its detail (a port, a
#: system error; never personal data) and what the bridge does about it (`kiosk.bridge.faults.Retry`), since when
#: (ISO 8601, UTC), and which driver found it where.
DEVICE_FIELDS = ("state", "code", "fault", "detail", "retry", "since", "driver", "label")

#: Keys of "card" in an identity: document kind and the fields the roster search needs; they are never logged.
#: The shape is `kiosk.domain.identity.CardIdentity.to_json()`: dates ISO 8601 or empty, `valid_to` may be 长期,
#: `sex` one of male | female | unknown | unstated, `flags` values of `identity.Flag`. "source" of an identity is
#: the driver that read it (`serial`, `pcsc`, `camera` …), "code_b64" the code's bytes as they are, "uid" a campus
#: card's number (4, 7 or 10 bytes in upper-case hexadecimal, as `FF CA 00 00 00` gives it), "receipt" the token
#: of a receipt (`kiosk.domain.receipts.token_in`). A card may carry "photo_b64", a JPEG of 102 × 126, only where a
#: plug-in decodes photos (`kiosk.bridge.wlt`); it is shown to staff while the visit is open and kept nowhere.
CARD_FIELDS = ("kind", "name", "sex", "birth", "number", "valid_from", "valid_to", "flags")

#: Keys of "facts" of a shot: {"shot" (32 hex, minted by the bridge), "visit", "ordinal", "profile",
#: "judgement" (Judgement.to_json()), "making" (all that makes the deliverable again), "original_sha256",
#: "deliverable_sha256" | None, "triggered_at", "taken_at" (ISO 8601, UTC)}

#: Parts of the preview stream (multipart/x-mixed-replace on loopback, `GET /preview?token=…`): `image/jpeg` with
#: the headers X-Sequence and X-Taken (epoch milliseconds of the frame), and `application/json` coaching parts:
#: {"sequence", "taken", "state": "searching" | "adjust" | "hold" | "shooting" | "sent" | "fault", "held": 0..1,
#:  "check": Check.to_json() | None, "passed": [codes], "face": [x, y, w, h] | None (0..1 of the frame),
#:  "code": refusal code | None}
PREVIEW = "/preview"
HEALTH = "/healthz"
