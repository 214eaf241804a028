"""Draws a photo profile as SVG: the picture with its head, the bands in which its parts may stand, the numbers.

One file that stands by itself (no script, no style attribute, no font of its own), for the staff page and for
`kiosk photo profiles CODE --drawing FILE`. Nothing but presentation attributes, so that every content security
policy lets it pass.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from kiosk.domain.profiles import Band, Profile

#: The text of a key in the wanted language, with values filled in.
Say = Callable[..., str]

_WIDTH, _TALL = 940, 560  # the whole drawing is this wide, the picture in it this high
_LEFT, _TOP, _GAP = 250, 56, 26  # labels stand left of the picture, the tape of its height right
_LABEL = 56  # least distance of two labels
_FOOT = 150
_INK, _SOFT, _PAPER, _LINE, _ACCENT = "#1d2422", "#55605c", "#fffefb", "#8b8f88", "#0e665d"
_FONT = "'Noto Sans SC','Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif"
#: Bands that lie across the picture, with their colour; and those that are widths.
_ACROSS = {"crown_y": "#8a5300", "eyes_y": _ACCENT, "chin_y": "#7a2f6b"}
_UPRIGHT = ("center_x", "eyes_x")
_MM = 25.4


@dataclass(frozen=True)
class _Frame:
    """Where the picture stands in the drawing, and how large a px of it is there."""

    profile: Profile

    @property
    def scale(self) -> float:
        """Drawing units a px; a wide picture is limited by its width."""
        return min(_TALL / self.profile.height, 480 / self.profile.width)

    def x(self, px: float) -> float:
        """From px of the picture."""
        return _LEFT + px * self.scale

    def y(self, px: float) -> float:
        """From px of the picture."""
        return _TOP + px * self.scale

    @property
    def right(self) -> float:
        """Right edge of the picture."""
        return self.x(self.profile.width)

    @property
    def bottom(self) -> float:
        """Lower edge of the picture."""
        return self.y(self.profile.height)


def draw(profile: Profile, say: Say, language: str) -> str:
    """The drawing as one SVG document. `say(key, **values)`: texts; `language`: of the profile's title."""
    frame = _Frame(profile)
    height = frame.bottom + _FOOT
    title = f"{profile.title[language]} · {profile.code}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" role="img" '
        f'width="{_WIDTH}" height="{height:.0f}" font-family="{_FONT}" fill="{_INK}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{height:.0f}" fill="{_PAPER}"/>',
        _words(24, 32, title, 18, weight=600),
        *_person(frame),
        *_bands(frame, say),
        *_tapes(frame, say),
        *_foot(frame, say),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _number(value: float) -> str:
    """A length of the drawing."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _short(value: float) -> str:
    """A number of the profile: three decimals below one, else one."""
    return f"{round(value, 3 if abs(value) < 1 else 1):g}"


def _words(
    x: float, y: float, words: str, size: float = 14, anchor: str = "start", fill: str = _INK, weight: int = 400
) -> str:
    return (
        f'<text x="{_number(x)}" y="{_number(y)}" font-size="{size}" text-anchor="{anchor}" fill="{fill}" '
        f'font-weight="{weight}">{escape(words)}</text>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, stroke: str = _INK, dash: str = "", wide: float = 1) -> str:
    dashed = f" stroke-dasharray={quoteattr(dash)}" if dash else ""
    where = f'x1="{_number(x1)}" y1="{_number(y1)}" x2="{_number(x2)}" y2="{_number(y2)}"'
    return f'<line {where} stroke="{stroke}" stroke-width="{wide}"{dashed}/>'


def _arrow(x1: float, y1: float, x2: float, y2: float, stroke: str = _INK) -> str:
    """A dimension line with a head at both ends, upright or level."""
    size, level = 5.0, abs(y1 - y2) < abs(x1 - x2)
    heads = []
    for x, y, way in ((x1, y1, 1), (x2, y2, -1)):
        if level:
            points = ((x, y), (x + way * size, y - size / 2), (x + way * size, y + size / 2))
        else:
            points = ((x, y), (x - size / 2, y + way * size), (x + size / 2, y + way * size))
        heads.append(" ".join(f"{_number(a)},{_number(b)}" for a, b in points))
    return _line(x1, y1, x2, y2, stroke) + "".join(f'<polygon points="{head}" fill="{stroke}"/>' for head in heads)


def _rgb(profile: Profile) -> str:
    wall = profile.backgrounds[0].rgb if profile.backgrounds else (255, 255, 255)
    return "#{:02x}{:02x}{:02x}".format(*wall)


def _person(frame: _Frame) -> list[str]:
    """Wall, shoulders and head at the profile's aim."""
    profile, scale = frame.profile, frame.scale
    outline = profile.outline()
    middle, crown, chin = frame.x(outline["center_x"]), frame.y(outline["crown_y"]), frame.y(outline["chin_y"])
    eyes, half = frame.y(outline["eyes_y"]), outline["face_width"] * scale / 2
    bottom, left, right = frame.bottom, frame.x(0), frame.right
    apart = profile.aim_at("eye_distance")
    eye = (apart * scale if apart is not None else 0.9 * half) / 2
    tall = chin - crown
    # a cubic reaches three quarters of the way to its handles: so that the crown touches its line
    lift = eyes - (eyes - crown) / 0.75
    shoulder = chin + 0.1 * tall
    box = f'x="{_number(left)}" y="{_TOP}" width="{_number(right - left)}" height="{_number(bottom - _TOP)}"'
    low, far, out = shoulder + 0.06 * tall, shoulder + 0.1 * tall, shoulder + 0.55 * tall

    def across(share: float) -> str:
        return f"{middle + share * half:.1f}"

    body = (
        f"M{across(-0.5)} {shoulder:.1f} C{across(-1.2)} {low:.1f} {across(-2.1)} {far:.1f} "
        f"{across(-2.3)} {out:.1f} V{bottom + 400:.1f} H{across(2.3)} V{out:.1f} "
        f"C{across(2.1)} {far:.1f} {across(1.2)} {low:.1f} "
        f"{across(0.5)} {shoulder:.1f} L{across(0)} {shoulder + 0.22 * tall:.1f} Z"
    )
    neck = f'x="{across(-0.5)}" y="{chin - 0.2 * tall:.1f}" width="{half:.1f}" height="{0.6 * tall:.1f}"'
    jaw = f"{eyes + 0.34 * tall:.1f}"
    head = (
        f"M{across(-1)} {eyes:.1f} C{across(-1)} {lift:.1f} {across(1)} {lift:.1f} {across(1)} {eyes:.1f} "
        f"C{across(1)} {jaw} {across(0.5)} {chin:.1f} {across(0)} {chin:.1f} "
        f"C{across(-0.5)} {chin:.1f} {across(-1)} {jaw} {across(-1)} {eyes:.1f} Z"
    )
    return [
        f'<clipPath id="picture"><rect {box}/></clipPath>',
        f'<rect {box} fill="{_rgb(frame.profile)}"/>',
        f'<g clip-path="url(#picture)"><rect {neck} fill="#e3bd9b"/><path d="{body}" fill="#59666b"/>',
        f'<path d="{head}" fill="#f0cfb0" stroke="{_INK}" stroke-width="1.5"/>',
        *(
            f'<circle cx="{_number(middle + way * eye)}" cy="{_number(eyes)}" r="4" fill="{_INK}"/>'
            for way in (-1, 1)
        ),
        "</g>",
        f'<rect {box} fill="none" stroke="{_LINE}"/>',
    ]


