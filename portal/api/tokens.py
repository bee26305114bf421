"""Who calls the API: a bearer token that stands for a person, narrowed to its scopes."""

import hashlib
from typing import Any

from flask import current_app, g, request
from flask_limiter.util import get_remote_address

from content import tokens
from content.access import require
from content.db import now
from content.models import ApiToken
from portal import db
from portal.api.problems import Problem

SCHEME = "Bearer"
REALM = "portal"


def admit() -> None:
    """Let the caller of this operation in as the person of their token.

    Raises:
        Problem: 401 without a good token, 403 where its scopes do not reach.
        Forbidden: the person's role does not allow it.
    """
    view: Any = current_app.view_functions[str(request.endpoint)]
    row = _opened()
    scope = view.scope  # operations mark their views
    if scope not in row.scopes:
        raise Problem(
            403,
            f"This token lacks the scope {scope}. Make one that has it on your account page.",
            headers={"WWW-Authenticate": _challenge("insufficient_scope", scope=scope)},
        )
    by = row.person.as_actor()
    require(by, view.policy)
    g.acting = by
    if tokens.is_use_due(row, now()):
        with db.writing() as unit:
            tokens.note_use(unit, row.id, at=now())


def _opened() -> ApiToken:
    """The token that the request carries.

    Raises:
        Problem: 401, because it carries none or none that is good.
    """
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != SCHEME.lower() or not secret.strip():
        raise Problem(
            401,
            "Send a token: the header Authorization: Bearer pmo_… . People make tokens on their "
            "account page.",
            headers={"WWW-Authenticate": _challenge()},
        )
    row = tokens.opened_by(db.reading(), secret.strip(), at=now())
    # Demo accounts have a password that everybody knows: their tokens stay on this machine too.
    if row is None or (row.person.is_demo and not db.runtime().settings.is_loopback):
        raise Problem(
            401,
            "This token is not known, has expired, or was revoked.",
            headers={"WWW-Authenticate": _challenge("invalid_token")},
        )
    return row


def _challenge(error: str = "", **more: str) -> str:
    """The header of RFC 6750, section 3."""
    parts = {"realm": REALM, **({"error": error} if error else {}), **more}
    return f"{SCHEME} " + ", ".join(f'{name}="{value}"' for name, value in parts.items())


def limit() -> str:
    """How many requests a token may make."""
    return f"{db.runtime().settings.api_per_minute} per minute"


def limit_key() -> str:
    """What is counted: the token, or the address where there is none."""
    secret = request.headers.get("Authorization", "")
    if not secret:
        return f"api:{get_remote_address()}"
    return "api:" + hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
