"""Which signs of a phone, an editor or a second compression must be found, and that clean files have none."""

from __future__ import annotations

import io
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from kiosk.photo.origin import Sign, signs
from kiosk.photo.read import read


def _jpeg(bgr: np.ndarray, quality: int, **more: Any) -> bytes:
    out = io.BytesIO()
    Image.fromarray(bgr[..., ::-1]).save(out, "JPEG", quality=quality, **more)
    return out.getvalue()


def _png(bgr: np.ndarray, **more: Any) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(bgr[..., ::-1])).save(out, "PNG", **more)
    return out.getvalue()


def _exif(**tags: Any) -> Image.Exif:
    names = {"make": 0x010F, "model": 0x0110, "orientation": 0x0112, "software": 0x0131, "changed": 0x0132}
    photo = {"taken": 0x9003, "width": 0xA002, "height": 0xA003, "lens": 0xA434}
    exif = Image.Exif()
    for name, value in tags.items():
        if name in names:
            exif[names[name]] = value
        else:
            exif.get_ifd(0x8769)[photo[name]] = value
    return exif


def _found(data: bytes, name: str = "x.jpg") -> dict[str, Sign]:
    return {sign.code: sign for sign in signs(read(data), data, name)}


@pytest.fixture(scope="module")
def scene(still: np.ndarray) -> np.ndarray:
    """The middle of a good still."""
    return np.ascontiguousarray(still[120:1320, 360:1560])


CAMERA = _exif(make="Canon", model="Canon EOS R6", software="Firmware 1.8.2", taken="2026:06:12 10:00:00")


@pytest.mark.parametrize("quality", [75, 85, 92, 98])
def test_a_cameras_own_file_raises_no_question(scene: np.ndarray, quality: int) -> None:
    assert _found(_jpeg(scene, quality, exif=CAMERA)) == {}
    without = _found(_jpeg(scene, quality))
    assert [sign.code for sign in without.values()] == ["stripped"]
    assert not without["stripped"].ask


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ({"make": "Apple", "model": "iPhone 14"}, "phone"),
        ({"make": "HUAWEI", "model": "ALN-AL00"}, "phone"),
        ({"make": "samsung", "model": "SM-S9280"}, "phone"),
        ({"make": "Apple", "lens": "iPhone 14 front TrueDepth camera 2.69mm f/1.9"}, "selfie"),
        ({"software": "Adobe Photoshop 25.1 (Windows)"}, "edited"),
        ({"software": "Meitu"}, "edited"),
        ({"orientation": 2}, "mirrored"),
        ({"orientation": 7}, "mirrored"),
        ({"width": 6000, "height": 4000}, "resized"),
        ({"taken": "2026:06:12 10:00:00", "changed": "2026:06:13 09:00:00"}, "changed_later"),
    ],
)
def test_tags_give_a_phone_an_editor_or_a_change_away(scene: np.ndarray, tags: dict[str, Any], code: str) -> None:
    found = _found(_jpeg(scene, 92, exif=_exif(**tags)))
    assert list(found) == [code]
    assert found[code].ask
    assert found[code].evidence


def test_a_camera_turned_by_its_holder_is_no_question(scene: np.ndarray) -> None:
    found = _found(_jpeg(scene, 92, exif=_exif(orientation=6)))
    assert list(found) == ["turned"]
    assert not found["turned"].ask


def test_marks_of_editors_and_generators_inside_the_file_are_found(scene: np.ndarray) -> None:
    history = b'<x:xmpmeta><rdf:li xmp:CreatorTool="Adobe Photoshop 25.1"/><xmpMM:History/></x:xmpmeta>'
    assert "Adobe Photoshop" in str(_found(_jpeg(scene, 92, xmp=history))["edited"].evidence)
    for mark in (b"trainedAlgorithmicMedia", b'xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"'):
        packet = b"<x:xmpmeta><rdf:li " + mark + b"/></x:xmpmeta>"
        assert _found(_jpeg(scene, 92, xmp=packet))["generated"].ask
    text = PngImagePlugin.PngInfo()
    text.add_text("Software", "GIMP 2.10")
    assert _found(_png(scene, pnginfo=text), "x.png")["edited"].evidence == {"programs": "GIMP 2.10"}


def _again(bgr: np.ndarray, quality: int) -> np.ndarray:
    found = cv2.imdecode(np.frombuffer(_jpeg(bgr, quality), np.uint8), cv2.IMREAD_COLOR)
    assert found is not None
    return found


@pytest.mark.parametrize(("first", "second"), [(60, 75), (75, 92), (85, 95), (85, 75), (92, 98)])
def test_a_second_compression_is_seen(scene: np.ndarray, first: int, second: int) -> None:
    assert _found(_jpeg(_again(scene, first), second, exif=CAMERA))["recompressed"].ask


def test_a_second_compression_is_seen_through_the_turn_of_a_tag(scene: np.ndarray) -> None:
    twice = np.ascontiguousarray(_again(scene, 75)[:1000])
    for orientation in (2, 3, 4, 5, 6, 7, 8):
        assert "recompressed" in _found(_jpeg(twice, 92, exif=_exif(orientation=orientation))), orientation


def test_a_crop_after_compression_is_seen(scene: np.ndarray) -> None:
    cropped = np.ascontiguousarray(_again(scene, 70)[3:, 4:])
    assert _found(_jpeg(cropped, 96, exif=CAMERA))["cropped_after"].ask
    assert "cropped_after" in _found(_png(_again(scene, 70)), "x.png")  # it was a JPEG before
    assert _found(_png(scene), "x.png") == {}


def test_a_painted_wall_is_seen_and_a_real_one_is_not(scene: np.ndarray) -> None:
    painted = scene.copy()
    painted[:300] = (255, 197, 100)
    assert _found(_jpeg(painted, 90, exif=CAMERA))["flat_wall"].evidence["share"] > 0.9
    assert "flat_wall" not in _found(_jpeg(scene, 60, exif=CAMERA))


def test_names_and_kinds_of_files(scene: np.ndarray) -> None:
    small = scene[:200, :200]
    assert "forwarded" in _found(_jpeg(small, 90), "mmexport1718161234567.jpg")
    assert "forwarded" in _found(_jpeg(small, 90), "微信图片_20260612.jpg")
    assert _found(_jpeg(small, 90), "x.png")["wrong_ending"].evidence == {"ending": ".png", "kind": "JPEG"}
    grey = io.BytesIO()
    Image.fromarray(small[..., 0]).save(grey, "JPEG")
    assert _found(grey.getvalue())["grey"].ask


def test_hostile_tags_are_one_short_printable_line(scene: np.ndarray) -> None:
    found = _found(_jpeg(scene, 92, exif=_exif(make="Apple", model="iPhone\n\x1b[2J<script>" + "A" * 4000)))
    model = found["phone"].evidence["model"]
    assert model.isprintable()
    assert len(model) <= 60
