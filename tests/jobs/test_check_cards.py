"""Cards to check by: every code on the rendered page is its student's link, classes begin on their own pages."""

from __future__ import annotations

import subprocess
from datetime import date
from pathlib import Path

import pytest
import zxingcpp
from click.testing import CliRunner
from PIL import Image
from sqlalchemy import update

from kiosk import secrets_store, settings
from kiosk.commands.receipt import command
from kiosk.domain.receipts import nonce_of, photo_of, token_in
from kiosk.domain.refusals import Code, Refusal
from kiosk.jobs import check_cards
from kiosk.jobs.context import Context
from kiosk.records.tables import Campaign, Student
from kiosk.signing import Signer, encode
from tests.actions.conftest import bare_desk, desk, migrated_file
from tests.actions.desk import Desk
from tests.records.photos import came, digest_of

__all__ = ["bare_desk", "desk", "migrated_file"]


@pytest.fixture
def photos(desk: Desk) -> dict[str, int]:
    """Photos of students 1 to 12: ten of a first class, two of a second."""
    with desk.database.write() as session:
        session.execute(update(Campaign).values(check_until=date(2026, 12, 3)))
        campaign = session.get_one(Student, 1).campaign_id
        for number in range(7, 13):
            desk.add_student(session, campaign, number)
        session.execute(update(Student).values(branch="银川分部", class_name="一班"))
        session.execute(update(Student).where(Student.id > 10).values(class_name="二班"))
    return {came(desk, number): number for number in range(1, 13)}


def made(desk: Desk, student: int | None = None, **place: str) -> tuple[dict[str, object], Path]:
    context = Context(desk.database, desk.settings, "a" * 32, "staff:li", desk.now, lambda _share: None)
    found = check_cards.run(context, campaign="autumn", student=student, **place)
    return found, desk.settings.data / "documents" / str(found["file"])


def codes(file: Path, folder: Path) -> list[list[str]]:
    """What the codes of each page say, as a phone reads them."""
    subprocess.run(["pdftoppm", "-r", "150", "-gray", str(file), str(folder / "page")], check=True)
    return [
        [found.text for found in zxingcpp.read_barcodes(Image.open(page))]
        for page in sorted(folder.glob("page*.pgm"))
    ]


def test_a_phone_reads_every_card_and_the_command_proves_it(
    desk: Desk, photos: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts, file = made(desk)
    assert counts == {"students": 12, "classes": 2, "pages": 2, "file": f"{'a' * 32}.pdf"}
    assert file.stat().st_mode & 0o777 == 0o600
    pages = codes(file, tmp_path)
    assert [len(page) for page in pages] == [10, 2]
    key = secrets_store.read_or_make(desk.settings, secrets_store.RECEIPT_KEY).encode()
    seen = {}
    for text in (text for page in pages for text in page):
        named = photo_of(nonce_of(key, token_in(text) or "") or "")
        assert named is not None
        seen[named[0]] = text
    assert seen.keys() == photos.keys()
    photo, text = next(iter(seen.items()))
    public = encode(Signer.of(desk.settings).public_key)
    monkeypatch.setattr(settings, "load", lambda: desk.settings)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    for wanted in ([text], [text, "--key", public]):
        said = CliRunner().invoke(command, ["verify", *wanted])
        assert said.exit_code == 0, said.output
        assert digest_of(desk, photo) in said.output
        assert "none (not taken at a kiosk)" in said.output
    assert CliRunner().invoke(command, ["verify", text.replace("#AQ", "#AR")]).exit_code == 1


def test_a_class_is_printed_alone(desk: Desk, photos: dict[str, int]) -> None:
    counts, _file = made(desk, branch="银川分部", teaching_point="", class_name="二班")
    assert (counts["students"], counts["pages"]) == (2, 1)


def test_one_student_is_printed_alone(desk: Desk, photos: dict[str, int], tmp_path: Path) -> None:
    counts, file = made(desk, student=11)
    assert (counts["students"], counts["pages"]) == (1, 1)
    ((text,),) = codes(file, tmp_path)
    key = secrets_store.read_or_make(desk.settings, secrets_store.RECEIPT_KEY).encode()
    named = photo_of(nonce_of(key, token_in(text) or "") or "")
    assert named is not None and photos[named[0]] == 11
    with pytest.raises(Refusal) as refused:
        made(desk, student=11, branch="别的分部")
    assert refused.value.code is Code.ALL_CHECKED


def test_where_nobody_is_left_nothing_is_printed(desk: Desk) -> None:
    with pytest.raises(Refusal) as refused:
        made(desk)
    assert refused.value.code is Code.ALL_CHECKED
    with pytest.raises(Refusal) as refused:
        made(desk, name="学生1")
    assert refused.value.code is Code.BAD_REQUEST
