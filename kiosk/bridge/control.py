"""Talks to the running bridge of this machine: its health, orders and, in a demonstration, its simulators."""

from __future__ import annotations

import json
from typing import Any

import requests

from kiosk import secrets_store
from kiosk.bridge.atomic_storage import write_durably
from kiosk.bridge.preview import LOOPBACK, ORDERS, SIMULATE
from kiosk.bridge.protocol import HEALTH, Order
from kiosk.settings import Settings

#: Longer than the bridge waits for a simulator that is not open yet.
_SECONDS = 15.0
#: Longer than opening and testing a device may take.
_ORDER_SECONDS = 45.0


class BridgeAway(ConnectionError):
    """No bridge answers on this machine."""


def note_port(settings: Settings, port: int) -> None:
    """Say where the bridge of this data folder listens. Raises `OSError`."""
    write_durably(settings.data / "bridge" / "preview.json", json.dumps({"port": port}).encode())


def health(settings: Settings) -> dict[str, Any]:
    """What /healthz says. Raises `BridgeAway`."""
    with _session() as session:
        try:
            answer: dict[str, Any] = session.get(_address(settings) + HEALTH, timeout=_SECONDS).json()
        except (requests.RequestException, ValueError) as error:
            raise BridgeAway from error
    return answer


def simulate(settings: Settings, words: list[str]) -> str:
    """Have a simulator do something, e.g. `["card", "lay", "3"]`, and return what it said.

    Raises `BridgeAway`, and `ValueError` for what it can't do or a bridge without simulators.
    """
    return str(_post(settings, SIMULATE, {"words": words}, _SECONDS)["said"])


def order(settings: Settings, name: Order, device: str = "", seconds: float = 0.0) -> dict[str, Any]:
    """Have the bridge perform an order now, and return its end: `{"ok", "fault", "detail", "values"}`.

    `seconds`: how long a test may wait for something, e.g. a card. Raises `BridgeAway`.
    """
    content = {"id": "cli", "name": name.value, "device": device, "options": {"seconds": seconds}}
    end: dict[str, Any] = _post(settings, ORDERS, content, _ORDER_SECONDS)["end"]
    return end


def _post(settings: Settings, path: str, content: dict[str, Any], seconds: float) -> dict[str, Any]:
    token = secrets_store.read_or_make(settings, secrets_store.BRIDGE_TOKEN)
    with _session() as session:
        try:
            answer = session.post(
                _address(settings) + path,
                json=content,
                headers={"Authorization": f"Bearer {token}"},
                timeout=seconds,
            )
            said: dict[str, Any] = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise BridgeAway from error
    if not answer.ok:
        raise ValueError(said.get("said") or f"status {answer.status_code}")
    return said


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # loopback is never behind a proxy
    return session


def _address(settings: Settings) -> str:
    port = settings.bridge.preview_port
    if not port:
        try:
            port = int(json.loads((settings.data / "bridge" / "preview.json").read_text("utf-8"))["port"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BridgeAway from error
    return f"http://{LOOPBACK}:{port}"
