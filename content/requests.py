"""Content requests: somebody looked for what nobody has written yet, and an owner sees to it.

Everybody may ask, and everybody may read what was asked and how it ended. The owner and those who
oversee decide. A request is never deleted but by the person who has just made it.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, joinedload

from content import activity, jobs
from content.access import Action, can, lessons_whole_to, require
from content.db import contains
from content.errors import Conflict, Forbidden, Invalid, NotFound
from content.insight import folded
from content.models import ContentRequest, Lesson, Person, RequestState
from content.types import Actor, trimmed

KIND = "content request"
FIELDS = ("title", "note", "owner_id", "due_on")
TITLE_LEAST, TITLE_MOST = 3, 200  # characters; the most is what the column holds
TEXT_MOST = 5_000  # characters of a note or an answer
PATH_MOST = 300  # characters, as the column holds
# Open requests that are looked through for one that asks the same.
ALIKE_MOST = 1_000
FIRST_VERSION = 1

_CHANGED = "Somebody saved this request while you were writing. Compare and save again."
_LESSON_ID = re.compile(r"(?:L-)?(\d{1,9})", re.IGNORECASE)


# Reading --------------------------------------------------------------------------------------


class Which(StrEnum):
    """Which requests a list shows."""

    open = "open"
    mine = "mine"  # asked by the person who looks, or theirs to answer
    answered = "answered"
    declined = "declined"
    all = "all"


def get(session: Session, request_id: int, *, by: Actor) -> ContentRequest:
    """One request.

    Raises:
        NotFound: there is none.
    """
    require(by, Action.request_create)
    people = joinedload(ContentRequest.owner), joinedload(ContentRequest.asked_by)
    request = session.get(ContentRequest, request_id, options=people)
    if request is None:
        raise NotFound("There is no such request; it may have been taken back.")
    return request


def listing(
    session: Session,
    which: Which = Which.open,
    text: str = "",
    *,
    by: Actor,
    offset: int = 0,
    limit: int = 25,
    total: int | None = None,
) -> tuple[Sequence[ContentRequest], int]:
    """One page of requests and how many there are: the most urgent open ones, else the newest."""
    require(by, Action.request_create)
    query = select(ContentRequest).where(*_narrowed(which, by))
    if text:
        query = query.where(ContentRequest.title.ilike(contains(text), escape="\\"))
    if total is None:
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    urgent = (ContentRequest.due_on.asc().nulls_last(),) if which is Which.open else ()
    rows = session.scalars(
        query.options(joinedload(ContentRequest.owner), joinedload(ContentRequest.asked_by))
        .order_by(*urgent, ContentRequest.id.desc())
        .offset(offset)
        .limit(limit)
    ).all()
    return rows, total


def _narrowed(which: Which, by: Actor) -> list[ColumnElement[bool]]:
    if which is Which.all:
        return []
    if which is Which.mine:
        return [or_(ContentRequest.asked_by_id == by.id, ContentRequest.owner_id == by.id)]
    return [ContentRequest.state == RequestState(which.value)]


def counts(session: Session, *, by: Actor) -> dict[Which, int]:
    """How many requests each list shows."""
    require(by, Action.request_create)
    columns = [func.count(ContentRequest.id).filter(*_narrowed(which, by)) for which in Which]
    row = session.execute(select(*columns)).one()
    return dict(zip(Which, map(int, row), strict=True))


def standing(session: Session, titles: Sequence[str], *, by: Actor) -> dict[str, int]:
    """Those of `titles` that an open request asks for already, each with the request's id."""
    require(by, Action.request_create)
    query = (
        select(ContentRequest.title, ContentRequest.id)
        .where(ContentRequest.state == RequestState.open)
        .order_by(ContentRequest.id.desc())
        .limit(ALIKE_MOST)
    )
    # The database folds letters beyond ASCII in its own way, so they are compared here.
    known = {folded(title): request_id for title, request_id in session.execute(query)}
    return {title: known[folded(title)] for title in titles if folded(title) in known}


def names_owners(by: Actor) -> bool:
    """Whether `by` may make somebody else the owner of a request that they ask."""
    return can(by, Action.request_decide, ContentRequest())


# Asking and changing --------------------------------------------------------------------------


