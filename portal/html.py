"""What every HTML answer has: headers, compression, filters for templates, toasts.

The content policy allows this origin only, and no inline script or style.
"""

import gzip
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from flask import Flask, Response, flash, g, get_flashed_messages, request, url_for
from markupsafe import Markup, escape

from portal import db

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
# Bytes below which compressing costs more than it saves.
PACK_FROM = 1_000
PACKED_TYPES = ("text/html", "application/json", "application/problem+json", "image/svg+xml")


def is_fragment() -> bool:
    """Whether htmx asks for a part of the page; a history restore gets the whole."""
    headers = request.headers
    return bool(headers.get("HX-Request")) and not headers.get("HX-History-Restore-Request")


def toast(text: str, *, undo: str | None = None, kind: str = "success") -> None:
    """Say after the redirect what was done; `undo` is the address that a form posts to."""
    flash(json.dumps({"text": text, "undo": undo}), kind)


def _finish(answer: Response) -> Response:
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    if db.runtime().settings.is_https:
        answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if answer.mimetype == "text/html":
        answer.vary.add("HX-Request")
        answer.headers.setdefault("Cache-Control", "no-store")
    return _pack(answer)


def _pack(answer: Response) -> Response:
    if (
        answer.mimetype not in PACKED_TYPES
        or answer.is_streamed
        or answer.direct_passthrough
        or "Content-Encoding" in answer.headers
        or "gzip" not in request.headers.get("Accept-Encoding", "")
        or answer.content_length is None
        or answer.content_length < PACK_FROM
    ):
        return answer
    answer.set_data(gzip.compress(answer.get_data(), 5, mtime=0))
    answer.headers["Content-Encoding"] = "gzip"
    answer.vary.add("Accept-Encoding")
    return answer


def toasts() -> list[tuple[str, dict[str, Any]]]:
    """What is to be said now, for the layout; each thing is said once."""
    found = get_flashed_messages(with_categories=True)
    return [(str(kind), json.loads(str(message))) for kind, message in map(tuple, found)]


# Filters --------------------------------------------------------------------------------------


def day(value: date | datetime | None) -> Markup:
    """A date as people write it, with the machine's form beside it."""
    if value is None:
        return Markup('<span class="missing">not given</span>')
    plain = value.date() if isinstance(value, datetime) else value
    text = f"{plain.day} {plain:%b %Y}"
    return Markup('<time datetime="{}">{}</time>').format(plain.isoformat(), text)


def moment(value: datetime | None, *, local: bool = True) -> Markup:
    """A date with its time, in UTC; where scripts run and unless told otherwise, in local time."""
    if value is None:
        return Markup('<span class="missing">not given</span>')
    return _time(value, f"{value.day} {value:%b %Y, %H:%M} UTC", "moment" if local else "")


def clock(value: datetime, *, seconds: bool = False, named: bool = False) -> Markup:
    """A time of day in UTC, or local where scripts run; `named` says which zone that is."""
    text = f"{value:%H:%M:%S}" if seconds else f"{value:%H:%M}"
    kind = "clock" + " seconds" * seconds + " named" * named
    return _time(value, f"{text} UTC" if named else text, kind)


def _time(value: datetime, text: str, local: str) -> Markup:
    said = Markup(' data-local="{}"').format(local) if local else ""
    return Markup('<time datetime="{}"{}>{}</time>').format(value.isoformat(), said, text)


def age(value: datetime | date | None) -> str:
    """How long ago, in the largest unit that says something."""
    if value is None:
        return ""
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    seconds = max(0, int((datetime.now(UTC) - value).total_seconds()))
    for size, unit in (
        (31_556_952, "year"),
        (2_629_746, "month"),
        (86_400, "day"),
        (3_600, "hour"),
        (60, "minute"),
    ):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


def number(value: float | None) -> Markup:
    """A whole number with thin spaces between thousands."""
    if value is None:
        return Markup('<span class="missing">not given</span>')
    return Markup(f"{value:,.0f}".replace(",", "\u202f"))  # noqa: S704  (digits and spaces)


def paragraphs(text: str | None) -> Markup:
    """Plain text as paragraphs; a missing text is shown as missing."""
    if not text or not text.strip():
        return Markup('<p class="missing">not given</p>')
    blocks = [block.strip() for block in text.replace("\r\n", "\n").split("\n\n")]
    shown = (escape(block).replace("\n", Markup("<br>")) for block in blocks if block)
    return Markup("").join(Markup("<p>{}</p>").format(block) for block in shown)


def changed_url(**changes: Any) -> str:
    """This page's address with some query values changed; None or empty takes one away.

    Paging starts again unless `page` itself is among the changes.
    """
    values: dict[str, Any] = dict(request.args.to_dict(flat=False))
    if "page" not in changes:
        values.pop("page", None)
    values.update(changes)
    kept: Mapping[str, Any] = {k: v for k, v in values.items() if v not in (None, "", [])}
    assert request.endpoint is not None
    return url_for(request.endpoint, **(request.view_args or {}), **kept)


def export_url(what: str, format: str, **more: Any) -> str:
    """The address of this page's list as a file, with the filters in force."""
    values: dict[str, Any] = {**request.args.to_dict(flat=False), **more}
    values.pop("page", None)
    kept = {name: value for name, value in values.items() if value not in (None, "", [""])}
    return url_for("exports.send", **{**kept, "what": what, "format": format})


def init_app(app: Flask) -> None:
    """Headers on every answer; filters and globals for every template."""
    app.after_request(_finish)
    app.jinja_env.filters.update(
        day=day, moment=moment, clock=clock, age=age, number=number, paragraphs=paragraphs
    )
    app.jinja_env.globals.update(changed_url=changed_url, export_url=export_url, flashed=toasts)
    app.context_processor(lambda: {"fragment": is_fragment(), "nav_here": g.get("nav_here", "")})
