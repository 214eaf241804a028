"""`kiosk photo`: judge and make photos with the same code as the kiosk, and show the profiles."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import click

from kiosk import settings as settings_module
from kiosk.catalogue import tables
from kiosk.domain import profile_drawing
from kiosk.domain.judgement import Judgement, Verdict
from kiosk.domain.profiles import Profile, profiles_from
from kiosk.domain.refusals import Refusal
from kiosk.domain.roster_rules import CHINA
from kiosk.exchange import photo_words
from kiosk.i18n import LANGUAGES, text
from kiosk.launch.launcher import language as console_language

DEFAULT_PROFILE = "chsi-2017-99"
_ENDINGS = (".jpg", ".jpeg", ".jpe", ".jfif", ".png")
#: Exit status of each verdict; 2 is a file that can't be read.
STATUS = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.ASK: 3}
UNREADABLE = 2
#: Of several files the worst counts, the first here.
_WORST = (UNREADABLE, STATUS[Verdict.FAIL], STATUS[Verdict.ASK], STATUS[Verdict.PASS])

_profile = click.option(
    "--profile", "code", default=DEFAULT_PROFILE, show_default=True, help="Code of the photo profile."
)
_language = click.option("--lang", type=click.Choice(LANGUAGES), help="Language; else the console's.")


@click.group()
def command() -> None:
    """Photos: judge, make, and the profiles they are judged by."""


@command.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@_profile
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each file.")
@_language
def check(files: tuple[Path, ...], code: str, as_json: bool, lang: str | None) -> None:
    """Judge pictures (JPEG, PNG) or folders of them under a profile.

    Exit status 0 pass, 1 fail, 3 ask staff, 2 unreadable; of several files the worst counts. A file that can't be
    read is reported and the others are judged; of several the counts stand at the end.
    """
    spoken = lang or console_language()
    profile = _found(code)
    files = tuple(item for path in files for item in (_pictures(path) if path.is_dir() else [path]))
    if not files:
        raise click.BadParameter(text(spoken, "photo.cli.no_portraits"), param_hint="FILES")
    statuses = []
    with _engine(spoken) as engine:
        from kiosk.photo.read import read_picture

        for file in files:
            try:
                judgement = engine.final(read_picture(file), profile).judgement
            except Refusal as refusal:
                statuses.append(UNREADABLE)
                _say_unreadable(file, profile, refusal, as_json, spoken)
                continue
            statuses.append(STATUS[judgement.verdict])
            if as_json:
                click.echo(json.dumps({"file": str(file), **judgement.to_json()}, ensure_ascii=False))
            else:
                _say(file, judgement, spoken)
    if len(files) > 1 and not as_json:
        _say_counts(statuses, spoken)
    sys.exit(next(status for status in _WORST if status in statuses))


@command.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@_profile
@click.option("--json", "as_json", is_flag=True, help="Print the judgement and what made the photo as JSON.")
@_language
def make(source: Path, out: Path, code: str, as_json: bool, lang: str | None) -> None:
    """Cut the deliverable of a profile from SOURCE and write it to OUT.

    It is written whatever the verdict, as long as its crop lies inside the picture. Exit status as of `check`.
    """
    spoken = lang or console_language()
    profile = _found(code)
    with _engine(spoken) as engine:
        from kiosk.photo.read import read_picture

        try:
            final = engine.final(read_picture(source), profile)
        except Refusal as refusal:
            _say_unreadable(source, profile, refusal, as_json, spoken)
            sys.exit(UNREADABLE)
    if final.deliverable is not None:
        out.write_bytes(final.deliverable)
    if as_json:
        facts = {"file": str(source), **final.judgement.to_json(), "making": final.making}
        click.echo(json.dumps(facts, ensure_ascii=False))
    else:
        _say(source, final.judgement, spoken)
        _say_made(source, out, final.making, final.deliverable, final.judgement, spoken)
    sys.exit(STATUS[final.judgement.verdict])


@command.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@_profile
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder of the results."
)
@click.option(
    "--roster", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Who is on the pictures."
)
@click.option("--jobs", type=click.IntRange(1, 64), help="Processes; else one a core.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
@_language
def batch(
    folder: Path, code: str, out: Path, roster: Path | None, jobs: int | None, as_json: bool, lang: str | None
) -> None:
    """Judge and make every picture of FOLDER, named by ID or student number.

    Deliverables go to OUT/passed and OUT/ask under the profile's names, with report.html and report.xlsx. A run
    that was stopped goes on where it was. Exit status 0: all passed, 3: staff are asked, 1: something failed.
    """
    from kiosk.exchange import photo_report, photos
    from kiosk.jobs.photo_batch import process
    from kiosk.photo.batch import PASSED
    from kiosk.photo.batch_worker import ASK

    spoken = lang or console_language()
    profile = _found(code)
    if out.resolve() == folder.resolve():
        raise click.BadParameter(text(spoken, "batch.cli.not_a_folder"), param_hint="--out")
    today = datetime.now(CHINA).date()
    shown = ExitStack()  # the bar, once it is known how long it is
    bars: list[Any] = []

    def progress(done: int, total: int) -> None:
        if not bars:
            label = text(spoken, "batch.cli.progress")
            bars.append(
                shown.enter_context(click.progressbar(length=total, label=label, file=sys.stderr, show_pos=True))
            )
        bars[0].update(done - bars[0].pos)

    try:
        subjects = photos.read_subjects(roster, today) if roster else None
        with shown, _models(spoken) as models:
            counted = process(
                folder, profile, out, models, today=today, subjects=subjects, jobs=jobs, language=spoken,
                progress=progress,
            )  # fmt: skip
    except Refusal as refusal:
        raise click.ClickException(
            "\n".join(photo_words.refusal(refusal.code.value, refusal.args_, spoken))
        ) from refusal
    except KeyboardInterrupt as error:
        raise click.ClickException(text(spoken, "batch.cli.stopped")) from error
    if as_json:
        click.echo(json.dumps(counted.to_json(), ensure_ascii=False))
    else:
        click.echo(text(spoken, "batch.cli.done", **counted.to_json()))
        for reason, count in counted.reasons.most_common():
            click.echo(
                text(spoken, "batch.cli.reason", count=count, name=photo_report.reason_name(reason, spoken))
            )
        if counted.missing:
            click.echo(text(spoken, "batch.cli.missing", missing=counted.missing))
        click.echo(
            text(spoken, "batch.cli.reports", page=out / photo_report.PAGE, workbook=out / photo_report.WORKBOOK)
        )
    if counted.statuses[PASSED] == counted.files:
        return
    sys.exit(STATUS[Verdict.ASK] if counted.statuses[PASSED] + counted.statuses[ASK] == counted.files else 1)


@command.command()
@click.argument("code", required=False)
@click.option(
    "--drawing", type=click.Path(dir_okay=False, path_type=Path), help="Write the drawing of CODE as SVG."
)
@_language
def profiles(code: str | None, drawing: Path | None, lang: str | None) -> None:
    """List the photo profiles, or show the one named CODE with its numbers and their sources."""
    spoken = lang or console_language()
    if drawing is not None:
        if code is None:
            raise click.BadParameter(text(spoken, "photo.cli.drawing_needs_code"), param_hint="--drawing")
        drawing.write_text(profile_drawing.draw(_found(code), partial(text, spoken), spoken), "utf-8")
        click.echo(text(spoken, "photo.cli.drawn", file=drawing))
        return
    for profile in [_found(code)] if code else _profiles().values():
        click.echo(text(spoken, "photo.cli.profile", code=profile.code, title=profile.title[spoken]))
        numbers = {key: getattr(profile, key) for key in ("width", "height", "dpi", "kb_min", "kb_max")}
        click.echo(text(spoken, "photo.cli.profile_line", **numbers, name=profile.name_rule))
        click.echo(text(spoken, "photo.cli.profile_source", grade=profile.grade, source=profile.source))
        if code:
            _say_numbers(profile, spoken)


@command.command()
@click.argument("portraits", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Folder of the weights and their cards."
)
@click.option("--jobs", type=click.IntRange(min=1), help="Processes; else one a core.")
@_language
def train(portraits: tuple[Path, ...], out: Path | None, jobs: int | None, lang: str | None) -> None:
    """Train the small classifiers (eyes, mouth, mask, tinted glasses, glare, fringe, hat) from PORTRAITS.

    PORTRAITS are pictures or folders; a hundred take about eight minutes on two cores. How many are done is said
    while it runs. Who teaches, who chooses limits and who is only
    tested on is fixed by person. Writes weights and cards (data, figures by sex and skin, limits); the same
    portraits give the same weights.
    """
    from kiosk.photo.models import ModelsMissing
    from kiosk.photo.training import scenes
    from kiosk.photo.training import train as training

    spoken = lang or console_language()
    named = [item for path in portraits for item in (path.iterdir() if path.is_dir() else (path,))]
    found = sorted(path for path in named if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    if not found:
        raise click.BadParameter(text(spoken, "photo.cli.no_portraits"), param_hint="PORTRAITS")
    models, profile = settings_module.load().assets / "models", _found(DEFAULT_PROFILE)
    with click.progressbar(length=len(found), file=sys.stderr, show_pos=True) as bar:

        def tell(_: str) -> None:
            bar.update(1)
            if not sys.stderr.isatty():  # a log has no bar
                click.echo(f"{bar.pos}/{len(found)}", err=True)

        try:
            seen = scenes.examples(found, models, profile, tell, jobs)
        except ModelsMissing as error:
            raise click.ClickException(text(spoken, "photo.cli.models_missing", detail=str(error))) from error
    try:
        cards = training.write(seen, out)
    except ValueError as error:
        raise click.ClickException(text(spoken, "photo.cli.too_few_people", detail=str(error))) from error
    click.echo(json.dumps(cards, ensure_ascii=False, indent=1))


def _profiles() -> dict[str, Profile]:
    return profiles_from(tables(settings_module.load().config / "photo_profiles"))


def _found(code: str) -> Profile:
    known = _profiles()
    if code not in known:
        raise click.BadParameter(f"{code}; known: {', '.join(known)}", param_hint="profile")
    return known[code]


def _pictures(folder: Path) -> list[Path]:
    """Every picture below a folder; what is no picture is left out, unlike in `batch`."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix.lower() in _ENDINGS)


