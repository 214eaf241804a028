"""The signed report of a day: it accounts for everybody, opens in the usual programs, no byte can be changed."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook

from kiosk.cli import main
from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange import day_report
from kiosk.exchange.day_report_check import verify
from kiosk.jobs import day_report as job
from kiosk.jobs.context import Context
from kiosk.records import migrate
from kiosk.records.database import Database
from kiosk.records.tables import Audit, Student
from kiosk.signing import Signer
from tests.actions.desk import NINGXIA, Desk, settings_for
from tests.actions.test_evening import force, slot

DAY = date(2026, 11, 23)


@contextmanager
def day_in(folder: Path) -> Iterator[Desk]:
    """A day with everything in it: photographed, refused, stopped, absent, cancelled, came without a place."""
    url = f"sqlite:///{folder / 'kiosk.sqlite3'}"
    migrate.upgrade(url)
    database = Database(url)
    found = Desk(database, settings_for(folder, url))
    found.prepare(9)
    slot(found, 0, 0, [1, 2, 3, 4, 5])
    found.photograph(1)
    visit = found.to_capture(6)  # without a place, and twice before the camera
    found.shoot(visit, verdict="fail")
    found.kiosk("retake")
    found.kiosk("accept", shot=found.shoot(visit, 2))
    found.kiosk("finish")
    found.card(2)
    found.kiosk("confirm")
    found.kiosk("declare", answers={**NINGXIA, "fever_or_cough": "yes"})
    found.kiosk("leave")
    hot = str(found.card(3)["visit"])
    found.kiosk("confirm")
    found.kiosk("declare", answers=NINGXIA)
    found.bridge("take_temperature", visit=hot, celsius=38.1)
    found.staff("remeasure", "medic", reason=None, visit=hot, celsius=37.9)
    found.to_queue(4)
    found.later(hours=1)
    yield found
    database.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with day_in(tmp_path / "data") as found:
        yield found


def make(desk: Desk, out: Path, language: str = "zh_CN") -> dict[str, Any]:
    return day_report.make(desk.database, desk.settings, DAY, out, "staff:li", language=language, now=desk.now)


def unpacked(file: Path, folder: Path) -> Path:
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder)
    return folder


def words_of(pdf: Path) -> str:
    return subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True).stdout


def test_it_accounts_for_everybody_and_is_signed(desk: Desk, tmp_path: Path) -> None:
    force(desk, reason="礼堂要关门")
    made = make(desk, tmp_path / "day.zip")
    assert (made["people"], made["open"], made["final"]) == (6, 0, True)
    found = verify(tmp_path / "day.zip", Signer.of(desk.settings).public_key)
    assert found.good and found.key_id == made["key_id"]
    (campaign,) = found.manifest["campaigns"]
    assert campaign == {
        "code": "autumn", "closed": True, "due": 5, "walked_in": 1, "holds": True,
        "outcomes": {"photographed": 2, "refused": 1, "observation": 1, "absent": 1, "cancelled": 1, "open": 0},
    }  # fmt: skip
    assert found.manifest["chain"]["broken_at"] is None
    with desk.database.read() as session:
        row = session.get_one(Audit, found.manifest["chain"]["rows"] + 1)
        assert (row.action, row.result, row.detail["sha256"]) == ("day_report", "done", made["sha256"])
        assert "学生" not in json.dumps(row.detail, ensure_ascii=False)


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is not installed")
@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "zh_CN",
            ["应到 5 + 无预约到场 1 = 6", "已拍 2 + 申报未通过 1 + 体温或观察 1 + 未到 1 + 取消 1", "核对一致",
             "学生2", "健康申报未通过", "复测体温仍异常", "收场时结束", "没有来", "礼堂要关门", "wang", "38.1 ℃",
             "双眼睁开", "审计链完整"],
        ),
        (
            "en",
            ["due 5 + without a place 1 = 6", "The sum holds", "Did not come", "Ended when the", "Eyes open",
             "The chain is whole"],
        ),
    ],
)  # fmt: skip
def test_the_paper_names_each_difference_and_carries_the_workbooks_checksum(
    desk: Desk, tmp_path: Path, language: str, expected: list[str]
) -> None:
    force(desk, reason="礼堂要关门")
    made = make(desk, tmp_path / "day.zip", language)
    folder = unpacked(tmp_path / "day.zip", tmp_path / "open")
    said = words_of(folder / "report.pdf")
    assert [words for words in expected if words not in said] == []
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["files"][1]["sha256"] in said and made["key_id"] in said
    assert "学生1 " not in said  # whoever has a photo is no difference
    prefix = tmp_path / "page"
    subprocess.run(
        ["pdftoppm", "-r", "40", "-png", folder / "report.pdf", prefix], check=True, capture_output=True
    )
    assert len(list(tmp_path.glob("page*.png"))) == made["pages"]


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_the_workbook(desk: Desk, tmp_path: Path) -> None:
    with desk.database.write() as session:
        session.get_one(Student, 5).class_name = "=1+1"
    force(desk)
    make(desk, tmp_path / "day.zip")
    folder = unpacked(tmp_path / "day.zip", tmp_path / "open")
    book = load_workbook(folder / "report.xlsx")
    assert book.sheetnames == ["核对", "逐人说明", "全部人员", "时段", "处理", "体温与事件", "原因"]
    assert book["全部人员"].max_row == 7 and book["逐人说明"].max_row == 5
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to",
         "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1", "--outdir",
         str(tmp_path / "csv"), str(folder / "report.xlsx")],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    everybody = (tmp_path / "csv" / "report-全部人员.csv").read_text("utf-8")
    assert everybody.count("\n") == 7 and "=1+1" in everybody and "2026000000005" in everybody


def test_before_the_closing_it_says_that_it_is_preliminary(desk: Desk, tmp_path: Path) -> None:
    made = make(desk, tmp_path / "day.zip")
    assert (made["open"], made["final"]) == (1, False)
    found = verify(tmp_path / "day.zip")
    assert found.good and not found.manifest["final"]
    assert "未收场" in words_of(unpacked(tmp_path / "day.zip", tmp_path / "open") / "report.pdf")


def test_names_are_masked_where_the_settings_say_so(desk: Desk, tmp_path: Path) -> None:
    masked = desk.with_settings(day_report={"names": "masked"})
    make(masked, tmp_path / "day.zip")
    folder = unpacked(tmp_path / "day.zip", tmp_path / "open")
    cells = str([[cell.value for cell in row] for row in load_workbook(folder / "report.xlsx")["全部人员"]])
    assert "学生2" not in cells and "2026000000002" not in cells and "学**" in cells
    assert "学生2" not in words_of(folder / "report.pdf")


def test_made_again_it_says_the_same(desk: Desk, tmp_path: Path) -> None:
    one, two = make(desk, tmp_path / "one.zip"), make(desk, tmp_path / "two.zip")
    books = [load_workbook(io.BytesIO(part(tmp_path / name, "report.xlsx"))) for name in ("one.zip", "two.zip")]
    assert list(books[0]["全部人员"].values) == list(books[1]["全部人员"].values)
    assert one["key_id"] == two["key_id"]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A signed report, made once."""
    folder = tmp_path_factory.mktemp("report")
    with day_in(folder / "data") as desk:
        force(desk)
        make(desk, folder / "day.zip")
    return (folder / "day.zip").read_bytes()


