"""Photo profiles: what a standard asks of a picture, as plain numbers that each know their source and grade.

A profile is read from a table (one TOML file of `config/photo_profiles`). Every number names a source of the
profile, every source has a grade: A the institution's own page, B a school, press or vendor page, C a mirror
confirmed by several copies, M measured by this project, D decided by this project. A number without a source
is an error. A profile may inherit from one base, and a base from none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

GRADES = frozenset("ABCMD")
#: Where a landmark of the deliverable may stand; each is linear in the crop (`kiosk.photo.crop`).
BANDS = frozenset(
    {"crown_y", "eyes_y", "chin_y", "center_x", "eyes_x", "face_width", "head_height", "eye_distance"}
)
#: Proportions of a frontal head in units of crown → eye line, means of 444 faces at the profile's geometry:
#: face width 209, eye line → chin 174, crown → eye line 176 px.
FACE_WIDTH_TO_UPPER_HEAD = 209 / 176
CHIN_TO_UPPER_HEAD = 174 / 176
#: Share of the preview's height, and at most of its width, that the crop shall take when the person stands right.
_PREVIEW_HEIGHT, _PREVIEW_WIDTH = 0.86, 0.92
#: Where the eyes shall stand in the preview, from the top.
_PREVIEW_EYES = 0.42


class ProfileError(ValueError):
    """A profile file is wrong; the message names file and key."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a number comes from. `grade` is one letter of `GRADES`."""

    id: str
    text: str
    grade: str


@dataclass(frozen=True, slots=True)
class Number:
    """One value of the standard with its unit."""

    value: float
    unit: str
    source: Source


@dataclass(frozen=True, slots=True)
class Band:
    """Inclusive limits in `unit`; None is open."""

    low: float | None
    high: float | None
    unit: str
    source: Source

    def holds(self, value: float) -> bool:
        """Whether `value` lies inside."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


@dataclass(frozen=True, slots=True)
class Threshold:
    """Limits of one measure while coaching (`live`) and for the kept picture (`final`); None: not judged there.

    `sure`: a kept picture outside `final` but inside `sure` is a question to staff, outside both a failure; None:
    always a failure. `ask`: whatever lies outside is a question.
    """

    code: str
    live: Band | None
    final: Band | None
    sure: Band | None
    ask: bool


@dataclass(frozen=True, slots=True)
class Background:
    """A wall: reference colour (sRGB 0..255) and what is still taken for it.

    `hue` in degrees of CIELAB, `chroma` and `lightness` in its units; None where the band does not matter.
    `accepted` False: some copies of the standard allow it, this profile does not.
    """

    name: str
    rgb: tuple[int, int, int]
    source: Source
    hue: Band | None
    chroma: Band | None
    lightness: Band | None
    accepted: bool = True


@dataclass(frozen=True, slots=True)
class Switch:
    """A question that notices settle differently, with this profile's answer."""

    value: bool | str
    source: Source


