"""Serves the pages with fixed snapshots, the real templates, texts, files and security policy, and no backend.

For looking at screens and for the tests of their look; the journey itself is tested against the real system.
"""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, render_template, request, send_from_directory
from PIL import Image, ImageDraw
from werkzeug.serving import WSGIRequestHandler, make_server

from kiosk import i18n

ROOT = Path(__file__).resolve().parents[2]
NOW = "2026-09-01T02:00:00+00:00"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)

QUESTIONS = [
    {
        "id": "health_code",
        "kind": "choice",
        "icon": "health-code",
        "text": {"zh_CN": "您今天的健康码是什么颜色？", "en": "What colour is your health code today?"},
        "options": [
            {"value": "green", "tone": "green", "text": {"zh_CN": "绿码", "en": "Green"}},
            {"value": "yellow", "tone": "amber", "text": {"zh_CN": "黄码", "en": "Yellow"}},
            {"value": "red", "tone": "red", "text": {"zh_CN": "红码", "en": "Red"}},
            {"value": "none", "tone": None, "text": {"zh_CN": "没有健康码", "en": "I have none"}},
        ],
    },
    *(
        {"id": name, "kind": "yes_no", "icon": icon, "text": {"zh_CN": chinese, "en": english}, "options": []}
        for name, icon, chinese, english in (
            (
                "left_region",
                "travel",
                "最近 14 天内，您离开过本自治区吗？",
                "Have you left the region in the last 14 days?",
            ),
            (
                "fever_or_cough",
                "thermometer",
                "您或家人最近有发热、咳嗽吗？",
                "Do you or your family have a fever or a cough?",
            ),
            (
                "risk_area_stay",
                "risk-area",
                "最近 14 天内，您或家人去过中、高风险地区吗？",
                "Have you or your family stayed in a medium or high risk area in the last 14 days?",
            ),
            (
                "risk_area_contact",
                "contact",
                "最近 14 天内，您或家人接触过来自中、高风险地区的人吗？",
                "Have you or your family been in contact with anyone from a medium or high risk area in the last "
                "14 days?",
            ),
        )
    ),
]

MASKED = {
    "name": "欧***",
    "sex": "女",
    "id_number": "990***********0021",
    "student_number": "206*******047",
    "school_name": "宁夏广播电视大学（国家开放大学宁夏分部）",
    "level": "本科（专科起点）",
    "major_name": "计算机科学与技术",
    "branch": "宁夏分部",
    "teaching_point": "银川市兴庆区教学点",
    "class_name": "2020 春计算机本科 1 班",
}


def check(code: str, value: float | None, passed: bool | None, **more: Any) -> dict[str, Any]:
    """A check as the photo engine sends it."""
    hint = "ok" if passed else "ask" if passed is None else f"{code}.{more.pop('remedy')}"
    return {
        "code": code, "value": value, "unit": "", "low": None, "high": None, "passed": passed,
        "hint": f"photo.hint.{hint}", **more,
    }  # fmt: skip


CHECKS = [
    check("crown_y", 82, True, unit="px", low=50, high=110),
    check("eyes_y", 251, True, unit="px", low=200, high=300),
    check("face_width", 231, True, unit="px", low=180, high=300),
    check("roll", 0.8, True, unit="deg", low=-3, high=3),
    check("eyes_open", 0.29, True, unit="ratio", low=0.2),
    check("mouth_closed", 0.02, True, unit="ratio", high=0.035),
    check("sharpness", 92, True, low=40),
    check("exposure", 0.55, True, low=0.3, high=0.8),
]