@pytest.fixture
def sealed(report: bytes, tmp_path: Path) -> Path:
    (tmp_path / "day.zip").write_bytes(report)
    return tmp_path / "day.zip"


def rewritten(file: Path, **parts: bytes | None) -> Path:
    """The same zip with parts replaced, added or (None) left out, its checksums right again."""
    target = file.with_name("other.zip")
    wanted = {name.replace("__", "."): content for name, content in parts.items()}
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(target, "w") as made:
        for name in [*source.namelist(), *(name for name in wanted if name not in source.namelist())]:
            content = wanted.get(name, source.read(name) if name in source.namelist() else None)
            if content is not None:
                made.writestr(name, content)
    return target


def part(file: Path, name: str) -> bytes:
    with zipfile.ZipFile(file) as archive:
        return archive.read(name)


def flipped(content: bytes, place: int) -> bytes:
    changed = bytearray(content)
    changed[place] ^= 1
    return bytes(changed)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.999])
@pytest.mark.parametrize("name", ["report.pdf", "report.xlsx", "manifest.json"])
def test_one_flipped_bit_of_any_file_is_found(sealed: Path, name: str, share: float) -> None:
    content = part(sealed, name)
    harmed = rewritten(sealed, **{name.replace(".", "__"): flipped(content, int(share * len(content)))})
    try:
        found = verify(harmed)
    except Refusal as refusal:  # the manifest is no JSON any more
        assert refusal.code is Code.REPORT_UNREADABLE
    else:
        assert not found.good


