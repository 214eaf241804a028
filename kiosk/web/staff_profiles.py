"""The page of the photo profiles: each as a drawing, and every number with its unit, source and grade."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from flask import Blueprint, Response, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select

from kiosk import i18n
from kiosk.actions.base import ADMINISTRATOR, HEADQUARTERS, OPERATOR
from kiosk.domain import profile_drawing
from kiosk.domain.profile_drawing import Say, limits
from kiosk.domain.profiles import Band, Number, Profile, Source
from kiosk.domain.refusals import Code, Refusal
from kiosk.records.tables import Campaign
from kiosk.web import config_views
from kiosk.web.access import allow
from kiosk.web.site import site
from kiosk.web.texts import language

blueprint = Blueprint("staff_profiles", __name__, url_prefix="/staff")

_READERS = (ADMINISTRATOR, OPERATOR, HEADQUARTERS)


def _found(code: str) -> Profile:
    profile = config_views.profiles(site().settings).get(code)
    if profile is None:
        raise Refusal(Code.PROFILE_UNKNOWN, {"profile": code})
    return profile


@blueprint.get("/profiles")
@allow("staff", *_READERS, page=True)
def page() -> ResponseReturnValue:
    """The photo profiles."""
    return render_template("staff/profiles.html", csrf=generate_csrf())


@blueprint.get("/api/profiles")
@allow("staff", *_READERS)
def profiles() -> ResponseReturnValue:
    """Every profile by code and title, with the campaigns that use it."""
    used: dict[str, list[dict[str, str]]] = {}
    with site().database.read() as session:
        for row in session.scalars(select(Campaign).order_by(Campaign.code)):
            used.setdefault(row.profile, []).append({"zh_CN": row.title_zh, "en": row.title_en})
    rows = [
        {"code": each.code, "title": dict(each.title), "grade": each.grade, "campaigns": used.get(each.code, [])}
        for each in config_views.profiles(site().settings).values()
    ]
    return jsonify({"profiles": rows})


@blueprint.get("/api/profiles/<code>")
@allow("staff", *_READERS)
def profile(code: str) -> ResponseReturnValue:
    """One profile in the page's language: parts as rows of what, value, number of the source (from 1), grade."""
    found = _found(code)
    spoken = language()
    say = partial(i18n.text, spoken)
    sources = list(found.sources.values())
    return jsonify(
        {
            "code": found.code,
            "title": found.title[spoken],
            "grade": found.grade,
            "source": found.source,
            "drawing": f"/staff/api/profiles/{found.code}.svg?language={spoken}",
            "sources": [{"text": source.text, "grade": source.grade} for source in sources],
            "parts": [
                {"name": name, "rows": [{**row, "source": sources.index(row["source"]) + 1} for row in rows]}
                for name, rows in _parts(found, say)
                if rows
            ],
        }
    )


@blueprint.get("/api/profiles/<code>.svg")
@allow("staff", *_READERS)
def drawing(code: str) -> ResponseReturnValue:
    """The drawing in the page's language."""
    spoken = language()
    svg = profile_drawing.draw(_found(code), partial(i18n.text, spoken), spoken)
    return Response(svg, mimetype="image/svg+xml")


def _row(what: str, value: str, source: Source, **more: str) -> dict[str, Any]:
    return {"what": what, "value": value, "source": source, "grade": source.grade, **more}


def _parts(found: Profile, say: Say) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Every number, in the order in which people look for them."""
    yield (
        "bands",
        [_row(say(f"photo.check.{key}"), limits(band, say), band.source) for key, band in found.bands.items()],
    )
    yield (
        "picture",
        [
            *(
                _row(say(f"profile.picture.{key}"), _number(fact, say), fact.source)
                for key, fact in found.facts.items()
            )
        ],
    )
    yield (
        "walls",
        [
            _row(
                profile_drawing.wall_name(wall.name, say),
                f"RGB {', '.join(str(value) for value in wall.rgb)}"
                + ("" if wall.accepted else f" · {say('profile.not_accepted')}"),
                wall.source,
                colour="#{:02x}{:02x}{:02x}".format(*wall.rgb),
            )
            for wall in found.walls
        ],
    )
    yield (
        "stated",
        [_row(say(f"profile.stated.{key}"), limits(band, say), band.source) for key, band in found.stated.items()],
    )
    yield (
        "switches",
        [
            _row(say(f"profile.switch.{key}"), say(f"profile.answer.{_word(item.value)}"), item.source)
            for key, item in found.switches.items()
        ],
    )
    yield (
        "aim",
        [
            _row(say(f"photo.check.{key}"), _number(number, say), number.source)
            for key, number in found.aim.items()
        ],
    )
    yield "thresholds", [row for key in found.thresholds for row in _threshold(found, key, say)]


def _threshold(found: Profile, key: str, say: Say) -> Iterator[dict[str, Any]]:
    threshold = found.thresholds[key]
    band = threshold.final or threshold.live
    if band is None:
        return
    live, final = (_limits(each, say) for each in (threshold.live, threshold.final))
    asked = say("profile.always") if threshold.ask else _limits(threshold.sure, say)
    yield _row(say(f"photo.check.{key}"), final, band.source, live=live, asked=asked)


def _limits(band: Band | None, say: Say) -> str:
    return "–" if band is None else limits(band, say)


def _number(number: Number, say: Say) -> str:
    return limits(Band(number.value, number.value, number.unit, number.source), say)


def _word(value: bool | str) -> str:
    return str(value).lower().replace(" ", "_")
