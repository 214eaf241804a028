"""Cards with a QR code for students who have not checked picture and data (核对) yet: cut out and handed to each.

Ten on an A4 page, a class on pages of its own. The code holds the student's link and its seal
(`kiosk.records.receipts`); without the last four characters of the ID number it opens neither picture nor data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

import qrcode
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from kiosk.domain.masking import mask_number
from kiosk.domain.notice import Say
from kiosk.exchange import cjk_type
from kiosk.exchange.paper import broken, fitted
from kiosk.exchange.printable import group_key
from kiosk.records.receipts import Links, Waiting
from kiosk.records.tables import Campaign

COLUMNS, ROWS = 2, 5
EACH = COLUMNS * ROWS
#: Millimetres: a card, the white inside of it, its code with the quiet zone.
WIDTH, HEIGHT, INSIDE, CODE = 97.0, 55.0, 3.0, 43.0
#: Modules of white around a code, by its standard.
QUIET = 4
_LEFT, _TOP = (A4[0] / mm - COLUMNS * WIDTH) / 2, (A4[1] / mm - ROWS * HEIGHT) / 2


def write(
    people: Sequence[Waiting], links: Links, campaign: Campaign, path: Path, language: str, say: Say,
    progress: Callable[[float], None],
) -> dict[str, int]:  # fmt: skip
    """The cards; answers `{"students", "classes", "pages"}`. Names stand whole: each is handed to its student."""
    font = cjk_type.begin()
    canvas = Canvas(str(path), pagesize=A4, pageCompression=1, invariant=1)
    canvas.setTitle(say("checking.card.title"))
    title = campaign.title_zh if language == "zh_CN" else campaign.title_en
    until = say("checking.card.until", day=campaign.check_until) if campaign.check_until else ""
    classes = pages = done = 0
    for _name, members in groupby(people, key=lambda each: group_key(each.student)):
        classes += 1
        for place, each in enumerate(members):
            if place % EACH == 0:
                if pages:
                    canvas.showPage()
                pages += 1
                _cut(canvas)
            left, top = _LEFT + place % COLUMNS * WIDTH, _TOP + place % EACH // COLUMNS * HEIGHT
            code = links.sealed(each.photo, each.deliverable_sha256, each.number)
            _code(canvas, code, left * mm, A4[1] - (top + (HEIGHT - CODE) / 2) * mm)
            _words(canvas, font, each, title, until, left, top, say)
            done += 1
            progress(0.95 * done / len(people))
    canvas.showPage()
    canvas.save()
    return {"students": len(people), "classes": classes, "pages": pages}


def _cut(canvas: Canvas) -> None:
    """Dashed lines along which the cards are cut."""
    canvas.setLineWidth(0.3)
    canvas.setDash(2, 3)
    right, bottom = _LEFT + COLUMNS * WIDTH, _TOP + ROWS * HEIGHT
    for column in range(COLUMNS + 1):
        x = (_LEFT + column * WIDTH) * mm
        canvas.line(x, A4[1] - _TOP * mm, x, A4[1] - bottom * mm)
    for row in range(ROWS + 1):
        y = A4[1] - (_TOP + row * HEIGHT) * mm
        canvas.line(_LEFT * mm, y, right * mm, y)
    canvas.setDash()


def _code(canvas: Canvas, text: str, x: float, y: float) -> None:
    """The QR code with its quiet zone in a square whose upper left corner is (x, y), in points."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0)
    code.add_data(text)
    rows = code.get_matrix()
    module = CODE * mm / (len(rows) + 2 * QUIET)
    path = canvas.beginPath()
    for line, row in enumerate(rows):
        for dark, run in groupby(range(len(row)), key=row.__getitem__):
            if dark:
                first, *_rest = columns = list(run)
                below = y - (QUIET + line + 1) * module
                path.rect(x + (QUIET + first) * module, below, len(columns) * module, module)
    canvas.drawPath(path, stroke=0, fill=1)


def _words(
    canvas: Canvas, font: str, each: Waiting, title: str, until: str, left: float, top: float, say: Say
) -> None:
    """What stands beside the code, from the top of the card; `left` and `top` of the card in millimetres."""
    x, y = (left + CODE) * mm, A4[1] - (top + INSIDE) * mm
    wide, end = (WIDTH - CODE - INSIDE) * mm, A4[1] - (top + HEIGHT - INSIDE) * mm
    student = each.student
    name = 14.0 if stringWidth(student.name, font, 14.0) <= wide else 10.0
    lines = [
        (title, 7.5, 2), (student.name, name, 1), (mask_number(student.student_number, 4, 4), 8.5, 1),
        (student.class_name, 7.5, 2), (student.teaching_point, 7.5, 1), (say("checking.card.do"), 9.0, 2),
        (until, 9.0, 1), (say("checking.card.tail"), 7.5, 2),
    ]  # fmt: skip
    for words, size, most in lines:
        rows = broken(words, font, size, wide) if words else []
        shown = rows[:most]
        if len(rows) > most:
            shown[-1] = fitted(shown[-1] + "…", font, size, wide)
        canvas.setFont(font, size)
        for row in shown:
            y -= size * 1.3
            if y >= end:
                canvas.drawString(x, y, row)
        y -= 1.8 if rows else 0.0