@contextmanager
def _engine(spoken: str) -> Iterator[Any]:
    """An engine with the models of the settings."""
    from kiosk.photo.engine import Engine

    with _models(spoken) as models:
        yield Engine(models)


@contextmanager
def _models(spoken: str) -> Iterator[Path]:
    """The folder of the models; missing models end the command with a clear sentence."""
    from kiosk.photo.models import ModelsMissing

    try:
        yield settings_module.load().assets / "models"
    except ModelsMissing as error:
        raise click.ClickException(text(spoken, "photo.cli.models_missing", detail=str(error))) from error


def _say(file: Path, judgement: Judgement, spoken: str) -> None:
    word = text(spoken, f"photo.verdict.{judgement.verdict.value}")
    click.echo(text(spoken, "photo.cli.file", file=file, verdict=word, profile=judgement.profile))
    for item in judgement.checks:
        if item.passed is True:
            continue
        name, hint = text(spoken, f"photo.check.{item.code}"), text(spoken, item.hint)
        key = "photo.cli.failed" if item.passed is False else "photo.cli.asked"
        click.echo(
            text(
                spoken,
                key,
                name=name,
                hint=hint,
                value=photo_words.value(item, spoken),
                band=photo_words.band(item, spoken),
            )
        )
    passed = sum(item.passed is True for item in judgement.checks)
    click.echo(text(spoken, "photo.cli.passed", count=passed))


