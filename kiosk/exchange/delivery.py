"""Unpacks the zip of a studio or company into a folder, or refuses it before it can do harm.

Whole or not at all: names, sizes and kinds of all entries are looked at before the first byte is written, and the
sizes are counted again while writing, because an archive can lie about them.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.results import COLUMNS
from kiosk.domain.roster import HEADER_WITHIN, Header, header_key, read_columns
from kiosk.exchange.workbook import read_table
from kiosk.records.vault import NO_ROOM

#: Archives inside an archive are never opened.
_NESTED = frozenset({".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".cab", ".iso", ".jar"})
_LISTS = frozenset({".xlsx", ".xls", ".csv"})
_LITTER = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db"})
#: Photos hardly shrink: more than this is something else, where it is large at all.
_RATIO, _RATIO_FROM = 50, 4 << 20
#: Room that has to stay free on the disk.
_SPARE = 256 << 20
_BLOCK = 1 << 20
_ENCRYPTED = 0x1
#: Zips of Chinese Windows name their files in GBK; those that say so, in UTF-8.
_NAMES = "gb18030"

#: Columns of a list: which file shows whom.
_BY_HEADER = {
    header_key(name): column
    for column in COLUMNS
    if column.key in ("photo", "id_number", "student_number")
    for name in (column.title, *column.aliases)
}

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class ListHeader(Header):
    """The header of a list of photos: needs the file and a number."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Titles of what is not there."""
        lacking = [] if "photo" in self.keys else ["照片文件"]
        return tuple(lacking if self.keys & {"id_number", "student_number"} else [*lacking, "证件号码"])


@dataclass(frozen=True)
class Limits:
    """How much a delivery may hold: files, and bytes when unpacked."""

    files: int
    unpacked: int


@dataclass
class Unpacked:
    """What came out. `names`: path below the folder → the name that the file had in the delivery.

    `unlisted`, `unsent`: where a list came along, paths of files that it does not name, and names without a file.
    """

    names: dict[str, str] = field(default_factory=dict)
    unlisted: set[str] = field(default_factory=set)
    unsent: list[str] = field(default_factory=list)


def unpack(archive: Path, folder: Path, limits: Limits, progress: Progress | None = None) -> Unpacked:
    """Write the files of `archive` below `folder`, each in a folder of its own, under its name or its number.

    A workbook or CSV in it is the list of files and numbers: a file is then called by the number beside its
    name. Raises `Refusal`: ARCHIVE_BROKEN, ARCHIVE_LOCKED, ARCHIVE_UNSAFE, ARCHIVE_NESTED, ARCHIVE_BOMB,
    ARCHIVE_TOO_MANY, ARCHIVE_NO_PHOTOS, DISK_FULL, and those of `read_table` for the list. Nothing is left then.
    """
    try:
        with zipfile.ZipFile(archive, metadata_encoding=_NAMES) as opened:
            entries = _entries(opened, archive, limits)
            shutil.rmtree(folder, ignore_errors=True)
            return _write(opened, entries, folder, limits, progress or (lambda share: None))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeError, ValueError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise Refusal(Code.ARCHIVE_BROKEN) from error
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        if error.errno in NO_ROOM:
            raise Refusal(Code.DISK_FULL) from error
        if error.errno == errno.EINVAL:  # an offset before the file's beginning
            raise Refusal(Code.ARCHIVE_BROKEN) from error
        raise
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _entries(opened: zipfile.ZipFile, archive: Path, limits: Limits) -> list[tuple[zipfile.ZipInfo, str]]:
    """The files that matter, each with its bare name, once everything in the archive was found harmless."""
    infos = opened.infolist()
    if len(infos) > limits.files:
        raise Refusal(Code.ARCHIVE_TOO_MANY, {"files": len(infos), "limit": limits.files})
    found = []
    for info in infos:
        _harmless(info)
        name = PurePosixPath(info.filename.replace("\\", "/"))
        hidden = any(part.startswith((".", "__MACOSX")) for part in name.parts)
        if info.is_dir() or hidden or name.name.lower() in _LITTER:
            continue
        if name.suffix.lower() in _NESTED:
            raise Refusal(Code.ARCHIVE_NESTED)
        found.append((info, name.name))
    total = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    if total > limits.unpacked or packed > archive.stat().st_size:  # entries that lie over each other
        raise Refusal(Code.ARCHIVE_BOMB, {"limit_mb": limits.unpacked >> 20})
    if not any(PurePosixPath(name).suffix.lower() not in _LISTS for _, name in found):
        raise Refusal(Code.ARCHIVE_NO_PHOTOS)
    if shutil.disk_usage(archive.parent).free < 2 * total + _SPARE:
        raise Refusal(Code.DISK_FULL)
    return found


