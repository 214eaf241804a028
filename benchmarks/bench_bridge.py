"""The device process: the promised figures of the readers, card to fact, preview with coaching, idle memory."""

from __future__ import annotations

import http.client
import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from benchmarks.report import Row, quantile
from kiosk import secrets_store
from kiosk.bridge import control, figures, protocol
from kiosk.settings import ROOT, Settings
from tests.bridge.bench import demo_settings, until
from tests.bridge.web_double import TOKEN, WebDouble, free_port

READS, SEED = 1000, 1
CARDS = 40
PREVIEW_SECONDS = 10.0
PREVIEW_BAR, AGE_BAR, CARD_BAR = 25.0, 120.0, 300.0
PROFILE = "chsi-2017-99"
#: Wire time at 115200 baud, in ms: find, select, two readings, a sign of life between them, each with its answer.
WIRE_MS = (10 + 15 + 10 + 19 + 2 * (10 + 1295) + 10 + 11) * 10 / 115.2


def measure() -> Iterator[Row]:
    """The rows of the table."""
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    logging.getLogger("kiosk.bridge").setLevel(logging.CRITICAL)  # plugs are pulled
    yield _row(figures.decoding())
    yield _row(figures.streams(figures.STREAMS, SEED))
    yield _row(figures.read_once(SEED))
    for figure in figures.simulated_day(READS, SEED, faults=True):
        yield _row(figure)
    with tempfile.TemporaryDirectory() as folder:
        station = _Station(Path(folder))
        try:
            yield station.idle_memory()
            yield station.card_to_fact()
            yield from station.preview()
        finally:
            station.stop()


def _row(figure: figures.Figure) -> Row:
    what, bar, measured, data = figures.sentences(figure, "en")
    return Row(what, bar, measured, figure.met, data)


class _Station:
    """The bridge as a process with simulated devices, and a small web process beside it."""

    def __init__(self, folder: Path) -> None:
        self.web = WebDouble().start()
        self.settings: Settings = demo_settings(folder, self.web.port)
        self.settings = self.settings.model_copy(
            update={"bridge": self.settings.bridge.model_copy(update={"preview_port": free_port()})}
        )
        secrets_store.folder(self.settings)
        (folder / "secrets" / secrets_store.BRIDGE_TOKEN).write_text(TOKEN)
        (folder / "demo").mkdir()
        entry = {"name": "测试一", "sex": "女", "birth": "19900101", "number": "990101199001010027",
                 "valid_from": "20200101", "valid_to": "长期"}  # fmt: skip
        (folder / "demo" / "cards.json").write_text(json.dumps([entry]), "utf-8")
        values = {
            "DEMO": "true", "DATA_DIR": str(folder), "SERVER__PORT": str(self.web.port),
            "BRIDGE__PREVIEW_PORT": str(self.settings.bridge.preview_port), "DEVICES__READER__DRIVER": "virtual",
            "DEVICES__CAMERA__DRIVER": "virtual", "DEVICES__THERMOMETER__DRIVER": "virtual",
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kiosk.bridge"],
            cwd=ROOT,
            env={**os.environ, **{f"KIOSK_{key}": value for key, value in values.items()}},
            stderr=subprocess.DEVNULL,
        )
        until(self._works, 90)

    def _works(self) -> bool:
        try:
            health = control.health(self.settings)
        except control.BridgeAway:
            return False
        ready = all(entry["state"] == "ready" for entry in health["devices"].values())
        return ready and health["engine"] == "ready" and bool(health["web"])

    def stop(self) -> None:
        """End both."""
        self.process.terminate()
        self.process.wait(20)
        self.web.stop()

    def idle_memory(self) -> Row:
        """Resident memory a while after the start."""
        threading.Event().wait(5)
        resident = psutil.Process(self.process.pid).memory_info().rss / 1e6
        return Row("memory of the bridge, idle", "–", f"{resident:.0f} MB", None, "engine and studio loaded")

    def card_to_fact(self) -> Row:
        """Card laid → identity at the web process, less the wire time of its frames at 115200 baud."""
        self.web.want(mode="identify")
        waits = []
        for number in range(CARDS):
            began = time.perf_counter()
            control.simulate(self.settings, ["card", "lay", "0", f"address={number}"])
            self.web.wait_for(lambda number=number: len(self.web.facts(protocol.IDENTITIES)) > number)
            waits.append((time.perf_counter() - began) * 1000 - WIRE_MS)
            control.simulate(self.settings, ["card", "remove"])
            threading.Event().wait(0.5)
        shown = f"p95 {quantile(waits, 0.95):.0f} ms"
        data = f"{CARDS} cards, p50 {quantile(waits, 0.5):.0f} ms, wire time of {WIRE_MS:.0f} ms excluded"
        met = quantile(waits, 0.95) <= CARD_BAR
        return Row("card laid → identity at the web process", f"p95 ≤ {CARD_BAR:.0f} ms", shown, met, data)

    def preview(self) -> Iterator[Row]:
        """Frames that a page gets and their age, while the coach works on someone whose eyes are closed."""
        control.simulate(self.settings, ["scene", "eyes_closed", "1.0"])
        self.web.want(mode="capture", visit="v1", profile=PROFILE, shot_ordinal=1)
        token = self.web.facts(protocol.HELLO)[-1]["preview_token"]
        connection = http.client.HTTPConnection("127.0.0.1", self.settings.bridge.preview_port, timeout=20)
        connection.request("GET", f"/preview?token={token}")
        stream = connection.getresponse()
        _watched(stream, 3.0)
        process = psutil.Process(self.process.pid)
        before = sum(process.cpu_times()[:2])
        ages, words = _watched(stream, PREVIEW_SECONDS)
        used = (sum(process.cpu_times()[:2]) - before) / PREVIEW_SECONDS
        connection.close()
        rate, age = len(ages) / PREVIEW_SECONDS, quantile(ages, 0.95)
        width = self.settings.devices.camera.preview_width
        busy = f"{width} px wide, coaching {words / PREVIEW_SECONDS:.0f} a second, {used:.2f} cores in all"
        yield Row("preview, frames a second", f"≥ {PREVIEW_BAR:.0f}", f"{rate:.1f}", rate >= PREVIEW_BAR, busy)
        yield Row(
            "preview, age of a frame on arrival", f"p95 ≤ {AGE_BAR:.0f} ms", f"{age:.0f} ms", age <= AGE_BAR, busy
        )


def _watched(stream: Any, seconds: float) -> tuple[list[float], int]:
    """Ages in ms of the frames that arrive within that time, and the number of coaching parts."""
    ages, words, end = [], 0, time.monotonic() + seconds
    while time.monotonic() < end:
        stream.readline()
        headers = {}
        while line := stream.readline().decode().strip():
            name, _, value = line.partition(": ")
            headers[name] = value
        stream.read(int(headers["Content-Length"]) + 2)
        if "X-Taken" in headers:
            ages.append(time.time() * 1000 - float(headers["X-Taken"]))
        else:
            words += 1
    return ages, words
