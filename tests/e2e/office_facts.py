"""What day, opening, schedule and progress show on the stage: the same fixed day, made-up people."""

from __future__ import annotations

from typing import Any

from tests.e2e.staff_facts import HOSTILE, NOW, at

DAY = "2026-06-12"
TITLE = {
    "zh_CN": "2026 年秋季开放教育毕业生图像采集（银川校区）",
    "en": "Graduation photos, autumn 2026",
}
OUTCOMES = {"photographed": 151, "refused": 3, "observation": 1, "absent": 9, "cancelled": 2, "open": 14}


def audit(action: str, when: str, reason: str, **detail: Any) -> dict[str, Any]:
    """A decision that set a rule aside."""
    return {
        "sequence": 400, "at": at(when), "action": action, "result": "done", "actor": "staff:chen", "visit": None,
        "station": None, "reason": reason, "detail": detail,
    }  # fmt: skip


EVENING: dict[str, Any] = {
    "day": DAY, "may_close": True, "may_force": True, "may_reopen": True,
    "todo": {"awaited": 6, "photos": 2, "reports": 1, "calls": 1, "notices": 1},
    "sessions": [
        {
            "campaign": "autumn", "title": TITLE,
            "session": {"opened_at": at("08:50"), "closed_at": None, "closed_by": "", "close_reason": None},
            "sum": {"due": 176, "walked_in": 4, "outcomes": OUTCOMES, "holds": False, "expected": 180},
            "differences": [
                {"number": 31, "name": HOSTILE, "student_number": "19*******0131", "class_name": "2019秋行管本科",
                 "slot": {"from": at("09:00"), "until": at("09:30")}, "outcome": "cancelled", "why": "staff"},
                {"number": None, "name": "欧阳**", "student_number": "19*******0132", "class_name": "2019秋法专",
                 "slot": {"from": at("09:30"), "until": at("10:00")}, "outcome": "absent", "why": "no_show"},
                {"number": 44, "name": "蒋*", "student_number": "19*******0133", "class_name": "2019秋会计本科",
                 "slot": None, "outcome": "observation", "why": "temperature_abnormal"},
            ],
            "more": 0,
            "inside": [
                {"id": "v2047", "number": 17, "name": "王*", "state": "review", "since": at("10:39"),
                 "ways": ["cancel"]},
                {"id": "v5123", "number": 19, "name": "沈**", "state": "queued", "since": at("10:20"),
                 "ways": ["cancel", "move_visit"]},
            ],
        }
    ],
    "report": {"job": "f" * 32, "state": "done", "made_at": at("10:30"), "final": False,
               "key_id": "4f9958f0dfc66426", "chain": {"rows": 2412, "broken_at": None}},
}  # fmt: skip
GLANCE: dict[str, Any] = {
    "version": 812, "now": NOW,
    "funnel": {"due": 176, "came": 171, "confirmed": 169, "number": 166, "called": 158, "camera": 156,
               "photographed": 151},
    "states": {"done": 149, "queued": 8, "accepted": 2, "refused": 3, "cancelled": 2, "escalated": 1, "review": 1},
    "hours": [
        {"hour": 8, "came": 12, "photographed": 7, "wait_minutes": 3.5},
        {"hour": 9, "came": 98, "photographed": 81, "wait_minutes": 11.0},
        {"hour": 10, "came": 61, "photographed": 63, "wait_minutes": None},
    ],
    "retakes": {"own_wish": 21, "eyes_open": 9, "mouth_closed": 4, "shoulders_level": 1},
    "refusals": {"not_on_roster": 5, "declaration_not_passed": 3, "not_in_time_slot": 3, "wrong_programme": 1},
    "overridden": [
        audit("decide_shot", "09:12", "因信仰佩戴头巾", verdict="ask", decision="accept"),
        audit("confirm_without_card", "09:40", HOSTILE),
        audit("open_session", "08:50", "批准文件由分部保管，稍后补拍", missing=["approval"]),
    ],
    "evening": EVENING,
}  # fmt: skip


def line(name: str, kind: str, words: tuple[str, str], **more: Any) -> dict[str, Any]:
    """A line of the opening checklist."""
    hint = {"zh_CN": "拍下盖章的文件，文号和日期要看得清。", "en": "The stamp, number and date must be readable."}
    return {
        "id": name, "kind": kind, "mandatory": True, "text": {"zh_CN": words[0], "en": words[1]}, "hint": hint,
        "unit": "", "low": None, "high": None, "holds": False, "missing": True, "devices": None, "signature": None,
        "entries": [], **more,
    }  # fmt: skip


def signed(**value: Any) -> dict[str, Any]:
    """The signature of a line."""
    return {"by": "staff:chen", "at": at("08:31"), "value": value, "picture": None}


OPENING: dict[str, Any] = {
    "version": 812, "now": NOW, "day": DAY, "site": "hall", "required": True, "may_sign": True, "may_open": True,
    "may_override": True,
    "lists": [
        {
            "id": "site-2020", "version": "2020.1", "missing": ["approval", "airing"],
            "lines": [
                line("approval", "picture", ("活动批准文件", "Approval document")),
                line("ways", "tick", ("入口与出口分开", "Separate entrance and exit"), holds=True, missing=False,
                     signature=signed()),
                line("spacing", "number", ("等候区间距", "Spacing of the waiting area"), unit="m", low=1, high=5,
                     holds=True, missing=False, signature=signed(value=1.2)),
                line("medic", "text", ("观察室值班医务人员", "Medic on duty in the observation room"), holds=True,
                     missing=False, signature=signed(text=HOSTILE)),
                line("airing", "log", ("通风与消毒记录", "Log of airing and disinfection"), entries=[
                    {"from": at("08:05"), "until": at("08:25"), "place": "礼堂", "by": "staff:chen"}]),
                line("devices", "devices", ("设备检查", "Check of the devices"), devices=False),
                line("supplies", "tick", ("口罩、消毒液等物资", "Masks, disinfectant, other supplies"),
                     mandatory=False, missing=False),
            ],
        }
    ],
    "campaigns": [
        {"code": "autumn", "title": TITLE, "checklist": "site-2020", "session": None},
        {"code": "adult", "title": {"zh_CN": "成人教育采集", "en": "Adult education"}, "checklist": "site-2020",
         "session": {"opened_at": at("08:50"), "opened_by": "staff:li", "reason": "批准文件稍后补拍",
                     "missing": ["approval"], "closed_at": None}},
    ],
}  # fmt: skip


