"""Style sheets, scripts and icons out of installed packages, under URLs that carry their hash.

Nothing comes from the internet and nothing of others stands in the repository. An address that
names a hash never changes its bytes, so browsers keep it for a year; `integrity` guards the way.
"""

import base64
import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from flask import Blueprint, Flask, Response, abort, request, url_for
from markupsafe import Markup
from pygments.formatters import HtmlFormatter

from portal.auth import public

YEAR = 31_536_000  # seconds


@dataclass(frozen=True)
class Asset:
    """One file as it is sent: whole and compressed, with its hashes."""

    name: str
    media_type: str
    body: bytes
    packed: bytes
    version: str
    integrity: str


def _sources() -> dict[str, tuple[str, Traversable]]:
    bootstrap = files("flask_bootstrap") / "static" / "bootstrap5"
    own = files("portal") / "static"
    return {
        "bootstrap.css": ("text/css", bootstrap / "css" / "bootstrap.min.css"),
        "htmx.js": ("text/javascript", files("js_lib_htmx") / "static" / "htmx" / "htmx.min.js"),
        "portal.css": ("text/css", own / "portal.css"),
        "portal.js": ("text/javascript", own / "portal.js"),
        "times.js": ("text/javascript", own / "times.js"),
        "asked.js": ("text/javascript", own / "asked.js"),
        "room.js": ("text/javascript", own / "room.js"),
        "capture.js": ("text/javascript", own / "capture.js"),
        "queue.js": ("text/javascript", own / "queue.js"),
        "board.js": ("text/javascript", own / "board.js"),
        "mark.svg": ("image/svg+xml", own / "mark.svg"),
    }


# What stands at the end of a packaged file and asks for a second one that nobody ships.
_SOURCE_MAP = re.compile(rb"\n?/[/*][#@] sourceMappingURL=[^\n]*")


@cache
def asset(name: str) -> Asset:
    """The asset of this name, read once.

    Raises:
        KeyError: there is none.
    """
    if name == "code.css":
        return _made(name, "text/css", _code_colours())
    media_type, source = _sources()[name]
    return _made(name, media_type, _SOURCE_MAP.sub(b"", source.read_bytes()))


def _made(name: str, media_type: str, body: bytes) -> Asset:
    digest = hashlib.sha384(body).digest()
    return Asset(
        name=name,
        media_type=media_type,
        body=body,
        packed=gzip.compress(body, 9, mtime=0),
        version=digest.hex()[:16],
        integrity="sha384-" + base64.b64encode(digest).decode("ascii"),
    )


def _code_colours() -> bytes:
    light = _colours("default", ".highlight")
    dark = _colours("github-dark", "[data-bs-theme=dark] .highlight")
    auto = _colours("github-dark", ":root:not([data-bs-theme=light]) .highlight")
    sheet = f"{light}\n{dark}\n@media (prefers-color-scheme: dark) {{\n{auto}\n}}\n"
    return sheet.encode()


def _colours(style: str, prefix: str) -> str:
    found: str = HtmlFormatter(style=style).get_style_defs(prefix)  # type: ignore[no-untyped-call]
    return found


@cache
def _symbols() -> dict[str, str]:
    sprite = files("flask_bootstrap") / "static" / "bootstrap5" / "icons" / "bootstrap-icons.svg"
    pattern = re.compile(r'<symbol[^>]*\bid="([a-z0-9-]+)"[^>]*>(.*?)</symbol>', re.DOTALL)
    return dict(pattern.findall(sprite.read_text(encoding="utf-8")))


@cache
def icon(name: str) -> Markup:
    """A Bootstrap icon as inline SVG, hidden from screen readers: the words stand beside it.

    Inline, because the sprite of all icons is larger than the rest of the page.
    """
    paths = _symbols()[name]
    return Markup(  # noqa: S704  (the markup comes out of an installed package)
        '<svg class="icon" viewBox="0 0 16 16" fill="currentColor" aria-hidden="true" '
        f'focusable="false">{paths}</svg>'
    )


bp = Blueprint("assets", __name__)


@bp.get("/assets/<version>/<name>")
@public
def send(version: str, name: str) -> Response:
    """One asset; an old version's address answers 404 rather than other bytes."""
    try:
        found = asset(name)
    except KeyError:
        abort(404)
    if found.version != version:
        abort(404)
    takes_gzip = "gzip" in request.headers.get("Accept-Encoding", "")
    answer = Response(found.packed if takes_gzip else found.body, mimetype=found.media_type)
    if takes_gzip:
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Vary"] = "Accept-Encoding"
    answer.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    return answer


def asset_url(name: str) -> str:
    """The address of an asset, with its hash."""
    return url_for("assets.send", version=asset(name).version, name=name)


def init_app(app: Flask) -> None:
    """Serve assets and let templates name them."""
    app.register_blueprint(bp)
    app.jinja_env.globals.update(asset=asset, asset_url=asset_url, icon=icon)
