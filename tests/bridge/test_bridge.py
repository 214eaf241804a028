"""The whole bridge with every simulated device against a small web process: card, temperature, code, photo."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk import secrets_store
from kiosk.bridge import capture as capture_module
from kiosk.bridge import control, protocol
from kiosk.bridge.app import Bridge
from kiosk.bridge.protocol import DeviceState
from kiosk.bridge.spool import Spool
from kiosk.domain.judgement import Verdict
from kiosk.domain.refusals import Code, Refusal
from kiosk.launch import ports
from kiosk.photo import maker
from kiosk.photo.models import FILES
from kiosk.photo.read import read_picture
from kiosk.photo.studio import PortraitMissing, choose_portrait
from kiosk.settings import ROOT, Camera, Settings
from tests.bridge.bench import demo_settings, until
from tests.bridge.web_double import TOKEN, WebDouble

PROFILE = "chsi-2017-99"
ENTRY = {"name": "测试一", "sex": "女", "ethnic": "汉", "birth": "19900101", "number": "990101199001010027",
         "issuer": "测试市公安局", "valid_from": "20200101", "valid_to": "长期"}  # fmt: skip


def station(folder: Path, web: WebDouble) -> Settings:
    """Settings of a station with a camera; skips where the face models or a portrait are not installed."""
    camera = Camera(driver="virtual", width=1280, height=960, preview_width=640)
    settings = demo_settings(folder, web.port, camera=camera)
    try:
        choose_portrait(settings)
    except PortraitMissing as missing:
        pytest.skip(str(missing))
    if not all((settings.assets / "models" / name).is_file() for name in FILES):
        pytest.skip("the face models are not installed: run the set-up (make run)")
    secrets_store.folder(settings)
    (settings.data / "secrets" / secrets_store.BRIDGE_TOKEN).write_text(TOKEN)
    (settings.data / "demo").mkdir()
    (settings.data / "demo" / "cards.json").write_text(json.dumps([ENTRY]), "utf-8")
    return settings


@pytest.fixture
def web() -> Iterator[WebDouble]:
    server = WebDouble().start()
    yield server
    server.stop()


@pytest.fixture
def bridge(tmp_path: Path, web: WebDouble) -> Iterator[Bridge]:
    running = Bridge(station(tmp_path, web))
    running.start()
    until(
        lambda: running.capture.engine_state == "ready" and running.board.state("camera") is DeviceState.READY, 90
    )
    yield running
    running.stop()


def test_a_command_to_a_simulator_that_is_not_open_yet_waits_for_it(tmp_path: Path, web: WebDouble) -> None:
    """A bridge that was killed answers again before its devices do."""
    starting = Bridge(station(tmp_path, web))
    later = threading.Timer(0.3, starting.start)
    later.start()
    try:
        assert starting.simulate(["card", "lay", "0"]) == "card 0 laid"
        with pytest.raises(ValueError, match="no simulated printer"):
            starting.simulate(["printer", "jam"])
    finally:
        later.join()
        starting.stop()


def want_shot(web: WebDouble, ordinal: int = 1, visit: str = "v1") -> None:
    web.want(mode="capture", visit=visit, profile=PROFILE, shot_ordinal=ordinal)


def test_a_shutter_that_staff_release_takes_what_the_coaching_never_would(bridge: Bridge, web: WebDouble) -> None:
    bridge.simulate(["scene", "eyes_closed", "1.0"])
    want_shot(web)
    web.want(mode="capture", visit="v1", profile=PROFILE, shot_ordinal=1, shutter=True)
    shot = web.wait_for(lambda: list(web.shots.values()), 60)[0]
    assert shot["judgement"]["verdict"] == Verdict.FAIL
    assert shot["taken_at"] > shot["triggered_at"]


def test_card_temperature_code_and_photo_reach_the_web_process(bridge: Bridge, web: WebDouble) -> None:
    until(lambda: bridge.board.state("reader") is DeviceState.READY)
    web.wait_for(
        lambda: web.facts(protocol.HELLO)[-1]["engine"] == "ready" if web.facts(protocol.HELLO) else False
    )
    assert bridge.simulate(["card", "next"]) == "card 0 laid"
    identity = web.wait_for(lambda: web.facts(protocol.IDENTITIES))[0]
    assert (identity["assurance"], identity["source"]) == ("chip_verified", "virtual")
    assert identity["card"]["number"] == ENTRY["number"]

    bridge.simulate(["thermometer set 38.2"])
    web.want(mode="temperature", visit="v1")
    measured = web.wait_for(lambda: web.facts(protocol.TEMPERATURES))[0]
    assert (measured["visit"], measured["celsius"]) == ("v1", 38.2)

    web.want(mode="identify", visit=None, identity_mode="collection-code")
    bridge.simulate(["code", "show", "CJM-0001"])
    shown = web.wait_for(lambda: web.facts(protocol.IDENTITIES)[1:])[0]
    assert (shown["assurance"], base64.b64decode(shown["code_b64"])) == ("code", b"CJM-0001")
    bridge.simulate(["code", "hide"])

    want_shot(web)
    shot = web.wait_for(lambda: list(web.shots.values()), 60)[0]
    assert (shot["visit"], shot["ordinal"], shot["profile"]) == ("v1", 1, PROFILE)
    assert shot["judgement"]["verdict"] == Verdict.PASS
    assert shot["taken_at"] > shot["triggered_at"]  # never a frame from before
    until(lambda: not bridge.spool.waiting())
    web.want(mode="hold", shot_ordinal=None)
    assert web.posts_of_shots == 1

    want_shot(web, 2)  # again
    web.wait_for(lambda: len(web.shots) == 2, 60)
    assert [found["ordinal"] for found in web.shots.values()] == [1, 2]


def test_who_does_not_stand_right_is_told_and_not_shot(bridge: Bridge, web: WebDouble) -> None:
    bridge.simulate(["scene", "eyes_closed", "1.0"])
    words: list[dict[str, Any]] = []
    say = bridge.feed.say
    bridge.feed.say = lambda word: (words.append(word), say(word))[1]  # type: ignore[method-assign]
    want_shot(web)
    until(lambda: [word for word in words if word["state"] == "adjust" and word["check"]], 60)
    assert web.shots == {}
    bridge.simulate(["camera", "gone"])
    until(lambda: words[-1]["state"] == "fault", 60)
    assert words[-1]["code"] == Code.CAMERA_GONE
    bridge.simulate(["camera", "back"])
    bridge.simulate(["scene", "good"])
    web.wait_for(lambda: web.shots, 60)
    assert {word["state"] for word in words} >= {"adjust", "hold", "shooting", "fault"}


@pytest.mark.faults
def test_a_full_disk_is_told_and_the_photo_taken_once_there_is_room(
    bridge: Bridge, web: WebDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture_module, "MEND_SECONDS", 0.1)
    room = bridge.spool.check_room

    def full() -> None:
        raise Refusal(Code.DISK_FULL)

    bridge.spool.check_room = full  # type: ignore[method-assign]
    want_shot(web)
    web.wait_for(lambda: {"disk_full"} <= {fact["code"] for fact in web.facts(protocol.PROBLEMS)}, 60)
    assert web.shots == {}
    bridge.spool.check_room = room  # type: ignore[method-assign]
    web.wait_for(lambda: web.shots, 60)


@pytest.mark.faults
def test_shots_that_are_never_taken_do_not_fill_the_disk(
    bridge: Bridge, web: WebDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture_module, "MEND_SECONDS", 0.1)
    monkeypatch.setattr(capture_module, "SETTLE_SECONDS", 0.1)
    web.refuse[protocol.SHOTS] = [400] * 1000
    want_shot(web)
    web.wait_for(lambda: {"internal"} <= {fact["code"] for fact in web.facts(protocol.PROBLEMS)}, 60)
    assert bridge.spool.aside() == capture_module.MOST_PUT_ASIDE
    web.refuse[protocol.SHOTS] = []
    want_shot(web, visit="v2")  # the next student is photographed
    web.wait_for(lambda: web.shots, 60)
    assert bridge.spool.aside() == capture_module.MOST_PUT_ASIDE


@pytest.mark.faults
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 exists on Unix only")
def test_killed_with_a_shot_in_the_spool_the_next_bridge_sends_it_and_takes_no_other(
    tmp_path: Path,
) -> None:
    web = WebDouble()  # nobody answers yet
    settings = station(tmp_path, web)
    port = ports.pick("127.0.0.1")
    environment = {
        **os.environ,
        "KIOSK_DEMO": "true",
        "KIOSK_DATA_DIR": str(tmp_path),
        "KIOSK_SERVER__PORT": str(web.port),
        "KIOSK_BRIDGE__PREVIEW_PORT": str(port),
        "KIOSK_DEVICES__READER__DRIVER": "virtual",
        "KIOSK_DEVICES__CAMERA__DRIVER": "virtual",
        "KIOSK_DEVICES__CAMERA__WIDTH": "1280",
        "KIOSK_DEVICES__CAMERA__HEIGHT": "960",
    }
    command = [sys.executable, "-m", "kiosk.bridge"]
    web.wanted = {**web.wanted, "mode": "capture", "visit": "v1", "profile": PROFILE, "shot_ordinal": 1}
    web.refuse[protocol.SHOTS] = [503] * 10_000
    web.start()
    first = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        found = settings.model_copy(update={"bridge": settings.bridge.model_copy(update={"preview_port": port})})

        def spooled() -> bool:
            try:
                return bool(control.health(found)["waiting_shots"])
            except control.BridgeAway:
                return False

        until(spooled, 90)
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait(60)
    spool = Spool(settings.data / "bridge")
    waiting = spool.waiting()
    facts, original, deliverable = spool.read(waiting[0])
    spool.close()
    assert maker.remake(read_picture(original), facts["making"]) == deliverable  # bit for bit
    web.refuse[protocol.SHOTS] = []
    second = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        web.wait_for(lambda: web.shots, 60)
        web.want(mode="hold", shot_ordinal=None)
    finally:
        second.send_signal(signal.SIGTERM)
        second.wait(60)
    assert list(web.shots) == waiting
    assert second.returncode == 0
    web.stop()