@pytest.mark.parametrize("step", range(24))
def test_one_flipped_bit_of_the_zip_is_found_or_changes_nothing(sealed: Path, step: int) -> None:
    content = sealed.read_bytes()
    harmed = sealed.with_name("harmed.zip")
    harmed.write_bytes(flipped(content, step * len(content) // 24))
    try:
        found = verify(harmed)
    except Refusal as refusal:
        assert refusal.code is Code.REPORT_UNREADABLE
        return
    if found.good:  # a bit that only the container has: date, mode
        assert all(
            part(harmed, name) == part(sealed, name) for name in ("report.pdf", "report.xlsx", "manifest.json")
        )


def test_what_else_was_done_to_it_is_named(sealed: Path) -> None:
    manifest = json.loads(part(sealed, "manifest.json"))
    manifest["campaigns"][0]["outcomes"]["absent"] -= 1
    done: dict[str, dict[str, bytes | None]] = {
        "signature": {"manifest__json": json.dumps(manifest).encode()},
        "counts": {"manifest__json": json.dumps(manifest).encode()},
        "not_signed": {"manifest__sig": None},
        "absent": {"report__pdf": None},
        "not_listed": {"more__txt": b"more"},
    }
    for code, parts in done.items():
        assert code in [problem for problem, _name in verify(rewritten(sealed, **parts)).problems]
    assert ("other_key", "") in verify(sealed, bytes(32)).problems


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a zip" * 99])
def test_what_is_no_report_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "day.zip"
    file.write_bytes(content)
    with pytest.raises(Refusal) as caught:
        verify(file)
    assert caught.value.code is Code.REPORT_UNREADABLE


def test_a_day_with_nothing_has_no_report_and_leaves_nothing_behind(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(Refusal) as caught:
        day_report.make(
            desk.database, desk.settings, date(2026, 1, 1), tmp_path / "out" / "day.zip", "staff:li", now=desk.now
        )
    assert caught.value.code is Code.NO_DAY
    assert list((tmp_path / "out").iterdir()) == []


def test_the_worker_puts_it_where_documents_lie(desk: Desk) -> None:
    context = Context(desk.database, desk.settings, "a" * 32, "staff:li", desk.now, lambda share: None)
    result = job.run(context, day="2026-11-23")
    file = desk.settings.data / "documents" / result["file"]
    assert verify(file).good and file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Refusal) as caught:
        job.run(context, day="yesterday")
    assert caught.value.code is Code.BAD_REQUEST


def command(desk: Desk, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--data", str(desk.settings.data), "day", *arguments])


def test_the_command_line_makes_and_proves_it(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "printed.zip"
    open_ = command(desk, "report", "--date", "2026-11-23", "--out", str(file))
    assert open_.exit_code == 2, open_.output
    force(desk)
    made = command(desk, "report", "--date", "2026-11-23", "--out", str(file))
    assert made.exit_code == 0, made.output
    proved = command(desk, "verify", str(file))
    assert proved.exit_code == 0 and "2026-11-23" in proved.output, proved.output
    harmed = rewritten(file, report__pdf=flipped(part(file, "report.pdf"), 500))
    found = command(desk, "verify", str(harmed))
    assert found.exit_code == 1 and "report.pdf" in found.output
    assert command(desk, "verify", str(file), "--key", "AAAA").exit_code == 1
    assert command(desk, "report", "--date", "2020-01-01", "--out", str(tmp_path / "no.zip")).exit_code == 1
    assert not (tmp_path / "no.zip").exists()
