"""The outbox against a real SMTP server: down for a day, slow, refusing, cut off; nothing is ever sent twice."""

from __future__ import annotations

import ipaddress
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from kiosk.jobs import outbox, rounds
from kiosk.records.database import Database
from kiosk.records.site_tables import OutboxMessage
from kiosk.records.tables import Audit, Job
from kiosk.settings import ROOT, Settings, Smtp
from tests.harness.waiting import until
from tests.jobs.conftest import database, empty_records, settings
from tests.jobs.post_office import PostOffice, opened

__all__ = ["database", "empty_records", "settings"]
START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@dataclass
class Mail:
    """An outbox with a clock of its own."""

    database: Database
    settings: Settings
    now: datetime = START

    def to(self, *addresses: str) -> None:
        with self.database.write() as session:
            for address in addresses:
                session.add(message(address, self.now))

    def deliver(self) -> dict[str, Any]:
        return outbox.deliver(self.database, self.settings, lambda: self.now, lambda _share: None, "system:test")

    def rows(self) -> list[OutboxMessage]:
        with self.database.read() as session:
            return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))

    def states(self) -> list[str]:
        return [row.state for row in self.rows()]


def message(address: str, now: datetime) -> OutboxMessage:
    serial = address.replace("@", "-")
    return OutboxMessage(
        public_id=f"id-{serial}"[:32], key=serial, kind="slot_notice", to=address, subject="拍摄时间通知",
        body="请于 09:00 到场。", attachments=[{"name": "a.ics", "type": "text/calendar", "base64": "QkVHSU4="}],
        state="waiting", next_try_at=now, by="test", created_at=now,
    )  # fmt: skip


@pytest.fixture
def make(database: Database, settings: Settings) -> Callable[..., Mail]:
    def made(office: PostOffice, **smtp: Any) -> Mail:
        facts = {"host": "127.0.0.1", "port": office.port or 1, "security": "none",
                 "from_address": "photo@school.example", "timeout_seconds": 20.0}  # fmt: skip
        return Mail(database, settings.model_copy(update={"smtp": Smtp(**{**facts, **smtp})}))

    return made


def test_a_message_is_sent_once_and_whole(make: Callable[..., Mail]) -> None:
    with opened(PostOffice()) as office:
        mail = make(office)
        mail.to("a@x.example", "b@x.example")
        assert mail.deliver() == {"sent": 2}
        assert mail.deliver() == {}
    assert office.recipients == ["a@x.example", "b@x.example"]
    first = office.taken[0]
    assert (str(first["Subject"]), first["Message-ID"]) == ("拍摄时间通知", "<id-a-x.example@school.example>")
    assert first.get_body(("plain",)).get_content().strip() == "请于 09:00 到场。"  # type: ignore[union-attr]
    assert [part.get_content_type() for part in first.iter_attachments()] == ["text/calendar"]
    assert mail.states() == ["sent", "sent"]


def test_a_server_that_is_down_for_a_day_costs_nothing_but_the_day(make: Callable[..., Mail]) -> None:
    with opened(PostOffice()) as office:
        mail = make(office)
    mail.to(*(f"s{number}@x.example" for number in range(5)))
    tries = 0
    while mail.now < START + timedelta(days=1):
        tries += bool(mail.deliver().get("postponed"))
        mail.now += timedelta(minutes=5)
    assert 24 <= tries <= 40  # each hour after the first ones, not at each look
    assert {(row.state, row.error, row.attempts) for row in mail.rows()} == {("waiting", "connect", tries)}
    mail.now += timedelta(hours=1)
    with opened(office):
        assert mail.deliver() == {"sent": 5}
        assert mail.deliver() == {}
    assert sorted(office.recipients) == [f"s{number}@x.example" for number in range(5)]


def test_a_message_is_given_up_after_its_days(make: Callable[..., Mail]) -> None:
    office = PostOffice()
    with opened(office):
        mail = make(office, give_up_hours=24)
    mail.to("a@x.example")
    mail.deliver()
    mail.now += timedelta(hours=25)
    assert mail.deliver() == {"expired": 1}
    with opened(office):
        assert mail.deliver() == {}
    assert (mail.states(), office.taken) == (["failed"], [])


def test_not_now_is_tried_again_and_never_is_not(make: Callable[..., Mail]) -> None:
    answers = {"later@x.example": "450 try later", "never@x.example": "550 no such user", "ok@x.example": "250 OK"}
    with opened(PostOffice(answer_rcpt=answers.__getitem__)) as office:
        mail = make(office)
        mail.to(*answers)
        assert mail.deliver() == {"later": 1, "refused": 1, "sent": 1}
        assert mail.deliver() == {}
        mail.now += timedelta(minutes=1)
        answers["later@x.example"] = "250 OK"
        assert mail.deliver() == {"sent": 1}
        mail.now += timedelta(hours=2)
        assert mail.deliver() == {}
    assert [(row.to, row.state, row.error) for row in mail.rows()] == [
        ("later@x.example", "sent", None),
        ("never@x.example", "failed", "recipient"),
        ("ok@x.example", "sent", None),
    ]
    assert sorted(office.recipients) == ["later@x.example", "ok@x.example"]


