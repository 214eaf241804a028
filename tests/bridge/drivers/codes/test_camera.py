"""Collection codes in a picture: their bytes as they are, once for each showing."""

from __future__ import annotations

import base64
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import qrcode

from kiosk.bridge.drivers.base import Event, Host, Identified
from kiosk.bridge.drivers.camera.reading import slot_of
from kiosk.bridge.drivers.codes import camera as module
from kiosk.bridge.drivers.codes.camera import CameraCodes, read_code
from kiosk.domain import receipts
from tests.bridge.bench import Said, demo_settings, until


def picture(*contents: bytes, size: tuple[int, int] = (960, 1280)) -> np.ndarray:
    scene = np.full((*size, 3), (200, 150, 90), np.uint8)
    for number, content in enumerate(contents):
        code = qrcode.QRCode(box_size=6, border=4)
        code.add_data(qrcode.util.QRData(content, mode=qrcode.util.MODE_8BIT_BYTE))
        code.make(fit=True)
        grey = np.asarray(code.make_image().get_image().convert("L"))
        scene[100 : 100 + grey.shape[0], 100 + 500 * number :][:, : grey.shape[1]] = grey[:, :, None]
    return scene


@pytest.mark.parametrize(
    "content",
    [b"CJM-2026-0001", "采集码".encode(), "采集码".encode("gb18030"), bytes(range(256)), b"\x00\xff" * 40],
)
def test_the_bytes_are_kept_as_they_are(content: bytes) -> None:
    assert read_code(picture(content)) == content


def test_a_still_of_full_size_is_read_too() -> None:
    assert read_code(np.kron(picture(b"far"), np.ones((2, 2, 1), np.uint8))) == b"far"


def test_no_code_and_several_codes_are_no_code() -> None:
    assert read_code(picture()) is None
    assert read_code(picture(b"one", b"two")) is None


@pytest.mark.parametrize("by_code", [True, False])
def test_a_receipt_is_known_in_every_campaign(by_code: bool) -> None:
    token = receipts.token(b"key", "n" * 32)
    shown = read_code(picture(f"https://kiosk.example/r/{token}".encode()))
    assert shown is not None
    assert module._entry(shown, by_code) == {"receipt": token}


def test_any_other_code_counts_only_where_a_campaign_works_with_codes() -> None:
    assert module._entry(b"CJM-0001", by_code=True) == {"code_b64": "Q0pNLTAwMDE="}
    assert module._entry(b"https://shop.example/poster", by_code=False) is None


def test_a_code_is_told_once_while_it_is_shown_and_only_when_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.005)
    monkeypatch.setattr(module, "ABSENT_SECONDS", 3600.0)  # a busy machine may look rarely
    events: list[Event] = []
    wanted = threading.Event()
    host = Host(demo_settings(tmp_path), emit=events.append, code_wanted=wanted.is_set, by_code=lambda: True)
    driver, stop = CameraCodes(host), threading.Event()
    driver.open()
    thread = threading.Thread(target=driver.run, args=(stop, Said()))
    thread.start()
    shown = picture(b"first")

    def show() -> list[Event]:
        slot_of(host).put(shown, time.monotonic())
        return events

    for _ in range(3):
        show()
    assert events == []
    wanted.set()
    until(show)
    for _ in range(3):
        show()
    shown = picture(b"second")
    until(lambda: len(show()) == 2)
    stop.set()
    thread.join(60)
    assert [base64.b64decode(event.content["code_b64"]) for event in events if isinstance(event, Identified)] == [
        b"first",
        b"second",
    ]
