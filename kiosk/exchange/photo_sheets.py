"""Sheets of photos to cut: exact millimetres, cutting marks, name and class above the photos, class by class."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from kiosk.domain.prints import CAPTION, MARK_LONG, MARK_OFF, Layout
from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange import cjk_type
from kiosk.exchange.paper import fitted
from kiosk.exchange.printable import Printable, groups
from kiosk.records.vault import Vault

_TYPE = 8.0
Progress = Callable[[float], None]


def write(
    people: list[Printable],
    vault: Vault,
    layout: Layout,
    path: Path,
    title: str,
    nameless: str,
    progress: Progress,
) -> dict[str, int]:
    """The sheets of `people`, each class on pages of its own and under a bookmark; `nameless` is the bookmark of
    those without a class.

    The JPEG goes into the file as it is. A photo whose shape differs from the print is cut at the sides or at the
    bottom, never stretched and never at the crown. Answers `{"students", "classes", "pages", "photos"}`. Raises
    `Refusal` picture_unreadable.
    """
    paper, font = layout.paper, cjk_type.begin()
    canvas = Canvas(str(path), pagesize=(paper.width * mm, paper.height * mm), pageCompression=1, invariant=1)
    canvas.setTitle(title)
    counts = {"students": len(people), "classes": 0, "pages": 0, "photos": 0}
    done = 0
    for name, members in groups(people):
        counts["classes"] += 1
        for number, each in enumerate(members):
            place = number % layout.blocks
            if place == 0:
                if counts["pages"]:
                    canvas.showPage()
                counts["pages"] += 1
                if number == 0:
                    key = f"class-{counts['classes']}"
                    canvas.bookmarkPage(key)
                    canvas.addOutlineEntry(name or nameless, key, 0)
            _block(canvas, layout, place, each, name, font, vault)
            counts["photos"] += layout.count
            done += 1
            progress(0.95 * done / len(people))
    canvas.showPage()
    canvas.save()
    return counts


def _block(
    canvas: Canvas, layout: Layout, place: int, each: Printable, name: str, font: str, vault: Vault
) -> None:
    paper, size = layout.paper, layout.size
    left = layout.photos(place)[0][0]
    canvas.setFont(font, _TYPE)
    baseline = paper.height - layout.block_top(place) - CAPTION + 2.2
    words = f"{each.student.name}　{each.student.student_number}　{name}"
    canvas.drawString(left * mm, baseline * mm, fitted(words, font, _TYPE, (paper.width - 2 * left) * mm))
    try:
        image = ImageReader(io.BytesIO(vault.get(each.deliverable)))
        wide, high = image.getSize()
    except OSError as error:  # gone, or no picture
        raise Refusal(Code.PICTURE_UNREADABLE) from error
    scale = max(size.width / wide, size.height / high)
    shown_wide, shown_high = wide * scale, high * scale
    for x, top in layout.photos(place):
        y = paper.height - top - size.height
        canvas.saveState()
        frame = canvas.beginPath()
        frame.rect(x * mm, y * mm, size.width * mm, size.height * mm)
        canvas.clipPath(frame, stroke=0, fill=0)
        canvas.drawImage(
            image,
            (x - (shown_wide - size.width) / 2) * mm,
            (y - (shown_high - size.height)) * mm,
            shown_wide * mm,
            shown_high * mm,
        )
        canvas.restoreState()
        _marks(canvas, x, y, size.width, size.height)


def _marks(canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
    """Two short lines outside of each corner: where the knife goes along."""
    canvas.setLineWidth(0.2)
    canvas.setStrokeGray(0.25)
    for corner_x, away_x in ((x, -1), (x + width, 1)):
        for corner_y, away_y in ((y, -1), (y + height, 1)):
            near, far = MARK_OFF, MARK_OFF + MARK_LONG
            canvas.line(
                (corner_x + away_x * near) * mm, corner_y * mm, (corner_x + away_x * far) * mm, corner_y * mm
            )
            canvas.line(
                corner_x * mm, (corner_y + away_y * near) * mm, corner_x * mm, (corner_y + away_y * far) * mm
            )
