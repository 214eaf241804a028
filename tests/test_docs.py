"""What the documents point to exists: files, headings, commands with their options, make targets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import click
import pytest

from kiosk.cli import main
from kiosk.settings import ROOT
from kiosk.setup.start import parser

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
#: Pages made by a command; `make bench` may not have run yet.
MADE = {"docs/benchmarks.md"}

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"^(?: {4}|\t).+$", re.MULTILINE)
_INLINE = re.compile(r"`([^`]+)`")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_WORD = re.compile(r"[a-z][a-z-]*")


def code_of(page: Path) -> Iterator[str]:
    """Every piece of code of a page: lines of blocks and inline spans, a span as one line."""
    text = page.read_text("utf-8")
    for block in _FENCED.findall(text):
        yield from block.splitlines()
    text = _FENCED.sub("", text)
    yield from (line.strip() for line in _INDENTED.findall(text))
    yield from (" ".join(span.split()) for span in _INLINE.findall(_INDENTED.sub("", text)))


def anchors(page: Path) -> set[str]:
    """Anchors of a page's headings, as GitHub makes them."""
    text = _FENCED.sub("", page.read_text("utf-8"))
    plain = (heading.replace("`", "").lower() for heading in _HEADING.findall(text))
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


def commands(line: str) -> Iterator[list[str]]:
    """The words after each `kiosk` of a line of code; what is no command line gives none."""
    for rest in re.findall(r"(?:^|[\s/])kiosk (.+)", line):
        words = rest.split("#")[0].split()
        while words and words[0].startswith("-"):
            taken = words.pop(0)
            if taken in ("--config", "--data"):
                words = words[1:]
        if words and _WORD.fullmatch(words[0]):
            yield words


def unknown(words: list[str]) -> str:
    """What of a command line does not exist, or an empty string."""
    command: click.Command = main
    context = click.Context(main)
    rest = list(words)
    while isinstance(command, click.Group) and rest and _WORD.fullmatch(rest[0]):
        name = rest.pop(0)
        found = command.get_command(context, name)
        if found is None:
            return name
        command = found
    options = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h"}
    free = command.name == "simulate"  # `--number 99…` belongs to the simulator
    return "" if free else next((word for word in rest if word.startswith("--") and word not in options), "")


@pytest.mark.parametrize("document", PAGES, ids=lambda document: document.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    broken = []
    for target in _LINK.findall(_FENCED.sub("", document.read_text("utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = unquote(target).partition("#")
        file = (document.parent / name).resolve() if name else document
        if not file.exists():
            if file.relative_to(ROOT).as_posix() not in MADE:
                broken.append(target)
        elif anchor and anchor not in anchors(file):
            broken.append(target)
    assert not broken


@pytest.mark.parametrize("document", PAGES, ids=lambda document: document.name)
def test_every_kiosk_command_exists(document: Path) -> None:
    wrong = {" ".join(words): unknown(words) for line in code_of(document) for words in commands(line)}
    assert not {line: what for line, what in wrong.items() if what}


@pytest.mark.parametrize("document", PAGES, ids=lambda document: document.name)
def test_every_make_target_and_option_of_the_start_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    options = set(parser()._option_string_actions)
    for line in code_of(document):
        for target in re.findall(r"(?:^|\s)make ([a-z-]+)", line):
            assert target in targets, line
        for rest in re.findall(r"run_kiosk\.py([^#]*)", line):
            assert set(re.findall(r"--[a-z-]+", rest)) <= options, line


def test_the_checks_see_commands() -> None:
    seen = [words for page in PAGES for line in code_of(page) for words in commands(line)]
    assert len(seen) > 20
    assert unknown(["roster", "import", "x.xlsx", "--campaign", "a"]) == ""
    assert unknown(["roster", "export"]) == "export"
    assert unknown(["roster", "import", "--colour"]) == "--colour"
