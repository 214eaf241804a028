"""What the staff pages show on the stage: one fixed day of made-up people; region code 99 does not exist."""

from __future__ import annotations

import base64
import io
from copy import deepcopy
from datetime import UTC, datetime
from functools import cache
from typing import Any

from PIL import Image, ImageDraw

NOW = "2026-06-12T02:41:20Z"
#: What somebody with a hostile name would write.
HOSTILE = "<img src=x onerror=\"document.title='owned'\">"


def at(clock: str) -> str:
    """A time of the fixed day, China's clock."""
    hours, minutes, *seconds = (int(part) for part in clock.split(":"))
    return (
        datetime(2026, 6, 12, hours - 8, minutes, *(seconds or [0]), tzinfo=UTC).isoformat().replace("+00:00", "Z")
    )


def visit(number: int | None, state: str, since: str, name: str, tail: str, **more: Any) -> dict[str, Any]:
    """A row of the list."""
    row = {
        "id": f"v{tail.lower()}",
        "number": number,
        "state": state,
        "since": at(since),
        "name": name,
        "id_number": f"990***********{tail}",
        "student_number": f"19*******{tail[-4:].replace('X', '1')}",
        "code_tail": None,
        "major_name": "行政管理",
        "class_name": "2019秋行管本科",
        "station": None,
        "assurance": "chip_verified",
        "flags": [],
        "temperature": {"celsius": 36.4, "abnormal": False},
        "shots_used": 0,
        "shots_allowed": 3,
        "verdict": None,
        "staff_decision": None,
        "report": None,
        "resume_state": None,
        "actions": ["send_to_observation", "park_visit", "cancel"],
    }
    return row | more


def snapshot() -> dict[str, Any]:
    """A busy quarter of an hour: every group of the list has somebody in it."""
    return {
        "version": 812,
        "now": NOW,
        "me": {"login": "chen", "display_name": "陈老师", "role": "administrator", "language": "zh_CN"},
        "stations": [
            {
                "name": "kiosk-1",
                "seat": "1",
                "screen": "review",
                "called_staff_since": None,
                "devices": {name: {"state": "ready", "code": None} for name in ("bridge", "reader", "camera")},
                "front": "v2047",
                "seat_visit": "v2047",
            },
            {
                "name": "kiosk-2",
                "seat": "2",
                "screen": "welcome",
                "called_staff_since": at("10:39:58"),
                "devices": {
                    "bridge": {"state": "ready", "code": None},
                    "reader": {"state": "fault", "code": "reader_gone"},
                    "camera": {"state": "ready", "code": None},
                    "thermometer": {"state": "off", "code": None},
                },
                "front": None,
                "seat_visit": None,
            },
        ],
        "counts": {"waiting": 3, "inside": 3, "done": 2, "needs_staff": 4},
        "line": {
            "waiting": 3,
            "inside": 9,
            "outside": 1,
            "held": 1,
            "places": 12,
            "seat_seconds": 210,
            "seats": 2,
            "wait_seconds": 660,
            "next": ["v5123", "v8840", "v3307"],
        },
        "visits": [
            visit(
                17,
                "review",
                "10:40:31",
                "欧***",
                "2047",
                station="kiosk-1",
                shots_used=2,
                verdict="ask",
                flags=["name_differs"],
                actions=["decide_shot", "allow_shot", "send_to_observation", "park_visit", "cancel"],
            ),
            visit(
                14,
                "observation",
                "10:18:02",
                "马**",
                "113X",
                temperature={"celsius": 37.6, "abnormal": True},
                actions=["remeasure", "cancel"],
            ),
            visit(
                None,
                "data_reported",
                "10:36:40",
                "王**",
                "4418",
                temperature=None,
                report={"fields": ["name", "major_name"], "note": "姓名应为“玥”，不是“月”"},
                actions=["resolve_report", "send_to_observation", "cancel"],
            ),
            visit(12, "parked", "10:29:10", "李*", "7750", resume_state="capturing", actions=["resume", "cancel"]),
            visit(
                18,
                "called",
                "10:41:02",
                "赵**",
                "0936",
                station="kiosk-2",
                actions=["requeue", "park_visit", "cancel"],
            ),
            visit(19, "queued", "10:35:00", "周**", "5123"),
            visit(20, "queued", "10:37:44", "吴**", "8840", assurance="typed"),
            visit(21, "queued", "10:40:02", "郑**", "3307", flags=["expired"]),
            visit(
                None,
                "temperature",
                "10:40:50",
                "孙**",
                "6671",
                temperature=None,
                actions=["record_temperature", "cancel"],
            ),
            visit(None, "declaring", "10:41:05", "钱*", "9012", temperature=None),
            visit(None, "confirming", "10:41:15", HOSTILE, "0001", temperature=None, class_name=HOSTILE),
            visit(16, "done", "10:33:20", "冯**", "1288", shots_used=1, verdict="pass", actions=["decide_shot"]),
            visit(15, "done", "10:31:02", "陈**", "7119", shots_used=3, verdict="pass", actions=["decide_shot"]),
            visit(None, "refused", "10:12:45", "褚**", "2203", temperature=None, actions=[]),
        ],
    }


