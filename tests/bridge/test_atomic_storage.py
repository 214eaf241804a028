"""The station's small files: whole or not there, one writer, nothing lost that was acknowledged."""

from __future__ import annotations

import errno
import json
import threading
from pathlib import Path

import pytest
from tinydb import TinyDB

from kiosk.bridge import atomic_storage
from kiosk.bridge.atomic_storage import AtomicJsonStorage, Store, write_durably
from kiosk.bridge.station_store import StationStore


def test_what_is_written_is_read_by_the_next_one(tmp_path: Path) -> None:
    first = StationStore(tmp_path)
    first.remember("reader", {"port": "/dev/ttyUSB0", "说明": "左"})
    first.close()
    second = StationStore(tmp_path)
    assert second.recall("reader") == {"port": "/dev/ttyUSB0", "说明": "左"}
    assert second.recall("camera") == {}
    second.close()


def test_a_fact_that_did_not_change_is_not_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = StationStore(tmp_path)
    store.remember("reader", {"port": "a"})
    writes = []
    monkeypatch.setattr(AtomicJsonStorage, "write", lambda self, data: writes.append(data))
    store.remember("reader", {"port": "a"})
    assert writes == []
    store.remember("reader", {"port": "b"})
    assert len(writes) == 1
    store.close()


def test_a_write_that_fails_leaves_the_old_content_and_nothing_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    write_durably(path, b"old")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(atomic_storage.os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        write_durably(path, b"new")
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.json"]


def test_a_damaged_file_is_put_aside_and_the_station_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "station.json"
    path.write_text('{"_default": {"1": {"ke')
    store = StationStore(tmp_path)
    assert store.recall("reader") == {}
    store.remember("reader", {"port": "x"})
    store.close()
    assert (tmp_path / "station.json.damaged").exists()
    assert json.loads(path.read_text("utf-8"))


def test_many_threads_write_through_one(tmp_path: Path) -> None:
    store = Store(tmp_path / "many.json")

    def add(thread: int) -> None:
        for number in range(10):
            row = {"who": thread, "number": number}
            store.call(lambda database, row=row: database.insert(row))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.close()
    database = TinyDB(tmp_path / "many.json", storage=AtomicJsonStorage)
    assert len(database) == 40


def test_an_error_belongs_to_who_asked(tmp_path: Path) -> None:
    store = Store(tmp_path / "x.json")
    with pytest.raises(ZeroDivisionError):
        store.call(lambda database: 1 // 0)
    assert store.call(len) == 0
    store.close()
