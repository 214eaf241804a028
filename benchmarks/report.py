"""Runs every benchmark and writes docs/benchmarks.md: what was measured, the bar, the machine.

A benchmark is a file `benchmarks/bench_<name>.py` with `def measure() -> Iterable[Row]`. `python -m
benchmarks.report [name …]` runs those named, or all; with names the page keeps the rows of the others.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"
#: The rows as data, in the page itself, so that a part can be measured again.
_MARK = "<!-- rows: "


@dataclass(frozen=True)
class Row:
    """One figure. `met` is None where there is no bar."""

    what: str
    bar: str
    measured: str
    met: bool | None
    data: str = ""  #: with what it was measured: counts, sizes, seeds


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0..1) of `values` lie, nearest rank. Raises `ValueError` without values."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def names() -> list[str]:
    """Every benchmark by its name."""
    return sorted(file.stem.removeprefix("bench_") for file in Path(__file__).parent.glob("bench_*.py"))


def machine() -> str:
    """The machine in one line: processor, cores, memory, system, Python."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text("utf-8").splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    memory = ""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        memory = f"{size / 2**30:.0f} GB of memory, "
    return f"{model}, {os.cpu_count()} cores, {memory}{platform.system()}, Python {platform.python_version()}"


def _revision() -> str:
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or "unknown"


def render(rows: dict[str, list[Row]], when: datetime, revision: str) -> str:
    """The whole page."""
    lines = [
        "# Benchmarks",
        "",
        f"Made by `make bench` on {when:%Y-%m-%d} at revision {revision}. Machine: {machine()}.",
        "",
        "| what | bar | measured | met | with |",
        "|---|---|---|---|---|",
    ]
    for group in rows.values():
        for row in group:
            met = {True: "yes", False: "**no**", None: "–"}[row.met]
            lines.append(f"| {row.what} | {row.bar} | {row.measured} | {met} | {row.data} |")
    data = json.dumps({name: [asdict(row) for row in group] for name, group in rows.items()}, ensure_ascii=False)
    return "\n".join([*lines, "", f"{_MARK}{data} -->", ""])


def earlier() -> dict[str, list[Row]]:
    """The rows that stand in the page."""
    if not PAGE.exists():
        return {}
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith(_MARK):
            data = json.loads(line.removeprefix(_MARK).removesuffix(" -->"))
            return {name: [Row(**row) for row in group] for name, group in data.items()}
    return {}


def main(wanted: Iterable[str]) -> int:
    """Run the benchmarks; 1 when a bar is not met."""
    chosen = list(wanted) or names()
    rows = {name: group for name, group in earlier().items() if name in names()}
    for name in chosen:
        module = importlib.import_module(f"benchmarks.bench_{name}")
        group = list(module.measure())
        rows[name] = group
        for row in group:
            sign = {True: "ok ", False: "NOT", None: "   "}[row.met]
            print(f"{sign} {row.what}: {row.measured} (bar {row.bar})", flush=True)
    PAGE.write_text(render(dict(sorted(rows.items())), datetime.now().astimezone(), _revision()), "utf-8")
    return 1 if any(row.met is False for name in chosen for row in rows[name]) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