def student(number: int, name: str, **more: Any) -> dict[str, Any]:
    """A student of the schedule."""
    return {
        "id": number, "name": name, "student_number": f"19*******{number:04d}", "class_name": "2019秋行管本科",
        "teaching_point": "金凤教学点", "mail": number % 2 == 0, **more,
    }  # fmt: skip


def slot(nth: int, begin: str, end: str, over: bool, names: tuple[str, ...]) -> dict[str, Any]:
    """A slot of the day with who is due."""
    due = [
        student(nth * 100 + at_, name, state="due", offers=1 + at_ % 2, here=over or at_ == 0)
        for at_, name in enumerate(names)
    ]
    return {
        "id": f"{nth:032x}", "from": at(begin), "until": at(end), "over": over, "site": "银川分校礼堂",
        "capacity": 10, "load": len(due), "students": due,
    }  # fmt: skip


def free(nth: int, begin: str, end: str, places: int) -> dict[str, Any]:
    """A slot that may be moved to."""
    return {
        "id": f"{nth:032x}",
        "from": at(begin),
        "until": at(end),
        "day": DAY,
        "site": "银川分校礼堂",
        "free": places,
    }


SCHEDULE: dict[str, Any] = {
    "version": 812, "now": NOW, "may": True, "campaigns": [{"code": "autumn", "title": TITLE}],
    "campaign": {"code": "autumn", "slot_minutes": 30, "capture_from": "2026-06-01", "capture_until": "2026-06-30",
                 "mail": True},
    "days": [{"day": DAY, "slots": 3, "students": 21, "capacity": 30},
             {"day": "2026-06-13", "slots": 12, "students": 120, "capacity": 120}],
    "day": DAY,
    "slots": [
        slot(1, "09:00", "09:30", True, ("赵*", "钱**", "孙*", HOSTILE)),
        slot(2, "10:30", "11:00", False, tuple(f"{surname}**" for surname in "李周吴郑王冯陈褚卫蒋")),
        slot(3, "11:00", "11:30", False, ()),
    ],
    "open": [free(2, "10:30", "11:00", 0), free(3, "11:00", "11:30", 10)],
    "without": {"count": 2, "skipped": {"late": 12},
                "students": [student(901, "欧阳**"), student(902, "沈*")]},
    "sites": [{"code": "hall", "title": "银川分校礼堂", "waiting_metres": 12.0, "spacing_metres": 1.0, "seats": 1,
               "student_seconds": 180, "measured": True, "capacity": 10, "served": 10, "places": 12,
               "limited_by": "seats"}],
}  # fmt: skip


def counts(name: str, registered: int, missing: int, **more: Any) -> dict[str, Any]:
    """How far one branch is."""
    done, rejected = registered - missing, missing // 9
    reasons = {"not_come": missing - rejected, "not_linked": rejected} if missing else {}
    return {
        "name": name, "registered": registered, "photographed": done, "checked": done // 2, "paid": done // 3,
        "reported": done // 3, "linked": done // 4, "rejected": rejected, "missing": missing, "reasons": reasons,
        **more,
    }  # fmt: skip


PROGRESS: dict[str, Any] = {
    "now": NOW, "scope": "", "campaigns": [{"code": "autumn", "title": TITLE}], "chosen": "autumn", "codes": False,
    "deadlines": [{"name": "roster_deadline", "day": "2026-06-01", "days": -11, "tone": "over"},
                  {"name": "capture_until", "day": "2026-06-14", "days": 2, "tone": "near"},
                  {"name": "upload_on", "day": "2026-09-30", "days": 110, "tone": "far"}],
    "path": [], "level": "branch", "total": counts("", 41_900, 1_240),
    "lines": [counts("银川分校", 21_400, 740, kind="branch"), counts(HOSTILE, 12_300, 500, kind="branch"),
              counts("石嘴山市广播电视大学直属工作站及其各教学点", 8_100, 0, kind="branch"),
              counts("", 100, 0, kind="branch")],
}  # fmt: skip
PEOPLE: dict[str, Any] = {
    "which": "missing", "reason": "", "total": 1_240,
    "rows": [
        {"name": name, "student_number": "19*******0202", "branch": "银川分校", "teaching_point": "金凤教学点",
         "class_name": "2019秋行管本科", "reason": why, "checked": done, "paid": done, "reported": False,
         "linked": False}
        for name, why, done in (("赵*", "not_come", False), (HOSTILE, "not_linked", True))
    ],
}  # fmt: skip


#: The pages whose facts these are, as `staff_stage.PAGES` names them.
PAGES = ("day", "opening", "schedule", "progress")


def answers() -> dict[str, Any]:
    """Address → JSON of what these pages read."""
    return {
        "/staff/api/day": GLANCE,
        "/staff/api/opening": OPENING,
        "/staff/api/schedule": SCHEDULE,
        "/staff/api/progress": PROGRESS,
    }
