"""Tokens: programs act for a person with them, within scopes that the person chose.

A token is shown once and kept as its SHA-256. It never widens what its person may do: every verb
asks the person's own access, the scopes only narrow it. A token is void at the next request once
it is revoked, has expired, or its person is deactivated.
"""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from content import activity
from content.access import Action, require
from content.errors import Conflict, Invalid, NotFound
from content.models import ApiToken
from content.types import Actor


class TokenScope(StrEnum):
    """One room of the API that a token opens."""

    lessons_read = "lessons:read"
    lessons_write = "lessons:write"
    projects_read = "projects:read"
    projects_write = "projects:write"
    issues_read = "issues:read"
    issues_write = "issues:write"
    packs_read = "packs:read"
    packs_write = "packs:write"
    search = "search"


PREFIX = "pmo_"  # so that scanners for leaked secrets can know it
SHOWN = 12  # letters by which its owner tells a token from the others
NAME_MOST = 120
# Tokens of one person that work: more would be a list that nobody looks after.
MOST = 20
# A token that works for longer than this is forgotten before it ends.
LIFE_MOST = timedelta(days=366)
# `used_at` is for people, who ask for the day: it is not written at each request.
USED_EVERY = timedelta(minutes=1)
# For so long after its end a revoked token can be brought back, by the undo of the page.
UNDO_WITHIN = timedelta(minutes=10)


def create(
    session: Session,
    name: str,
    scopes: Iterable[str],
    expires_on: date | None,
    *,
    by: Actor,
    at: datetime,
) -> tuple[ApiToken, str]:
    """A new token and its secret, which stands nowhere else.

    Raises:
        Invalid: it has no name or no scope, or an end that is past or too far away.
        Conflict: the person has as many as one may have.
    """
    require(by, Action.key_manage)
    wanted = sorted({TokenScope(scope) for scope in scopes if scope in set(TokenScope)})
    _check(name.strip(), wanted, expires_on, at.date())
    if sum(row.revoked_at is None for row in of(session, by=by)) >= MOST:
        raise Conflict(f"You have {MOST} tokens. Revoke one that nothing uses, then make another.")
    secret = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken(
        person_id=by.id,
        name=name.strip(),
        start=secret[:SHOWN],
        token_hash=_digest(secret),
        scopes=[scope.value for scope in wanted],
        created_at=at,
        expires_on=expires_on,
    )
    session.add(row)
    session.flush()
    _note(session, row, "create token", by=by, at=at)
    return row, secret


def _check(name: str, scopes: Sequence[TokenScope], expires_on: date | None, today: date) -> None:
    problems: dict[str, str] = {}
    if not name:
        problems["name"] = "Say what will use it, such as “Nightly report”."
    elif len(name) > NAME_MOST:
        problems["name"] = f"At most {NAME_MOST} characters."
    if not scopes:
        problems["scopes"] = "Choose at least one thing that it may do."
    if expires_on is not None and expires_on < today:
        problems["expires_on"] = "This day is past."
    elif expires_on is not None and expires_on > today + LIFE_MOST:
        problems["expires_on"] = "Choose a day within a year; a new token is made in a minute."
    if problems:
        raise Invalid("Please look at the fields below.", problems)


def of(session: Session, *, by: Actor) -> Sequence[ApiToken]:
    """The tokens of `by`, those that work first, then the newest; of nobody else, whoever asks."""
    require(by, Action.key_manage)
    query = select(ApiToken).where(ApiToken.person_id == by.id)
    order = (ApiToken.revoked_at.is_not(None), ApiToken.created_at.desc(), ApiToken.id.desc())
    return session.scalars(query.order_by(*order)).all()


def get(session: Session, token_id: int, *, by: Actor) -> ApiToken:
    """One token of `by`.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    require(by, Action.key_manage)
    row = session.get(ApiToken, token_id)
    if row is None or row.person_id != by.id:
        raise NotFound("There is no such token.")
    return row


def revoke(session: Session, row: ApiToken, *, by: Actor, at: datetime) -> None:
    """End a token: the next request with it is refused.

    Raises:
        Conflict: it is revoked already.
    """
    if row.revoked_at is not None:
        raise Conflict("This token is revoked already.")
    row.revoked_at = at
    session.flush()
    _note(session, row, "revoke token", by=by, at=at)


def restore(session: Session, row: ApiToken, *, by: Actor, at: datetime) -> None:
    """Take a revocation back while it is fresh.

    Raises:
        Conflict: it is too late.
    """
    if row.revoked_at is None:
        return
    if at - row.revoked_at > UNDO_WITHIN:
        raise Conflict("This token was revoked too long ago. Make a new one.")
    row.revoked_at = None
    session.flush()
    _note(session, row, "restore token", by=by, at=at)


def is_expired(row: ApiToken, today: date) -> bool:
    """Whether its last day is over."""
    return row.expires_on is not None and row.expires_on < today


def opened_by(session: Session, secret: str, *, at: datetime) -> ApiToken | None:
    """The token with this secret, with its person, while both are good."""
    if not secret.startswith(PREFIX):
        return None
    query = (
        select(ApiToken)
        .where(ApiToken.token_hash == _digest(secret), ApiToken.revoked_at.is_(None))
        .options(joinedload(ApiToken.person))
    )
    row = session.scalars(query).first()
    if row is None or is_expired(row, at.date()) or not row.person.active:
        return None
    return row


def is_use_due(row: ApiToken, at: datetime) -> bool:
    """Whether it is time to write down again that the token is used."""
    return row.used_at is None or at - row.used_at >= USED_EVERY


def note_use(session: Session, token_id: int, *, at: datetime) -> None:
    """Write down that the token was used just now."""
    row = session.get(ApiToken, token_id)
    if row is not None:
        row.used_at = at


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _note(session: Session, row: ApiToken, verb: str, *, by: Actor, at: datetime) -> None:
    detail = {"start": row.start, "scopes": row.scopes}
    activity.record(session, "token", row.id, verb, by=by, at=at, detail=detail)
