"""A campaign with its organisation and sites as a file: TOML, or a workbook that a person can fill in.

TOML: the campaign's keys, then `[[units]]` and `[[sites]]`. Workbook: the sheets 活动 (field, value), 机构 and
场地 (a header, then a row each). Reading only describes; what counts is decided on the page or by the command.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError
from sqlalchemy.orm import Session

from kiosk.domain import campaign as rules
from kiosk.domain.campaign import CampaignFile
from kiosk.domain.organisation import Kind, Unit, problems
from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange.sheets import TextWorkbook
from kiosk.exchange.workbook import guard_zip
from kiosk.i18n import text
from kiosk.records import campaigns, planning

#: Longest file, in bytes.
LARGEST = 4 << 20
CAMPAIGN, UNITS, SITES = "活动", "机构", "场地"
FIELDS, UNIT_COLUMNS = ("字段", "值", "说明"), ("编码", "类型", "名称", "上级编码", "电子邮箱")
SITE_COLUMNS = ("编码", "名称", "地址", "等候区长度（米）", "座位数", "每人用时（秒）")
UNIT_KEYS = ("code", "kind", "name", "parent", "email")
SITE_KEYS = ("code", "title", "address", "waiting_metres", "seats", "student_seconds")
KIND_WORDS = {
    "省": Kind.PROVINCE, "分校": Kind.BRANCH, "工作站": Kind.WORK_STATION, "教学点": Kind.TEACHING_POINT,
    "班级": Kind.CLASS,
}  # fmt: skip
#: Fields of the campaign that hold lists; a cell holds them with commas between.
_LISTS = ("assurances", "refuse_flags", "modes", "school_codes", "intake_terms")
_NESTED = ("title", "retention")
_ZIP = b"PK\x03\x04"


@dataclass
class Plan:
    """What a file says. `content` are the campaign's fields as they stand there, empty without a campaign."""

    content: dict[str, Any] = field(default_factory=dict)
    units: list[dict[str, Any]] = field(default_factory=list)
    sites: list[dict[str, Any]] = field(default_factory=list)

    def unit_problems(self) -> list[tuple[str, str]]:
        """(code, problem) of units that make no tree; parents that the records have are not known here."""
        try:
            units = [
                Unit(str(u["code"]), Kind(u["kind"]), str(u["name"]), str(u.get("parent", ""))) for u in self.units
            ]
        except (KeyError, ValueError) as error:
            return [("", f"kind {error}")]
        return [(code, problem) for code, problem in problems(units) if problem != "no_parent"]


