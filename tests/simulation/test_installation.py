"""What the temporary installation is made of, before anything is started."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kiosk.simulation.door import Stuck
from kiosk.simulation.installation import Installation, morning_zone, until


@pytest.mark.parametrize("hour", range(24))
def test_the_sites_clock_shows_the_morning_whenever_the_day_is_played(hour: int) -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC) + timedelta(hours=hour, minutes=59)
    assert now.astimezone(ZoneInfo(morning_zone(now))).hour == 8


def test_seats_have_one_set_of_records_and_each_its_own_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIOSK_SMTP__HOST", "127.0.0.1")
    monkeypatch.setenv("KIOSK_DATA_DIR", str(tmp_path / "real"))
    site = Installation(tmp_path, 2)
    one, two = (seat.settings for seat in site.seats)
    assert one.database_url == two.database_url and one.data != two.data
    assert one.server.port != two.server.port and (one.station.seat, two.station.seat) == ("1", "2")
    for settings in (one, two):
        assert tmp_path in settings.data.parents and settings.data != tmp_path / "real"
        assert not settings.smtp.host, "nobody is written to"
        assert settings.demo and not settings.demo_students and not settings.visit.auto_call
        assert not list((settings.config / "campaigns").glob("*.toml")), "it begins empty"
    site.stop()


def test_what_never_happens_is_told() -> None:
    with pytest.raises(Stuck, match="the moon"):
        until(lambda: False, 0.1, "the moon")
