"""A port that is taken is noticed before anything starts on it."""

from __future__ import annotations

import socket
import threading

import pytest

from kiosk.launch import ports


def listening() -> socket.socket:
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen()
    return server


def test_a_port_with_a_listener_is_not_free() -> None:
    with listening() as server:
        assert not ports.is_free("127.0.0.1", server.getsockname()[1])


def test_a_picked_port_is_free() -> None:
    assert ports.is_free("127.0.0.1", ports.pick("127.0.0.1"))


def test_an_address_of_another_machine_is_an_error() -> None:
    with pytest.raises(OSError, match="assign"):
        ports.is_free("192.0.2.1", 8080)


def test_it_waits_for_the_children_of_a_killed_launcher_to_let_go() -> None:
    with listening() as server:
        closing = threading.Timer(0.3, server.close)
        closing.start()
        assert ports.wait_free("127.0.0.1", server.getsockname()[1], patience=20)
        closing.join()


def test_it_gives_up_on_a_port_that_stays_taken() -> None:
    with listening() as server:
        assert not ports.wait_free("127.0.0.1", server.getsockname()[1], patience=0)