def read(path: Path) -> Plan:
    """The plan of the file, whichever it is. Raises `Refusal` file_not_a_workbook, file_too_large, file_empty."""
    size = path.stat().st_size
    if size == 0:
        raise Refusal(Code.FILE_EMPTY)
    if size > LARGEST:
        raise Refusal(Code.FILE_TOO_LARGE, {"limit_megabytes": LARGEST >> 20})
    raw = path.read_bytes()
    if raw.startswith(_ZIP):
        return _from_workbook(path)
    try:
        table = tomllib.loads(raw.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refusal(Code.FILE_NOT_A_WORKBOOK) from error
    units, sites = table.pop("units", []), table.pop("sites", [])
    if not isinstance(units, list) or not isinstance(sites, list):
        raise Refusal(Code.FILE_NOT_A_WORKBOOK)
    content = json.loads(json.dumps(table, default=_plain))
    return Plan(content, [_known(item, UNIT_KEYS) for item in units], [_known(item, SITE_KEYS) for item in sites])


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise Refusal(Code.FILE_NOT_A_WORKBOOK)


def _known(item: object, keys: Sequence[str]) -> dict[str, Any]:
    if not isinstance(item, dict) or not set(item) <= set(keys):
        raise Refusal(Code.FILE_NOT_A_WORKBOOK)
    return dict(item)


def _from_workbook(path: Path) -> Plan:
    guard_zip(path)
    try:
        book = CalamineWorkbook.from_path(str(path))
        rows = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    except PasswordError as error:
        raise Refusal(Code.FILE_ENCRYPTED) from error
    except (CalamineError, OSError, ValueError) as error:
        raise Refusal(Code.FILE_NOT_A_WORKBOOK) from error
    if not {CAMPAIGN, UNITS, SITES} & set(rows):
        raise Refusal(Code.FILE_NO_HEADER, {"missing": CAMPAIGN, "twice": "", "within": 1})
    plan = Plan()
    for row in rows.get(CAMPAIGN, [])[1:]:
        name, value = _text(row[0]) if row else "", _text(row[1]) if len(row) > 1 else ""
        if name and value:
            _put(plan.content, name, value)
    for row in rows.get(UNITS, [])[1:]:
        unit = dict(zip(UNIT_KEYS, map(_text, row), strict=False))
        if unit.get("code"):
            word = unit.get("kind", "")
            unit["kind"] = KIND_WORDS[word].value if word in KIND_WORDS else word
            plan.units.append(unit)
    for row in rows.get(SITES, [])[1:]:
        site: dict[str, Any] = dict(zip(SITE_KEYS, map(_text, row), strict=False))
        if site.get("code"):
            plan.sites.append({key: _number(key, value) for key, value in site.items()})
    return plan


def _text(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _number(key: str, value: str) -> object:
    try:
        return {"waiting_metres": float, "seats": int, "student_seconds": int}.get(key, str)(value)
    except ValueError:
        return value  # the decision says what is wrong with it


def _put(content: dict[str, Any], name: str, value: str) -> None:
    top, _, inner = name.partition(".")
    known = CampaignFile.model_fields.get(top)
    if top in _LISTS:
        content[top] = [part.strip() for part in value.replace("，", ",").split(",") if part.strip()]
    elif top in _NESTED and inner:
        content.setdefault(top, {})[inner] = int(value) if value.isdigit() and top == "retention" else value
    elif known is not None and known.annotation is bool:
        content[top] = {"是": True, "true": True, "否": False, "false": False}.get(value.lower(), value)
    elif known is not None and known.annotation is int and value.isdigit():
        content[top] = int(value)
    else:
        content[top] = value


def export(session: Session, code: str, path: Path, form: str, language: str) -> None:
    """Write the campaign `code` with the organisation and the sites; `form` is toml or xlsx.

    Raises `Refusal(NO_CAMPAIGN)`.
    """
    row = planning.campaign(session, code)
    if row is None:
        raise Refusal(Code.NO_CAMPAIGN, {"campaign": code})
    file, units = campaigns.of_row(row), planning.units(session)
    sites = [
        {"code": site.code, "title": site.name, "address": site.address, "waiting_metres": site.waiting_metres,
         "seats": site.seats, "student_seconds": site.student_seconds}
        for site in planning.sites(session)
    ]  # fmt: skip
    if form == "toml":
        write_toml(path, file, units, sites)
    else:
        hints = {field: text(language, f"plan.hint.{field}") for field in CampaignFile.model_fields}
        write_workbook(path, file, units, sites, hints)


def write_toml(path: Path, campaign: CampaignFile, units: Sequence[Unit], sites: Sequence[dict[str, Any]]) -> None:
    """Write the plan as TOML that `read` reads back equal."""
    parts = [rules.to_toml(campaign)]
    for unit in units:
        values = {"code": unit.code, "kind": unit.kind.value, "name": unit.name, "parent": unit.parent,
                  "email": unit.email}  # fmt: skip
        parts.append(rules.toml_table("units", values))
    parts += [rules.toml_table("sites", site) for site in sites]
    path.write_text("\n".join(parts), "utf-8")


def write_workbook(
    path: Path,
    campaign: CampaignFile,
    units: Sequence[Unit],
    sites: Sequence[dict[str, Any]],
    hints: dict[str, str],
) -> None:
    """Write the plan as a workbook; `hints` say what each field means (last column)."""
    words = {kind: word for word, kind in KIND_WORDS.items()}
    with TextWorkbook() as book:
        sheet = book.sheet(CAMPAIGN, FIELDS, 30)
        for name, value in _cells(campaign):
            sheet.append([name, value, hints.get(name.split(".")[0], "")])
        sheet = book.sheet(UNITS, UNIT_COLUMNS, 22)
        for unit in units:
            sheet.append([unit.code, words[unit.kind], unit.name, unit.parent, unit.email])
        sheet = book.sheet(SITES, SITE_COLUMNS, 22)
        for site in sites:
            sheet.append([str(site[key]) for key in SITE_KEYS])
        book.save(path)


def _cells(campaign: CampaignFile) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in campaign.model_dump(mode="json").items():
        if isinstance(value, dict):
            found += [(f"{name}.{inner}", str(item)) for inner, item in value.items()]
        elif isinstance(value, list):
            found.append((name, ", ".join(map(str, value))))
        elif isinstance(value, bool):
            found.append((name, "是" if value else "否"))
        else:
            found.append((name, "" if value is None else str(value)))
    return found
