"""The machine sleeps, or the bridge is told to end, while the reader sends a card (fault 20 of the reference).

The bridge is a process of its own with the serial driver; the reader is this process's, on a pseudo-terminal.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk import secrets_store
from kiosk.bridge import protocol
from kiosk.bridge.drivers.reader.virtual_sam import VirtualSam
from kiosk.settings import ROOT
from tests.bridge.bench import card, demo_settings, until
from tests.bridge.web_double import TOKEN, WebDouble

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals and signals of Unix"),
]
#: Slow enough that a signal surely comes while the card is sent: two readings take 2.8 s.
SLOW_BAUD = 9600


class Station:
    """A bridge process whose only device is a slow reader."""

    def __init__(self, folder: Path) -> None:
        self.web = WebDouble().start()
        self.web.want(hint=False, mode="identify")
        secrets_store.folder(demo_settings(folder))
        (folder / "secrets" / secrets_store.BRIDGE_TOKEN).write_text(TOKEN)
        self.sam = VirtualSam()
        self.sam.plug()
        values = {
            "DATA_DIR": str(folder),
            "SERVER__PORT": str(self.web.port),
            "BRIDGE__PREVIEW_PORT": "0",
            "DEVICES__READER__DRIVER": "serial",
            "DEVICES__READER__PORT": self.sam.address,
            "DEVICES__CAMERA__DRIVER": "off",
            "DEVICES__CODES__DRIVER": "off",
        }
        environment = {**os.environ, **{f"KIOSK_{name}": value for name, value in values.items()}}
        self.process = subprocess.Popen([sys.executable, "-m", "kiosk.bridge"], cwd=ROOT, env=environment)
        until(lambda: self.sam.asked["find"] > 1, 60)
        self.sam.baud = SLOW_BAUD

    def begin_to_read(self) -> None:
        """Lay a card and wait until its data are on the way."""
        self.sam.lay(card())
        until(lambda: self.sam.asked["read"] == 1, 60)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        self.process.wait(60)
        self.sam.unplug()
        self.web.stop()


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    one = Station(tmp_path)
    yield one
    one.stop()


def test_8_20_a_card_is_read_once_though_the_machine_slept_while_it_was_sent(station: Station) -> None:
    station.begin_to_read()
    station.process.send_signal(signal.SIGSTOP)
    threading.Event().wait(4.5)  # longer than a reading may take in all
    station.process.send_signal(signal.SIGCONT)
    station.web.wait_for(lambda: station.web.facts(protocol.IDENTITIES), 60)
    polls = station.sam.asked["find"] + 3
    until(lambda: station.sam.asked["find"] >= polls, 60)
    told = station.web.facts(protocol.IDENTITIES)
    assert [fact["card"]["number"] for fact in told] == ["990101199001010027"]


def test_8_20_told_to_end_while_a_card_is_sent_the_bridge_ends_in_order(station: Station) -> None:
    station.begin_to_read()
    station.process.send_signal(signal.SIGTERM)
    assert station.process.wait(60) == 0
