"""Signs in a picture file that it was taken with a phone, edited, generated or passed on.

A sign is evidence for staff, never a verdict: `ask` says whether a person has to look. The machine does not decide
because each sign has an innocent cause too (a studio saves twice, a phone can be held by a photographer).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import PurePath
from typing import Any

import numpy as np

from kiosk.photo import recompression
from kiosk.photo.read import Picture

#: EXIF tags (of the first directory and of the one for the photo).
_MAKE, _MODEL, _SOFTWARE, _CHANGED, _PROCESSING = 0x010F, 0x0110, 0x0131, 0x0132, 0x000B
_PHOTO, _TAKEN, _WIDTH, _HEIGHT, _LENS = 0x8769, 0x9003, 0xA002, 0xA003, 0xA434
#: Makers that build phones and no cameras, as they write themselves into EXIF.
_PHONES = frozenset(
    {
        "apple", "huawei", "honor", "xiaomi", "redmi", "oppo", "vivo", "oneplus", "realme", "google", "meizu",
        "zte", "nubia", "iqoo", "motorola", "hmd global", "tecno", "infinix", "smartisan", "nothing", "lenovo",
        "hisense",
    }
)  # fmt: skip
_PHONE_MODEL = re.compile(r"\b(iphone|ipad|sm-[a-z]\d|galaxy|xperia|xq-|pixel \d|redmi|mi \d)", re.IGNORECASE)
_FRONT = re.compile(r"\bfront\b|前置|自拍|selfie", re.IGNORECASE)
#: Programs that change pictures, or make ID photos of them, where they sign.
_EDITORS = re.compile(
    r"photoshop|lightroom|camera raw|gimp|snapseed|vsco|picsart|facetune|meitu|美图|beautycam|美颜|\bb612\b|faceu"
    r"|轻颜|醒图|xingtu|retouch|affinity|pixelmator|capture one|luminar|acdsee|光影魔术手|neoimaging|可牛|picasa"
    r"|canva|paint\.net|microsoft windows photo|windows photo editor|hivision|证件照|id ?photo|remini|polarr"
    r"|\bacorn\b|krita",
    re.IGNORECASE,
)
#: Marks of generated content: IPTC's digital source types, content credentials, the label of GB 45438-2025.
_GENERATED = re.compile(rb"trainedAlgorithmicMedia|algorithmicMedia|c2pa\.|tc260\.org\.cn/ns/AIGC|:AIGC[ >=]")
#: Names that messengers and screens give.
_FORWARDED = re.compile(
    r"mmexport\d|微信图片|wx_camera|wechat|qq图片|tencent|screenshot|截图|截屏|received_\d", re.IGNORECASE
)
_MIRRORED_TURNS = frozenset({2, 4, 5, 7})
#: Share of the wall's upper corners in one single colour from which it was painted, not photographed: real walls
#: of the studio reach 0.46 even at quality 60, painted ones 1.0.
_FLAT = 0.75
#: How often double compression is missed or wrongly seen: docs/photo-quality.md.
_TWICE, _SHIFTED = 0.3, 0.12
_LONGEST = 60
_SUFFIXES = {"JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"), "PNG": (".png",)}


@dataclass(frozen=True)
class Sign:
    """One sign: its code (`batch.sign.<code>`), whether staff must look, and what it rests on."""

    code: str
    ask: bool
    evidence: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """`{"code", "ask", "evidence"}`."""
        return asdict(self)


def signs(picture: Picture, data: bytes, name: str, phones: bool = False) -> tuple[Sign, ...]:
    """Every sign in `picture`, which was read from `data`, a file called `name`.

    `phones`: the profile allows pictures by phone (its switch `phone_pictures`): one is said, not asked about.
    """
    return tuple((*_camera(picture, phones), *_programs(picture, data), *_pixels(picture), *_file(picture, name)))


def _clean(value: object) -> str:
    """A tag as one short printable line."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")
    return "".join(character for character in text if character.isprintable()).strip()[:_LONGEST]


def _photo_tags(picture: Picture) -> dict[int, Any]:
    try:
        return dict(picture.exif.get_ifd(_PHOTO))
    except (OSError, ValueError, KeyError, TypeError, IndexError, SyntaxError):
        return {}  # a damaged directory says nothing