def _snapshot(screen: str, language: str, visit: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    ready = {"state": "ready", "code": None}
    station = {
        "name": "kiosk-1", "seat": "1", "language": language, "called_staff": False,
        "devices": {"bridge": ready, "reader": ready, "camera": ready, "thermometer": ready},
        "preview": {"url": "/preview"},
    }  # fmt: skip
    station.update(more.pop("station", {}))
    campaign = {
        "code": "2026-autumn",
        "title": {"zh_CN": "2026 年秋季毕业生图像采集", "en": "Graduation photographs, autumn 2026"},
        "identity_mode": "id-card",
        "shots": 3,
        "screening": {"id": "ningxia-2020", "version": "2020.1", "questions": QUESTIONS},
    }
    campaign.update(more.pop("campaign", {}))
    return {
        "version": 1, "now": NOW, "page": "mine", "station": station,
        "settings": {
            "idle_warn_seconds": 45, "idle_park_seconds": 60, "waiting_screen_seconds": 20,
            "receipt_screen_seconds": 30, "notice_screen_seconds": 20, "hold_ms": 600,
        },
        "campaign": campaign,
        "profile": {
            "code": "chsi-2017-99", "width": 480, "height": 640,
            "title": {"zh_CN": "学历证书电子注册图像", "en": "Degree registration photo"},
            "outline": {"crown_y": 80, "eyes_y": 252, "chin_y": 420, "face_width": 235, "center_x": 240},
            "preview_crop": {"x": 0.3, "y": 0.06, "w": 0.3958, "h": 0.94},
        },
        "screen": screen, "notice": None, "queue": {"waiting": 3, "calling": [5]}, "visit": visit, **more,
    }  # fmt: skip


#: A code stands in for the place's own.
_PLACE = "/kiosk/api/receipt.svg?v=1"


def _visit(state: str, language: str, **more: Any) -> dict[str, Any]:
    return {
        "id": "0" * 32, "state": state, "since": NOW, "number": None, "ahead": 0, "assurance": "chip_verified",
        "language": language, "masked": MASKED, "flags": [], "temperature": None, "shots_used": 0,
        "shots_allowed": 3, "shot": None, "receipt": None, **more,
    }  # fmt: skip


def _shot(verdict: str, acceptable: bool, checks: list[dict[str, Any]]) -> dict[str, Any]:
    reason = next((item for item in checks if item["passed"] is not True), None)
    return {
        "id": "a" * 32, "ordinal": 1, "verdict": verdict, "checks": checks, "reason": reason,
        "url": "/kiosk/api/shots/a.jpg", "acceptable": acceptable,
    }  # fmt: skip


def _notice(language: str, code: str, category: str) -> dict[str, Any]:
    def sentence(kind: str) -> str:
        return i18n.text(language, f"refusal.{code}.{kind}", **args)

    args = {"from": "9:00", "until": "10:00"} if code == "not_in_time_slot" else {}
    return {
        "code": code, "category": category, "args": args,
        **{kind: sentence(kind) for kind in ("title", "student", "next")},
    }  # fmt: skip


#: Refusals whose notice is looked at, with their category.
NOTICES = {
    "not_on_roster": "staff", "wrong_programme": "staff", "already_photographed": "staff",
    "not_in_time_slot": "student", "card_unreadable": "student", "visit_parked": "staff", "reader_gone": "device",
}  # fmt: skip
_ADJUST = {
    "sequence": 1, "taken": 0, "state": "adjust", "held": 0, "passed": [], "face": [0.42, 0.2, 0.18, 0.4],
    "check": check("roll", 9.4, False, unit="deg", low=-5, high=5, remedy="left"), "code": None,
}  # fmt: skip
_HOLD = {**_ADJUST, "state": "hold", "held": 0.6, "check": None}


def scenes(language: str) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Every screen and its variants: name → (snapshot, coaching words of the preview)."""

    def show(screen: str, state: str | None = None, *, words: dict[str, Any] = _ADJUST, **more: Any) -> Any:
        keys = (
            "number",
            "ahead",
            "wait_minutes",
            "come_back_at",
            "place",
            "masked",
            "flags",
            "shots_used",
            "shot",
            "receipt",
            "temperature",
        )
        own = {key: more.pop(key) for key in keys if key in more}
        visit = _visit(state, language, **own) if state else None
        return _snapshot(screen, language, visit, **more), words

    code = {"campaign": {"identity_mode": "collection-code"}}
    gone = {"station": {"devices": {"camera": {"state": "fault", "code": "camera_gone"}}}}
    bad = [check("eyes_open", 0.11, False, unit="ratio", low=0.2, remedy="open"), *CHECKS[:4], *CHECKS[5:]]
    unsure = [check("head_cover", 0.6, None), *CHECKS]
    return {
        "closed": show("closed"),
        "welcome": show("welcome"),
        "identify": show("identify"),
        "identify-code": show("identify", **code),
        **{f"notice-{name}": show("notice", notice=_notice(language, name, of)) for name, of in NOTICES.items()},
        "confirm": show("confirm", "confirming"),
        "confirm-flags": show("confirm", "confirming", flags=["expired", "name_differs"]),
        "confirm-code": show("confirm", "confirming", masked={"code_tail": "…8F2C"}, **code),
        "data_reported": show("data_reported", "data_reported"),
        "declare": show("declare", "declaring"),
        "refused": show("refused", "refused"),
        "temperature": show("temperature", "temperature"),
        "temperature-staff": show("temperature", "temperature", station={"devices": {}}),
        "observation": show("observation", "observation", number=5),
        "waiting": show("waiting", "queued", number=5, ahead=2, wait_minutes=6, come_back_at=None, place=_PLACE),
        "waiting-outside": show(
            "waiting", "queued", number=15, ahead=12, wait_minutes=36, come_back_at="10:40", place=_PLACE
        ),
        "called": show("called", "called", number=5),
        "called-fault": show("called", "called", number=5, **gone),
        "capture": show("capture", "capturing", number=5),
        "capture-hold": show("capture", "capturing", number=5, words=_HOLD),
        "review": show("review", "review", number=5, shots_used=1, shot=_shot("pass", True, CHECKS)),
        "review-ask": show("review", "review", number=5, shots_used=2, shot=_shot("ask", False, unsure)),
        "review-asked": show("review", "review", number=5, shots_used=1, shot=_shot("ask", True, unsure)),
        "review-fail": show("review", "review", number=5, shots_used=1, shot=_shot("fail", False, bad)),
        "review-last": show("review", "review", number=5, shots_used=3, shot=_shot("fail", False, bad)),
        "receipt": show(
            "receipt",
            "accepted",
            number=5,
            receipt={"url": "https://example.invalid/r/x", "qr": "/kiosk/api/receipt.svg?v=1"},
        ),
        "parked": show("parked"),
        "superseded": show("welcome", page="superseded"),
    }


def frame(portrait: Path | None = None) -> bytes:
    """A preview frame of 1280 × 720: a drawn bust on blue, or the picture of a file."""
    picture = Image.new("RGB", (1280, 720), (116, 190, 235))
    if portrait:
        face = Image.open(portrait).convert("RGB")
        face = face.resize((round(face.width * 700 / face.height), 700))
        picture.paste(face, (640 - face.width // 2, 20))
    else:
        draw = ImageDraw.Draw(picture)
        draw.rectangle((0, 0, 480, 720), fill=(220, 235, 245))  # one side brighter, so that a mirror shows
        draw.ellipse((400, 480, 880, 1100), fill=(60, 70, 80))
        draw.ellipse((500, 110, 780, 500), fill=(60, 45, 40))
        draw.ellipse((525, 160, 755, 520), fill=(232, 196, 168))
    stored = io.BytesIO()
    picture.save(stored, "JPEG", quality=85)
    return stored.getvalue()


class Stage:
    """The app and what it shows now; tests set `snapshot` and `coaching` and look at `posted`."""

    def __init__(self, portrait: Path | None = None) -> None:
        self.frame = frame(portrait)
        self.snapshot, self.coaching = scenes("zh_CN")["welcome"]
        self.posted: list[tuple[str, dict[str, Any]]] = []
        self.receipt: dict[str, Any] = {}
        self.board: dict[str, Any] = {}
        self.demo = False
        self.stopping = threading.Event()
        self.app = self._make()

    def show(self, name: str, language: str) -> None:
        """Choose the scene that the next read gets."""
        snapshot, coaching = scenes(language)[name]
        self.snapshot, self.coaching = deepcopy(snapshot), coaching

    def _make(self) -> Flask:
        app = Flask("stage", template_folder=str(ROOT / "kiosk" / "templates"), static_folder=None)

        @app.context_processor
        def given() -> dict[str, Any]:
            chosen = self.snapshot["station"]["language"]
            return {
                "language": chosen, "html_lang": "zh-CN" if chosen == "zh_CN" else "en", "demo": self.demo,
                "t": lambda key, **values: i18n.text(chosen, key, **values),
                "static": lambda path: f"/static/{path}", "vendor": lambda name: f"/vendor/{name}",
                "texts_url": lambda *areas: f"/i18n/{chosen}.json?areas={','.join(areas)}",
            }  # fmt: skip

        @app.after_request
        def guard(answer: Response) -> Response:
            answer.headers["Content-Security-Policy"] = POLICY
            return answer

        @app.get("/kiosk/")
        def kiosk() -> str:
            return render_template("kiosk.html", page="p" * 32, csrf="c", station={"name": "kiosk-1", "seat": "1"})

        @app.get("/r/x")
        def receipt() -> str:
            nobody = {"opened": None, "refusal": None, "csrf": "c", "key": "k" * 32, "token": "x"}
            key = {"public_key": "k", "key_id": "4f9958f0dfc66426"}
            return render_template("receipt.html", receipt=self.receipt, **nobody, **key)

        @app.get("/r/x/photo.jpg", endpoint="receipt.photo")
        @app.post("/r/x", endpoint="receipt.unlock")
        @app.post("/r/x/check", endpoint="receipt.check")
        def nothing(**_: str) -> str:
            return ""

        @app.get("/error")
        def error() -> str:
            chosen = self.snapshot["station"]["language"]
            said = {kind: i18n.text(chosen, f"refusal.receipt_unknown.{kind}") for kind in ("student", "next")}
            return render_template("error.html", status=404, refusal={"code": "receipt_unknown", **said})

        @app.get("/board")
        def board() -> str:
            return render_template("board.html")

        @app.get("/board/api/snapshot")
        def board_snapshot() -> Response:
            return jsonify(self.board)

        @app.get("/static/<path:path>")
        def static(path: str) -> Response:
            return send_from_directory(ROOT / "kiosk" / "static", path, max_age=3600)

        @app.get("/i18n/<chosen>.json")
        def texts(chosen: str) -> Response:
            areas = [f"{area}." for area in request.args["areas"].split(",")]
            return jsonify(i18n.subset(chosen, *areas))

        @app.get("/kiosk/api/snapshot")
        def snapshot() -> Response:
            return jsonify(self.snapshot)

        @app.post("/kiosk/api/<path:path>")
        def post(path: str) -> Response:
            self.posted.append((path, request.get_json()))
            return jsonify({"ok": True, "result": {}, "snapshot": self.snapshot})

        @app.get("/kiosk/api/shots/a.jpg")
        def shot() -> Response:
            picture = Image.open(io.BytesIO(self.frame)).crop((400, 40, 880, 680))
            stored = io.BytesIO()
            picture.save(stored, "JPEG")
            return Response(stored.getvalue(), mimetype="image/jpeg")

        @app.get("/kiosk/api/receipt.svg")
        def qr() -> Response:
            cells = "".join(
                f'<rect x="{x}" y="{y}" width="1" height="1"/>'
                for x in range(33)
                for y in range(33)
                if (x * 7 + y * 13 + x * y) % 3 == 0
            )
            return Response(
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -4 41 41">{cells}</svg>',
                mimetype="image/svg+xml",
            )

        @app.get("/preview")
        def preview() -> Response:
            return Response(self._frames(), mimetype="multipart/x-mixed-replace; boundary=frame")

        return app

    def _frames(self) -> Iterator[bytes]:
        sequence = 0
        while not self.stopping.wait(0.05):
            sequence += 1
            taken = int(time.time() * 1000)
            words = json.dumps({**self.coaching, "sequence": sequence, "taken": taken}).encode()
            yield _part("application/json", words)
            yield _part("image/jpeg", self.frame, f"X-Sequence: {sequence}\r\nX-Taken: {taken}\r\n")


def _part(kind: str, body: bytes, more: str = "") -> bytes:
    head = f"--frame\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body + b"\r\n"


class _Quiet(WSGIRequestHandler):
    """Says nothing of each request: a page is fifty files."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing."""


@contextmanager
def served(stage: Stage, port: int = 0) -> Iterator[str]:
    """Serve the stage on loopback; yields its address."""
    server = make_server("127.0.0.1", port, stage.app, threaded=True, request_handler=_Quiet)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        stage.stopping.set()
        server.shutdown()
        thread.join(10)
        server.server_close()