def create(
    session: Session, values: Mapping[str, Any], *, by: Actor, at: datetime
) -> ContentRequest:
    """Ask for content; an owner other than oneself is named by those who oversee.

    Raises:
        Invalid: the title is too short or too long, the note too long, or the owner nobody active.
    """
    require(by, Action.request_create)
    request = ContentRequest(
        state=RequestState.open,
        note="",
        answer="",
        answer_path="",
        asked_by_id=by.id,
        created_at=at,
    )
    _take(session, request, values)
    if request.owner_id is not None:
        require(by, Action.request_decide, request)
    session.add(request)
    session.flush()
    activity.record(session, KIND, request.id, "ask", by=by, at=at, moved=(None, request.state))
    _tell_owner(session, request, None, by=by, at=at)
    return request


def edit(
    session: Session,
    request: ContentRequest,
    values: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    version: int | None = None,
) -> None:
    """Change what is asked for, by when, or who sees to it; a new owner gets a mail.

    Raises:
        Conflict: it is not open, or somebody saved it since `version`. Invalid: see `create`.
    """
    _check_open(request, by, version)
    before = {name: getattr(request, name) for name in FIELDS}
    _take(session, request, values)
    changed = [name for name in FIELDS if getattr(request, name) != before[name]]
    if not changed:
        return
    session.flush()
    session.expire(request, ["owner"])
    activity.record(session, KIND, request.id, "edit", by=by, at=at, detail={"fields": changed})
    _tell_owner(session, request, before["owner_id"], by=by, at=at)


def take_back(session: Session, request: ContentRequest, *, by: Actor, at: datetime) -> None:
    """Delete a request that one has just made and nobody has touched since.

    Raises:
        Forbidden: somebody else made it. Conflict: something has happened to it.
    """
    require(by, Action.request_create)
    if not by.is_system and request.asked_by_id != by.id:
        raise Forbidden("Only the person who asked can take a request back. Decline it instead.")
    if request.version != FIRST_VERSION:
        raise Conflict("Somebody has seen to this request already. Decline it instead.")
    activity.record(session, KIND, request.id, "take back", by=by, at=at)
    session.delete(request)
    session.flush()


# Deciding -------------------------------------------------------------------------------------


def answer(
    session: Session,
    request: ContentRequest,
    *,
    text: str = "",
    path: str = "",
    by: Actor,
    at: datetime,
    version: int | None = None,
) -> None:
    """Close a request with what answers it: words, a place in the portal, or both.

    `path` begins with a slash, or is the number of a lesson.

    Raises:
        Conflict: it is not open, or somebody saved it since `version`.
        Invalid: there is neither text nor path, or the path leads nowhere in the portal.
    """
    _check_open(request, by, version)
    text, place = text.strip(), _place(session, path.strip(), by)
    if not text and not place:
        reason = "Say where it is read, or write the answer here."
        raise Invalid(reason, {"text": reason})
    _check_text(text, "text")
    _decide(session, request, RequestState.answered, text, place, by=by, at=at)


def decline(
    session: Session,
    request: ContentRequest,
    reason: str,
    *,
    by: Actor,
    at: datetime,
    version: int | None = None,
) -> None:
    """Close a request that nobody will write for, and say why.

    Raises:
        Conflict: see `answer`. Invalid: there is no reason.
    """
    _check_open(request, by, version)
    reason = reason.strip()
    if not reason:
        said = "Say why, so that whoever asked knows where to turn."
        raise Invalid(said, {"reason": said})
    _check_text(reason, "reason")
    _decide(session, request, RequestState.declined, reason, "", by=by, at=at)


def reopen(session: Session, request: ContentRequest, *, by: Actor, at: datetime) -> None:
    """Open a closed request again; an answer is kept as the beginning of the next one.

    Raises:
        Conflict: it is open.
    """
    require(by, Action.request_decide, request)
    before = request.state
    if before is RequestState.open:
        raise Conflict("This request is open already.")
    if before is RequestState.declined:
        request.answer = ""  # the reason stays in the activity log
    request.state, request.decided_at = RequestState.open, None
    session.flush()
    moved = (before.value, request.state.value)
    activity.record(session, KIND, request.id, "reopen", by=by, at=at, moved=moved)


def _decide(
    session: Session,
    request: ContentRequest,
    state: RequestState,
    text: str,
    path: str,
    *,
    by: Actor,
    at: datetime,
) -> None:
    before = request.state
    request.state, request.decided_at = state, at
    request.answer, request.answer_path = text, path
    session.flush()
    verb, reason = {
        RequestState.answered: ("answer", ""),
        RequestState.declined: ("decline", text),
        RequestState.open: ("reopen", ""),
    }[state]
    moved = (before.value, state.value)
    activity.record(session, KIND, request.id, verb, by=by, at=at, moved=moved, reason=reason)
    _tell(session, request, by=by, at=at)


