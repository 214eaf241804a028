"""A secret is made once, is readable by its owner alone, and is the same for everybody who asks."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kiosk import secrets_store
from kiosk.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a fresh data folder."""
    return Settings(data_dir=tmp_path / "data")


def test_it_is_made_once_and_has_256_bits(settings: Settings) -> None:
    first = secrets_store.read_or_make(settings, secrets_store.BRIDGE_TOKEN)
    assert secrets_store.read_or_make(settings, secrets_store.BRIDGE_TOKEN) == first
    assert len(first) == 43
    assert secrets_store.read_or_make(settings, secrets_store.SESSION_KEY) != first


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file modes")
def test_only_its_owner_reads_it(settings: Settings) -> None:
    old = os.umask(0)
    try:
        secrets_store.read_or_make(settings, secrets_store.SESSION_KEY)
        secrets_store.renew(settings, secrets_store.KIOSK_TICKET)
    finally:
        os.umask(old)
    folder = settings.data / "secrets"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}


def test_those_who_ask_together_get_the_same(settings: Settings) -> None:
    with ThreadPoolExecutor(16) as pool:
        found = set(pool.map(lambda _: secrets_store.read_or_make(settings, "bridge.token"), range(64)))
    assert len(found) == 1
    assert [file.name for file in (settings.data / "secrets").iterdir()] == ["bridge.token"]


def test_a_renewed_secret_is_another_one_and_is_the_one_read(settings: Settings) -> None:
    first = secrets_store.renew(settings, secrets_store.KIOSK_TICKET)
    second = secrets_store.renew(settings, secrets_store.KIOSK_TICKET)
    assert first != second
    assert secrets_store.read_or_make(settings, secrets_store.KIOSK_TICKET) == second


def test_an_empty_secret_is_refused(settings: Settings) -> None:
    secrets_store.folder(settings).joinpath("session.key").write_text("\n")
    with pytest.raises(ValueError, match=r"session\.key is empty"):
        secrets_store.read_or_make(settings, "session.key")
