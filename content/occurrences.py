"""Occurrences: “it happened to us too”, said of a published lesson instead of writing it again.

Each adds a project, a day, what it did there and a note. Only those who read a lesson whole add or
see them: its sanitised text has none. A withdrawn occurrence counts nowhere and can be brought
back.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from content import activity, jobs
from content.access import Action, can, reads_whole, require, require_whole_reader
from content.errors import Conflict, Forbidden, Invalid, NotFound
from content.models import Lesson, Occurrence, Project
from content.types import Actor, Kind, trimmed

FIELDS = ("project_id", "occurred_on", "effect", "cost", "days", "note")
TEXT_MOST = 5_000
ADD, WITHDRAW, RESTORE = "add occurrence", "withdraw occurrence", "restore occurrence"
VERBS = (ADD, WITHDRAW, RESTORE)

_IN_FORCE = Occurrence.withdrawn_at.is_(None)


def add(
    session: Session,
    lesson: Lesson,
    values: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    merged_lesson_id: int | None = None,
    import_id: int | None = None,
) -> Occurrence:
    """Add one more time that the lesson's event happened.

    Raises:
        NotFound: `by` does not read the whole lesson. Conflict: the lesson is not published, or
            the project has said so of that day already. Invalid: nothing is said, or too much.
    """
    require_whole_reader(by, lesson)
    if not can(by, Action.occurrence_write, lesson):
        raise Conflict(f"A lesson that is {lesson.state} takes no further occurrences.")
    taken = _checked(session, lesson, values)
    if merged_lesson_id is None:
        _require_new(session, lesson, taken)
    row = Occurrence(
        lesson_id=lesson.id,
        by_id=by.id,
        at=at,
        merged_lesson_id=merged_lesson_id,
        import_id=import_id,
        **taken,
    )
    session.add(row)
    session.flush()
    _note(session, row, ADD, by=by, at=at)
    return row


def _checked(session: Session, lesson: Lesson, values: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise ValueError(f"not fields of an occurrence: {sorted(unknown)}")
    taken: dict[str, Any] = dict.fromkeys(FIELDS)
    taken |= {name: trimmed(value) for name, value in values.items()}
    taken["effect"], taken["note"] = taken["effect"] or "", taken["note"] or ""
    problems: dict[str, str] = {}
    if taken["project_id"] is not None and session.get(Project, taken["project_id"]) is None:
        problems["project_id"] = "Choose a project that is registered."
    if taken["project_id"] is None and not (taken["effect"] or taken["note"]):
        problems["project_id"] = "Say at least which project, or what it did there."
    for name in ("cost", "days"):
        if taken[name] is not None and taken[name] < 0:
            problems[name] = "Give a number from 0."
    for name in ("effect", "note"):
        if len(taken[name]) > TEXT_MOST:
            problems[name] = f"At most {TEXT_MOST:,} characters."
    if problems:
        raise Invalid("Please look at the fields below.", problems)
    if taken["project_id"] is not None and taken["project_id"] == lesson.project_id:
        raise Conflict("This lesson comes from that project already.")
    return taken


def _require_new(session: Session, lesson: Lesson, taken: Mapping[str, Any]) -> None:
    """The same project on the same day is a button pressed twice."""
    query = select(Occurrence.id).where(
        Occurrence.lesson_id == lesson.id,
        Occurrence.project_id == taken["project_id"],
        Occurrence.occurred_on == taken["occurred_on"],
        _IN_FORCE,
    )
    if taken["project_id"] is not None and session.scalar(query.limit(1)) is not None:
        raise Conflict("This project has said so of that day already. See the list on the lesson.")


def withdraw(session: Session, row: Occurrence, *, by: Actor, at: datetime) -> None:
    """Take an occurrence out of every list and count.

    Raises:
        Forbidden: it is somebody else's, and `by` does not oversee lessons.
    """
    _require_own(row, by)
    row.withdrawn_at = at
    session.flush()
    _note(session, row, WITHDRAW, by=by, at=at)


def restore(session: Session, row: Occurrence, *, by: Actor, at: datetime) -> None:
    """Bring a withdrawn occurrence back as it was."""
    _require_own(row, by)
    if row.withdrawn_at is None:
        return
    row.withdrawn_at = None
    session.flush()
    _note(session, row, RESTORE, by=by, at=at)


def _require_own(row: Occurrence, by: Actor) -> None:
    require(by, Action.lesson_read, row.lesson)
    if not (by.is_system or row.by_id == by.id or can(by, Action.queue_read)):
        raise Forbidden("Only whoever added this, or a reviewer, takes it back.")


def _note(session: Session, row: Occurrence, verb: str, *, by: Actor, at: datetime) -> None:
    detail = {"project": row.project_id, "occurrence": row.id}
    activity.record(session, "lesson", row.lesson_id, verb, by=by, at=at, detail=detail)
    jobs.reindex(session, Kind.lesson, row.lesson_id, by=by, at=at)


# Reads ----------------------------------------------------------------------------------------


def get(session: Session, occurrence_id: int, *, by: Actor) -> Occurrence:
    """One occurrence of a lesson that `by` reads whole, also a withdrawn one.

    Raises:
        NotFound: there is none, or the lesson is not open to `by`.
    """
    row = session.get(Occurrence, occurrence_id, options=[joinedload(Occurrence.lesson)])
    if row is None or not reads_whole(by, row.lesson):
        raise NotFound("There is nothing here, or it is not open to you.")
    return row


def of_lesson(session: Session, lesson: Lesson, *, by: Actor) -> Sequence[Occurrence]:
    """The occurrences of a lesson, the newest first; none for a reader in part."""
    if not reads_whole(by, lesson):
        return []
    query = (
        select(Occurrence)
        .where(Occurrence.lesson_id == lesson.id, _IN_FORCE)
        .options(
            joinedload(Occurrence.project),
            joinedload(Occurrence.by),
            joinedload(Occurrence.merged_lesson),
        )
        .order_by(Occurrence.occurred_on.desc().nulls_last(), Occurrence.id.desc())
    )
    return session.scalars(query).all()


def counts(session: Session, lesson_ids: Sequence[int]) -> dict[int, int]:
    """How many occurrences each of the lessons has; those with none are left out.

    The caller names only lessons that whoever looks reads whole.
    """
    if not lesson_ids:
        return {}
    query = (
        select(Occurrence.lesson_id, func.count())
        .where(Occurrence.lesson_id.in_(lesson_ids), _IN_FORCE)
        .group_by(Occurrence.lesson_id)
    )
    return {lesson_id: count for lesson_id, count in session.execute(query)}


def texts(session: Session, lesson_ids: Sequence[int]) -> dict[int, str]:
    """What the occurrences of each lesson say, with their projects, for finding the lesson by it.

    Only those who read a lesson whole may find it by them.
    """
    query = (
        select(Occurrence)
        .where(Occurrence.lesson_id.in_(lesson_ids), _IN_FORCE)
        .options(joinedload(Occurrence.project))
        .order_by(Occurrence.id)
    )
    found: dict[int, list[str]] = {}
    for row in session.scalars(query):
        project = f"{row.project.code} {row.project.name}" if row.project else ""
        found.setdefault(row.lesson_id, []).extend(filter(None, (project, row.effect, row.note)))
    return {lesson_id: "\n".join(said) for lesson_id, said in found.items()}