def _tell(session: Session, request: ContentRequest, *, by: Actor, at: datetime) -> None:
    """Whoever asked hears what became of it, unless they decided themselves."""
    asker = session.get(Person, request.asked_by_id) if request.asked_by_id else None
    if asker is None or not asker.active or asker.id == by.id:
        return
    payload = {
        "template": "answered", "to": asker.email, "name": asker.name, "title": request.title,
        "state": request.state.value, "answer": request.answer, "place": request.answer_path,
        "path": f"/requests/{request.id}",
    }  # fmt: skip
    jobs.enqueue(session, "mail", payload, by=by, at=at)


# Checking -------------------------------------------------------------------------------------


def _check_open(request: ContentRequest, by: Actor, version: int | None) -> None:
    require(by, Action.request_decide, request)
    if version is not None and version != request.version:
        raise Conflict(_CHANGED)
    if request.state is not RequestState.open:
        raise Conflict("This request is closed. Open it again first.")


def _check_text(text: str, name: str) -> None:
    if len(text) > TEXT_MOST:
        reason = f"At most {TEXT_MOST:,} characters; the rest belongs on a page of its own."
        raise Invalid(reason, {name: reason})


def _take(session: Session, request: ContentRequest, values: Mapping[str, Any]) -> None:
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise ValueError(f"not fields of a content request: {sorted(unknown)}")
    kept = {name: trimmed(value) for name, value in values.items()}
    if "title" in kept:
        kept["title"] = " ".join(str(kept["title"] or "").split())  # it is the subject of a mail
    if "note" in kept:
        kept["note"] = kept["note"] or ""
    problems = _problems(session, request, kept)
    if problems:
        raise Invalid("Please look at the fields below.", problems)
    for name, value in kept.items():
        setattr(request, name, value)


def _problems(
    session: Session, request: ContentRequest, values: Mapping[str, Any]
) -> dict[str, str]:
    problems: dict[str, str] = {}
    title = values.get("title", request.title) or ""
    if not TITLE_LEAST <= len(title) <= TITLE_MOST:
        problems["title"] = f"Say in {TITLE_LEAST} to {TITLE_MOST} characters what is missing."
    if len(values.get("note", "")) > TEXT_MOST:
        problems["note"] = f"At most {TEXT_MOST:,} characters."
    owner_id = values.get("owner_id")
    if owner_id is not None and owner_id != request.owner_id:
        owner = session.get(Person, owner_id)
        if owner is None or not owner.active:
            problems["owner_id"] = "Choose somebody who has an account and uses it."
    return problems


def _place(session: Session, typed: str, by: Actor) -> str:
    """Where in the portal `typed` leads, as a path; empty when nothing was typed."""
    if not typed:
        return ""
    if typed.startswith("/"):
        fine = not typed.startswith("//") and typed.isprintable() and not set(typed) & set("\\ ")
        if fine and len(typed) <= PATH_MOST:
            return typed
    else:
        found = _lesson_id(session, typed, by)
        if found is not None:
            return f"/lessons/{found}"
    reason = "Give an address in this portal that begins with “/”, or the number of a lesson."
    raise Invalid(reason, {"path": reason})


def _lesson_id(session: Session, number: str, by: Actor) -> int | None:
    """The lesson of this number, if `by` reads it whole: a text in part does not show it."""
    known = Lesson.external_id == number
    plain = _LESSON_ID.fullmatch(number)
    if plain is not None:
        known = or_(known, Lesson.id == int(plain[1]))
    # A lesson that has the number by itself comes before one whose id happens to be the same.
    first = (Lesson.external_id == number).desc().nulls_last()
    visible = lessons_whole_to(by, archived=True)
    return session.scalars(select(Lesson.id).where(known, visible).order_by(first)).first()


def _tell_owner(
    session: Session, request: ContentRequest, before: int | None, *, by: Actor, at: datetime
) -> None:
    """Mail whoever has become the owner, unless they did it themselves."""
    if request.owner_id in (None, before, by.id):
        return
    owner = session.get_one(Person, request.owner_id)
    payload = {
        "template": "request",
        "to": owner.email,
        "name": owner.name,
        "title": request.title,
        "request": str(request.id),
        "giver": by.name,
    }
    jobs.enqueue(session, "mail", payload, by=by, at=at)