def _say_counts(statuses: list[int], spoken: str) -> None:
    counts = {verdict.value: statuses.count(status) for verdict, status in STATUS.items()}
    click.echo(
        text(spoken, "photo.cli.counts", files=len(statuses), unreadable=statuses.count(UNREADABLE), **counts)
    )


def _say_unreadable(file: Path, profile: Profile, refusal: Refusal, as_json: bool, spoken: str) -> None:
    if as_json:
        facts: dict[str, Any] = {
            "file": str(file),
            "profile": profile.code,
            "verdict": None,
            "checks": [],
            "refusal": str(refusal),
        }
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    reason = text(spoken, f"refusal.{refusal.code.value}.staff", **refusal.args_)
    click.echo(text(spoken, "photo.cli.unreadable", file=file, reason=reason), err=True)


def _say_made(
    source: Path, out: Path, making: dict[str, Any], data: bytes | None, judgement: Judgement, spoken: str
) -> None:
    if data is None:
        reason = judgement.reason
        why = text(spoken, reason.hint) if reason else ""
        click.echo(text(spoken, "photo.cli.not_made", file=source, reason=why), err=True)
        return
    size = {key: making[key] for key in ("width", "height", "quality")}
    click.echo(text(spoken, "photo.cli.made", file=out, kilobytes=round(len(data) / 1000, 1), **size))


def _say_numbers(profile: Profile, spoken: str) -> None:
    for wall in profile.backgrounds:
        rgb = ", ".join(str(value) for value in wall.rgb)
        name = profile_drawing.wall_name(wall.name, partial(text, spoken))
        click.echo(text(spoken, "photo.cli.wall", name=name, rgb=rgb, grade=wall.source.grade))
    shown = {f"photo.check.{key}": band for key, band in profile.bands.items()}
    limits_of = profile.thresholds.items()
    shown |= {f"photo.check.{key}": item.final for key, item in limits_of if item.final is not None}
    shown |= {f"profile.stated.{key}": band for key, band in profile.stated.items()}
    for key, band in shown.items():
        name = text(spoken, key)
        limits = {
            "band": photo_words.limits(band.low, band.high, spoken),
            "unit": photo_words.unit(band, spoken),
        }
        click.echo(text(spoken, "photo.cli.band", name=name, grade=band.source.grade, **limits))
