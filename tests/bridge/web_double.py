"""A small real web process for the bridge's tests: the protocol's paths and hints, facts kept in lists."""

from __future__ import annotations

import hashlib
import json
import threading
from typing import Any

from flask import Flask, jsonify, request
from flask_socketio import SocketIO
from werkzeug.serving import make_server

from kiosk.bridge import protocol
from kiosk.launch import ports

TOKEN = "token-of-the-tests"


class WebDouble:
    """Serves on loopback from `start` to `stop`; may be started again on the same port, as after a crash."""

    def __init__(self, port: int = 0) -> None:
        self.port = port or ports.pick("127.0.0.1")
        self.wanted: dict[str, Any] = {
            "version": 1,
            "mode": "idle",
            "visit": None,
            "profile": None,
            "identity_mode": "id-card",
            "shot_ordinal": None,
        }
        self.received: dict[str, list[dict[str, Any]]] = {}
        self.shots: dict[str, dict[str, Any]] = {}
        self.posts_of_shots = 0
        #: Status with which the next requests to a path are answered, before anything is kept.
        self.refuse: dict[str, list[int]] = {}
        #: The acknowledgement is lost after the fact was kept: (path, how often).
        self.lose_answer: dict[str, int] = {}
        self._news = threading.Condition()
        self._app = self._build()
        self._server: Any = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> WebDouble:
        self._server = make_server("127.0.0.1", self.port, self._app, threaded=True)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def want(self, hint: bool = True, **changes: Any) -> None:
        """Change what is wanted; with `hint` False the bridge has to find out by itself."""
        self.wanted = {**self.wanted, **changes, "version": self.wanted["version"] + 1}
        if hint:
            self.socket.emit(protocol.HINT, {"version": self.wanted["version"]}, namespace=protocol.NAMESPACE)

    def wait_for(self, what: Any, seconds: float = 60.0) -> Any:
        """The result of `what()` as soon as it is true; fails after `seconds`."""
        with self._news:
            assert self._news.wait_for(lambda: bool(what()), seconds), "it never came"
            return what()

    def facts(self, path: str) -> list[dict[str, Any]]:
        return self.received.get(path, [])

    def _build(self) -> Flask:
        app = Flask("web-double")
        self.socket = SocketIO(app, async_mode="threading")

        @self.socket.on("connect", namespace=protocol.NAMESPACE)
        def connect(auth: dict[str, Any] | None = None) -> bool:
            return bool(auth) and auth["token"] == TOKEN

        @app.before_request
        def guard() -> Any:
            if request.headers.get("Authorization") != f"Bearer {TOKEN}":
                return jsonify({}), 401
            statuses = self.refuse.get(request.path)
            if statuses:
                return jsonify({"ok": False, "refusal": {"code": "not_now"}}), statuses.pop(0)
            return None

        @app.get(protocol.STATION)
        def station() -> Any:
            return jsonify(self.wanted)

        @app.post(protocol.SHOTS)
        def shots() -> Any:
            facts = json.loads(request.form.get("facts") or request.files["facts"].read())
            original = request.files["original"].read()
            assert hashlib.sha256(original).hexdigest() == facts["original_sha256"]
            with self._news:
                self.posts_of_shots += 1
                self.shots[facts["shot"]] = {**facts, "size": len(original)}
                self._news.notify_all()
            return self._answer(protocol.SHOTS, {"stored": True})

        for path in (
            protocol.HELLO,
            protocol.IDENTITIES,
            protocol.TEMPERATURES,
            protocol.DEVICES,
            protocol.PROBLEMS,
            protocol.RESULTS,
            protocol.PICTURES,
        ):
            app.add_url_rule(path, path, self._keep, methods=["POST"])
        return app

    def _keep(self) -> Any:
        with self._news:
            self.received.setdefault(request.path, []).append(request.get_json())
            self._news.notify_all()
        return self._answer(request.path, {"ok": True})

    def _answer(self, path: str, content: dict[str, Any]) -> Any:
        if self.lose_answer.get(path, 0) > 0:
            self.lose_answer[path] -= 1
            return jsonify({}), 503
        return jsonify(content)
