"""A recipient finds every change of a package: bytes, counts, signature, a part left out, another key."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import dbf
import pyrage
import pytest
from sqlalchemy import select

from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.standing import Missing
from kiosk.exchange.package import Order, Summary, export, part_names, rehearse
from kiosk.exchange.package_check import Finding, verify
from kiosk.records.database import Database
from kiosk.records.registry_tables import FileLog, Package, PackageLine
from kiosk.records.vault import Vault
from kiosk.settings import Settings
from kiosk.signing import Signer, decode
from tests.exchange.conftest import NOW
from tests.exchange.people import People
from tests.exchange.rosters import student as roster_row

OPEN = "open-2027-spring"

#: What a recipient without our program may run: the standard library and any Ed25519.
INDEPENDENT = """
import base64, hashlib, json, sys, zipfile
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
archive = zipfile.ZipFile(sys.argv[1])
manifest = archive.read("manifest.json")
proof = json.loads(archive.read("manifest.sig"))
b64 = lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
Ed25519PublicKey.from_public_bytes(b64(sys.argv[2])).verify(b64(proof["signature"]), manifest)
files = json.loads(manifest)["files"]
assert {entry["path"] for entry in files} | {"manifest.json", "manifest.sig"} == set(archive.namelist())
assert all(hashlib.sha256(archive.read(entry["path"])).hexdigest() == entry["sha256"] for entry in files)
print(len(files))
"""


@pytest.fixture
def people(database: Database, settings: Settings) -> People:
    return People(database, Vault(settings.data / "vault"), OPEN)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out" / "package.zip"


def make(database: Database, settings: Settings, out: Path, **options: object) -> Summary:
    return export(database, settings, Order(OPEN, **options), out, "command:test", now=NOW)  # type: ignore[arg-type]


def codes(found: Finding) -> set[str]:
    return {code for code, _ in found.problems}


def rewrite(path: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """The archive again with other contents."""
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    change(contents)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)


def test_a_whole_package_is_good_for_us_and_for_an_independent_script(
    people: People, database: Database, settings: Settings, out: Path
) -> None:
    for serial in range(1, 6):
        people.ready(serial)
    people.student(6)
    make(database, settings, out, dbf=True)
    key = Signer.of(settings).public_key
    found = verify([out], key)
    assert (found.problems, found.key_known, found.exported, found.registered) == ([], True, 5, 6)
    assert not verify([out]).key_known
    script = [sys.executable, "-c", INDEPENDENT, str(out), base64.urlsafe_b64encode(key).decode().rstrip("=")]
    assert subprocess.run(script, check=True, capture_output=True, text=True).stdout.strip() == "8"


def _photo(contents: dict[str, bytes]) -> str:
    return next(name for name in contents if name.startswith("photos/"))


def _edited(contents: dict[str, bytes]) -> None:
    contents[_photo(contents)] += b"!"


def _swapped(contents: dict[str, bytes]) -> None:
    first, second = [name for name in contents if name.startswith("photos/")][:2]
    contents[first], contents[second] = contents[second], contents[first]


def _without(contents: dict[str, bytes]) -> None:
    del contents[_photo(contents)]


def _more(contents: dict[str, bytes]) -> None:
    contents["photos/../../evil.jpg"] = b""


def _manifest_too(contents: dict[str, bytes]) -> None:
    """Somebody who changes a picture and the manifest with it still can't sign."""
    name = _photo(contents)
    contents[name] = b"another picture"
    manifest = json.loads(contents["manifest.json"])
    entry = next(entry for entry in manifest["files"] if entry["path"] == name)
    entry["sha256"], entry["bytes"] = hashlib.sha256(contents[name]).hexdigest(), len(contents[name])
    contents["manifest.json"] = json.dumps(manifest).encode()


def _unsigned(contents: dict[str, bytes]) -> None:
    del contents["manifest.sig"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_edited, "changed"), (_swapped, "changed"), (_without, "absent"), (_more, "not_listed"),
        (_manifest_too, "signature"), (_unsigned, "not_signed"),
    ],
)  # fmt: skip
def test_a_package_edited_after_signing_is_found(
    people: People, database: Database, settings: Settings, out: Path,
    change: Callable[[dict[str, bytes]], None], told: str,
) -> None:  # fmt: skip
    for serial in range(1, 4):
        people.ready(serial)
    make(database, settings, out)
    rewrite(out, change)
    assert told in codes(verify([out]))


def test_a_package_that_somebody_else_signed_anew_is_found_by_its_key(
    people: People, database: Database, settings: Settings, out: Path, tmp_path: Path
) -> None:
    people.ready(1)
    make(database, settings, out)
    other = Signer.of(Settings(data_dir=tmp_path / "other"))
    found = verify([out], other.public_key)
    assert codes(found) == {"other_key"} and not found.key_known


def test_parts_stay_below_the_size_and_none_can_be_left_out(
    people: People, database: Database, settings: Settings, out: Path
) -> None:
    for serial in range(1, 8):
        people.ready(serial)
    summary = make(database, settings, out, part_bytes=800)
    files = [out.parent / part["name"] for part in summary.parts]
    assert len(files) > 2 and files == part_names(out, len(files), False) and not out.exists()
    found = verify(list(reversed(files)))
    assert (found.problems, found.exported, found.registered) == ([], 7, 7)
    assert codes(verify(files[:-1])) == {"part_lacks"}
    assert "chain" in codes(verify([files[0], *files[2:]]))
    for file in files:
        subprocess.run(["unzip", "-tq", str(file)], check=True, capture_output=True)
    make(database, settings, out)
    assert list(out.parent.iterdir()) == [out]  # the parts of the older one are gone


