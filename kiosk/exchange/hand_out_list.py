"""The list with which prints are handed out: a page or more a class, with a column to sign in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kiosk.domain.masking import mask_number
from kiosk.domain.notice import Say
from kiosk.domain.queue import local_text
from kiosk.exchange.paper import Pages
from kiosk.exchange.printable import Printable, groups
from kiosk.records.registry_tables import HandOut

#: Left edges of the columns, points: number, name, student number, handed out, date, signature.
_COLUMNS = (0.0, 28.0, 120.0, 232.0, 330.0, 400.0)
_NAMES = ("number", "name", "student_number", "handed_out", "date", "signature")
_TYPE = 10.5


def write(
    people: list[Printable], handed: Mapping[int, HandOut], path: Path, title: str, made: str, say: Say
) -> dict[str, int]:
    """The list; who has collected is named with the day, everybody else has an empty line to sign.

    Answers `{"students", "classes", "pages", "handed_out"}`.
    """
    pages = Pages(path, say("prints.list.title"), lambda page: say("prints.list.foot", page=page, at=made))
    head = list(zip(_COLUMNS, [say(f"prints.list.{name}") for name in _NAMES], strict=True))

    def titles() -> None:
        pages.cells(head, 9)

    classes = gone = 0
    for name, members in groups(people):
        if classes:
            pages.turn()
        classes += 1
        pages.write(say("prints.list.title"), 16)
        pages.write(title, 11)
        pages.write(name or say("prints.no_class"), 12)
        pages.write(say("prints.list.count", count=len(members)), 9.5)
        pages.y -= 4
        titles()
        for number, each in enumerate(members, 1):
            row = handed.get(each.student.id)
            gone += row is not None
            values = [
                str(number),
                each.student.name,
                mask_number(each.student.student_number, 4, 4),
                say(f"prints.way.{row.way}") if row else "",
                local_text(row.at)[:10] if row else "",
                "",
            ]
            pages.y -= 4  # room to sign
            pages.tall_cells(list(zip(_COLUMNS, values, strict=True)), _TYPE, titles)
        pages.room(50)
        pages.y -= 26
        pages.write(say("prints.list.sign"), 10)
    return {"students": len(people), "classes": classes, "pages": pages.save(), "handed_out": gone}
