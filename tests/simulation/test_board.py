"""What the board of a simulated day notices: calls it never showed, numbers that stand twice, names unmasked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from kiosk.domain.masking import mask_name
from kiosk.settings import Server, Settings
from kiosk.simulation import board as board_module
from kiosk.simulation import plan
from kiosk.simulation.board import Board
from kiosk.simulation.clock import SiteClock
from kiosk.simulation.floor import Floor

DAY = plan.make(6, 1, "none", 1)
NAME = mask_name(DAY.students[0].name)


class Seat:
    """A seat whose web process is away."""

    settings = Settings(server=Server(port=9))


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Iterator[Board]:
    monkeypatch.setattr(board_module, "PATIENCE", 0.5)
    monkeypatch.setattr(board_module.Door, "load", lambda self, path: "")
    monkeypatch.setattr(board_module.Door, "listen", lambda self, room, hear: None)
    found = Board(Seat(), Floor(SiteClock(60, plan.OPENS), DAY.students), DAY.students)  # type: ignore[arg-type]
    yield found
    found.close()


def told(*called: tuple[int, str], arrived: bool = False, name: str = NAME) -> dict[str, Any]:
    calls = [
        {"number": number, "seat": "1", "since": since, "name": name, "arrived": arrived}
        for number, since in called
    ]
    return {"called": calls, "next": [{"number": 9, "seat": None, "name": name}]}


def test_whoever_is_called_waits_until_the_board_says_it(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_module, "PATIENCE", 60.0)
    looking = threading.Thread(target=board.look, args=(1,))
    looking.start()
    board.draw(told((1, "09:00")))
    looking.join(60)
    board.draw(told((1, "09:01"), arrived=True))  # sits there: no call
    assert not looking.is_alive() and not board.missed and not board.wrong
    assert dict(board.said) == {1: {"09:00"}} and board.awaited == {1: 1}


def test_a_call_that_is_never_shown_is_found(board: Board) -> None:
    board.draw(told((1, "09:00")))
    board.look(1)
    board.look(1)  # called again, and nothing new stands there
    assert board.missed == ["number 1 was called and never stood on the board"]


def test_a_number_that_stands_twice_and_a_name_that_is_not_masked_are_found(board: Board) -> None:
    board.draw(told((1, "09:00"), (1, "09:01")))
    board.draw(told(name=DAY.students[0].name))
    assert board.wrong == ["a number stood on the board twice", "number 9 stood on the board with a name unmasked"]
