"""The link against a small real web process: wanted things arrive, facts are told once, shots until kept."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import websocket

from kiosk.bridge import atomic_storage, protocol
from kiosk.bridge import link as module
from kiosk.bridge.link import Link, Outcome
from kiosk.bridge.protocol import Mode
from kiosk.bridge.spool import Spool
from kiosk.bridge.wanted import Wanted, WantedSlot, from_json
from tests.bridge.bench import demo_settings, until
from tests.bridge.web_double import TOKEN, WebDouble

ORIGINAL = b"png" * 100


class Station:
    """A link with its spool and slot."""

    def __init__(self, folder: Path, web: WebDouble, token: str = TOKEN) -> None:
        self.slot, self.spool = WantedSlot(), Spool(folder)
        self.devices: dict[str, Any] = {"sequence": 0, "devices": {}}
        self.outcomes: list[tuple[str, Outcome]] = []
        self.link = Link(
            demo_settings(folder, web.port),
            token,
            self.slot,
            self.spool,
            lambda: {"boot": "b", "preview_port": 1, "preview_token": "t", "engine": "ready"},
            lambda: self.devices,
            lambda shot, outcome: self.outcomes.append((shot, outcome)),
        )

    def shoot(self, shot: str, ordinal: int = 1) -> None:
        facts = {"shot": shot, "visit": "v1", "ordinal": ordinal, "taken_at": f"2026-11-22T08:00:0{ordinal}",
                 "original_sha256": hashlib.sha256(ORIGINAL).hexdigest(), "deliverable_sha256": None}  # fmt: skip
        self.spool.put(facts, ORIGINAL, None)
        self.link.shot_waits()

    def stop(self) -> None:
        self.link.stop()
        self.spool.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(module, "LONGEST_PAUSE", 0.1)


@pytest.fixture
def web() -> Iterator[WebDouble]:
    server = WebDouble().start()
    yield server
    server.stop()


@pytest.fixture
def station(tmp_path: Path, web: WebDouble) -> Iterator[Station]:
    found = Station(tmp_path, web)
    yield found
    found.stop()


def test_it_introduces_itself_reports_and_reads_what_is_wanted(web: WebDouble, station: Station) -> None:
    assert station.slot.get().mode is Mode.HOLD  # nothing is read before the web process has spoken
    station.link.start()
    until(lambda: station.slot.get().mode is Mode.IDLE)
    assert web.facts(protocol.HELLO)[0]["preview_token"] == "t"
    assert web.facts(protocol.DEVICES)[0] == {"sequence": 0, "devices": {}}
    assert station.link.connected


def test_a_hint_is_followed_long_before_the_next_look(
    web: WebDouble, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "POLL_SECONDS", 3600.0)
    station.link.start()
    until(lambda: station.link._client.connected)
    until(lambda: station.slot.get().mode is Mode.IDLE)
    web.want(mode="capture", visit="v1", profile="p", shot_ordinal=2)
    wanted = until(lambda: station.slot.get() if station.slot.get().mode is Mode.CAPTURE else None)
    assert (wanted.visit, wanted.profile, wanted.shot_ordinal) == ("v1", "p", 2)


def test_a_lost_hint_costs_one_look_and_nothing_else(
    web: WebDouble, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "POLL_SECONDS", 0.1)
    station.link.start()
    until(lambda: station.slot.get().mode is Mode.IDLE)
    web.want(hint=False, mode="hold")
    until(lambda: station.slot.get().mode is Mode.HOLD)


def test_a_changed_device_is_reported_at_once(web: WebDouble, station: Station) -> None:
    station.link.start()
    web.wait_for(lambda: web.facts(protocol.DEVICES))
    station.devices = {"sequence": 7, "devices": {"reader": {"state": "fault", "code": "reader_gone"}}}
    station.link.devices_changed()
    web.wait_for(lambda: web.facts(protocol.DEVICES)[-1]["sequence"] == 7)


def test_what_staff_want_comes_with_every_answer_and_is_answered_like_any_fact(
    web: WebDouble, station: Station
) -> None:
    heard: list[dict[str, Any]] = []
    station.link._for_staff = heard.append
    web.lose_answer[protocol.RESULTS] = 1
    station.link.start()
    web.want(orders=[{"id": "one", "name": "test", "device": "reader"}], look=True, free=True)
    until(lambda: heard and heard[-1].get("look"))
    assert heard[-1]["orders"][0]["id"] == "one"
    station.link.tell(protocol.RESULTS, {"id": "one", "ok": True})
    web.wait_for(lambda: len(web.facts(protocol.RESULTS)) == 2)
    assert len({fact["key"] for fact in web.facts(protocol.RESULTS)}) == 1


def test_a_picture_is_tried_once(web: WebDouble, station: Station) -> None:
    station.link.start()
    assert station.link.say_once(protocol.PICTURES, {"taken_ms": 1}) is True
    web.refuse[protocol.PICTURES] = [503]
    assert station.link.say_once(protocol.PICTURES, {"taken_ms": 2}) is False
    assert [fact["taken_ms"] for fact in web.facts(protocol.PICTURES)] == [1]
    web.stop()
    assert station.link.say_once(protocol.PICTURES, {"taken_ms": 3}) is False


@pytest.mark.faults
def test_a_fact_is_told_with_one_key_until_it_is_answered(web: WebDouble, station: Station) -> None:
    web.lose_answer[protocol.IDENTITIES] = 2
    station.link.start()
    station.link.tell(protocol.IDENTITIES, {"assurance": "code", "code_b64": "AA=="})
    web.wait_for(lambda: len(web.facts(protocol.IDENTITIES)) == 3)
    assert len({fact["key"] for fact in web.facts(protocol.IDENTITIES)}) == 1
    station.link.tell(protocol.PROBLEMS, {"code": "card_pulled"})
    web.wait_for(lambda: web.facts(protocol.PROBLEMS))
    assert len(web.facts(protocol.IDENTITIES)) == 3


def test_a_refused_fact_is_not_told_again(web: WebDouble, station: Station) -> None:
    web.refuse[protocol.IDENTITIES] = [409]
    station.link.start()
    station.link.tell(protocol.IDENTITIES, {"n": 1})
    station.link.tell(protocol.IDENTITIES, {"n": 2})
    web.wait_for(lambda: web.facts(protocol.IDENTITIES))
    assert [fact["n"] for fact in web.facts(protocol.IDENTITIES)] == [2]


def test_what_is_no_longer_true_or_news_is_not_told(
    web: WebDouble, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.link.tell(protocol.IDENTITIES, {"n": 1}, still_true=lambda: False)
    monkeypatch.setattr(module, "FRESH_SECONDS", -1.0)
    station.link.tell(protocol.IDENTITIES, {"n": 2})
    monkeypatch.setattr(module, "FRESH_SECONDS", 60.0)
    station.link.tell(protocol.IDENTITIES, {"n": 3})
    station.link.start()
    web.wait_for(lambda: web.facts(protocol.IDENTITIES))
    assert [fact["n"] for fact in web.facts(protocol.IDENTITIES)] == [3]


@pytest.mark.faults
def test_a_shot_is_sent_again_after_a_lost_answer_and_then_leaves(web: WebDouble, station: Station) -> None:
    web.lose_answer[protocol.SHOTS] = 2
    station.link.start()
    station.shoot("a" * 32)
    until(lambda: station.outcomes)
    assert station.outcomes == [("a" * 32, Outcome.KEPT)]
    assert (web.posts_of_shots, list(web.shots), station.spool.waiting()) == (3, ["a" * 32], [])


@pytest.mark.faults
def test_shots_of_a_time_without_web_are_sent_when_it_is_back(tmp_path: Path) -> None:
    web = WebDouble()
    station = Station(tmp_path, web)
    station.link.start()
    station.shoot("a" * 32)
    station.shoot("b" * 32, 2)
    assert station.outcomes == []
    web.start()
    until(lambda: len(station.outcomes) == 2)
    assert sorted(web.shots) == ["a" * 32, "b" * 32]
    station.stop()
    web.stop()


@pytest.mark.faults
def test_a_web_process_that_dies_and_returns_is_told_everything_anew(web: WebDouble, station: Station) -> None:
    station.link.start()
    web.wait_for(lambda: web.facts(protocol.DEVICES))
    web.stop()
    again = WebDouble(web.port).start()
    again.want(hint=False, mode="identify")
    again.wait_for(lambda: again.facts(protocol.HELLO) and again.facts(protocol.DEVICES))
    until(lambda: station.slot.get().mode is Mode.IDENTIFY)
    station.link.stop()
    again.stop()


@pytest.mark.parametrize(
    ("status", "outcome"), [(409, Outcome.REFUSED), (400, Outcome.PUT_ASIDE), (404, Outcome.PUT_ASIDE)]
)
def test_a_refused_shot_leaves_and_one_that_can_not_be_sent_is_put_aside(
    web: WebDouble, station: Station, status: int, outcome: Outcome
) -> None:
    web.refuse[protocol.SHOTS] = [status]
    station.link.start()
    station.shoot("a" * 32)
    until(lambda: station.outcomes)
    assert (station.outcomes, station.spool.waiting(), web.shots) == ([("a" * 32, outcome)], [], {})


def test_one_shot_that_the_web_process_chokes_on_does_not_hold_up_the_others(
    web: WebDouble, station: Station
) -> None:
    web.refuse[protocol.SHOTS] = [500]
    station.shoot("a" * 32)
    station.shoot("b" * 32, 2)
    station.link.start()
    until(lambda: len(station.outcomes) == 2)
    assert [shot[0] for shot, _ in station.outcomes] == ["b", "a"]


def test_a_shot_that_the_web_process_always_chokes_on_is_put_aside(web: WebDouble, station: Station) -> None:
    web.refuse[protocol.SHOTS] = [503] * 10 + [500] * module.MOST_BROKEN
    station.shoot("a" * 32)
    station.link.start()
    until(lambda: station.outcomes)
    assert (station.outcomes, station.spool.aside()) == ([("a" * 32, Outcome.PUT_ASIDE)], 1)
    station.shoot("b" * 32, 2)
    until(lambda: web.shots)


def test_a_damaged_shot_is_put_aside(tmp_path: Path, web: WebDouble, station: Station) -> None:
    station.shoot("a" * 32)
    (tmp_path / "spool" / ("a" * 32) / "facts.json").write_bytes(b"{")
    station.link.start()
    until(lambda: station.outcomes)
    assert station.outcomes[0][1] is Outcome.PUT_ASIDE


def test_a_shot_that_is_gone_from_the_disk_does_not_end_the_sending(
    tmp_path: Path, web: WebDouble, station: Station
) -> None:
    station.shoot("a" * 32)
    station.shoot("b" * 32, 2)
    (tmp_path / "spool" / ("a" * 32)).rename(tmp_path / "elsewhere")
    station.link.start()
    until(lambda: web.shots)
    assert (list(web.shots), station.spool.find("v1", 1)) == (["b" * 32], None)


@pytest.mark.faults
def test_a_disk_that_refuses_the_index_does_not_end_the_sending(
    web: WebDouble, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _data: bytes) -> None:
        raise OSError(28, "no space")

    station.shoot("a" * 32)
    real = atomic_storage.write_durably
    monkeypatch.setattr(atomic_storage, "write_durably", full)
    station.link.start()
    until(lambda: station.outcomes)
    monkeypatch.setattr(atomic_storage, "write_durably", real)
    station.shoot("b" * 32, 2)
    until(lambda: len(station.outcomes) == 2)
    assert (web.posts_of_shots, station.spool.waiting()) == (2, [])


def test_with_a_wrong_token_nothing_is_said_and_nothing_read(tmp_path: Path, web: WebDouble) -> None:
    station = Station(tmp_path, web, token="wrong")
    station.link.start()
    station.shoot("a" * 32)
    station.link.tell(protocol.PROBLEMS, {"code": "card_pulled"})
    until(lambda: not station.link._shots.is_set())
    station.stop()
    assert (web.received, web.shots, station.slot.get()) == ({}, {}, Wanted())


def test_a_socket_for_hints_that_fails_is_closed() -> None:
    """A web process that accepts it and then says nothing; who forgets it leaves nothing open."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        hints = module.HintSocket(enable_multithread=True)
        hints.sock, hints.connected = ours, True
        hints.settimeout(0.05)
        with pytest.raises(websocket.WebSocketTimeoutException):
            hints.recv()
        assert ours.fileno() == -1 and hints.sock is None


@pytest.mark.parametrize(
    "content",
    [{}, {"version": 1}, {"version": 1, "mode": "dance"}, {"version": "x", "mode": "idle"},
     {"version": 1, "mode": "capture", "shot_ordinal": "one"}],
)  # fmt: skip
def test_an_answer_of_another_shape_is_refused(content: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        from_json(content)
