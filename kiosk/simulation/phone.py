"""A student's phone on a simulated day: scans the codes of the kiosk, follows the place, checks the receipt."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import urlsplit

import zxingcpp
from PIL import Image, ImageDraw

from kiosk.settings import Settings
from kiosk.simulation.clock import SiteClock
from kiosk.simulation.door import Door, Stuck

#: Pixels of a module of the code when it is photographed.
_MODULE = 4
_STEPS = frozenset({"waiting", "outside", "held", "called"})


def scan(svg: bytes) -> str:
    """The path of the address in a QR code, as a camera reads it from the screen. Raises `Stuck`."""
    text = svg.decode()
    found = re.search(r'<svg[^>]* width="(\d+)mm"', text)
    width = int(found.group(1)) if found else 0
    picture = Image.new("L", (width * _MODULE, width * _MODULE), 255)
    draw = ImageDraw.Draw(picture)
    for x, y in re.findall(r'x="(\d+)mm" y="(\d+)mm"', text):
        left, top = int(x) * _MODULE, int(y) * _MODULE
        draw.rectangle((left, top, left + _MODULE - 1, top + _MODULE - 1), fill=0)
    codes = zxingcpp.read_barcodes(picture)
    if len(codes) != 1:
        raise Stuck("a phone can not read the code on the screen")
    return urlsplit(codes[0].text).path


class Phone:
    """One phone, new to the installation: it brings no cookie along."""

    def __init__(self, settings: Settings, clock: SiteClock) -> None:
        self.door = Door(settings, clock)

    def follow(self, svg: bytes, number: int) -> None:
        """Open the page of the own place. Raises `Stuck` where it shows another one, `Refused`."""
        path = scan(svg)
        self.door.load(path)
        told = self.door.get(f"{path}/snapshot")
        if told["number"] != number or told["step"] not in _STEPS:
            raise Stuck(f"the phone of number {number} shows number {told['number']}, {told['step']}")

    def check(self, svg: bytes, tail: str, digest: str, wrong: bool) -> None:
        """Open the receipt with the last four characters, look at the picture, say that all is right or not.

        `digest` is the SHA-256 of the picture that was accepted. Raises `Stuck` where another one is shown or the
        word is not kept, `Refused`.
        """
        path = scan(svg)
        self.door.load(path)
        opened = self.door.form(path, tail=tail)
        if hashlib.sha256(self.door.content(f"{path}/photo.jpg")).hexdigest() != digest:
            raise Stuck("a phone shows another picture than was accepted")
        said = {"answer": "wrong", "field": "class_name"} if wrong else {"answer": "right"}
        hidden = {name: _hidden(opened, name) for name in ("key", "photo")}
        after = self.door.form(f"{path}/check", **hidden, **said)
        kept = re.search(r'data-testid="checked" data-state="(\w+)"', after)
        if kept is None or kept.group(1) != ("reported" if wrong else "confirmed"):
            raise Stuck(f"a phone's word is not kept: {kept.group(1) if kept else 'nothing'}")

    def close(self) -> None:
        """Put it away."""
        self.door.close()


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    if found is None:
        raise Stuck(f"the receipt does not open: it has no {name}")
    return found.group(1)
