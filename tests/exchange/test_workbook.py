"""Whatever is uploaded as a roster: it is read, or refused with the reason, quickly and without eating memory."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange import workbook
from kiosk.exchange.workbook import read_table
from tests.exchange.rosters import TITLES, student, with_sheet, write


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write(tmp_path / "good.xlsx", [student(1), student(2)])


def refusal(path: Path) -> Refusal:
    with pytest.raises(Refusal) as caught:
        read_table(path)
    return caught.value


def test_rows_keep_the_number_that_the_spreadsheet_shows(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    sheet["B3"] = "2027 届毕业生名单"
    for place, title in enumerate(TITLES, start=2):
        sheet.cell(5, place, title)
    sheet.cell(6, 5, "2451161000001")
    sheet.cell(8, 5, "2451161000002")
    book.save(tmp_path / "r.xlsx")
    table = read_table(tmp_path / "r.xlsx")
    rows = {number: cells for number, cells in table if any(cells)}
    assert sorted(rows) == [6, 8]
    place = next(place for place, column in table.header.columns.items() if column.key == "student_number")
    assert [rows[number][place] for number in (6, 8)] == ["2451161000001", "2451161000002"]


def test_hidden_sheets_and_sheets_without_header_are_passed_over(tmp_path: Path) -> None:
    book = Workbook()
    book.active.title = "填表说明"
    book["填表说明"].append(["请勿改动院校代码"])
    hidden = book.create_sheet("旧名单")
    hidden.append(TITLES)
    hidden.append(["旧"] * len(TITLES))
    hidden.sheet_state = "hidden"
    new = book.create_sheet("新名单")
    new.append(TITLES)
    new.append(["新"] * len(TITLES))
    book.save(tmp_path / "r.xlsx")
    table = read_table(tmp_path / "r.xlsx")
    assert (table.sheet, table.rows[0][0]) == ("新名单", "新")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", "\t"])
def test_csv_is_read_in_the_usual_encodings(tmp_path: Path, encoding: str, separator: str) -> None:
    path = tmp_path / "r.csv"
    path.write_text("\r\n".join([separator.join(TITLES), separator.join(map(str, student(1).values()))]), encoding)
    table = read_table(path)
    assert len(table.rows) == 1 and table.first_row == 2
    assert "陈晓梅" in table.rows[0]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xlsx", b"this is no workbook"),
        ("a.xls", b"<html><table><tr><td>\xe5\xad\xa6\xe5\x8f\xb7</td></tr></table></html>"),
        ("a.csv", b"<html></html>"),
        ("a.csv", bytes(range(256)) * 4),
        ("a.csv", b"\xff\xfe\xfd" * 10),
        ("a.xlsx", b"PK\x03\x04 and nothing more PK\x05\x06"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)),
        ("a.pdf", b"%PDF-1.7\n\x00\x01"),
    ],
)
def test_what_is_no_workbook_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert refusal(tmp_path / name).code is Code.FILE_NOT_A_WORKBOOK


def test_a_zip_of_something_else_is_no_workbook(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert refusal(tmp_path / "a.xlsx").code is Code.FILE_NOT_A_WORKBOOK


def test_an_encrypted_workbook_is_named_as_such(tmp_path: Path) -> None:
    # The container that Office writes for a workbook with a password: a compound file with this stream in it.
    content = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1016) + "EncryptedPackage".encode("utf-16-le") + bytes(992)
    )
    (tmp_path / "a.xlsx").write_bytes(content)
    assert refusal(tmp_path / "a.xlsx").code is Code.FILE_ENCRYPTED


def test_empty_files_are_empty(tmp_path: Path) -> None:
    (tmp_path / "zero.xlsx").write_bytes(b"")
    Workbook().save(tmp_path / "blank.xlsx")
    write(tmp_path / "header.xlsx", [])
    (tmp_path / "blank.csv").write_text("\n\n")
    for name in ("zero.xlsx", "blank.xlsx", "header.xlsx"):
        assert refusal(tmp_path / name).code is Code.FILE_EMPTY, name


def test_without_a_header_the_refusal_names_the_missing_columns(tmp_path: Path) -> None:
    write(tmp_path / "none.xlsx", [{"甲": "1"}], ["甲", "乙"])
    assert refusal(tmp_path / "none.xlsx").code is Code.FILE_NO_HEADER
    write(tmp_path / "part.xlsx", [student(1)], ["学号", "姓名", "性别"])
    found = refusal(tmp_path / "part.xlsx")
    assert (found.code, found.args_["missing"]) == (Code.FILE_NO_HEADER, "证件号码")
    write(tmp_path / "twice.xlsx", [student(1)], [*TITLES, "身份证号"])
    found = refusal(tmp_path / "twice.xlsx")
    assert (found.code, found.args_["twice"]) == (Code.FILE_NO_HEADER, "证件号码")


def rows(count: int) -> list[bytes]:
    return [
        b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>x</t></is></c></row>' % (row, row)
        for row in range(1, count + 1)
    ]


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param(rows(200_000), id="200,000 rows"),
        pytest.param([b"<row><c><v>1</v></c></row>" * 200_000], id="rows without numbers"),
        pytest.param([b'<x:row r="200000"><x:c r="A200000"/></x:row>'], id="with a prefix"),
        pytest.param([b'<row r="1"><c r="A1"/></row><row r="1048576"><c r="A1048576"/></row>'], id="last row"),
        pytest.param([b'<row r="1"><c r="A1"/><c r="XFD1"/></row>'], id="last column"),
        pytest.param([b'<row r="1"><c r="A1"/><c r="BM1" s="1"/></row>'], id="65th column"),
        pytest.param([b"<row>", b"<c><v>1</v></c>" * 20_000, b"</row>"], id="cells without place"),
        pytest.param([b"<row r='1'><c r='XFD1'/></row>"], id="other quotes"),
        pytest.param([b"<row\tr='1'><c\tr='XFD1'/></row>"], id="other white space"),
    ],
)
def test_a_sheet_that_reaches_too_far_is_refused_before_it_is_opened(
    tmp_path: Path, good: Path, parts: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = with_sheet(tmp_path / "far.xlsx", good, parts)
    monkeypatch.setattr(workbook, "CalamineWorkbook", None)  # opening it would fail the test
    assert refusal(path).code is Code.FILE_TOO_LARGE


def test_the_largest_roster_is_let_through(tmp_path: Path, good: Path) -> None:
    workbook._guard_zip(with_sheet(tmp_path / "large.xlsx", good, rows(100_001)))


def test_a_zip_bomb_is_refused_by_its_directory(
    tmp_path: Path, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = with_sheet(tmp_path / "bomb.xlsx", good, [b" " * (1 << 20)] * 9)
    monkeypatch.setattr(workbook, "MAX_UNPACKED", 8 << 20)
    monkeypatch.setattr(zipfile.ZipFile, "open", None)  # unpacking it would fail the test
    assert path.stat().st_size < 100_000
    assert refusal(path).code is Code.FILE_TOO_LARGE


def test_a_file_that_is_too_large_is_not_even_read(tmp_path: Path) -> None:
    with (tmp_path / "a.xlsx").open("wb") as stream:
        stream.truncate(workbook.MAX_FILE + 1)
    assert refusal(tmp_path / "a.xlsx").code is Code.FILE_TOO_LARGE


def test_csv_has_the_same_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_ROWS", 100)
    (tmp_path / "a.csv").write_text("学号,姓名,证件号码\n" + "1,2,3\n" * 200, "utf-8")
    assert refusal(tmp_path / "a.csv").code is Code.FILE_TOO_LARGE


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_workbook_is_read_or_refused_but_never_breaks(tmp_path: Path, good: Path, seed: int) -> None:
    chance, content = random.Random(seed), bytearray(good.read_bytes())
    if seed % 4 == 0:
        del content[chance.randrange(len(content)) :]
    else:
        for _ in range(chance.randrange(1, 30)):
            content[chance.randrange(len(content))] = chance.randrange(256)
    path = tmp_path / "damaged.xlsx"
    path.write_bytes(content)
    try:
        read_table(path)
    except Refusal as found:
        assert found.code.value.startswith("file_")


def with_part(path: Path, template: Path, name: str, content: bytes = b"x") -> Path:
    """A copy of the workbook with one more part."""
    path.write_bytes(template.read_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ("xl/vbaProject.bin", Code.FILE_MACROS),
        ("xl/externalLinks/externalLink1.xml", Code.FILE_LINKS),
        ("xl/connections.xml", Code.FILE_LINKS),
        ("xl/embeddings/oleObject1.bin", Code.FILE_LINKS),
        ("../../etc/passwd", Code.FILE_PATHS),
        ("/etc/passwd", Code.FILE_PATHS),
        ("..\\evil.exe", Code.FILE_PATHS),
        ("C:/evil.exe", Code.FILE_PATHS),
    ],
)
def test_what_could_act_or_lead_outside_is_refused_by_its_own_name(
    tmp_path: Path, good: Path, part: str, code: Code
) -> None:
    assert refusal(with_part(tmp_path / "bad.xlsx", good, part)).code is code


def test_an_old_workbook_with_macros_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xls").write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1016) + "_VBA_PROJECT".encode("utf-16-le") + bytes(992)
    )
    assert refusal(tmp_path / "a.xls").code is Code.FILE_MACROS


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_workbook_that_was_cut_in_the_middle_says_so(tmp_path: Path, good: Path, share: float) -> None:
    content = good.read_bytes()
    (tmp_path / "cut.xlsx").write_bytes(content[: int(len(content) * share)])
    assert refusal(tmp_path / "cut.xlsx").code is Code.FILE_CUT


@pytest.mark.parametrize("end", ["2451161000003,陈晓", '2451161000003,"陈晓', "2451161000003"])
def test_a_text_that_just_stops_was_cut(tmp_path: Path, end: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"学号,姓名,证件号码\n1,甲,1\n2,乙,2\n{end}", "utf-8")
    assert refusal(path).code is Code.FILE_CUT
    path.write_text("学号,姓名,证件号码\n1,甲,1\n2,乙,2", "utf-8")
    assert len(read_table(path).rows) == 2


@pytest.mark.parametrize("prefix", [b"", b"x:"])
def test_formulas_are_found_wherever_a_block_ends(tmp_path: Path, good: Path, prefix: bytes) -> None:
    cells = [
        b'<%(p)srow r="%(n)d"><%(p)sc r="C%(n)d"><%(p)sf>1+1</%(p)sf><%(p)sv>2</%(p)sv></%(p)sc></%(p)srow>'
        % {b"p": prefix, b"n": row}
        for row in range(1, 30_001)
    ]
    path = with_sheet(tmp_path / "f.xlsx", good, cells)
    found = workbook._guard_zip(path)["xl/worksheets/sheet1.xml"].formulas
    assert found == {(row, 3) for row in range(1, 30_001)}


def test_columns_have_letters() -> None:
    assert [workbook.letters(number) for number in (1, 26, 27, 52, 703, 16_384)] == [
        "A",
        "Z",
        "AA",
        "AZ",
        "AAA",
        "XFD",
    ]
