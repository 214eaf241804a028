"""Which files of `config/` a campaign may name, and how a campaign's fields become its row and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kiosk.domain.campaign import CampaignFile, Problem, Retention, Title, check
from kiosk.domain.collection import Mode
from kiosk.domain.identity import Assurance, Flag
from kiosk.records.tables import Campaign
from kiosk.settings import Settings


def names(settings: Settings, folder: str) -> list[str]:
    """Names of the files in a folder of the configuration; those that begin with _ are parts of others."""
    found = (file.stem for file in (settings.config / folder).glob("*.toml"))
    return sorted(name for name in found if not name.startswith("_"))


def checked(settings: Settings, content: Mapping[str, Any]) -> tuple[CampaignFile | None, list[Problem]]:
    """The campaign that the fields describe, or what is wrong with them."""
    return check(
        content, names(settings, "photo_profiles"), names(settings, "screening"), names(settings, "opening")
    )


def values(file: CampaignFile) -> dict[str, Any]:
    """Columns of the campaign's row, all but `active`."""
    found = file.model_dump(
        mode="python", exclude={"title", "active", "assurances", "refuse_flags", "modes", "retention"}
    )
    return {
        **found,
        "title_zh": file.title.zh_CN,
        "title_en": file.title.en,
        "assurances": [assurance.value for assurance in file.assurances],
        "refuse_flags": [flag.value for flag in file.refuse_flags],
        "modes": [mode.value for mode in file.modes],
        "retention": file.retention.model_dump(),
    }


def of_row(row: Campaign) -> CampaignFile:
    """The campaign's fields as its file would say them."""
    taken = {
        name: getattr(row, name)
        for name in CampaignFile.model_fields
        if name not in ("title", "assurances", "refuse_flags", "modes", "retention")
    }
    return CampaignFile.model_validate(
        {
            **taken,
            "title": Title(zh_CN=row.title_zh, en=row.title_en),
            "assurances": [Assurance(value) for value in row.assurances],
            "refuse_flags": [Flag(value) for value in row.refuse_flags],
            "modes": [Mode(value) for value in row.modes],
            "retention": Retention.model_validate(row.retention or {}),
        }
    )
