"""Photo profile and screening of a campaign as the kiosk page gets them; read from `config/` once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from kiosk import catalogue
from kiosk.actions import flow
from kiosk.domain.profiles import Profile, profiles_from
from kiosk.domain.screening import public_questions
from kiosk.records.tables import Campaign
from kiosk.settings import Settings


@cache
def _profiles(folder: Path) -> dict[str, Profile]:
    return profiles_from(catalogue.tables(folder))


def profiles(settings: Settings) -> dict[str, Profile]:
    """Every photo profile by its code."""
    return _profiles(settings.config / "photo_profiles")


def campaign(settings: Settings, row: Campaign) -> dict[str, Any]:
    """The campaign with its questions; which answers pass stays here."""
    rules = flow.ruleset(settings, row.screening)
    return {
        "code": row.code,
        "title": {"zh_CN": row.title_zh, "en": row.title_en},
        "identity_mode": row.identity_mode,
        "shots": row.shots,
        "screening": {"id": rules.id, "version": rules.version, "questions": public_questions(rules)},
    }


def profile(settings: Settings, row: Campaign) -> dict[str, Any] | None:
    """Sizes, outline and crop of the campaign's standard; None where `config/` has no such profile."""
    found = profiles(settings).get(row.profile)
    if found is None:
        return None
    camera = settings.devices.camera
    width, height = camera.width, camera.height
    if camera.mounting in (90, 270):
        width, height = height, width
    return {
        "code": found.code,
        "width": found.width,
        "height": found.height,
        "title": dict(found.title),
        "outline": found.outline(),
        "preview_crop": found.preview_crop(width, height),
    }
