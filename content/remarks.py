"""Remarks beside the fields of a lesson: what its reviewer asks, and what its author answers.

A remark waits for the other side. A reviewer's is settled when the author changes the field or
answers; an author's when a reviewer decides again. Who only reads the lesson sees none of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from content.access import Action, can, require, wrote
from content.errors import Conflict, Invalid
from content.models import Lesson, LessonState, Remark
from content.types import Actor, Role

TEXT_MOST = 5_000
# The field of a remark on the lesson as a whole.
WHOLE = ""
# What people call the fields that have another name in the form than in the table.
_LABELS = {
    WHOLE: "On the whole",
    "driving_event": "What happened",
    "cause": "Why it happened",
    "lesson": "What was learned",
    "recommendation": "What the next project should do",
    "effect": "What it did to the project",
    "early_warning": "What could have been seen earlier",
    "sanitised": "Text for everyone else",
}


def label(field: str) -> str:
    """What people call a field of a lesson."""
    return _LABELS.get(field) or field.replace("_", " ").capitalize()


def put(
    session: Session, lesson: Lesson, texts: Mapping[str, str], *, by: Actor, at: datetime
) -> list[Remark]:
    """Add a reviewer's remarks, each beside the field that names it; empty ones are none.

    Raises:
        Forbidden: `by` does not decide on the lesson. Invalid: a remark is too long.
    """
    require(by, Action.lesson_decide, lesson)
    said = _checked(texts)
    _close(session, (row for row in _open(session, lesson) if by_writer(row)), at)
    return [_add(session, lesson, name, text, by=by, at=at) for name, text in said.items()]


def answer(
    session: Session, lesson: Lesson, texts: Mapping[str, str], *, by: Actor, at: datetime
) -> list[Remark]:
    """Add what the author says to the remarks beside fields, which settles those.

    Raises:
        Forbidden: the lesson is not theirs. Invalid: an answer is too long.
        Conflict: nothing was asked, or it is not with the author now.
    """
    require(by, Action.lesson_submit, lesson)
    said = _checked(texts)
    if said and lesson.state not in (LessonState.returned, LessonState.rejected):
        raise Conflict("There is nothing to answer: the lesson is not with its author now.")
    asked = [row for row in _open(session, lesson) if not by_writer(row) and row.field in said]
    _close(session, asked, at)
    return [_add(session, lesson, name, text, by=by, at=at) for name, text in said.items()]


def settle(
    session: Session, lesson: Lesson, fields: Iterable[str], *, by: Actor, at: datetime
) -> None:
    """Take a reviewer's remarks on `fields` as answered: somebody else has changed them."""
    names = set(fields)
    done = [row for row in _open(session, lesson) if row.field in names and row.by_id != by.id]
    _close(session, [row for row in done if not by_writer(row)], at)


def settle_all(session: Session, lesson: Lesson, *, at: datetime) -> None:
    """Take everything as settled: the lesson is decided on."""
    _close(session, _open(session, lesson), at)


def of_lesson(session: Session, lesson: Lesson, *, by: Actor) -> Sequence[Remark]:
    """All remarks on a lesson, oldest first; none for those who only read it."""
    if not can(by, Action.review_read, lesson):
        return []
    query = (
        select(Remark)
        .where(Remark.lesson_id == lesson.id)
        .options(joinedload(Remark.by), joinedload(Remark.lesson))
        .order_by(Remark.id)
    )
    return session.scalars(query).all()


def by_writer(row: Remark) -> bool:
    """Whether the lesson's side said it, and not a reviewer."""
    if row.by is None:
        return False
    actor = row.by.as_actor()
    return wrote(actor, row.lesson) or actor.role not in (Role.reviewer, Role.admin)


def asked(rows: Iterable[Remark]) -> dict[str, list[Remark]]:
    """The reviewer's remarks that wait for the author, by field."""
    found: dict[str, list[Remark]] = {}
    for row in rows:
        if row.settled_at is None and not by_writer(row):
            found.setdefault(row.field, []).append(row)
    return found


def _open(session: Session, lesson: Lesson) -> Sequence[Remark]:
    query = select(Remark).where(Remark.lesson_id == lesson.id, Remark.settled_at.is_(None))
    return session.scalars(query.options(joinedload(Remark.by))).all()


def _close(session: Session, rows: Iterable[Remark], at: datetime) -> None:
    for row in rows:
        row.settled_at = at
    session.flush()


def _add(
    session: Session, lesson: Lesson, field: str, text: str, *, by: Actor, at: datetime
) -> Remark:
    row = Remark(lesson_id=lesson.id, field=field, text=text, by_id=by.id, at=at)
    session.add(row)
    session.flush()
    return row


def _checked(texts: Mapping[str, str]) -> dict[str, str]:
    said = {name: text.strip() for name, text in texts.items() if text.strip()}
    unknown = [name for name in said if name != WHOLE and not hasattr(Lesson, name)]
    if unknown:
        raise ValueError(f"not fields of a lesson: {unknown}")
    long = {n: f"At most {TEXT_MOST:,} characters." for n in said if len(said[n]) > TEXT_MOST}
    if long:
        raise Invalid("Please look at the remarks below.", long)
    return said
