"""Archives from outside: each harmful, broken or doubled one is refused with its code and leaves nothing."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook

from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange.delivery import Limits, unpack

LIMITS = Limits(files=50, unpacked=64 << 20)
JPEG = b"\xff\xd8\xff\xe0 a photo \xff\xd9"


def zipped(path: Path, *names: str, content: bytes = JPEG) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, content)
    return path


def _bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("990101199001011234.jpg", b"\0" * (30 << 20))


def _link(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("photo.jpg")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")


def _locked(path: Path) -> None:
    content = bytearray(zipped(path, "photo.jpg").read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + place] |= 1
    path.write_bytes(bytes(content))


def _cut(path: Path) -> None:
    content = zipped(path, *(f"{number}.jpg" for number in range(20))).read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _damaged(path: Path) -> None:
    content = bytearray(zipped(path, "photo.jpg").read_bytes())
    content[content.index(JPEG) + 3] ^= 0xFF
    path.write_bytes(bytes(content))


def _over_each_other(path: Path) -> None:
    """Two entries of the directory that both point at the same bytes, as small bombs do."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.jpg", JPEG * 1000)
        archive.filelist.append(archive.filelist[0])


REFUSED: dict[str, tuple[Callable[[Path], object], Code]] = {
    "a zip bomb": (_bomb, Code.ARCHIVE_BOMB),
    "entries over each other": (_over_each_other, Code.ARCHIVE_BOMB),
    "a path that leads out": (lambda path: zipped(path, "../../photo.jpg"), Code.ARCHIVE_UNSAFE),
    "a path from the root": (lambda path: zipped(path, "/etc/photo.jpg"), Code.ARCHIVE_UNSAFE),
    "a path of Windows": (lambda path: zipped(path, "..\\photo.jpg"), Code.ARCHIVE_UNSAFE),
    "a drive": (lambda path: zipped(path, "C:photo.jpg"), Code.ARCHIVE_UNSAFE),
    "a symbolic link": (_link, Code.ARCHIVE_UNSAFE),
    "an archive inside": (lambda path: zipped(path, "a.jpg", "more.zip"), Code.ARCHIVE_NESTED),
    "a password": (_locked, Code.ARCHIVE_LOCKED),
    "too many files": (lambda path: zipped(path, *(f"{n}.jpg" for n in range(51))), Code.ARCHIVE_TOO_MANY),
    "cut in the middle": (_cut, Code.ARCHIVE_BROKEN),
    "damaged": (_damaged, Code.ARCHIVE_BROKEN),
    "no archive": (lambda path: path.write_bytes(b"photos"), Code.ARCHIVE_BROKEN),
    "nothing in it": (lambda path: zipped(path), Code.ARCHIVE_NO_PHOTOS),
    "litter alone": (lambda path: zipped(path, "__MACOSX/._a.jpg", "Thumbs.db"), Code.ARCHIVE_NO_PHOTOS),
}


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_refused_and_nothing_is_unpacked(tmp_path: Path, what: str) -> None:
    make, code = REFUSED[what]
    archive = tmp_path / "sent.zip"
    make(archive)
    with pytest.raises(Refusal) as refused:
        unpack(archive, tmp_path / "in", LIMITS)
    assert refused.value.code is code
    assert not (tmp_path / "in").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sent.zip"]


def test_more_than_the_limit_when_unpacked_is_refused(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "sent.zip", "a.jpg", "b.jpg", content=b"x" * 6000)
    with pytest.raises(Refusal) as refused:
        unpack(archive, tmp_path / "in", Limits(files=9, unpacked=10_000))
    assert refused.value.code is Code.ARCHIVE_BOMB


def test_photos_come_out_under_their_names_however_the_folders_are_called(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "sent.zip", "一班/a.jpg", "二班/a.jpg", "desktop.ini", ".hidden/b.jpg")
    came = unpack(archive, tmp_path / "in", LIMITS)
    assert sorted(came.names.values()) == ["a.jpg", "a.jpg"]
    assert all((tmp_path / "in" / relative).read_bytes() == JPEG for relative in came.names)


def test_names_in_gbk_are_read(tmp_path: Path) -> None:
    path = zipped(tmp_path / "sent.zip", "XXXX.jpg")
    path.write_bytes(path.read_bytes().replace(b"XXXX", "张三".encode("gbk")))
    assert list(unpack(path, tmp_path / "in", LIMITS).names.values()) == ["张三.jpg"]


def test_a_list_says_whose_photo_each_file_is(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["照片文件", "学号"])  # type: ignore[union-attr]
    for line in (["IMG_1.jpg", "2451161000001"], ["IMG_2.jpg", "2451161000002"]):
        book.active.append(line)  # type: ignore[union-attr]
    book.save(tmp_path / "list.xlsx")
    with zipfile.ZipFile(tmp_path / "sent.zip", "w") as archive:
        archive.write(tmp_path / "list.xlsx", "名单.xlsx")
        archive.writestr("IMG_1.jpg", JPEG)
        archive.writestr("IMG_9.jpg", JPEG)
    came = unpack(tmp_path / "sent.zip", tmp_path / "in", LIMITS)
    assert [Path(relative).name for relative in came.names] == ["2451161000001.jpg", "IMG_9.jpg"]
    assert [came.names[relative] for relative in came.unlisted] == ["IMG_9.jpg"]
    assert came.unsent == ["img_2.jpg"]