@pytest.mark.parametrize(("answer", "state"), [("452 full", "waiting"), ("554 spam", "failed")])
def test_a_text_that_is_refused(make: Callable[..., Mail], answer: str, state: str) -> None:
    with opened(PostOffice(answer_data=lambda: answer)) as office:
        mail = make(office)
        mail.to("a@x.example")
        mail.deliver()
    assert [(row.state, row.error) for row in mail.rows()] == [(state, "content")]


def test_a_connection_that_breaks_after_the_text_leaves_it_open(make: Callable[..., Mail]) -> None:
    with opened(PostOffice(cut=True)) as office:
        mail = make(office)
        mail.to("a@x.example")
        assert mail.deliver() == {"unsure": 1}
        office.cut = False
        mail.now += timedelta(days=1)
        assert mail.deliver() == {}
    assert (len(office.taken), mail.states()) == (1, ["unsure"])


@pytest.mark.faults
def test_a_worker_killed_while_it_sends_never_sends_again(make: Callable[..., Mail], tmp_path: Path) -> None:
    office = PostOffice(hold=threading.Event())
    with opened(office):
        mail = make(office)
        mail.to("a@x.example", "b@x.example")
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.jobs.killed_sender", mail.database.url, str(tmp_path), str(office.port)],
            cwd=ROOT,
        )
        try:
            until(office.reading.is_set, 60, "the server reads the first text")
            process.send_signal(signal.SIGKILL)
        finally:
            process.kill()
            process.wait()
            assert office.hold is not None
            office.hold.set()
        office.hold = None
        mail.now += timedelta(hours=1)
        assert mail.deliver() == {"sent": 1, "unsure": 1}
        mail.now += timedelta(days=1)
        assert mail.deliver() == {}
    assert sorted(office.recipients) == ["a@x.example", "b@x.example"]


def test_nothing_travels_in_the_clear_where_it_should_not(make: Callable[..., Mail]) -> None:
    with opened(PostOffice()) as office:
        mail = make(office, security="starttls")
        mail.to("a@x.example")
        assert mail.deliver() == {"postponed": 1}
    assert (office.taken, mail.rows()[0].error) == ([], "tls")
    with pytest.raises(ValidationError, match="this machine"):
        Smtp(host="mail.school.example", security="none", from_address="a@school.example")
    with pytest.raises(ValidationError, match="from_address"):
        Smtp(host="mail.school.example")


def test_a_protected_connection_checks_the_certificate(make: Callable[..., Mail], tmp_path: Path) -> None:
    certificate, key = _certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    with opened(PostOffice(), tls=context) as office:
        stranger = make(office, security="starttls")
        stranger.to("a@x.example")
        assert stranger.deliver() == {"postponed": 1}
        assert stranger.rows()[0].error == "tls"
        known = make(office, security="starttls", ca_file=certificate)
        known.now += timedelta(hours=1)
        assert known.deliver() == {"sent": 1}


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
def test_the_log_in_comes_from_a_file(make: Callable[..., Mail], tmp_path: Path) -> None:
    file = tmp_path / "password"
    with opened(PostOffice(), login=True) as office:
        mail = make(office, user="kiosk", password_file=file)
        mail.to("a@x.example")
        for content, error in ((None, "password"), ("wrong", "login"), ("right\n", None)):
            if content is not None:
                file.write_text(content)
            mail.deliver()
            assert mail.rows()[0].error == error
            mail.now += timedelta(hours=1)
    assert mail.states() == ["sent"]


@pytest.mark.parametrize("address", ["a@x.example\r\nBcc: b@x.example", "no address", "学生@x.example", ""])
def test_an_address_that_is_none_reaches_no_server(make: Callable[..., Mail], address: str) -> None:
    with opened(PostOffice()) as office:
        mail = make(office)
        mail.to(address)
        assert mail.deliver() == {"refused": 1}
    assert (office.taken, mail.states()) == ([], ["failed"])


def test_a_clock_that_was_set_back_does_not_hold_a_message(make: Callable[..., Mail]) -> None:
    office = PostOffice()
    with opened(office):
        mail = make(office)
    mail.to("a@x.example")
    mail.now += timedelta(days=2)
    mail.deliver()
    mail.now -= timedelta(days=1)
    with opened(office):
        assert mail.deliver() == {"sent": 1}


def test_no_address_and_no_text_stands_in_the_audit(make: Callable[..., Mail]) -> None:
    with opened(PostOffice()) as office:
        mail = make(office)
        mail.to("somebody@x.example")
        mail.deliver()
    with mail.database.read() as session:
        rows = session.scalars(select(Audit).where(Audit.action == "outbox")).all()
    assert [row.detail for row in rows] == [{"sent": 1}]


def test_the_worker_asks_by_itself_and_makes_one_job_at_a_time(make: Callable[..., Mail]) -> None:
    mail = make(PostOffice())
    now = datetime.now(UTC)
    assert rounds.enqueue_due(mail.database, mail.settings, now) == []
    mail.now = now
    mail.to("a@x.example")
    assert len(rounds.enqueue_due(mail.database, mail.settings, now)) == 1
    assert rounds.enqueue_due(mail.database, mail.settings, now + timedelta(hours=1)) == []
    with mail.database.write() as session:
        session.scalars(select(Job)).one().state = "done"
    assert rounds.enqueue_due(mail.database, mail.settings, now + timedelta(seconds=5)) == []
    assert len(rounds.enqueue_due(mail.database, mail.settings, now + timedelta(minutes=5))) == 1


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that vouches for itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "server.pem", folder / "server.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return certificate, private