@dataclass(frozen=True)
class Profile:
    """One standard. Sizes in px of the deliverable, `kb_*` in kilobytes of its file.

    `walls`: every wall that the standard names, `backgrounds` those that are accepted. `stated`: what the standard
    says beside what the machine measures (lamps, age of the photo, sizes on paper), for people to read.
    """

    code: str
    title: Mapping[str, str]
    grade: str
    source: str
    width: int
    height: int
    dpi: int
    quality_min: int
    kb_min: int
    kb_max: int
    kb_target: int
    name_rule: str
    facts: Mapping[str, Number]
    walls: tuple[Background, ...]
    bands: Mapping[str, Band]
    aim: Mapping[str, Number]
    thresholds: Mapping[str, Threshold]
    switches: Mapping[str, Switch]
    sources: Mapping[str, Source]
    stated: Mapping[str, Band]

    @property
    def backgrounds(self) -> tuple[Background, ...]:
        """The walls that are accepted."""
        return tuple(wall for wall in self.walls if wall.accepted)

    def aim_at(self, name: str) -> float | None:
        """Where a landmark is best put: the aim, else the middle of its closed band, else None."""
        if name in self.aim:
            return self.aim[name].value
        band = self.bands.get(name)
        if band is None or band.low is None or band.high is None:
            return None
        return (band.low + band.high) / 2

    def switch(self, name: str) -> bool | str:
        """The profile's answer to a question; False where it has none."""
        found = self.switches.get(name)
        return found.value if found else False

    def outline(self) -> dict[str, float]:
        """The head as it is drawn over the preview: crown_y, eyes_y, chin_y, face_width, center_x in px."""
        eyes, crown = self._eyes_and_crown()
        upper = eyes - crown
        return {
            "crown_y": crown,
            "eyes_y": eyes,
            "chin_y": eyes + CHIN_TO_UPPER_HEAD * upper,
            "face_width": FACE_WIDTH_TO_UPPER_HEAD * upper,
            "center_x": self._center(),
        }

    def preview_crop(self, frame_width: int, frame_height: int) -> dict[str, float]:
        """Where the deliverable will be cut when the person stands right: x, y, w, h in 0..1 of the frame."""
        height = min(_PREVIEW_HEIGHT * frame_height, _PREVIEW_WIDTH * frame_width * self.height / self.width)
        width = height * self.width / self.height
        eyes, _ = self._eyes_and_crown()
        top = _PREVIEW_EYES * frame_height - eyes / self.height * height
        top = min(max(top, 0.0), frame_height - height)
        left = frame_width / 2 - self._center() / self.width * width
        return {
            "x": left / frame_width,
            "y": top / frame_height,
            "w": width / frame_width,
            "h": height / frame_height,
        }

    def _center(self) -> float:
        return self.aim_at("center_x") or self.aim_at("eyes_x") or self.width / 2

    def _eyes_and_crown(self) -> tuple[float, float]:
        """Eye line and crown, the one from the other by mean proportions where the profile has only one."""
        eyes, crown = self.aim_at("eyes_y"), self.aim_at("crown_y")
        head = self.aim_at("head_height")
        upper = head / (1 + CHIN_TO_UPPER_HEAD) if head else None
        if eyes is None and crown is None:
            eyes = 0.4 * self.height
        if upper is None:
            upper = eyes - crown if eyes is not None and crown is not None else 0.27 * self.height
        if eyes is None:
            eyes = (crown or 0.0) + upper
        return eyes, eyes - upper if crown is None or head else crown


_TOP = frozenset(
    {
        "inherits", "title", "grade", "source", "sources", "picture", "name", "background", "bands", "aim",
        "thresholds", "switches", "stated",
    }
)  # fmt: skip
_PICTURE = ("width", "height", "dpi", "quality_min", "kb_min", "kb_max", "kb_target")


def profiles_from(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, Profile]:
    """The profiles of `tables` (file name without ending → its content); names that begin with `_` are bases.

    Raises `ProfileError` for an unknown key, a number without a source, a source without a grade, a missing
    part or a second level of inheritance.
    """
    return {
        code: _profile(code, _inherited(code, table, tables))
        for code, table in tables.items()
        if not code.startswith("_")
    }


