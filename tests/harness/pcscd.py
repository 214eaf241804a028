"""A real PC/SC service with virtual readers, and the driver on it, in network and mount namespaces of their own.

`Table()` starts this module as a child inside `unshare -m -n`: there it runs pcscd with vpcd, the driver under its
supervisor and the virtual cards, takes orders as lines of JSON and reports every event as one. So that several may
run side by side, also beside the machine's own pcscd; vpcd listens on every interface of a network without any.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from tests.harness.waiting import until

SERVICE = "/usr/sbin/pcscd"
READERS = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
_FOLDER = "/run/pcscd"


def missing() -> str:
    """Why there can be no such table here; empty where there can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "namespaces need root on Linux"
    for need in (SERVICE, READERS):
        if not Path(need).exists():
            return f"{need} is missing: install pcscd and vsmartcard-vpcd"
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        return "unshare and ip are missing: install util-linux and iproute2"
    inside = f"mount -t tmpfs none {_FOLDER} && ip link set lo up"
    tried = subprocess.run(
        ["unshare", "-m", "-n", "sh", "-c", f"mkdir -p {_FOLDER}; {inside}"], capture_output=True
    )
    return "" if tried.returncode == 0 else "this machine allows no namespaces"


class Table:
    """A table with two virtual readers, seen from the test. A context manager."""

    def __init__(self, folder: Path, **reader: Any) -> None:
        """`reader` are settings of the reader."""
        self._keys = itertools.count()
        self._answers: dict[int, Any] = {}
        self.events: list[dict[str, Any]] = []
        self.boards: list[dict[str, Any]] = []
        enter = f'mkdir -p {_FOLDER} && mount -t tmpfs none {_FOLDER} && ip link set lo up && exec "$@"'
        command = [sys.executable, "-m", "tests.harness.pcscd", str(folder), json.dumps(reader)]
        self._child = subprocess.Popen(
            ["unshare", "-m", "-n", "--pid", "--fork", "--kill-child", "sh", "-c", enter, "sh", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).resolve().parents[2],
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def __enter__(self) -> Table:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._child.stdin is not None and self._child.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._child.stdin.close()
        try:
            self._child.wait(20)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._listener.join(10)
        self._child.stdout.close()

    def do(self, what: str, *arguments: Any) -> Any:
        """Have something done at the table (a method of `_Inside`) and return what it gave."""
        assert self._child.stdin is not None
        key = next(self._keys)
        self._child.stdin.write(json.dumps([key, what, arguments]) + "\n")
        self._child.stdin.flush()
        answer = until(lambda: self._answers.get(key) or self._child.poll() is not None, 60, what)
        assert isinstance(answer, list), "the child ended"
        return answer[0]

    def state(self) -> tuple[str, str | None]:
        """State and fault of the reader as the board last had them."""
        last = self.boards[-1] if self.boards else {"state": "off", "fault": None}
        return last["state"], last["fault"]

    def wait_for(self, state: str, fault: str | None = None) -> None:
        """Until the reader is in that state."""
        until(lambda: self.state() == (state, fault), 60, f"{state} {fault}: {self.boards[-4:]}")

    def wait_for_events(self, number: int) -> list[dict[str, Any]]:
        """All events, as soon as there are that many."""
        until(lambda: len(self.events) >= number, 60, f"{number} events: {self.boards[-4:]}")
        return self.events

    def _listen(self) -> None:
        assert self._child.stdout is not None
        for line in self._child.stdout:
            kind, content = json.loads(line)
            if kind == "event":
                self.events.append(content)
            elif kind == "board":
                self.boards.append(content)
            else:
                self._answers[kind] = [content]


class _Inside:
    """The table, in the child. Public methods are the orders."""

    def __init__(self, folder: Path, reader: dict[str, Any]) -> None:
        from kiosk.bridge.board import Board
        from kiosk.bridge.drivers.base import Event, Host, Identified, find
        from kiosk.bridge.drivers.reader import virtual_pcsc
        from kiosk.bridge.protocol import Mode
        from kiosk.bridge.supervisor import Supervisor
        from kiosk.settings import Devices, Reader, Settings

        self._folder = folder
        self._lock = threading.Lock()
        self._cards = virtual_pcsc
        self._slots = [virtual_pcsc.VirtualSlot(0), virtual_pcsc.VirtualSlot(1)]
        self._mode = Mode.IDLE
        self._looks = 0
        self._service: subprocess.Popen[bytes] | None = None
        self._board = Board()
        self._board.changed = lambda: self.say("board", self._board.snapshot()["devices"].get("reader", {}))

        def emit(event: Event) -> None:
            if isinstance(event, Identified):
                self.say("event", {"assurance": event.assurance, "source": event.source, **event.content})
            else:
                self.say("event", {"trouble": event.fault.code.value})  # type: ignore[union-attr]

        settings = Settings(data_dir=folder, devices=Devices(reader=Reader(driver="pcsc", **reader)))

        def mode() -> Mode:
            self._looks += 1
            return self._mode

        host = Host(settings, emit=emit, mode=mode)
        self._supervisor = Supervisor("reader", lambda: find("reader", "pcsc")(host), self._board)

    def say(self, kind: str | int, content: Any) -> None:
        with self._lock:
            print(json.dumps([kind, content]), flush=True)

    def start_service(self) -> None:
        for name in ("pcscd.comm", "pcscd.pid"):
            Path(_FOLDER, name).unlink(missing_ok=True)
        configuration = self._folder / "reader.conf.d"
        configuration.mkdir(exist_ok=True)
        (configuration / "vpcd").write_text(
            f'FRIENDLYNAME "Virtual PCD"\nDEVICENAME /dev/null:0x8C7B\nLIBPATH {READERS}\nCHANNELID 0x8C7B\n'
        )
        log = (self._folder / "pcscd.log").open("ab")
        self._service = subprocess.Popen(
            [SERVICE, "--foreground", "--config", str(configuration)], stdout=log, stderr=log
        )
        log.close()

    def end_service(self, how: str) -> None:
        """`TERM` as the service manager does, `KILL` as the kernel does when memory is short."""
        assert self._service is not None
        self._service.send_signal(getattr(signal, f"SIG{how}"))
        self._service.wait()

    def freeze_service(self, frozen: bool) -> None:
        """Stop its process and let it go on."""
        assert self._service is not None
        self._service.send_signal(signal.SIGSTOP if frozen else signal.SIGCONT)

    def start_driver(self) -> None:
        self._supervisor.start()

    def check_driver(self) -> None:
        self._supervisor.check()

    def test_driver(self, seconds: float) -> dict[str, Any]:
        return self._supervisor.test(seconds).result(seconds + 20)

    def want(self, mode: str) -> None:
        from kiosk.bridge.protocol import Mode

        self._mode = Mode(mode)
        seen = self._looks
        until(lambda: self._looks > seen + 1, 30, "the driver has seen what is wanted")

    def lay(self, slot: int, kind: str, *words: Any) -> None:
        """Lay a card: `id`, `campus UID`, `mute`, `raw HEX`, or one of these `slow`, `silent` or `torn`."""

        if self._present(slot):
            self._slots[slot].remove()
            until(lambda: not self._present(slot), 30, "the card is seen to be gone")

        # vpcd takes its port again a moment after the service has started
        def laid() -> bool:
            try:
                self._slots[slot].lay(self._card(kind, *words))
            except ValueError:
                return False
            return True

        until(laid, 30, "vpcd listens")

    def _present(self, slot: int) -> bool:
        """Whether the service sees a card there."""
        import smartcard.scard as scard

        result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        if result != 0:
            return False
        _, names = scard.SCardListReaders(context, [])
        states = scard.SCardGetStatusChange(context, 0, [(name, scard.SCARD_STATE_UNAWARE) for name in names])[1]
        scard.SCardReleaseContext(context)
        return any(name == names[slot] and state & scard.SCARD_STATE_PRESENT for name, state, _ in states)

    def _card(self, kind: str, *words: Any) -> Any:
        from tests.bridge.bench import card

        make = self._cards
        if kind == "id":
            return make.id_card(card(**(words[0] if words else {})))
        if kind == "campus":
            return make.campus_card(words[0])
        if kind == "raw":
            return make.raw_id_card(bytes.fromhex(words[0]))
        if kind == "slow":
            return make.slow(self._card(*words[1:]), words[0])
        if kind == "silent":
            return make.slow(self._card(*words), float("inf"))
        if kind == "torn":
            return make.torn(self._card(*words[1:]), words[0])
        return make.mute()

    def remove(self, slot: int) -> None:
        self._slots[slot].remove()

    def asked(self, slot: int) -> list[str]:
        return self._slots[slot].asked

    def hold(self, held: bool) -> None:
        """Another program takes the card in the first reader for itself alone, or lets it go."""
        if held:
            import smartcard.scard as scard

            _, self._context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)

            def taken() -> bool:
                _, names = scard.SCardListReaders(self._context, [])
                result, self._held, _ = scard.SCardConnect(
                    self._context, names[0], scard.SCARD_SHARE_EXCLUSIVE, scard.SCARD_PROTOCOL_T1
                )
                return bool(result == 0)

            until(taken, 30, "the card is held")
        else:
            import smartcard.scard as scard

            scard.SCardDisconnect(self._held, scard.SCARD_LEAVE_CARD)
            scard.SCardReleaseContext(self._context)

    def shorten(self, reading_seconds: float) -> None:
        """A card that is asked from now on counts as mute after this time."""
        from kiosk.bridge.drivers.reader import pcsc

        pcsc.READING_SECONDS = reading_seconds

    def processor_seconds(self) -> float:
        """What this process has used so far."""
        times = os.times()
        return times.user + times.system

    def end(self) -> None:
        self._supervisor.stop()
        for slot in self._slots:
            slot.remove()
        if self._service is not None and self._service.poll() is None:
            self._service.send_signal(signal.SIGCONT)
            self.end_service("KILL")


def main(folder: str, reader: str) -> None:
    """The child: orders in, events out, until the test hangs up."""
    inside = _Inside(Path(folder), json.loads(reader))
    for line in sys.stdin:
        key, what, arguments = json.loads(line)
        inside.say(key, getattr(inside, what)(*arguments))
    inside.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
