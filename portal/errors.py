"""What goes wrong in the domain, mapped to HTTP once: pages, or problem+json for programs."""

from flask import Flask, Response, g, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from content.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    PortalError,
    Refused,
    Unavailable,
)
from portal.logs import log

STATUS: dict[type[PortalError], int] = {
    NotFound: 404,
    Forbidden: 403,
    Invalid: 400,
    Refused: 400,
    Conflict: 409,
    Unavailable: 503,
}

TITLES = {
    400: "That could not be taken",
    401: "Please sign in",
    403: "Not allowed",
    404: "Nothing here",
    405: "Not possible here",
    409: "Somebody was quicker",
    413: "Too large",
    429: "Too many requests",
    500: "Something went wrong",
    503: "Not available right now",
}

Answer = tuple[str | Response, int]


def status_of(error: PortalError) -> int:
    """The HTTP status of a domain error."""
    for kind, status in STATUS.items():
        if isinstance(error, kind):
            return status
    return 500


def init_app(app: Flask) -> None:
    """Answer every error in the portal's own words."""
    app.register_error_handler(PortalError, lambda e: answer(status_of(e), e.message))
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(500, _crash)


def answer(status: int, message: str) -> Answer:
    """An error page, or problem+json (RFC 9457) where a program asked."""
    title = TITLES.get(status, "Error")
    if _wants_json():
        body = jsonify(type="about:blank", title=title, status=status, detail=message)
        body.content_type = "application/problem+json"
        return body, status
    return render_template("errors/error.html", status=status, title=title, message=message), status


def _wants_json() -> bool:
    if request.path.startswith("/api/"):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def _http(error: HTTPException) -> Answer | HTTPException:
    status = error.code or 500
    if status < 400:
        return error
    message = {
        404: "There is nothing at this address. It may have moved; try the search above.",
        405: "This address does not take what was sent to it.",
        413: "The file is larger than the portal takes.",
        429: "Please wait a minute and try again.",
    }.get(status, error.description or "")
    return answer(status, message)


def _stale_form(_error: CSRFError) -> Answer:
    return answer(400, "The form had been open for too long. Go back, reload the page, try again.")


def _crash(error: Exception) -> Answer:
    # After a failed request nothing of it may be read again, not even for the error page.
    g.pop("reading", None)
    log().error("request failed", path=request.path, error=type(error).__name__)
    return answer(500, "The portal met a fault. Nothing was changed; the fault is in the log.")
