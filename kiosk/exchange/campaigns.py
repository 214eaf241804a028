"""Campaigns from their files: a TOML file says everything about one, loading it again updates it.

Whether a campaign is active is decided here at its first loading and by staff from then on. One that was changed
on the page is left alone until its file is loaded by command.
"""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk import catalogue
from kiosk.domain.campaign import CampaignFile
from kiosk.domain.queue import day_of
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import audit
from kiosk.records.campaigns import values
from kiosk.records.database import Database
from kiosk.records.tables import Campaign
from kiosk.settings import Settings

#: Folder of the example campaigns inside the configuration.
FOLDER = "campaigns"
#: Days around today in which the demo's campaigns take photos, whatever their files say.
DEMO_BEFORE, DEMO_AFTER = 14, 60


def read(path: Path, settings: Settings) -> CampaignFile:
    """Read and check one file.

    Raises `OSError`, `tomllib.TOMLDecodeError`, `ValueError` (of pydantic) for what the file says,
    `Refusal(PROFILE_UNKNOWN)` or `Refusal(NOT_FOUND)` for a photo profile or screening file that does not exist.
    """
    return checked(tomllib.loads(path.read_text("utf-8")), settings)


def ensure(database: Database, settings: Settings, now: datetime | None = None) -> list[str]:
    """Bring every campaign of the configuration into the records; returns the codes that were added or changed.

    Quiet when nothing changed. In the demo the dates are moved around today. Raises like `read`.
    """
    moment = now or datetime.now(UTC)
    wanted = [checked(table, settings) for table in catalogue.tables(settings.config / FOLDER).values()]
    if settings.demo:
        wanted = [_for_demo(file, day_of(moment)) for file in wanted]
    with database.read() as session:
        known = {campaign.code: campaign for campaign in session.scalars(select(Campaign))}
        # what was set up or changed on the page goes before the file that it began with
        wanted = [file for file in wanted if file.code not in known or known[file.code].source == "file"]
        if all(file.code in known and not _differences(known[file.code], file) for file in wanted):
            return []
    with database.write() as session:
        return [file.code for file in wanted if load(session, file, "system:start", moment)]


def load(session: Session, file: CampaignFile, by: str, now: datetime) -> bool:
    """Add or update one campaign with its audit row; False when nothing changed."""
    audit.lock(session)
    campaign = session.scalar(select(Campaign).where(Campaign.code == file.code))
    if campaign is None:
        session.add(Campaign(active=file.active, **values(file)))
        changed = ["new"]
    else:
        changed = _differences(campaign, file)
        for key, value in values(file).items():
            setattr(campaign, key, value)
        campaign.source = "file"
    if changed:
        session.flush()
        audit.append(session, now, "campaign_load", "done", by, detail={"campaign": file.code, "changed": changed})
    return bool(changed)


def activate(session: Session, code: str, active: bool, by: str, now: datetime) -> bool:
    """Open or close a campaign for stations and rosters; False when it already was so.

    Raises `Refusal(NO_CAMPAIGN)` for an unknown code.
    """
    audit.lock(session)
    campaign = session.scalar(select(Campaign).where(Campaign.code == code))
    if campaign is None:
        raise Refusal(Code.NO_CAMPAIGN, {"campaign": code})
    if campaign.active is active:
        return False
    campaign.active = active
    audit.append(session, now, "campaign_activate", "done", by, detail={"campaign": code, "active": active})
    return True


def checked(table: dict[str, Any], settings: Settings) -> CampaignFile:
    """The campaign that the keys describe. Raises like `read`."""
    file = CampaignFile.model_validate(table)
    if not (settings.config / "photo_profiles" / f"{file.profile}.toml").is_file():
        raise Refusal(Code.PROFILE_UNKNOWN, {"profile": file.profile})
    if not (settings.config / "screening" / f"{file.screening}.toml").is_file():
        raise Refusal(Code.NOT_FOUND, {"what": file.screening})
    if file.opening and not (settings.config / "opening" / f"{file.opening}.toml").is_file():
        raise Refusal(Code.NOT_FOUND, {"what": file.opening})
    return file


def _for_demo(file: CampaignFile, today: date) -> CampaignFile:
    """The same campaign, open today; no roster deadline, or a demo started later would find nobody."""
    return file.model_copy(
        update={
            "capture_from": today - timedelta(days=DEMO_BEFORE),
            "capture_until": today + timedelta(days=DEMO_AFTER),
            "roster_deadline": None,
            "check_until": today + timedelta(days=DEMO_AFTER + 7),
            "upload_on": today + timedelta(days=DEMO_AFTER + 14),
        }
    )


def _differences(campaign: Campaign, file: CampaignFile) -> list[str]:
    return [key for key, value in values(file).items() if getattr(campaign, key) != value]