def _harmless(info: zipfile.ZipInfo) -> None:
    """Refuse an entry that leads out of the folder, is no plain file, is locked, or swells."""
    name = info.filename.replace("\\", "/")
    parts = PurePosixPath(name).parts
    outside = name.startswith("/") or ".." in parts or (len(name) > 1 and name[1] == ":")
    mode = info.external_attr >> 16
    special = bool(stat.S_IFMT(mode)) and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
    if outside or special or not name.isprintable() or any(len(part.encode()) > 200 for part in parts):
        raise Refusal(Code.ARCHIVE_UNSAFE)
    if info.flag_bits & _ENCRYPTED:
        raise Refusal(Code.ARCHIVE_LOCKED)
    if info.file_size > _RATIO_FROM and info.file_size > _RATIO * max(1, info.compress_size):
        raise Refusal(Code.ARCHIVE_BOMB, {"limit_mb": _RATIO_FROM >> 20})


def _write(
    opened: zipfile.ZipFile,
    entries: Sequence[tuple[zipfile.ZipInfo, str]],
    folder: Path,
    limits: Limits,
    say: Progress,
) -> Unpacked:
    listed = _listed(opened, entries, folder)
    made, written = Unpacked(), 0
    unseen = dict(listed)
    for number, (info, name) in enumerate(entries):
        suffix = PurePosixPath(name).suffix
        if suffix.lower() in _LISTS:
            continue
        known = unseen.pop(name.casefold(), None) or unseen.pop(PurePosixPath(name).stem.casefold(), None)
        relative = f"{number:05d}/{known}{suffix}" if known else f"{number:05d}/{name}"
        if listed and known is None:
            made.unlisted.add(relative)
        written += _copy(opened, info, folder / relative)
        if written > limits.unpacked:
            raise Refusal(Code.ARCHIVE_BOMB, {"limit_mb": limits.unpacked >> 20})
        made.names[relative] = name
        if number % 20 == 0:
            say(number / len(entries))
    made.unsent = sorted(unseen)
    return made


def _copy(opened: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path) -> int:
    """Write one entry; how many bytes it had. Its time is fixed, so that a batch begun again knows it."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = 0
    with opened.open(info) as source, target.open("wb") as out:
        while block := source.read(_BLOCK):
            written += len(block)
            if written > info.file_size:
                raise Refusal(Code.ARCHIVE_BOMB, {"limit_mb": info.file_size >> 20})
            out.write(block)
    os.utime(target, (0, 0))
    return written


def _listed(
    opened: zipfile.ZipFile, entries: Sequence[tuple[zipfile.ZipInfo, str]], folder: Path
) -> dict[str, str]:
    """File name → number of the person, as the list in the delivery says; empty without one."""
    found: dict[str, str] = {}
    for info, name in entries:
        if PurePosixPath(name).suffix.lower() not in _LISTS:
            continue
        path = folder / "list" / name
        _copy(opened, info, path)
        try:
            table = read_table(path, name, _find_header)
            for _, row in table:
                cells = {
                    column.key: str(row[place] or "").strip()
                    for place, column in table.header.columns.items()
                    if place < len(row)
                }
                number = cells.get("id_number") or cells.get("student_number")
                if cells.get("photo") and number and number.isalnum():
                    found[PurePosixPath(cells["photo"].replace("\\", "/")).name.casefold()] = number
        finally:
            shutil.rmtree(path.parent, ignore_errors=True)
    return found


def _find_header(rows: Sequence[Sequence[object]]) -> Header | None:
    """The first row that names a column of ours; None where there is none."""
    for index, row in enumerate(rows[:HEADER_WITHIN]):
        header = ListHeader(index, *read_columns(row, _BY_HEADER))
        if header.columns:
            return header
    return None