def _check(
    code: str, value: float | None, unit: str, low: float | None, high: float | None, passed: bool | None
) -> Any:
    side = "ok" if passed else "ask" if passed is None else "high"
    return {
        "code": code,
        "value": value,
        "unit": unit,
        "low": low,
        "high": high,
        "passed": passed,
        "hint": f"photo.hint.{code}.{side}",
    }


CHECKS = [
    _check("sunglasses", None, "", None, 28, None),
    _check("roll", 3.4, "deg", -3, 3, False),
    _check("crown_y", 82, "px", 50, 110, True),
    _check("eyes_y", 251, "px", 200, 300, True),
    _check("face_width", 209, "px", 180, 300, True),
    _check("yaw", -2.1, "deg", -8, 8, True),
    _check("pitch", 4.0, "deg", -10, 10, True),
    _check("mouth_closed", 0.02, "", None, 0.035, True),
    _check("sharpness", 88.2, "", 40, None, True),
    _check("brightness", 0.58, "", 0.3, 0.8, True),
]


def in_full(row: dict[str, Any]) -> dict[str, Any]:
    """The visit of a row with all that the panel shows."""
    shots = [
        {
            "id": f"shot{ordinal}",
            "ordinal": ordinal,
            "verdict": "fail" if ordinal == 1 else "ask",
            "checks": CHECKS,
            "url": f"/staff/api/shots/shot{ordinal}.jpg",
            "acceptable": ordinal == 2,
            "taken_at": at("10:39:40"),
            "accepted_at": None,
            "staff_decision": None,
        }
        for ordinal in range(1, row["shots_used"] + 1)
    ]
    steps = [("confirming", "10:30:05", "10:30:31"), ("declaring", "10:30:31", "10:31:10")]
    steps += [("temperature", "10:31:10", "10:31:22"), ("queued", "10:31:22", "10:38:30")]
    steps += [("called", "10:38:30", "10:38:55"), ("capturing", "10:38:55", "10:40:31")]
    reading = row["temperature"]
    report = row["report"]
    return {
        "visit": row,
        "masked": {
            "name": row["name"],
            "sex": "女",
            "id_number": row["id_number"],
            "student_number": row["student_number"],
            "school_name": "国家开放大学",
            "level": "本科",
            "major_name": row["major_name"],
            "branch": "宁夏分部",
            "teaching_point": "银川教学点",
            "class_name": row["class_name"],
        },
        "history": [
            {"state": state, "started_at": at(start), "ended_at": at(end), "by": "kiosk:kiosk-1"}
            for state, start, end in steps
        ]
        + [{"state": row["state"], "started_at": row["since"], "ended_at": None, "by": "bridge:kiosk-1"}],
        "temperatures": [{**reading, "source": "thermometer", "by": "bridge:kiosk-1", "at": at("10:31:22")}]
        if reading
        else [],
        "declaration": {"passed": True, "failed_questions": [], "signed_at": at("10:31:10")},
        "shots": shots,
        "reports": [{**report, "at": row["since"], "resolved_at": None, "resolution": None}] if report else [],
        "audit": [
            {
                "sequence": 402,
                "at": at("10:38:30"),
                "action": "call_next",
                "result": "done",
                "actor": "staff:chen",
                "visit": row["id"],
                "station": "kiosk-1",
                "reason": None,
                "detail": {"number": row["number"]},
            }
        ],
    }


