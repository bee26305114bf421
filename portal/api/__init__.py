"""The REST API under ``/api/v1``: the verbs of the pages for programs, with tokens and scopes.

One table of operations (`operations`) makes both the routes and the OpenAPI document, so that the
two cannot differ. A request comes as a token (`tokens`), is read by pydantic models (`schemas`),
calls the same verb as the page, and is answered as JSON or as a problem (`problems`). It refuses
cookies: a browser that is signed in cannot be made to write here.
"""

from importlib import import_module

from flask import Flask
from flask_limiter import Limiter
from flask_wtf import CSRFProtect

from portal.api import tokens
from portal.api.operations import bp

ROOMS = ("lessons", "lesson_parts", "projects", "issues", "packs", "search", "openapi")


def init_app(app: Flask, limiter: Limiter, csrf: CSRFProtect) -> None:
    """Register the operations; each token has a limit of its own."""
    for room in ROOMS:
        import_module(f"portal.api.{room}")
    app.register_blueprint(bp)
    csrf.exempt(bp)  # no cookie is read here, so nobody's browser can be misled
    limiter.limit(tokens.limit, key_func=tokens.limit_key)(bp)
