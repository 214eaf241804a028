"""What a simulated day comes to: its figures as data, and as lines for the console."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from kiosk.i18n import text
from kiosk.simulation.day import Played
from kiosk.simulation.floor import Course
from kiosk.simulation.plan import Result

#: Steps in the order of the journey; texts `simulate.step.<name>`.
STEPS = (
    "entrance", "identify", "confirm", "declare", "temperature", "number", "line", "room", "come", "capture",
    "review", "receipt",
)  # fmt: skip
#: What may be wrong, worst first; texts `simulate.count.<name>`.
PROBLEMS = ("lost", "double", "out_of_order", "on_board", "balance", "differs")
_BAR = 40


def outcomes(played: Played) -> list[dict[str, Any]]:
    """How each student's day ended, in the order of the roster; the same for the same plan. Nobody is named."""
    return [
        {
            "student": course.student.number, "story": course.student.story.value,
            "result": course.result.value if course.result else None, "code": course.code,
            "retakes": course.retakes,
        }
        for course in played.floor.courses
    ]  # fmt: skip


def figures(played: Played) -> dict[str, Any]:
    """Everything as JSON-ready data; times in seconds on the site's clock unless the name says `real`."""
    courses, evening = played.floor.courses, played.evening
    done = [course for course in courses if course.result is Result.PHOTOGRAPHED]
    waits = [course.steps["line"] for course in courses if course.called]
    quick = played.site_seconds / played.speed
    return {
        "students": len(courses), "seats": played.plan.seats, "faults": played.plan.faults,
        "seed": played.plan.seed, "speed": played.speed,
        "real": {
            "start": round(played.start_seconds, 1), "day": round(played.day_seconds, 1),
            "machine": round(played.machine_seconds, 1), "times_as_long": round(played.day_seconds / quick, 2)
            if quick else None,
        },
        "site_seconds": round(played.site_seconds), "results": _results(courses),
        "refused": dict(Counter(course.code for course in courses if course.result is Result.REFUSED)),
        "hours": {str(hour): count for hour, count in sorted(Counter(int(c.ended // 3600) for c in done).items())},
        "throughput": round(len(done) / played.site_seconds * 3600, 1) if played.site_seconds else 0.0,
        "wait": spread(waits), "entrance": spread([c.steps["entrance"] for c in courses if "entrance" in c.steps]),
        "steps": {name: round(sum(c.steps[name] for c in courses if name in c.steps)) for name in STEPS},
        "retakes": sum(course.retakes for course in courses),
        "machine_retakes": sum(course.machine_retakes for course in courses),
        "mishaps": dict(sorted(played.floor.faults.items())), "calls": evening.calls, "shots": evening.shots,
        "outside": played.floor.sent_outside, "board": {"shown": played.seen, "of": evening.calls},
        "phones": {
            "places": played.floor.places_followed, "receipts": played.floor.receipts_opened,
            "reports": played.floor.receipts_reported,
        },
        "due": evening.closing.due, "sum": evening.closing.outcomes,
        "hints": played.hints, "lost": evening.lost, "double": evening.double,
        "out_of_order": evening.out_of_order, "on_board": evening.board, "balance": evening.closing.problems,
        "differs": evening.differs, "chain": evening.chain,
        "outcomes": outcomes(played),
    }  # fmt: skip


def spread(values: Sequence[float]) -> dict[str, float] | None:
    """`{"p50", "p95", "max"}` by nearest rank; None without values."""
    if not values:
        return None
    ordered = sorted(values)

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)

    return {"p50": at(0.5), "p95": at(0.95), "max": round(ordered[-1], 1)}


def _results(courses: Sequence[Course]) -> dict[str, int]:
    counts = Counter(course.result for course in courses)
    return {result.value: counts[result] for result in Result if counts[result]}


def lines(found: dict[str, Any], language: str) -> Iterator[str]:
    """The report of `figures` for the console."""

    def say(key: str, **values: object) -> str:
        return text(language, f"simulate.{key}", **values)

    real = found["real"]
    yield say("title", **{name: found[name] for name in ("students", "seats", "seed")}, faults=found["faults"])
    yield ""
    for result, count in found["results"].items():
        yield f"  {count:5}  {say(f'result.{result}')}"
    for code, count in found["refused"].items():
        yield f"         {count:5}  {text(language, f'refusal.{code}.title')}"
    yield ""
    yield say("throughput", each=found["throughput"], hours=_hours(found["hours"]))
    for name in ("wait", "entrance"):
        if found[name]:
            yield say(name, **{key: f"{value / 60:.1f}" for key, value in found[name].items()})
    yield say("retakes", wanted=found["retakes"], needed=found["machine_retakes"], shots=found["shots"])
    yield say("outside", times=found["outside"])
    yield say("board", **found["board"])
    yield say("phones", **found["phones"])
    for mishap, count in found["mishaps"].items():
        yield f"  {count:5}  {say(f'mishap.{mishap}')}"
    yield ""
    yield say("minutes")
    most = max(found["steps"].values(), default=0) or 1
    titles = {name: say(f"step.{name}") for name in STEPS}
    width = max(_width(title) for title in titles.values())
    for name, seconds in found["steps"].items():
        pad = " " * (width - _width(titles[name]))
        yield f"  {titles[name]}{pad} {seconds / 60:8.1f}  {'█' * round(seconds / most * _BAR)}"
    yield ""
    yield say(
        "pace", site=_span(found["site_seconds"]), real=_span(real["day"]), speed=f"{found['speed']:g}",
        times=real["times_as_long"], machine=_span(real["machine"]), start=_span(real["start"]),
    )  # fmt: skip
    yield ""
    for name in PROBLEMS:
        yield f"  {len(found[name]):5}  {say(f'count.{name}', calls=found['calls'])}"
        for sentence in found[name]:
            yield f"         {sentence}"
    parts = [f"{count} {text(language, f'evening.outcome.{name}')}" for name, count in found["sum"].items()]
    yield say("sum.unequal" if found["balance"] else "sum.equal", due=found["due"], parts=" + ".join(parts))
    yield say("chain.good" if found["chain"] else "chain.bad")


def _hours(hours: dict[str, int]) -> str:
    return "  ".join(f"{int(hour):02}:00 {count}" for hour, count in hours.items())


def _span(seconds: float) -> str:
    """`7:31:05`, without hours where there are none."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def _width(words: str) -> int:
    """Columns that the words take on a console: a Chinese character takes two."""
    return sum(2 if letter > "\u2e7f" else 1 for letter in words)
