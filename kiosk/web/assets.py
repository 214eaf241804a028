"""Files that pages are made of: our own under `/static`, installed browser libraries under `/vendor`."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, request, send_from_directory, url_for
from werkzeug.security import safe_join

from kiosk.settings import ROOT
from kiosk.web.access import allow
from kiosk.web.site import site

blueprint = Blueprint("assets", __name__)
STATIC = ROOT / "kiosk" / "static"
_YEAR = "public, max-age=31536000, immutable"
#: What is worth packing for a phone. Pages are not packed: they hold tokens, whose length would show through.
_PACKED = frozenset({".css", ".js", ".mjs", ".svg"})


@lru_cache(maxsize=512)
def _version(file: Path, _modified: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


def version(file: Path) -> str:
    """Short hash of a file's content; empty for a file that is not there."""
    try:
        return _version(file, file.stat().st_mtime_ns)
    except OSError:
        return ""


@lru_cache(maxsize=128)
def _gzip(file: Path, _modified: int) -> bytes:
    return gzip.compress(file.read_bytes(), 9, mtime=0)


def _vendor() -> Path:
    return site().settings.assets / "browser"


def static(path: str) -> str:
    """Address of our own file with its version."""
    return url_for("assets.own", path=path, v=version(STATIC / path))


def vendor(name: str) -> str:
    """Address of an installed browser library with its version."""
    return url_for("assets.installed", path=name, v=version(_vendor() / name))


def _send(folder: Path, path: str) -> Response:
    if any(part.startswith(".") for part in Path(path).parts):
        abort(404)
    response = _packed(folder, path) or send_from_directory(folder, path, conditional=True, etag=True)
    if Path(path).suffix in _PACKED:
        response.vary.add("Accept-Encoding")
    asked = request.args.get("v")
    fixed = bool(asked) and asked == version(folder / path)
    response.headers["Cache-Control"] = _YEAR if fixed else "no-cache"
    return response


def _packed(folder: Path, path: str) -> Response | None:
    """The file in gzip, None where it is not to be packed, the browser takes none, or it is not there."""
    inside = safe_join(str(folder), path)
    if inside is None or Path(inside).suffix not in _PACKED or request.accept_encodings["gzip"] <= 0:
        return None
    file = Path(inside)
    if not file.is_file():
        return None
    kind = mimetypes.guess_type(file.name)[0] or "text/javascript"
    response = Response(_gzip(file, file.stat().st_mtime_ns), mimetype=kind)
    response.headers["Content-Encoding"] = "gzip"
    response.set_etag(f"{version(file)}-gzip")
    response.make_conditional(request)
    return response


@blueprint.get("/static/<path:path>")
@allow("public")
def own(path: str) -> Response:
    """A file of `kiosk/static`."""
    return _send(STATIC, path)


@blueprint.get("/vendor/<path:path>")
@allow("public")
def installed(path: str) -> Response:
    """A file of the installed browser libraries."""
    return _send(_vendor(), path)


@blueprint.get("/favicon.ico")
@allow("public")
def favicon() -> Response:
    """Browsers ask for it unasked."""
    return Response(status=204, headers={"Cache-Control": "public, max-age=86400"})


def install(app: Flask) -> None:
    """Serve the files and give templates their addresses."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(static=static, vendor=vendor)