def _camera(picture: Picture, phones: bool) -> Iterator[Sign]:
    tags = _photo_tags(picture)
    make, model, lens = (
        _clean(value) for value in (picture.exif.get(_MAKE), picture.exif.get(_MODEL), tags.get(_LENS))
    )
    evidence = {key: value for key, value in (("make", make), ("model", model), ("lens", lens)) if value}
    if make.casefold() in _PHONES or _PHONE_MODEL.search(f"{model} {lens}"):
        selfie = bool(_FRONT.search(lens))
        yield Sign("selfie" if selfie else "phone", selfie or not phones, evidence)
    if picture.orientation in _MIRRORED_TURNS:
        yield Sign("mirrored", True, {"orientation": picture.orientation})
    elif picture.orientation != 1:
        yield Sign("turned", False, {"orientation": picture.orientation})
    claimed = {tags.get(_WIDTH), tags.get(_HEIGHT)}
    real = {int(side) for side in picture.bgr.shape[:2]}
    if all(isinstance(side, int) and side > 0 for side in claimed) and claimed != real:
        yield Sign("resized", True, {"taken": _sides(claimed), "now": _sides(real)})
    taken, changed = _clean(tags.get(_TAKEN)), _clean(picture.exif.get(_CHANGED))
    if taken and changed and changed > taken and changed[:16] != taken[:16]:
        yield Sign("changed_later", True, {"taken": taken, "changed": changed})


def _sides(sides: set[Any]) -> str:
    return "×".join(str(side) for side in sorted(sides, reverse=True))


def _programs(picture: Picture, data: bytes) -> Iterator[Sign]:
    xmp = picture.info.get("xmp")
    packet = xmp if isinstance(xmp, bytes) else str(xmp or "").encode()
    tools = re.findall(rb"(?:CreatorTool|softwareAgent)(?:=\"|>)([^\"<]{1,80})", packet)
    said = [picture.exif.get(_SOFTWARE), picture.exif.get(_PROCESSING), *tools]
    said += [picture.info.get(key) for key in ("Software", "comment", "Comment")]
    found = sorted({_clean(value) for value in said if value and _EDITORS.search(_clean(value))})
    history = b"xmpMM:History" in packet or b"photoshop:" in packet or b"crs:" in packet
    blocks = bool(picture.info.get("photoshop"))
    if found or history or blocks:
        names = {"programs": "、".join(found)} if found else {}
        yield Sign("edited", True, names | ({"history": True} if history else {}))
    if match := _GENERATED.search(packet) or _GENERATED.search(data[: 1 << 20]):
        yield Sign("generated", True, {"mark": _clean(match.group())})


def _pixels(picture: Picture) -> Iterator[Sign]:
    stored = recompression.stored(picture.bgr, picture.orientation)
    twice = recompression.double(stored, picture.tables[0]) if 0 in picture.tables else 0.0
    if twice >= _TWICE:
        yield Sign("recompressed", True, {"strength": round(twice, 2)})
    shift, strength = recompression.shifted_grid(stored, was_jpeg=picture.kind == "JPEG")
    if strength >= _SHIFTED:
        yield Sign("cropped_after", True, {"offset": shift, "strength": round(strength, 2)})
    flat = _flat_wall(picture.bgr)
    if flat >= _FLAT:
        yield Sign("flat_wall", True, {"share": round(flat, 2)})
    if picture.kind == "JPEG" and not picture.exif:
        yield Sign("stripped", False)


def _flat_wall(bgr: np.ndarray) -> float:
    """Share of the commonest colour in the upper corners, the smaller of both sides. 0..1."""
    height, width = bgr.shape[0] // 8, bgr.shape[1] // 6
    shares = []
    for corner in (bgr[:height, :width], bgr[:height, -width:]):
        values = corner[::2, ::2].reshape(-1, 3).astype(np.uint32) @ np.array([1, 256, 65536], np.uint32)
        if not len(values):
            return 0.0
        _, counts = np.unique(values, return_counts=True)
        shares.append(float(counts.max()) / len(values))
    return min(shares)


def _file(picture: Picture, name: str) -> Iterator[Sign]:
    suffix = PurePath(name).suffix.lower()
    if suffix not in _SUFFIXES[picture.kind]:
        yield Sign("wrong_ending", False, {"ending": _clean(suffix), "kind": picture.kind})
    if match := _FORWARDED.search(PurePath(name).stem):
        yield Sign("forwarded", True, {"name": _clean(match.group())})
    for word in ("grey", "cmyk", "deep", "alpha", "icc"):
        if word in picture.converted:
            yield Sign(word, word in ("grey", "alpha"))