def limits(band: Band, say: Say) -> str:
    """A band in numbers: `50–110 px`, `≤ 234 px`; negative ones `−9 … 9`. Shares and scores have no unit."""
    unit = say(f"photo.unit.{band.unit}")
    low, high = band.low, band.high
    if low is not None and high is not None:
        between = " … " if low < 0 else "–"
        numbers = _short(low) if low == high else f"{_short(low)}{between}{_short(high)}".replace("-", "−")
    elif low is not None:
        numbers = f"≥ {_short(low)}"
    else:
        numbers = f"≤ {_short(high or 0)}"
    return numbers if unit.startswith("photo.unit.") else f"{numbers} {unit}"


def _millimetres(band: Band, profile: Profile) -> str:
    ends = [value for value in (band.low, band.high) if value is not None]
    return "–".join(f"{value / profile.dpi * _MM:.1f}" for value in ends) + " mm"


def _bands(frame: _Frame, say: Say) -> list[str]:
    """Stripes where crown, eyes and chin may lie, columns for the middle, brackets for widths; labels left."""
    profile = frame.profile
    shapes, labels = [], []
    for code, colour in _ACROSS.items():
        band = profile.bands.get(code)
        if band is None:
            continue
        top, bottom = frame.y(band.low or 0), frame.y(band.high if band.high is not None else profile.height)
        where = f'x="{_LEFT}" y="{_number(top)}" width="{_number(frame.right - _LEFT)}"'
        shapes.append(f'<rect {where} height="{_number(bottom - top)}" fill="#ffffff" fill-opacity="0.3"/>')
        shapes.append(f'<rect {where} height="{_number(bottom - top)}" fill="{colour}" fill-opacity="0.13"/>')
        ends = [y for y, limit in ((top, band.low), (bottom, band.high)) if limit is not None]
        shapes += [_line(_LEFT, y, frame.right, y, colour, "6 4") for y in ends]
        labels.append((sum(ends) / len(ends), colour, code, band))
    for code in _UPRIGHT:
        band = profile.bands.get(code)
        if band is not None:
            left, right = frame.x(band.low or 0), frame.x(band.high or profile.width)
            shapes += [_line(x, _TOP, x, frame.bottom, "#7a2f6b", "2 4") for x in (left, right)]
            labels.append((frame.bottom - 30, "#7a2f6b", code, band))
    outline = profile.outline()
    middle = frame.x(outline["center_x"])
    level = frame.y(outline["eyes_y"] + 0.42 * (outline["chin_y"] - outline["eyes_y"]))
    for code, row in (("face_width", level), ("eye_distance", frame.y(outline["eyes_y"]) + 18)):
        band = profile.bands.get(code)
        if band is None:
            continue
        for number, width in enumerate(sorted({band.low or 0, band.high or band.low or 0})):
            half, y = width * frame.scale / 2, row + 16 * number
            shapes.append(_arrow(middle - half, y, middle + half, y, _INK))
            shapes += [_line(middle + way * half, y - 8, middle + way * half, y + 8) for way in (-1, 1)]
        labels.append((row + 8, _INK, code, band))
    band = profile.bands.get("head_height")
    if band is not None:
        x, crown = middle - outline["face_width"] * frame.scale / 2 - 14, frame.y(outline["crown_y"])
        for number, tall in enumerate((band.low or 0, band.high or 0)):
            shapes.append(_arrow(x - 14 * number, crown, x - 14 * number, crown + tall * frame.scale))
        labels.append((crown + 0.5 * (band.low or 0) * frame.scale, _INK, "head_height", band))
    return [*shapes, *_labels(frame, say, sorted(labels, key=lambda label: label[0]))]


