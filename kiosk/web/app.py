"""Puts the web process together: one call makes the whole app of a station."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, request
from flask_limiter import Limiter
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.orm import Session
from werkzeug.middleware.proxy_fix import ProxyFix

from kiosk import secrets_store
from kiosk.actions import catalogue
from kiosk.records import migrate, queries
from kiosk.records.database import Database
from kiosk.records.vault import Vault
from kiosk.settings import ROOT, Settings
from kiosk.web import (
    access,
    assets,
    board,
    bridge,
    copies,
    demo,
    headers,
    headquarters,
    health,
    kiosk,
    lock,
    login,
    place,
    receipt,
    refusals,
    sockets,
    staff,
    staff_campaigns,
    staff_checks,
    staff_collection,
    staff_devices,
    staff_evening,
    staff_files,
    staff_lists,
    staff_money,
    staff_opening,
    staff_prints,
    staff_profiles,
    staff_results,
    staff_roles,
    staff_roster,
    staff_schedule,
    texts,
    upload,
)
from kiosk.web.sessions import TwoCookies
from kiosk.web.site import BUSY_TRY_SECONDS, Site, attach
from kiosk.web.sweep import EVERY_SECONDS, Sweep

__all__ = ["catalogue", "create_app", "start_sweep"]

log = logging.getLogger(__name__)


def create_app(settings: Settings, database: Database | None = None) -> Flask:
    """The app of one station; makes the station's row and secrets where they are missing.

    `database` is closed by the caller where one is given. Raises `OSError` where the data folder can't be written,
    `OperationalError` where the records are not there.
    """
    records = database or open_records(settings)
    site = Site(
        settings=settings,
        database=records,
        vault=Vault(settings.data / "vault"),
        receipt_key=secrets_store.read_or_make(settings, secrets_store.RECEIPT_KEY).encode(),
    )

    def ensure(session: Session) -> None:
        own = settings.station
        row = queries.ensure_station(session, own.name, own.seat, own.campaign, site.clock())
        row.site = settings.site.code

    site.write(ensure)
    app = Flask("kiosk.web", template_folder=str(ROOT / "kiosk" / "templates"), static_folder=None)
    app.config.update(
        SECRET_KEY=secrets_store.read_or_make(settings, secrets_store.SESSION_KEY),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_CONTENT_LENGTH=access.JSON_LIMIT,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        MAX_FORM_PARTS=20,
        WTF_CSRF_CHECK_DEFAULT=False,  # kiosk.web.access checks, after it knows whose request it is
        WTF_CSRF_TIME_LIMIT=None,  # the token lives as long as its session
        WTF_CSRF_SSL_STRICT=False,  # needs a Referer, which we forbid browsers to send
        RATELIMIT_HEADERS_ENABLED=False,
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    cookies = TwoCookies()
    app.session_interface = cookies
    attach(app, site)
    headers.install(app, settings, site.bridge)
    csrf = CSRFProtect(app)
    access.install(app, csrf)
    limiter = Limiter(_address, app=app, storage_uri="memory://", strategy="moving-window")
    refusals.install(app)
    texts.install(app)
    assets.install(app)
    login.install(app, limiter, settings.server.login_rate)
    if settings.demo:
        app.register_blueprint(demo.blueprint)
    for part in (
        kiosk, staff, staff_checks, staff_collection, staff_results, staff_roster, staff_lists, staff_profiles,
        staff_files, staff_money, staff_devices, staff_campaigns, staff_schedule, staff_opening, staff_roles,
        staff_evening, headquarters, lock, board, bridge, health, staff_prints,
    ):  # fmt: skip
        app.register_blueprint(part.blueprint)
    receipt.install(app, limiter)
    copies.install(app, limiter)
    place.install(app, limiter)
    upload.install(app, limiter)
    app.extensions["kiosk_socketio"] = sockets.install(app, site, cookies)
    sweep = Sweep(site)
    app.extensions["kiosk_sweep"] = sweep
    site.after_decision = sweep.call_next
    if settings.server.allow_plain_http:  # a TLS proxy stands before us and says who asks
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]
    return app


def open_records(settings: Settings) -> Database:
    """The records, upgraded, with short waits: `Site.patiently` makes the long ones."""
    migrate.upgrade(settings)
    return Database(settings.database_url, BUSY_TRY_SECONDS)


def start_sweep(app: Flask) -> None:
    """Begin the rounds of `kiosk.web.sweep` in the background."""
    sweep: Sweep = app.extensions["kiosk_sweep"]
    socketio: Any = app.extensions["kiosk_socketio"]

    def rounds() -> None:
        while True:
            socketio.sleep(EVERY_SECONDS)
            try:
                sweep.once()
            except Exception:  # whatever it was, the next round comes: without rounds nobody is called or parked
                log.exception("a round failed")

    socketio.start_background_task(rounds)


def _address() -> str:
    return request.remote_addr or "unknown"
