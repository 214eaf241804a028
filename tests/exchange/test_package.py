"""A package accounts for everybody, proves every byte, and is whole or not there."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import shutil
import subprocess
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from kiosk import catalogue
from kiosk.domain.profiles import profiles_from
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.standing import Missing
from kiosk.domain.states import VisitState
from kiosk.exchange import package
from kiosk.exchange.package import Order, Summary, check_name_rule, export
from kiosk.records import balance
from kiosk.records.database import Database
from kiosk.records.tables import Audit, Campaign
from kiosk.records.vault import Vault
from kiosk.settings import Settings
from tests.exchange.conftest import NOW
from tests.exchange.people import People, picture
from tests.exchange.rosters import student as roster_row

OPEN, CODES = "open-2027-spring", "code-2027-spring"
S = VisitState


@pytest.fixture
def people(database: Database, settings: Settings) -> People:
    return People(database, Vault(settings.data / "vault"), OPEN)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out" / "package.zip"


def make(database: Database, settings: Settings, out: Path, campaign: str = OPEN, **options: Any) -> Summary:
    run = {key: options.pop(key) for key in ("now", "progress") if key in options}
    order = Order(campaign, **options)
    return export(database, settings, order, out, "command:test", **{"now": NOW, **run})


def parts(out: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def manifest(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(parts(out)["manifest.json"])
    return found


def sheets(out: Path) -> dict[str, list[tuple[Any, ...]]]:
    book = load_workbook(io.BytesIO(parts(out)["roster.xlsx"]))
    for sheet in book:
        for cells in sheet.iter_rows():
            assert all(cell.value is None or cell.data_type == "s" for cell in cells)
            assert all(cell.number_format == "@" for cell in cells)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def everybody(people: People) -> dict[Missing | None, int]:
    """One student for every way to stand; None is ready. Returns how many stand where."""
    plain = {
        S.REFUSED: Missing.REFUSED, S.OBSERVATION: Missing.OBSERVATION, S.ESCALATED: Missing.ESCALATED,
        S.DATA_REPORTED: Missing.DATA_REPORTED, S.PARKED: Missing.PARKED, S.CANCELLED: Missing.CANCELLED,
        S.CAPTURING: Missing.IN_PROGRESS, S.QUEUED: Missing.IN_PROGRESS,
    }  # fmt: skip
    people.student(1)
    people.ready(2)
    serial = 3
    for state in plain:
        people.visit(state, people.student(serial))
        serial += 1
    photos = [
        ({"verdict": "ask"}, Missing.AWAITING_STAFF),
        ({"verdict": "ask", "decision": "accept"}, None),
        ({"verdict": "fail", "decision": "accept"}, None),
        ({"verdict": "pass", "decision": "reject"}, Missing.REJECTED),
        ({"accepted_at": NOW - timedelta(days=366)}, Missing.EXPIRED),
        ({"accepted_at": NOW - timedelta(days=365)}, None),
    ]
    for options, _ in photos:
        people.photo(people.visit(S.DONE, people.student(serial)), picture(f"photo {serial}"), **options)
        serial += 1
    counts: dict[Missing | None, int] = {Missing.NOT_COME: 1, None: 1}
    for reason in [*plain.values(), *(reason for _, reason in photos)]:
        counts[reason] = counts.get(reason, 0) + 1
    return counts


def test_everybody_is_in_it_or_missing_for_a_reason(
    people: People, database: Database, settings: Settings, out: Path
) -> None:
    wanted = everybody(people)
    summary = make(database, settings, out)
    assert summary.exported == wanted.pop(None)
    assert summary.missing == {reason.value: count for reason, count in wanted.items() if reason}
    assert summary.registered == summary.exported + sum(summary.missing.values())
    told = manifest(out)
    assert {key: told[key] for key in ("registered", "exported", "missing")} == {
        "registered": summary.registered, "exported": summary.exported, "missing": summary.missing,
    }  # fmt: skip
    assert len(told["missing_people"]) == sum(summary.missing.values())
    found = sheets(out)
    assert len(found["照片名单"]) - 1 == summary.exported
    assert len(found["缺片名单"]) - 1 == sum(summary.missing.values())
    assert found["缺片名单"][1][-1] == "未到场"
    with database.read() as session:
        campaign = session.scalars(select(Campaign).where(Campaign.code == OPEN)).one()
        counted = balance.of_campaign(session, campaign, NOW)
    assert (counted.registered, counted.ready, counted.missing) == (
        summary.registered, summary.exported, summary.missing,
    )  # fmt: skip


def test_the_manifest_proves_every_byte(people: People, database: Database, settings: Settings, out: Path) -> None:
    for serial in range(1, 6):
        people.ready(serial)
    summary = make(database, settings, out)
    found = parts(out)
    told = manifest(out)
    assert {entry["path"] for entry in told["files"]} == set(found) - {"manifest.json", "manifest.sig"}
    for entry in told["files"]:
        content = found[entry["path"]]
        assert (entry["sha256"], entry["bytes"]) == (hashlib.sha256(content).hexdigest(), len(content))
    assert summary.sha256 == hashlib.sha256(out.read_bytes()).hexdigest()
    assert summary.bytes == out.stat().st_size
    if shutil.which("unzip"):
        subprocess.run(["unzip", "-tq", str(out)], check=True, capture_output=True)


def test_photos_are_named_by_the_profile_and_are_the_deliverables(
    people: People, database: Database, settings: Settings, out: Path
) -> None:
    digest = people.ready(1)
    make(database, settings, out)
    name = f"photos/{roster_row(1)['证件号码']}.jpg"
    assert hashlib.sha256(parts(out)[name]).hexdigest() == digest
    present = sheets(out)["照片名单"]
    row = dict(zip(present[0], present[1], strict=True))
    assert (row["照片文件"], row["照片SHA-256"], row["证件号码"]) == (name, digest, roster_row(1)["证件号码"])


def test_the_same_data_gives_the_same_bytes_but_for_the_stated_time(
    people: People, database: Database, settings: Settings, out: Path
) -> None:
    everybody(people)
    first, second, later = (out.with_name(name) for name in ("1.zip", "2.zip", "3.zip"))
    make(database, settings, first)
    make(database, settings, second)
    make(database, settings, later, now=NOW + timedelta(hours=2))
    assert first.read_bytes() == second.read_bytes()
    old, new = parts(first), parts(later)
    assert {name: old[name] for name in old if not name.startswith("manifest")} == {
        name: new[name] for name in new if not name.startswith("manifest")
    }
    changed = {key for key in manifest(first) if manifest(first)[key] != manifest(later)[key]}
    assert changed == {"made_at"}


@pytest.mark.parametrize("value", ["=1+1", "+86", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "\ta", "a\x0bb"])
def test_no_value_ever_becomes_a_formula(
    people: People, database: Database, settings: Settings, out: Path, value: str
) -> None:
    people.ready(1, remark=value, name=value)
    make(database, settings, out)
    present = sheets(out)["照片名单"]
    row = dict(zip(present[0], present[1], strict=True))
    assert row["备注"] == row["姓名"] == value.replace("\x0b", "")


def test_a_collection_code_campaign_carries_codes_and_no_names(
    database: Database, settings: Settings, out: Path
) -> None:
    people = People(database, Vault(settings.data / "vault"), CODES)
    first, second, third = b"\x00\xff secret 1", b"\xfe\x00 2", b"code 3"
    people.visit(S.CANCELLED, code=first)
    people.photo(people.visit(S.DONE, code=second), picture("two"))
    people.photo(people.visit(S.DONE, code=first), picture("one"))
    people.visit(S.PARKED, code=third)
    summary = make(database, settings, out, CODES)
    assert (summary.registered, summary.exported, summary.missing) == (3, 2, {"parked": 1})
    found = parts(out)
    assert found["photos/000001.jpg"] == picture("one") and found["codes/000001.bin"] == first
    assert found["photos/000002.jpg"] == picture("two") and found["codes/000002.bin"] == second
    assert manifest(out)["missing_people"] == [{"ordinal": 3, "reason": "parked"}]
    header = sheets(out)["照片名单"][0]
    assert not {"姓名", "证件号码", "学号"} & set(header)


def test_the_newest_photo_that_may_go_is_taken(
    people: People, database: Database, settings: Settings, out: Path
) -> None:
    student = people.student(1)
    people.photo(people.visit(S.DONE, student), picture("old"))
    newest = people.photo(people.visit(S.DONE, student), picture("new"))
    people.photo(people.visit(S.DONE, student), picture("rejected"), decision="reject")
    people.visit(S.PARKED, student)
    assert make(database, settings, out).exported == 1
    assert newest in {entry["sha256"] for entry in manifest(out)["files"]}


@pytest.mark.parametrize("harm", ["gone", "damaged"])
def test_a_damaged_file_is_missing_and_never_delivered(
    people: People, database: Database, settings: Settings, out: Path, harm: str
) -> None:
    path = people.vault.path(people.ready(1))
    people.ready(2)
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1])
    summary = make(database, settings, out)
    assert (summary.exported, summary.missing) == (1, {"file_damaged": 1})


def test_an_empty_campaign_makes_an_empty_package(database: Database, settings: Settings, out: Path) -> None:
    summary = make(database, settings, out)
    assert (summary.registered, summary.exported, summary.missing) == (0, 0, {})
    assert set(parts(out)) == {"roster.xlsx", "registry.xlsx", "manifest.json", "manifest.sig"}


def test_a_full_disk_leaves_the_old_package_as_it_was(
    people: People, database: Database, settings: Settings, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.ready(1)
    make(database, settings, out)
    old = out.read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    for module, name in ((zipfile.ZipFile, "writestr"), (os, "fsync")):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, full)
            with pytest.raises(Refusal) as refused:
                make(database, settings, out, now=NOW + timedelta(hours=1))
        assert refused.value.code is Code.DISK_FULL
        assert out.read_bytes() == old
        assert list(out.parent.iterdir()) == [out]


def test_what_cannot_be_made_is_refused(database: Database, settings: Settings, out: Path) -> None:
    with pytest.raises(Refusal) as refused:
        make(database, settings, out, "nope")
    assert refused.value.code is Code.NO_CAMPAIGN
    with database.write() as session:
        session.scalars(select(Campaign).where(Campaign.code == OPEN)).one().profile = "nope"
    with pytest.raises(Refusal) as refused:
        make(database, settings, out)
    assert refused.value.code is Code.PROFILE_UNKNOWN
    assert not out.exists()


def test_every_export_stands_in_the_audit_without_anybody(
    people: People, database: Database, settings: Settings, out: Path
) -> None:
    people.ready(1)
    make(database, settings, out)
    with database.read() as session:
        row = session.scalars(select(Audit).order_by(Audit.sequence.desc()).limit(1)).one()
    assert (row.action, row.actor, row.detail["exported"]) == ("package_export", "command:test", 1)
    assert str(roster_row(1)["证件号码"]) not in json.dumps(row.detail)


def test_progress_may_stop_it_and_nothing_is_left(
    people: People, database: Database, settings: Settings, out: Path
) -> None:
    for serial in range(1, 60):
        people.student(serial)

    def stop(share: float) -> None:
        raise InterruptedError(share)

    with pytest.raises(InterruptedError):
        make(database, settings, out, progress=stop)
    assert list(out.parent.iterdir()) == []


def test_every_profile_names_its_photos_by_fields_that_exist(settings: Settings) -> None:
    for profile in profiles_from(catalogue.tables(settings.config / "photo_profiles")).values():
        check_name_rule(profile.name_rule)


@pytest.mark.parametrize("rule", ["photo.jpg", "{phone_of_mother}.jpg", "{id_number}.png", "../{id_number}.jpg"])
def test_a_rule_that_names_nothing_is_refused(rule: str) -> None:
    with pytest.raises(ValueError, match="does not name"):
        check_name_rule(rule)


def test_a_name_stays_inside_its_folder() -> None:
    assert package._safe("..\\/evil:name?") == "__evil_name_"
    assert package._safe("  ") == "_"
