"""A real SMTP server on loopback that does what a test tells it, and remembers every message it took."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from kiosk.launch import ports

#: Seconds the server may take to answer on a busy machine before the test counts as failed.
PATIENCE = 60.0


@dataclass
class PostOffice:
    """The handler: `answer_rcpt` and `answer_data` say what the server answers; `cut` drops the connection."""

    answer_rcpt: Callable[[str], str] = lambda _to: "250 OK"
    answer_data: Callable[[], str] = lambda: "250 OK"
    cut: bool = False
    hold: threading.Event | None = None  # the answer to a text waits for it
    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    reading: threading.Event = field(default_factory=threading.Event)

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Who may get mail."""
        said = self.answer_rcpt(address)
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Take the text, or not."""
        import asyncio

        said = self.answer_data()
        if said.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            parsed: Any = message_from_bytes(content, policy=policy.default)
            self.taken.append(parsed)
        self.reading.set()
        if self.hold is not None:
            await asyncio.to_thread(self.hold.wait, 60)
        if self.cut and server.transport is not None:
            server.transport.close()
        return said

    @property
    def recipients(self) -> list[str]:
        """To whom, in the order in which they were taken."""
        return [str(message["To"]) for message in self.taken]


def _who(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    right = (data.login, data.password) == (b"kiosk", b"right")
    return AuthResult(success=right, handled=False)  # the server says 535 by itself


@contextmanager
def opened(office: PostOffice, tls: ssl.SSLContext | None = None, login: bool = False) -> Iterator[PostOffice]:
    """The server while the block runs, on a port of its own (kept when it opens again)."""
    office.port = office.port or ports.pick("127.0.0.1")
    options: dict[str, Any] = {"tls_context": tls, "require_starttls": tls is not None}
    if login:
        options |= {"authenticator": _who, "auth_required": True, "auth_require_tls": False}
    controller = Controller(
        office, hostname="127.0.0.1", port=office.port, ready_timeout=PATIENCE,
        server_hostname="post.example",  # else it asks the network what this machine is called
        **options,
    )  # fmt: skip
    controller.start()
    try:
        yield office
    finally:
        controller.stop()
