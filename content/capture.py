"""Drafts of lessons while they are being written: kept for their writer alone, until handed in.

A draft is what the form holds, field by field as it was typed; nothing of it is checked but its
size, because the lesson that it becomes is. It leaves no row in the log: nobody else ever sees it.
Each save names the version that it began from, so that two windows of one person never overwrite
each other unseen.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, joinedload

from content.access import Action, require
from content.errors import Conflict, Invalid, NotFound
from content.lesson_texts import FIELDS, TEXT_MOST
from content.models import CaptureDraft, Lesson, WorkshopGroup
from content.types import Actor

# Drafts of one person: more are forgotten ones.
MOST = 50
# The version of a draft that is not there yet.
NO_VERSION = 0
# What a draft of a change keeps beside the fields: the version of the lesson it began from.
BASE = "version"
# How long a deleted draft can be brought back.
KEEP = timedelta(days=7)
# Items of one field: topics and boxes; more come from no form.
ITEMS_MOST = 200
_KEY = re.compile(r"[A-Za-z0-9_-]{16,40}")
_IN_SIGHT = CaptureDraft.discarded_at.is_(None)


def find(session: Session, key: str, *, by: Actor) -> CaptureDraft | None:
    """The draft of this key, or None while nothing of it is saved, or after it was deleted.

    Raises:
        NotFound: the text is no key, or another person's.
    """
    row = _row(session, key, by=by)
    return row if row is not None and row.discarded_at is None else None


def _row(session: Session, key: str, *, by: Actor) -> CaptureDraft | None:
    require(by, Action.lesson_create)
    row = None
    if _KEY.fullmatch(key) is not None:
        row = session.scalars(select(CaptureDraft).where(CaptureDraft.key == key)).first()
        if row is None or row.person_id == by.id:
            return row
    raise NotFound("There is no such draft.")


# Writing --------------------------------------------------------------------------------------


def save(
    session: Session,
    key: str,
    values: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    version: int,
    step: str = "",
    lesson: Lesson | None = None,
) -> CaptureDraft:
    """Put the named fields into the draft, which is made when it is not there yet.

    `lesson` is the one that a new draft changes. Typing on in a draft that was deleted brings it
    back: no text is lost.

    Raises:
        NotFound: the key is another person's. Conflict: another window saved it since `version`.
        Invalid: a text is too long, or there are too many drafts.
    """
    row = _row(session, key, by=by)
    taken = _checked(values)
    if row is None:
        row = _begun(session, key, version, lesson, by=by, at=at)
    elif row.discarded_at is None and row.version != version:
        if all(row.values.get(name) == value for name, value in taken.items()):
            return row  # the answer to an earlier save was lost on its way
        raise Conflict("This was changed in another window. Both texts are below.")
    row.values = {**row.values, **taken}
    row.step, row.saved_at, row.discarded_at = step[:40], at, None
    session.flush()
    return row


def _begun(
    session: Session, key: str, version: int, lesson: Lesson | None, *, by: Actor, at: datetime
) -> CaptureDraft:
    if version != NO_VERSION:
        raise Conflict("This was handed in or deleted in another window. Your text is below.")
    if lesson is not None:
        require(by, Action.lesson_edit, lesson)
    gone = CaptureDraft.discarded_at < at - KEEP
    session.execute(delete(CaptureDraft).where(CaptureDraft.person_id == by.id, gone))
    if _count(session, by) >= MOST:
        raise Invalid(f"You have {MOST} drafts. Hand some in or delete them first.")
    row = CaptureDraft(key=key, person_id=by.id, lesson_id=lesson.id if lesson else None, values={})
    session.add(row)
    return row


def _count(session: Session, by: Actor) -> int:
    query = select(func.count()).select_from(CaptureDraft)
    return session.scalar(query.where(CaptureDraft.person_id == by.id, _IN_SIGHT)) or 0


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(values) - {*FIELDS, BASE}
    if unknown:
        raise ValueError(f"not fields of a lesson: {sorted(unknown)}")
    problems = {
        name: f"At most {TEXT_MOST:,} characters."
        for name, value in values.items()
        if sum(map(len, map(str, _items(value)))) > TEXT_MOST or len(_items(value)) > ITEMS_MOST
    }
    if problems:
        raise Invalid("Please look at the fields below.", problems)
    return dict(values)


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def discard(session: Session, key: str, *, by: Actor, at: datetime) -> None:
    """Take a draft out of sight; `restore` brings it back for some days."""
    row = find(session, key, by=by)
    if row is not None:
        row.discarded_at = at
        session.flush()


def restore(session: Session, key: str, *, by: Actor) -> CaptureDraft:
    """Bring a deleted draft back as it was.

    Raises:
        NotFound: it is not there any more.
    """
    row = _row(session, key, by=by)
    if row is None:
        raise NotFound("There is no such draft any more.")
    row.discarded_at = None
    session.flush()
    return row


def forget(session: Session, key: str, *, by: Actor, lesson: Lesson | None = None) -> None:
    """Drop a draft that has become a lesson; the group of a workshop that began it has it now."""
    row = _row(session, key, by=by)
    if row is None:
        return
    if lesson is not None:
        began = update(WorkshopGroup).where(WorkshopGroup.draft_key == key)
        session.execute(began.values(lesson_id=lesson.id))
    session.delete(row)
    session.flush()


def forget_changes(session: Session, lesson: Lesson, *, by: Actor) -> None:
    """Drop what `by` had typed into a lesson's form, once the lesson is saved."""
    session.execute(
        delete(CaptureDraft).where(
            CaptureDraft.person_id == by.id, CaptureDraft.lesson_id == lesson.id
        )
    )


# Reads ----------------------------------------------------------------------------------------


def of(session: Session, *, by: Actor) -> Sequence[CaptureDraft]:
    """The drafts of `by`, the one last saved first."""
    require(by, Action.lesson_create)
    query = select(CaptureDraft).where(CaptureDraft.person_id == by.id, _IN_SIGHT)
    query = query.options(joinedload(CaptureDraft.lesson))
    return session.scalars(query.order_by(CaptureDraft.saved_at.desc())).all()


def of_lesson(session: Session, lesson: Lesson, *, by: Actor) -> CaptureDraft | None:
    """What `by` last typed into a lesson's form and did not save."""
    query = select(CaptureDraft).where(
        CaptureDraft.person_id == by.id, CaptureDraft.lesson_id == lesson.id, _IN_SIGHT
    )
    return session.scalars(query.order_by(CaptureDraft.saved_at.desc())).first()
