"""A port that is taken is noticed before anything starts on it."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading

import pytest

from kiosk.launch import ports
from kiosk.settings import ROOT


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


def test_a_port_is_picked_once_alone_though_nobody_listens_on_it_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    first = ports.pick("127.0.0.1")
    monkeypatch.setattr(ports.random, "sample", lambda _range, _count: [first])
    with pytest.raises(OSError, match="no free port"):
        ports.pick("127.0.0.1")


def test_another_process_is_not_given_a_picked_port() -> None:
    first = ports.pick("127.0.0.1")
    source = f"""
from kiosk.launch import ports
ports.random.sample = lambda _range, _count: [{first}]
try:
    print(ports.pick("127.0.0.1"))
except OSError as error:
    print(error.strerror)
"""
    done = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "no free port was found"


def test_a_picked_port_is_not_one_that_the_system_gives_to_connections() -> None:
    assert all(ports.pick("127.0.0.1") < 32_768 for _ in range(20))


def test_no_port_is_picked_at_an_address_of_another_machine() -> None:
    with pytest.raises(OSError, match="assign"):
        ports.pick("192.0.2.1")


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