CAMPAIGNS = [
    {
        "code": "nx-2026-spring",
        "title": {"zh_CN": "宁夏 2026 年春季毕业生图像采集", "en": "Ningxia, graduates of spring 2026"},
        "active": True,
        "identity_mode": "id-card",
        "profile": "chsi-2017-99",
        "profile_title": {
            "zh_CN": "学历证书电子注册图像（教毕指〔2017〕99号）",
            "en": "Degree registry image (2017 no. 99)",
        },
        "screening": "ningxia-2020",
        "shots": 3,
        "temperature_required": True,
        "fee_cents": 1500,
        "capture_from": "2026-06-08",
        "capture_until": "2026-06-19",
        "roster_deadline": "2026-05-29",
        "upload_on": "2026-06-26",
        "counts": {"registered": 1284, "photographed": 903, "ready": 871, "missing": 413},
    },
    {
        "code": "codes-2026",
        "title": {"zh_CN": "采集码试点", "en": "Collection codes, trial"},
        "active": False,
        "identity_mode": "collection-code",
        "profile": "chsi-2017-99",
        "profile_title": {
            "zh_CN": "学历证书电子注册图像（教毕指〔2017〕99号）",
            "en": "Degree registry image (2017 no. 99)",
        },
        "screening": "none",
        "shots": 3,
        "temperature_required": False,
        "fee_cents": 0,
        "capture_from": "2026-09-01",
        "capture_until": "2026-09-30",
        "roster_deadline": None,
        "upload_on": None,
        "counts": {"registered": 0, "photographed": 0, "ready": 0, "missing": 0},
    },
]
IMPORTS = [
    {
        "at": at("08:52"),
        "by": "staff:chen",
        "campaign": "nx-2026-spring",
        "file_name": f"2026春毕业生名册-{HOSTILE}.xlsx",
        "added": 1284,
        "changed": 0,
        "unchanged": 0,
        "skipped": 3,
    }
]
BALANCES = [
    {
        "campaign": "nx-2026-spring",
        "title": CAMPAIGNS[0]["title"],
        "registered": 1284,
        "ready": 871,
        "missing": {"not_come": 372, "awaiting_staff": 5, "in_progress": 9, "refused": 4, "rejected": 23},
    }
]
MADE = [
    {
        "job": "a" * 32,
        "campaign": "nx-2026-spring",
        "at": at("09:40"),
        "by": "staff:chen",
        "state": "done",
        "progress": 1.0,
        "result": {
            "registered": 1284,
            "exported": 655,
            "missing": {"not_come": 629},
            "bytes": 23_400_000,
            "parts": [{"name": "a.zip", "sha256": "0" * 64, "bytes": 23_400_000}],
        },
        "error": None,
    },
    {
        "job": "b" * 32,
        "campaign": "nx-2026-spring",
        "at": at("09:12"),
        "by": "staff:li",
        "state": "failed",
        "progress": 0.4,
        "result": None,
        "error": "disk_full",
    },
]
PEOPLE = [
    ("chen", "陈老师", "administrator", True, at("08:40")),
    ("li", "李老师", "operator", True, at("09:05")),
    ("yang", "杨护士", "medic", True, None),
    ("hostile", HOSTILE, "usher", False, None),
]
REPORT = {
    "rows": 1287,
    "added": 0,
    "changed": 0,
    "unchanged": 0,
    "skipped": 3,
    "imported": False,
    "ok": 1284,
    "gone": 1,
    "plan": "0" * 32,
    "file": f"{'c' * 32}.xlsx",
    "absent_columns": ["层次"],
    "ignored_columns": [HOSTILE],
    "changes": [
        {"kind": "changed", "row": 12, "name": HOSTILE, "number": "19*****21", "fields": ["姓名", "班级"]},
        {"kind": "gone", "row": None, "name": "王*", "number": "19*****44", "fields": []},
    ],
    "errors_total": 3,
    "warnings_total": 1,
    "errors": [
        {
            "row": row,
            "cell": f"I{row}",
            "column": column,
            "value": value,
            "problem": {"zh_CN": problem, "en": english},
            "remedy": {
                "zh_CN": "请在原文件中改为文本格式并重新填写",
                "en": "Format the column as text and type it again",
            },
        }
        for row, column, value, problem, english in (
            (
                18,
                "证件号码",
                "990***********0000",
                "号码被表格软件改成了数值，末位已丢失",
                "Turned into a figure; digits are lost",
            ),
            (45, "姓名", "王*", "姓名中有空格", "There is a space inside the name"),
            (203, "证件号码", HOSTILE, "校验位不对", "The check digit is wrong"),
        )
    ],
    "warnings": [
        {
            "row": 77,
            "column": "学号",
            "value": "19*****21",
            "problem": {"zh_CN": "学号不是 13 位", "en": "Not 13 digits"},
            "remedy": {"zh_CN": "请核对", "en": "Please check"},
        }
    ],
}
AUDIT = [
    ("call_next", "done", "staff:chen", "kiosk-1", None, {}),
    ("decide_shot", "done", "staff:li", None, "人工查看，符合标准", {"verdict": "ask", "decision": "accept"}),
    ("identify", "not_on_roster", "bridge:kiosk-2", "kiosk-2", None, {}),
    ("cancel", "reason_required", "staff:chen", None, None, {}),
    ("park_visit", "done", "staff:chen", "kiosk-1", HOSTILE, {"from": "queued"}),
    ("waive_payment", "done", "staff:li", None, None, {"kind": "waived", "heads": 12, "cents": 18000}),
    ("take_temperature", "done", "bridge:kiosk-1", "kiosk-1", None, {"abnormal": False, "source": "thermometer"}),
]