def _inherited(code: str, table: Mapping[str, Any], tables: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    base_name = table.get("inherits")
    if base_name is None:
        return dict(table)
    base = tables.get(base_name)
    if base is None:
        raise ProfileError(f"{code}: inherits the unknown {base_name}")
    if "inherits" in base:
        raise ProfileError(f"{code}: {base_name} inherits itself; one level is allowed")
    merged = dict(base)
    for key, value in table.items():
        old = merged.get(key)
        merged[key] = {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _profile(code: str, table: Mapping[str, Any]) -> Profile:
    _only(code, table, _TOP)
    given = table.get("sources", {})
    sources = {key: _source(f"{code}: sources.{key}", key, item) for key, item in given.items()}
    reader = _Reader(code, sources)
    picture = _need(code, table, "picture")
    _only(f"{code}: picture", picture, frozenset(_PICTURE))
    facts = {name: reader.number(f"picture.{name}", _need(f"{code}: picture", picture, name)) for name in _PICTURE}
    name = _need(code, table, "name")
    reader.source("name", name)
    bands = {key: reader.band(f"bands.{key}", item) for key, item in table.get("bands", {}).items()}
    aim = {key: reader.number(f"aim.{key}", item) for key, item in table.get("aim", {}).items()}
    for key in {*bands, *aim} - BANDS:
        raise ProfileError(f"{code}: {key} is no band")
    main = reader.source("the profile", {"source": _need(code, table, "source")})
    if table.get("grade") != main.grade:
        raise ProfileError(f"{code}: grade {table.get('grade')} is not the grade of its source")
    title = _need(code, table, "title")
    if set(title) != {"zh_CN", "en"}:
        raise ProfileError(f"{code}: title needs zh_CN and en")
    walls = _need(code, table, "background")
    return Profile(
        code=code,
        title=dict(title),
        grade=main.grade,
        source=main.text,
        **{key: round(facts[key].value) for key in _PICTURE},
        name_rule=str(_need(f"{code}: name", name, "rule")),
        facts=facts,
        walls=tuple(reader.background(f"background {i}", item) for i, item in enumerate(walls)),
        bands=bands,
        aim=aim,
        thresholds={key: reader.threshold(key, item) for key, item in table.get("thresholds", {}).items()},
        switches={key: reader.switch(key, item) for key, item in table.get("switches", {}).items()},
        sources=sources,
        stated={key: reader.band(f"stated.{key}", item) for key, item in table.get("stated", {}).items()},
    )


def _need(where: str, table: Mapping[str, Any], key: str) -> Any:
    if key not in table:
        raise ProfileError(f"{where}: {key} is missing")
    return table[key]


def _only(where: str, table: Mapping[str, Any], allowed: frozenset[str]) -> None:
    for key in table:
        if key not in allowed:
            raise ProfileError(f"{where}: unknown key {key}")


def _source(where: str, key: str, table: Mapping[str, Any]) -> Source:
    _only(where, table, frozenset({"text", "grade"}))
    grade = str(_need(where, table, "grade"))
    if grade not in GRADES:
        raise ProfileError(f"{where}: {grade} is no grade")
    return Source(key, str(_need(where, table, "text")), grade)


@dataclass(frozen=True)
class _Reader:
    """Reads the parts of one profile, naming the place of an error."""

    code: str
    sources: Mapping[str, Source]

    def source(self, where: str, item: Mapping[str, Any]) -> Source:
        key = str(_need(f"{self.code}: {where}", item, "source"))
        if key not in self.sources:
            raise ProfileError(f"{self.code}: {where} names the unknown source {key}")
        return self.sources[key]

    def number(self, where: str, item: Mapping[str, Any]) -> Number:
        _only(f"{self.code}: {where}", item, frozenset({"value", "unit", "source"}))
        value = _need(f"{self.code}: {where}", item, "value")
        return Number(float(value), str(_need(f"{self.code}: {where}", item, "unit")), self.source(where, item))

    def band(self, where: str, item: Mapping[str, Any]) -> Band:
        _only(f"{self.code}: {where}", item, frozenset({"low", "high", "unit", "source"}))
        if "low" not in item and "high" not in item:
            raise ProfileError(f"{self.code}: {where} has neither low nor high")
        return self._band(item, str(_need(f"{self.code}: {where}", item, "unit")), self.source(where, item), where)

    def _band(self, item: Mapping[str, Any], unit: str, source: Source, where: str) -> Band:
        low, high = item.get("low"), item.get("high")
        if low is not None and high is not None and low > high:
            raise ProfileError(f"{self.code}: {where} is upside down")
        return Band(None if low is None else float(low), None if high is None else float(high), unit, source)

    def threshold(self, code: str, item: Mapping[str, Any]) -> Threshold:
        where = f"thresholds.{code}"
        _only(f"{self.code}: {where}", item, frozenset({"unit", "source", "live", "final", "sure", "ask"}))
        unit, source = str(_need(f"{self.code}: {where}", item, "unit")), self.source(where, item)
        stages = {}
        for stage in ("live", "final", "sure"):
            limits = item.get(stage)
            if limits is not None:
                _only(f"{self.code}: {where}.{stage}", limits, frozenset({"low", "high"}))
            stages[stage] = None if limits is None else self._band(limits, unit, source, f"{where}.{stage}")
        return Threshold(code, stages["live"], stages["final"], stages["sure"], bool(item.get("ask", False)))

    def background(self, where: str, item: Mapping[str, Any]) -> Background:
        parts = {"name", "rgb", "source", "tolerance_source", "hue", "chroma", "lightness", "accepted"}
        _only(f"{self.code}: {where}", item, frozenset(parts))
        tolerance = self.source(where, {"source": _need(f"{self.code}: {where}", item, "tolerance_source")})
        red, green, blue = _need(f"{self.code}: {where}", item, "rgb")

        def limits(name: str, unit: str) -> Band | None:
            pair = item.get(name)
            return None if pair is None else Band(float(pair[0]), float(pair[1]), unit, tolerance)

        return Background(
            name=str(_need(f"{self.code}: {where}", item, "name")),
            rgb=(int(red), int(green), int(blue)),
            source=self.source(where, item),
            hue=limits("hue", "deg"),
            chroma=limits("chroma", "C*"),
            lightness=limits("lightness", "L*"),
            accepted=bool(item.get("accepted", True)),
        )

    def switch(self, name: str, item: Mapping[str, Any]) -> Switch:
        where = f"switches.{name}"
        _only(f"{self.code}: {where}", item, frozenset({"value", "source"}))
        value = _need(f"{self.code}: {where}", item, "value")
        if not isinstance(value, bool | str):
            raise ProfileError(f"{self.code}: {where} is neither yes, no nor a word")
        return Switch(value, self.source(where, item))
