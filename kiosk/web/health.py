"""Whether the three processes live, and a few counts for a monitor on this machine."""

from __future__ import annotations

import time

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from kiosk.records.tables import Job, Visit
from kiosk.web.access import allow
from kiosk.web.site import Site, site

blueprint = Blueprint("health", __name__)
#: File in the data folder that the worker touches every second.
WORKER_ALIVE = "worker.alive"
_FRESH_SECONDS = 5.0


def worker_lives(here: Site) -> bool:
    """Whether the worker touched its file lately."""
    try:
        age = time.time() - (here.settings.data / WORKER_ALIVE).stat().st_mtime
    except OSError:
        return False
    return age <= _FRESH_SECONDS


@blueprint.get("/healthz")
@allow("public")
def healthz() -> ResponseReturnValue:
    """`ok` is about this process and its records; the others are named beside it."""
    here = site()
    try:
        with here.database.read() as session:
            session.execute(select(1))
        alive = True
    except SQLAlchemyError:
        alive = False
    facts = {"ok": alive, "bridge": here.bridge.present, "worker": worker_lives(here)}
    return jsonify(facts), 200 if alive else 503


@blueprint.get("/metrics")
@allow("loopback")
def metrics() -> ResponseReturnValue:
    """Counts in the format of Prometheus; numbers only."""
    here = site()
    registry = CollectorRegistry()
    visits = Gauge("kiosk_visits", "Visits by state", ["state"], registry=registry)
    jobs = Gauge("kiosk_jobs", "Background jobs by state", ["state"], registry=registry)
    up = Gauge("kiosk_process_up", "Whether a process reports", ["process"], registry=registry)
    with here.database.read() as session:
        for state, count in session.execute(select(Visit.state, func.count()).group_by(Visit.state)):
            visits.labels(state).set(count)
        for state, count in session.execute(select(Job.state, func.count()).group_by(Job.state)):
            jobs.labels(state).set(count)
        Gauge("kiosk_version", "Audit sequence", registry=registry).set(here.version(session))
    up.labels("bridge").set(here.bridge.present)
    up.labels("worker").set(worker_lives(here))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
