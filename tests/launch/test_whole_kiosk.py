"""The real processes come up on an empty folder, come back when they are killed, and leave nothing behind."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from kiosk.launch import prepare
from kiosk.launch.launcher import PROCESSES
from kiosk.records.tables import Visit
from tests.harness.kiosk import Kiosk, is_running
from tests.harness.waiting import until


@pytest.mark.faults
@pytest.mark.timeout(600)
def test_every_process_comes_back_after_a_kill_and_after_a_power_cut(make_kiosk: Callable[..., Kiosk]) -> None:
    kiosk = make_kiosk().start()
    assert prepare.is_done(kiosk.settings), "the next start skips the preparation"
    for name in PROCESSES:
        new = kiosk.kill(name)
        kiosk.wait_healthy()
        assert kiosk.pid(name) == new
    kiosk.kill_launcher()
    kiosk.start()
    pids = [pid for name in PROCESSES if (pid := kiosk.pid(name))]
    assert len(pids) == len(PROCESSES)
    assert kiosk.stop() == 0
    assert not any(is_running(pid) for pid in pids)


@pytest.mark.faults
@pytest.mark.timeout(600)
def test_nothing_secret_or_personal_is_printed_or_logged(make_kiosk: Callable[..., Kiosk]) -> None:
    kiosk = make_kiosk({"log_level": "DEBUG"}).start()
    kiosk.simulate("card", "lay", "1")
    records = kiosk.db()

    def somebody_came() -> bool:
        with records.read() as session:
            return bool(session.scalar(select(func.count()).select_from(Visit)))

    until(somebody_came, because="the card that was laid began a visit")
    records.close()
    kiosk.stop()
    logged = kiosk.output.read_text("utf-8").partition("ticket=")[0] + "".join(
        file.read_text("utf-8") for file in (kiosk.settings.data / "logs").glob("*.log")
    )
    for secret in (kiosk.settings.data / "secrets").iterdir():
        assert secret.read_text() not in logged, secret.name
    assert not re.search(r"(?<![0-9])99[0-9]{15}[0-9X](?![0-9])", logged), "a document number"