@cache
def picture() -> bytes:
    """A drawn head on blue, 480×640: no real person."""
    image = Image.new("RGB", (480, 640), (100, 197, 255))
    draw = ImageDraw.Draw(image)
    draw.ellipse((60, 440, 420, 840), fill=(58, 64, 74))
    draw.ellipse((136, 82, 344, 424), fill=(226, 190, 164))
    draw.pieslice((126, 66, 354, 330), 180, 360, fill=(38, 34, 32))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def device(kind: str, state: str, driver: str, **more: Any) -> dict[str, Any]:
    """A row of the devices page."""
    nothing = {"code": None, "fault": None, "detail": None, "retry": None, "since": at("09:58:10"), "label": None}
    return {"kind": kind, "state": state, **nothing, "driver": driver, **more}


DEVICES: dict[str, Any] = {
    "version": 812,
    "now": NOW,
    "station": {"name": "kiosk-1", "seat": "1"},
    "may": True,
    "free": True,
    "bridge": {"state": "ready", "code": None},
    "devices": [
        device("reader", "fault", "serial", code="reader_gone", fault="not_found", detail="no listed device",
               retry="reopen", label="/dev/ttyUSB0 05.03-20120806-0001234567-0123456789"),
        device("camera", "ready", "opencv", label=HOSTILE),
        device("thermometer", "off", "off", since=None),
        device("codes", "starting", "camera"),
    ],
    "printer": "browser",
    "calibration": {"state": "expired", "days": 30, "taken_at": at("10:00"), "unevenness": 3.4,
                    "camera": "HD Webcam"},
    "check": {"passed": False, "by": "li", "at": at("10:02"), "steps": {"card": {"result": "failed"}}},
    "off": ["thermometer"],
}  # fmt: skip


