"""What goes wrong in the domain, mapped to HTTP once: pages, or problem+json for programs."""

from typing import Any

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
from portal import db
from portal.api import problems
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
    app.log_exception = tell_log  # type: ignore[method-assign]
    app.register_error_handler(PortalError, _portal)
    app.register_error_handler(problems.Problem, problems.answer_problem)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(500, _crash)


def answer(status: int, message: str) -> Answer:
    """An error page, or problem+json (RFC 9457) where a program asked."""
    if problems.is_api():
        return problems.answer(status, message), status
    title = TITLES.get(status, "Error")
    if _wants_json():
        body = jsonify(type="about:blank", title=title, status=status, detail=message)
        body.content_type = "application/problem+json"
        return body, status
    return render_template("errors/error.html", status=status, title=title, message=message), status


def _portal(error: PortalError) -> Answer | Response:
    if not problems.is_api():
        return answer(status_of(error), error.message)
    # What the schema could check is checked before a verb is called: what a verb refuses in it
    # does not fit what is stored, or contradicts itself.
    status = 409 if isinstance(error, Invalid | Refused) else status_of(error)
    return problems.answer(status, error.message, fields=getattr(error, "fields", None))


def _wants_json() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def _http(error: HTTPException) -> Answer | Response | HTTPException:
    status = error.code or 500
    if status < 400:
        return error
    if problems.is_api():
        methods = getattr(error, "valid_methods", None)
        allow = {"Allow": ", ".join(sorted(methods))} if methods else {}
        return problems.answer(status, "", headers=allow)
    message = {
        404: "There is nothing at this address. It may have moved; try the search above.",
        405: "This address does not take what was sent to it.",
        413: _too_large(),
        429: "Please wait a minute and try again.",
    }.get(status, error.description or "")
    return answer(status, message)


def _too_large() -> str:
    most = db.runtime().settings
    if request.path.startswith("/imports"):
        return f"The file is larger than {most.import_mb} MB. Split it and import each part."
    return f"The upload is larger than the portal takes: {most.upload_mb} MB for a file."


def _stale_form(_error: CSRFError) -> Answer:
    return answer(400, "The form had been open for too long. Go back, reload the page, try again.")


def tell_log(exc_info: Any) -> None:
    """Write a fault to the log, by its rule and not its address as Flask would: in that there may
    be somebody's link, or their feed's key.
    """
    rule = request.url_rule.rule if request.url_rule else ""
    log().error("request failed", path=rule, error=exc_info[0].__name__, exc_info=exc_info)


def _crash(_error: Exception) -> Answer:
    # After a failed request nothing of it may be read again, not even for the error page.
    g.pop("reading", None)
    return answer(500, "The portal met a fault. Nothing was changed; the fault is in the log.")
