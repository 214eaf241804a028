"""Address labels on A4: the address of the roster where there is one, else class and teaching point."""

from __future__ import annotations

from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from kiosk.domain.notice import Say
from kiosk.domain.prints import LABELS, LabelGrid
from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange import cjk_type
from kiosk.exchange.paper import broken, fitted
from kiosk.exchange.printable import Printable
from kiosk.records.tables import Student

#: Millimetres inside of a label that stay white.
_INSIDE = 4.0
#: Points: the first type in which a whole label stands is taken; a roster's longest address fits the smallest one.
_TYPES = (10.0, 9.0, 8.0, 7.0, 6.0, 5.0)
_SMALL = 8.5


def write(people: list[Printable], grid: str, path: Path, title: str, say: Say) -> dict[str, int]:
    """One label each. Answers `{"students", "pages", "addresses"}`. Raises `Refusal` bad_request."""
    if grid not in LABELS:
        raise Refusal(Code.BAD_REQUEST, {"what": "grid"})
    of, font = LABELS[grid], cjk_type.begin()
    canvas = Canvas(str(path), pagesize=A4, pageCompression=1, invariant=1)
    canvas.setTitle(title)
    pages = 0
    for number, each in enumerate(people):
        place = number % of.each
        if place == 0:
            if pages:
                canvas.showPage()
            pages += 1
        _label(canvas, of, place, each.student, font, say)
    canvas.showPage()
    canvas.save()
    return {
        "students": len(people),
        "pages": pages,
        "addresses": sum(bool(each.student.address) for each in people),
    }


def lines(student: Student, say: Say) -> tuple[list[str], str, str]:
    """(what stands on top, who it is for, the small line below)."""
    name = say("prints.label.to", name=student.name)
    if student.address:
        return [student.address], f"{name}　{student.phone}".strip(), student.class_name
    top = [part for part in (student.branch, student.teaching_point, student.class_name) if part]
    return top or [student.school_name], name, student.student_number


def _label(canvas: Canvas, of: LabelGrid, place: int, student: Student, font: str, say: Say) -> None:
    left, top = of.corner(place)
    wide = (of.width - 2 * _INSIDE) * mm
    x, y = (left + _INSIDE) * mm, A4[1] - (top + _INSIDE) * mm
    end = A4[1] - (top + of.height - _INSIDE) * mm
    above, name, below = lines(student, say)
    for size in _TYPES:
        rows = [row for words in above for row in broken(words, font, size, wide)]
        to = broken(name, font, size, wide)
        if y - end >= (len(rows) + len(to) + 0.15) * 1.35 * size + (_SMALL * 1.2 if below else 0):
            break
    canvas.setFont(font, size)
    for row in rows:
        y -= size * 1.35
        canvas.drawString(x, y, row)
    y -= size * 0.2
    for row in to:
        y -= size * 1.35
        canvas.drawString(x, y, row)
    if below:
        canvas.setFont(font, _SMALL)
        canvas.drawString(x, end, fitted(below, font, _SMALL, wide))