USHER: dict[str, Any] = {
    "now": NOW,
    "slots": [
        {"from": at("09:00"), "until": at("10:00"), "phase": "over", "due": 20, "came": 19,
         "missing": [{"name": HOSTILE, "student_number": "19*******0101", "class_name": "2019秋行管本科"}]},
        {"from": at("10:00"), "until": at("11:00"), "phase": "now", "due": 20, "came": 12,
         "missing": [{"name": f"{surname}**", "student_number": "19*******0202", "class_name": "2019秋法学专科"}
                     for surname in "赵钱孙李周吴郑王"]},
        {"from": at("11:00"), "until": at("12:00"), "phase": "next", "due": 20, "came": 0, "missing": []},
    ],
}  # fmt: skip
ROOM: dict[str, Any] = {
    "version": 812,
    "now": NOW,
    "rest_minutes": 15,
    "call": ["疾控中心 0951-0000000", "分部值班室 0951-1111111"],
    "incidents": [
        {"visit": "v9", "number": 9, "name": "蒋*", "at": at("09:50"), "notice": "sent",
         "report": {"job": "d" * 32, "state": "done"}, "contacts": 6},
        {"visit": "v8", "number": 8, "name": "沈**", "at": at("09:20"), "notice": "failed",
         "report": {"job": "e" * 32, "state": "running"}, "contacts": None},
    ],
}  # fmt: skip


def seat(state: str, **more: Any) -> dict[str, Any]:
    """What the page of the seats is told of one seat's camera."""
    return {"state": state, "visit": None, "taken_ms": None, "picture": None, "word": None} | more


def answers() -> dict[str, Any]:
    """Address → JSON of everything the pages read."""
    now = snapshot()
    found: dict[str, Any] = {f"/staff/api/visits/{row['id']}": in_full(row) for row in now["visits"]}
    students = ("王玥", HOSTILE, "欧阳丽娜")
    return found | {
        "/staff/api/snapshot": now,
        "/staff/api/campaigns": {"campaigns": deepcopy(CAMPAIGNS)},
        "/staff/api/plan": {"campaigns": [], "drafts": [], "late": [], "purges": [], "choices": {}, "steps": {}},
        "/staff/api/imports": {"imports": IMPORTS},
        "/staff/api/packages": {
            "balances": [{**row, "branches": [], "whole": True} for row in BALANCES],
            "packages": [{**row, "mine": True} for row in MADE],
            "key": {"id": "4f9958f0dfc66426", "public_key": "x"},
        },
        "/staff/api/people": {
            "people": [
                {
                    "login": login,
                    "display_name": name,
                    "role": role,
                    "active": active,
                    "language": "zh_CN",
                    "last_login_at": last,
                    "created_at": at("08:00"),
                }
                for login, name, role, active, last in PEOPLE
            ]
        },
        "/staff/api/audit": {
            "rows": [
                {
                    "sequence": 412 - index,
                    "at": at(f"10:{40 - index}:12"),
                    "action": action,
                    "result": result,
                    "actor": actor,
                    "visit": None,
                    "station": station,
                    "reason": reason,
                    "detail": detail,
                }
                for index, (action, result, actor, station, reason, detail) in enumerate(AUDIT * 3)
            ],
            "more": True,
            "chain": {"verified": True, "rows": 412, "broken_at": None},
        },
        "/staff/api/students": [
            {
                "id": index,
                "name": name,
                "id_number": "990***********4418",
                "student_number": "19*******1024",
                "major_name": "行政管理",
                "class_name": "2019秋行管本科",
                "photographed": index == 3,
            }
            for index, name in enumerate(students, 1)
        ],
        "/staff/api/roster/check": {"ok": True, "job": "c" * 32},
        f"/staff/api/jobs/{'c' * 32}": {
            "name": "roster_check",
            "state": "done",
            "progress": 1.0,
            "result": REPORT,
            "error": None,
            "refusal": None,
        },
        "/staff/api/awake": {"ok": True},
        "/staff/api/devices": DEVICES,
        "/staff/api/usher": USHER,
        "/staff/api/room": ROOM,
        "/staff/api/seat/kiosk-1/picture": seat(
            "live",
            visit="v2047",
            taken_ms=0,
            picture="data:image/jpeg;base64," + base64.b64encode(picture()).decode(),
            word={"state": "adjust", "held": 0.0, "check": _check("yaw", 12, "deg", -8, 8, False), "code": None},
        ),
        "/staff/api/seat/kiosk-2/picture": seat("elsewhere"),
    }
