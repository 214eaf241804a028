"""What training must hold: people on one side only, limits chosen on others, the same weights every time."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from kiosk.commands.photo import command
from kiosk.domain.profiles import Profile
from kiosk.photo import linear
from kiosk.photo.classifiers import DATA, WINDOWS, weights
from kiosk.photo.engine import Engine
from kiosk.photo.sight import to_lab
from kiosk.photo.studio import extras, sitter
from kiosk.photo.training import scenes, train, wear
from kiosk.photo.training.people import Side, Who, who
from kiosk.photo.training.people import people as everybody
from kiosk.photo.training.scenes import KINDS, Example, Kind


def _shown(person: Who, kind: str, rng: np.random.Generator) -> Example:
    """A made-up scene whose first numbers say what each classifier must say."""
    marks = np.array([2.5 if KINDS[kind].label(name) else 0.0 for name in WINDOWS])
    rows = {window.name: rng.normal(0, 1, (1, 12)) for window in WINDOWS.values()}
    for row in rows.values():
        row[0, : len(marks)] += marks
    return Example(person, kind, float(rng.uniform(20, 80)), rows)


def _made_up(seed: int = 4, count: int = 12) -> list[Example]:
    rng = np.random.default_rng(seed)
    sides: tuple[Side, ...] = ("train", "validation", "test")
    named = [Who(f"{side}-{number}", side, "fm"[number % 2]) for side in sides for number in range(count)]
    return [_shown(person, kind, rng) for person in named for kind in KINDS for _ in range(2)]


def test_everybody_stands_on_one_side_and_all_sides_have_enough() -> None:
    fit = [person for person in everybody().values() if not person.unfit]
    sides = Counter(person.side for person in fit)
    assert sides["test"] >= 30
    assert sides["validation"] >= 15
    assert sides["train"] >= 15
    assert all(person.sex in ("f", "m") for person in everybody().values())
    for side in ("train", "validation", "test"):
        assert any(person.sex == "f" and person.side == side for person in fit)
        assert any(person.glasses and person.side == side for person in fit)


def test_a_name_that_is_not_in_the_table_is_always_on_the_same_side() -> None:
    sides = Counter(who(f"student-{number}").side for number in range(600))
    assert [who("student-1").side for _ in range(3)] == [who("student-1").side] * 3
    assert sides["train"] > sides["test"] > 0 or sides["test"] > sides["train"] > 0
    assert sides["validation"] > 60


def test_nobody_of_the_test_side_changes_weights_or_limit() -> None:
    found = _made_up()
    first, card = train.train(found, "mask")
    rng = np.random.default_rng(9)
    spoilt = [
        Example(item.person, item.kind, item.light, {"lower_face": rng.normal(0, 9, (1, 12))})
        if item.person.side == "test"
        else item
        for item in found
    ]
    second, other = train.train(spoilt, "mask")
    assert np.array_equal(first.weights, second.weights)
    assert card["limit"] == other["limit"]
    assert card["test"] != other["test"]


def test_the_same_scenes_give_the_same_files(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        train.write(_made_up(), tmp_path / folder)
    for name in WINDOWS:
        one, two = weights(name, tmp_path / "one"), weights(name, tmp_path / "two")
        assert one.read_bytes() == two.read_bytes(), name
        assert one.with_suffix(".json").read_bytes() == two.with_suffix(".json").read_bytes()


def test_a_person_gives_the_same_scenes_again(
    people: dict[str, Path], engine: Engine, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = {name: Kind(kind.edit, 1, kind.shows, kind.silent) for name, kind in KINDS.items()}
    monkeypatch.setattr(scenes, "KINDS", once)
    first, second = (list(scenes.of_person(people["T000486"], engine, profile)) for _ in range(2))
    assert [item.kind for item in first] == [item.kind for item in second]
    assert {item.kind for item in first} == set(KINDS)
    for one, two in zip(first, second, strict=True):
        for name, numbers in one.numbers.items():
            assert np.array_equal(numbers, two.numbers[name]), (one.kind, name)


def test_the_mouth_of_a_portrait_teaches_what_the_table_says_of_it() -> None:
    def label(
        kind: str, mouth: Literal["closed", "open", "unsure"], classifier: str = "mouth_open"
    ) -> bool | None:
        return Example(Who("one", "train", mouth=mouth), kind, 50.0, {}).label(classifier)

    assert [label("own_mouth", mouth) for mouth in ("closed", "open", "unsure")] == [False, True, None]
    assert [label("bare", mouth) for mouth in ("closed", "open", "unsure")] == [False, False, False]
    assert label("mouth_open", "unsure") is True
    assert label("mask", "closed") is None, "whether lips behind a mask are apart is nobody's business"
    assert label("own_mouth", "open", "mask") is False
    assert who("student-1").mouth == "unsure"


def test_dark_skin_changes_the_person_alone_and_nobody_whose_skin_is_dark(
    people: dict[str, Path], engine: Engine
) -> None:
    light = sitter.load(people["G000595"], engine)
    dark = wear.dark_skin(light, np.random.default_rng(3))
    before, after = (to_lab(extras.skin(item)[None, None].astype(np.uint8))[0, 0, 0] for item in (light, dark))
    assert before > 60
    assert 20 < after < 56
    changed = np.abs(dark.picture.astype(int) - light.picture).max(axis=2) > 6  # CIELAB rounds
    beside = cv2.dilate((light.alpha > 0).astype(np.uint8), np.ones((15, 15))) == 0
    assert changed.mean() > 0.02
    assert not changed[beside].any(), "the wall is not the person's"
    assert np.array_equal(dark.alpha, light.alpha)
    again = wear.dark_skin(dark, np.random.default_rng(3))
    assert again is dark


def test_the_limit_lies_in_the_gap_or_where_few_are_alarmed() -> None:
    person = Who("one", "validation")

    def seen(label: bool, *scores: float) -> list[train.Scored]:
        return [train.Scored(Example(person, "bare", 50.0, {}), label, score) for score in scores]

    clear = [*seen(False, 0.01, 0.02, 0.1), *seen(True, 0.8, 0.9, 0.99)]
    assert 0.1 < train.chosen_limit(clear) < 0.8
    mixed = [*seen(False, *np.linspace(0, 0.6, 200)), *seen(True, 0.3, 0.9)]
    assert train.chosen_limit(mixed) >= 0.58
    assert train.chosen_limit(seen(False, 0.1)) == 0.5


@pytest.mark.parametrize("name", WINDOWS)
def test_the_committed_weights_are_small_fit_their_window_and_have_a_card(name: str, profile: Profile) -> None:
    file = weights(name)
    card = json.loads(file.with_suffix(".json").read_text("utf-8"))
    assert file.stat().st_size <= 100_000
    assert len(linear.load(file).weights) == WINDOWS[name].length < 1500
    assert card["weights"] == WINDOWS[name].length + 1
    assert card["people"]["test"] >= 30
    for figures in (card["test"]["found"], card["test"]["false_alarms"]):
        assert set(figures) == {"all", "women", "men", "skin_quarters_dark_to_light"}
        assert len(figures["skin_quarters_dark_to_light"]) == 4
    assert card["limits"]
    assert card["data"]
    final = profile.thresholds[name].final
    assert final is not None
    assert final.high == card["limit"], (
        "the profile's limit is not the one that was chosen on the validation people"
    )


def test_no_weights_lie_about_that_nothing_asks_for() -> None:
    assert {file.stem for file in DATA.glob("*.npz")} == set(WINDOWS)


def test_the_command_trains_and_prints_the_cards(
    people: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []

    def examples(portraits: list[Path], *_: object) -> list[Example]:
        asked.extend(portraits)
        return _made_up()

    monkeypatch.setattr(scenes, "examples", examples)
    files = [str(people[name]) for name in ("T000486", "C001125")]
    done = CliRunner().invoke(command, ["train", *files, "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert [path.stem for path in asked] == ["C001125", "T000486"]
    assert set(json.loads(done.stdout)) == set(WINDOWS)
    assert all(weights(name, tmp_path).is_file() for name in WINDOWS)


def test_the_command_says_when_there_is_nobody_to_learn_from(
    people: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = CliRunner().invoke(command, ["train", str(tmp_path)])
    assert empty.exit_code == 2
    nobody = [item for item in _made_up() if item.person.side != "train"]
    monkeypatch.setattr(scenes, "examples", lambda *_: nobody)
    done = CliRunner().invoke(command, ["train", str(people["T000486"]), "--out", str(tmp_path / "out")])
    assert done.exit_code == 1
    assert not (tmp_path / "out").exists()