def _labels(frame: _Frame, say: Say, labels: list[tuple[float, str, str, Band]]) -> list[str]:
    """Names and numbers left of the picture, none over another, each with a line to its place."""
    out = []
    last = _TOP - _LABEL / 2
    for place, colour, code, band in labels:
        y = max(place, last + _LABEL)
        last = y
        numbers = f"{limits(band, say)} · {_millimetres(band, frame.profile)}"
        out += [
            _line(_LEFT - 14, y - 4, _LEFT, place, colour),
            _words(_LEFT - 20, y - 8, say(f"photo.check.{code}"), 15, "end", colour, 600),
            _words(_LEFT - 20, y + 10, numbers, 13, "end", _SOFT),
            _words(_LEFT - 20, y + 25, say("profile.grade", grade=band.source.grade), 11, "end", _SOFT),
        ]
    return out


def _tapes(frame: _Frame, say: Say) -> list[str]:
    """Width below the picture, height beside it, in px and mm."""
    profile = frame.profile
    x, y = frame.right + _GAP, frame.bottom + _GAP
    unit = say("photo.unit.px")
    wide = f"{profile.width} {unit} · {profile.width / profile.dpi * _MM:.1f} mm"
    tall = f"{profile.height} {unit}"
    return [
        _arrow(_LEFT, y, frame.right, y),
        _words((_LEFT + frame.right) / 2, y + 20, wide, 14, "middle"),
        _arrow(x, _TOP, x, frame.bottom),
        _words(x + 10, (_TOP + frame.bottom) / 2, tall, 14),
        _words(
            x + 10, (_TOP + frame.bottom) / 2 + 18, f"{profile.height / profile.dpi * _MM:.1f} mm", 13, fill=_SOFT
        ),
        _words(x + 10, (_TOP + frame.bottom) / 2 + 36, f"{profile.dpi} dpi", 13, fill=_SOFT),
        *_window(x + 10, frame.bottom - 120, profile, say),
    ]