def test_an_encrypted_package_opens_for_its_recipient_alone(
    people: People, database: Database, settings: Settings, out: Path
) -> None:
    people.ready(1)
    identity = pyrage.x25519.Identity.generate()
    summary = make(database, settings, out, recipient=str(identity.to_public()))
    sealed = out.parent / summary.parts[0]["name"]
    assert sealed.name == "package.zip.age"
    assert str(roster_row(1)["证件号码"]).encode() not in sealed.read_bytes()
    assert verify([sealed], identity=str(identity)).good
    for wrong in ("", "nonsense", str(pyrage.x25519.Identity.generate())):
        with pytest.raises(Refusal) as refused:
            verify([sealed], identity=wrong)
        assert refused.value.code is Code.PACKAGE_SEALED
    with pytest.raises(Refusal) as refused:
        make(database, settings, out, recipient="age1nonsense")
    assert refused.value.code is Code.RECIPIENT_INVALID


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 cut"])
def test_what_is_no_package_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x.zip"
    file.write_bytes(content)
    with pytest.raises(Refusal) as refused:
        verify([file])
    assert refused.value.code is Code.PACKAGE_UNREADABLE


def test_a_branch_gets_its_own_people_under_the_numbers_of_the_campaign(
    people: People, database: Database, settings: Settings, out: Path
) -> None:
    for serial in range(1, 7):
        people.ready(serial, branch="甲分校" if serial % 2 else "乙分校")
    make(database, settings, out, branch="乙分校")
    with zipfile.ZipFile(out) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["branch"] == "乙分校" and manifest["registered"] == 3
    assert [entry["ordinal"] for entry in manifest["files"] if "ordinal" in entry] == [2, 4, 6]
    with pytest.raises(Refusal) as refused:
        make(database, settings, out, branch="丙分校")
    assert refused.value.code is Code.BRANCH_UNKNOWN


def test_the_dbf_holds_the_fields_of_the_registry(
    people: People, database: Database, settings: Settings, out: Path, tmp_path: Path
) -> None:
    people.ready(1, name="测试甲", intake="2024年09月", expected_graduation="20270115")
    make(database, settings, out, dbf=True)
    with zipfile.ZipFile(out) as archive:
        (tmp_path / "r.dbf").write_bytes(archive.read("registry.dbf"))
    table = dbf.Table(str(tmp_path / "r.dbf"))
    table.open(dbf.READ_ONLY)
    (row,) = [{name: str(record[name]).strip() for name in table.field_names} for record in table]
    table.close()
    number = str(roster_row(1)["证件号码"])
    assert (row["XM"], row["SFZH"], row["CSRQ"], row["RXRQ"]) == ("测试甲", number, number[6:14], "202409")
    assert row["ZPWJ"] == f"{number}.jpg"


@pytest.mark.parametrize(("name", "code"), [("𠮷某", "not_encodable"), ("长" * 21, "too_long")])
def test_what_the_dbf_cannot_hold_is_rehearsed_and_never_cut(
    people: People, database: Database, settings: Settings, out: Path, name: str, code: str
) -> None:
    people.ready(1, name=name)
    _, problems = rehearse(database, settings, Order(OPEN, dbf=True), now=NOW)
    assert [(problem.code, problem.field, problem.blocks) for problem in problems] == [(code, "姓名", True)]
    with pytest.raises(Refusal) as refused:
        make(database, settings, out, dbf=True)
    assert refused.value.code is Code.PACKAGE_BLOCKED
    assert list(out.parent.iterdir()) == []
    make(database, settings, out)


def test_a_rehearsal_says_what_the_package_would_and_writes_nothing(
    people: People, database: Database, settings: Settings, out: Path
) -> None:
    people.vault.path(people.ready(1)).unlink()
    people.ready(2)
    people.student(3)
    summary, problems = rehearse(database, settings, Order(OPEN), now=NOW)
    assert {problem.code for problem in problems} == {Missing.FILE_DAMAGED.value, Missing.NOT_COME.value}
    assert not any(problem.blocks for problem in problems) and not out.parent.exists()
    made = make(database, settings, out)
    assert (made.registered, made.exported, made.missing) == (
        summary.registered, summary.exported, summary.missing,
    )  # fmt: skip


def test_a_rehearsal_of_nobody_says_so(database: Database, settings: Settings) -> None:
    _, problems = rehearse(database, settings, Order(OPEN), now=NOW)
    assert [problem.code for problem in problems] == ["nobody_ready"]


def test_the_records_say_who_was_reported_with_which_picture(
    people: People, database: Database, settings: Settings, out: Path
) -> None:
    digests = [people.ready(serial) for serial in (1, 2)]
    people.student(3)
    summary = make(database, settings, out)
    with database.read() as session:
        package = session.scalars(select(Package)).one()
        lines = session.scalars(select(PackageLine).order_by(PackageLine.ordinal)).all()
        logged = session.scalars(select(FileLog)).one()
    assert (package.key_id, package.parts) == (Signer.of(settings).key_id, summary.parts)
    assert [line.deliverable_sha256 for line in lines] == digests
    assert (logged.direction, logged.kind, logged.sha256) == ("out", "package", summary.sha256)


def test_the_key_file_is_private_and_stays(settings: Settings) -> None:
    first = Signer.of(settings)
    assert Signer.of(settings).public_key == first.public_key
    file = settings.data / "secrets" / "signing.key"
    assert file.stat().st_mode & 0o777 == 0o600 and len(decode(file.read_text())) == 32
