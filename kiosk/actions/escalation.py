"""What follows when a temperature stayed abnormal: the report is printed and headquarters are told."""

from __future__ import annotations

import secrets

from kiosk.actions.base import Transaction
from kiosk.domain.queue import local_text
from kiosk.i18n import text
from kiosk.records import incidents, queue
from kiosk.records.site_tables import OutboxMessage
from kiosk.records.tables import Visit


def begin(tx: Transaction, visit: Visit) -> None:
    """Enqueue the report and, where mail is set up, the notice; both in the decision's own transaction.

    The notice says where and when and how many contacts there are, and names nobody: the report holds the names
    and leaves the house only by a hand that takes it.
    """
    machine = tx.settings.station.name
    queue.enqueue(tx.session, incidents.REPORT, str(tx.actor), on=machine, visit=visit.public_id)
    rules = tx.settings.observation
    sent = bool(rules.headquarters_email and tx.settings.smtp.host)
    tx.detail["notice"] = "queued" if sent else "by_phone"
    if not sent:
        return
    tx.session.flush()
    near = len(incidents.contacts(tx.session, visit, tx.now, rules.contact_minutes))
    facts = {
        "site": tx.settings.site.code or tx.settings.station.name,
        "at": local_text(tx.now),
        "number": visit.number or "–",
        "contacts": near,
    }
    tx.session.add(
        OutboxMessage(
            public_id=secrets.token_hex(16),
            key=incidents.notice_key(visit),
            kind=incidents.NOTICE,
            campaign_id=visit.campaign_id,
            to=rules.headquarters_email,
            subject=text("zh_CN", "incident.mail.subject", **facts),
            body=text("zh_CN", "incident.mail.body", **facts),
            attachments=[],
            state="waiting",
            attempts=0,
            next_try_at=tx.now,
            by=str(tx.actor),
            created_at=tx.now,
        )
    )