def _window(x: float, y: float, profile: Profile, say: Say) -> list[str]:
    """The kilobytes as a bar from 0 to a little beyond the most, the window and the aim in it."""
    wide = 150.0
    most = profile.kb_max * 1.25
    low, high, aim = (x + wide * value / most for value in (profile.kb_min, profile.kb_max, profile.kb_target))
    bar = f'y="{_number(y)}" height="12"'
    return [
        _words(x, y - 10, say("profile.size"), 14, weight=600),
        f'<rect x="{_number(x)}" {bar} width="{wide}" fill="#ebe8e0" rx="6"/>',
        f'<rect x="{_number(low)}" {bar} width="{_number(high - low)}" fill="{_ACCENT}" fill-opacity="0.45"/>',
        _line(aim, y - 3, aim, y + 15, _INK, wide=2),
        _words(x, y + 32, f"{profile.kb_min}–{profile.kb_max} KB", 14),
        _words(x, y + 50, say("profile.aim_kb", kb=profile.kb_target), 12, fill=_SOFT),
        _words(x, y + 68, f"JPEG, {say('profile.quality', quality=profile.quality_min)}", 12, fill=_SOFT),
    ]


def _foot(frame: _Frame, say: Say) -> list[str]:
    """Walls, and what the file is called."""
    y = frame.bottom + 84
    out = [_words(24, y, say("profile.walls"), 14, weight=600)]
    x = 24.0
    for wall in frame.profile.walls:
        y0 = y + 12
        rgb = ", ".join(str(value) for value in wall.rgb)
        fill = "#{:02x}{:02x}{:02x}".format(*wall.rgb)
        notes = [say("profile.grade", grade=wall.source.grade)]
        notes += [] if wall.accepted else [say("profile.not_accepted")]
        stroke = f'stroke="{_LINE}"' + ("" if wall.accepted else ' stroke-dasharray="4 3"')
        out += [
            f'<rect x="{_number(x)}" y="{_number(y0)}" width="34" height="34" rx="6" fill="{fill}" {stroke}/>',
            _words(x + 42, y0 + 14, f"{wall_name(wall.name, say)} ({rgb})", 13),
            _words(x + 42, y0 + 31, " · ".join(notes), 11, fill=_SOFT),
        ]
        x += 300
    out.append(_words(_WIDTH - 24, y, say("profile.named", rule=frame.profile.name_rule), 13, "end", _SOFT))
    return out


def wall_name(name: str, say: Say) -> str:
    """A wall's name in the language, its own where there is no text."""
    key = f"profile.wall.{name.replace(' ', '_')}"
    said = say(key)
    return name if said == key else said
