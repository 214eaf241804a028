"""A file of the vault is whole or not there, is what its name says, and is for our eyes only."""

from __future__ import annotations

import errno
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kiosk.domain.refusals import Code, Refusal
from kiosk.records.vault import Vault

CONTENT = b"a picture" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault")


def files(vault: Vault) -> list[Path]:
    return [path for path in vault.root.rglob("*") if path.is_file()]


def test_what_was_put_comes_back_under_its_hash(vault: Vault) -> None:
    assert vault.put(CONTENT) == DIGEST
    assert vault.get(DIGEST) == CONTENT
    with vault.open(DIGEST) as stream:
        assert stream.read() == CONTENT
    assert vault.verify(DIGEST)
    assert vault.path(DIGEST) == vault.root / DIGEST[:2] / DIGEST[2:4] / DIGEST


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_only_the_owner_may_read(vault: Vault) -> None:
    vault.put(CONTENT)
    assert vault.path(DIGEST).stat().st_mode & 0o777 == 0o600


def test_putting_again_changes_nothing(vault: Vault) -> None:
    vault.put(CONTENT)
    before = vault.path(DIGEST).stat()
    vault.put(CONTENT)
    after = vault.path(DIGEST).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert files(vault) == [vault.path(DIGEST)]


def test_a_damaged_file_is_seen_and_healed_by_putting_again(vault: Vault) -> None:
    vault.put(CONTENT)
    vault.path(DIGEST).write_bytes(CONTENT[:-1])
    assert not vault.verify(DIGEST)
    vault.put(CONTENT)
    assert vault.verify(DIGEST)


def test_many_may_put_the_same_at_once(vault: Vault) -> None:
    with ThreadPoolExecutor(8) as pool:
        digests = list(pool.map(lambda _: vault.put(CONTENT), range(40)))
    assert set(digests) == {DIGEST}
    assert files(vault) == [vault.path(DIGEST)]


def test_an_unknown_file_is_not_found(vault: Vault) -> None:
    assert not vault.verify(DIGEST)
    with pytest.raises(FileNotFoundError):
        vault.get(DIGEST)


@pytest.mark.parametrize("name", ["", "..", "../" * 20 + "etc/passwd", DIGEST.upper(), DIGEST[:-1], DIGEST + "\n"])
def test_only_a_hash_is_a_name(vault: Vault, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        vault.path(name)


@pytest.mark.parametrize("where", ["fsync", "replace"])
def test_a_full_disk_is_refused_and_leaves_nothing(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    vault.put(b"something else")
    kept = files(vault)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    with monkeypatch.context() as patch:
        if where == "fsync":
            patch.setattr(os, "fsync", full)
        else:
            patch.setattr(Path, "replace", full)
        with pytest.raises(Refusal) as refused:
            vault.put(CONTENT)
    assert refused.value.code is Code.DISK_FULL
    assert files(vault) == kept
    assert vault.put(CONTENT) == DIGEST


def test_another_fault_of_the_disk_is_not_called_full(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="input/output"):
        vault.put(CONTENT)
