"""One message through one SMTP connection: what was surely not taken is told apart from what perhaps was."""

from __future__ import annotations

import base64
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from enum import StrEnum
from pathlib import Path

from kiosk import secrets_store
from kiosk.records.site_tables import OutboxMessage
from kiosk.settings import Settings, Smtp

#: What a mailbox may be called here; anything else would need a server with SMTPUTF8, or is a trick.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")
PASSWORD = "smtp.password"  # noqa: S105 - the name of a file


class Fate(StrEnum):
    """What became of a message that was handed to the server."""

    SENT = "sent"
    LATER = "later"  # surely not taken, worth another try
    REFUSED = "refused"  # surely not taken, and never will be
    UNSURE = "unsure"  # the connection broke after the text was sent: the server may have taken it


class Unreachable(Exception):
    """No message can be sent now; the argument is the kind of fault: connect, tls, login, busy, password."""


@contextmanager
def connected(settings: Settings) -> Iterator[smtplib.SMTP]:
    """A connection that is protected and logged in as the settings say. Raises `Unreachable`."""
    smtp = settings.smtp
    try:
        client = _open(smtp, settings)
    except smtplib.SMTPNotSupportedError as error:
        raise Unreachable("tls") from error
    except ssl.SSLError as error:
        raise Unreachable("tls") from error
    except smtplib.SMTPAuthenticationError as error:
        raise Unreachable("login") from error
    except (smtplib.SMTPException, OSError) as error:
        raise Unreachable("connect") from error
    try:
        yield client
    finally:
        with suppress(smtplib.SMTPException, OSError):
            client.quit()
        client.close()


def _open(smtp: Smtp, settings: Settings) -> smtplib.SMTP:
    context = ssl.create_default_context(cafile=str(settings.path(smtp.ca_file)) if smtp.ca_file else None)
    client: smtplib.SMTP
    if smtp.security == "tls":
        client = smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=smtp.timeout_seconds, context=context)
    else:
        client = smtplib.SMTP(smtp.host, smtp.port, timeout=smtp.timeout_seconds)
    try:
        client.ehlo_or_helo_if_needed()
        if smtp.security == "starttls":
            client.starttls(context=context)  # a server without it: nothing is sent in the clear
            client.ehlo()
        if smtp.user:
            client.login(smtp.user, _password(smtp, settings))
    except BaseException:
        client.close()
        raise
    return client


def _password(smtp: Smtp, settings: Settings) -> str:
    path = settings.path(smtp.password_file) if smtp.password_file else secrets_store.folder(settings) / PASSWORD
    try:
        return Path(path).read_text("utf-8").strip()
    except OSError as error:
        raise Unreachable("password") from error


def send(client: smtplib.SMTP, settings: Settings, message: OutboxMessage) -> tuple[Fate, str]:
    """Hand the message over; the second answer is the kind of fault, never what the server said.

    The three commands are given one by one, because what a broken connection means depends on how far it was.
    """
    try:
        content = _content(settings, message)
    except (ValueError, TypeError):
        return Fate.REFUSED, "address"
    try:
        code, _said = client.mail(settings.smtp.from_address)
        if code != 250:
            return _judged(client, code, "sender")
        code, _said = client.rcpt(message.to)
        if code not in (250, 251):
            return _judged(client, code, "recipient")
    except (smtplib.SMTPException, OSError, UnicodeEncodeError) as error:
        return (Fate.REFUSED, "address") if isinstance(error, UnicodeEncodeError) else (Fate.LATER, "connection")
    try:
        code, _said = client.data(content)
    except smtplib.SMTPDataError as error:  # the server would not even begin to read
        return _judged(client, error.smtp_code, "content")
    except (smtplib.SMTPException, OSError):
        return Fate.UNSURE, "connection"
    return (Fate.SENT, "") if code == 250 else _judged(client, code, "content")


def _judged(client: smtplib.SMTP, code: int, what: str) -> tuple[Fate, str]:
    with suppress(smtplib.SMTPException, OSError):
        client.rset()
    return (Fate.REFUSED if 500 <= code < 600 else Fate.LATER), what


def _content(settings: Settings, message: OutboxMessage) -> bytes:
    """The message as the wire wants it. Raises `ValueError` for an address that is none."""
    sender = settings.smtp.from_address
    if not _ADDRESS.fullmatch(message.to):
        raise ValueError("no address")
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = message.to
    mail["Subject"] = message.subject
    mail["Date"] = message.created_at
    # the same at every try, so that a mailbox can tell a repeat
    mail["Message-ID"] = f"<{message.public_id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.body)
    for part in message.attachments:
        kind, _, subtype = str(part["type"]).partition("/")
        mail.add_attachment(
            base64.b64decode(part["base64"]), maintype=kind, subtype=subtype, filename=str(part["name"])
        )
    return mail.as_bytes(policy=mail.policy.clone(linesep="\r\n", cte_type="7bit"))
