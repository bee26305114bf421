"""The review queue: lessons handed in, changes of published ones, and answers to rejections.

All three wait for the same people, so they stand in one list, oldest first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    cast,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased, joinedload, lazyload

from content import activity
from content.access import Action, require
from content.db import contains
from content.models import (
    Activity,
    ChangeState,
    Lesson,
    LessonChange,
    LessonState,
    Person,
    Project,
    Remark,
)
from content.types import SYSTEM, Actor

# Logged for each item that a reminder named, so that it is not repeated too soon.
KIND, REMIND = "review reminder", "remind"
# How long a reminder of the same item holds.
REPEAT = timedelta(days=7)


class ItemKind(StrEnum):
    """What waits."""

    lesson = "lesson"
    change = "change"
    answer = "answer"


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What the queue is narrowed to; empty means everything.

    `who` is `me`, `nobody` or the id of a colleague; `days` is how long it waits at least.
    """

    text: str = ""
    kind: ItemKind | None = None
    department_id: int | None = None
    project_id: int | None = None
    category: str | None = None
    who: str = ""
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that waits, since when, and for whom."""

    kind: ItemKind
    since: datetime
    lesson: Lesson
    change: LessonChange | None = None

    @property
    def key(self) -> str:
        """Its name in forms, with the version that the person saw."""
        row = self.change or self.lesson
        return f"{self.kind}:{row.id}:{row.version}"

    def days(self, at: datetime) -> int:
        """Whole days that it waits."""
        return max(0, (at - self.since).days)


def listing(
    session: Session,
    wanted: QueueFilter,
    *,
    by: Actor,
    at: datetime,
    offset: int = 0,
    limit: int = 50,
    total: int | None = None,
) -> tuple[list[Item], int]:
    """One page of what waits, oldest first, and how much there is in all."""
    require(by, Action.queue_read)
    found = _waiting(wanted, by=by, at=at).subquery()
    if total is None:
        total = session.scalar(select(func.count()).select_from(found)) or 0
    query = select(found).order_by(found.c.since, found.c.lesson_id, found.c.kind)
    return _items(session, query.offset(offset).limit(limit)), total


def count(session: Session, *, by: Actor, at: datetime) -> int:
    """How much waits."""
    require(by, Action.queue_read)
    found = _waiting(QueueFilter(), by=by, at=at).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that waits, as short as the home page names it."""

    kind: ItemKind
    since: datetime
    lesson_id: int
    change_id: int | None
    headline: str
    project: str | None


def oldest(session: Session, *, by: Actor, at: datetime, limit: int = 6) -> tuple[list[Line], int]:
    """What waits longest and how much there is in all, in one query."""
    require(by, Action.queue_read)
    found = _waiting(QueueFilter(), by=by, at=at).subquery()
    query = (
        select(found, Lesson.headline, Project.code, func.count().over().label("total"))
        .join(Lesson, Lesson.id == found.c.lesson_id)
        .outerjoin(Project, Project.id == Lesson.project_id)
        .order_by(found.c.since, found.c.lesson_id, found.c.kind)
        .limit(limit)
    )
    rows = session.execute(query).all()
    lines = [
        Line(ItemKind(r.kind), r.since, r.lesson_id, r.change_id, r.headline, r.code) for r in rows
    ]
    return lines, rows[0].total if rows else 0


def _waiting(wanted: QueueFilter, *, by: Actor, at: datetime) -> Any:
    narrowed = _narrow(wanted, by=by)
    lessons = _columns(
        ItemKind.lesson, func.coalesce(Lesson.submitted_at, Lesson.updated_at)
    ).where(Lesson.state == LessonState.submitted, *narrowed)
    changes = (
        _columns(ItemKind.change, LessonChange.submitted_at, LessonChange.id)
        .join(LessonChange, LessonChange.lesson_id == Lesson.id)
        .where(LessonChange.state == ChangeState.submitted, *narrowed)
    )
    parts = {
        ItemKind.lesson: lessons,
        ItemKind.change: changes,
        ItemKind.answer: _answers().where(*narrowed),
    }
    chosen = [part for kind, part in parts.items() if wanted.kind in (None, kind)]
    union = union_all(*chosen).subquery()
    query = select(union.c.kind, union.c.lesson_id, union.c.change_id, union.c.since)
    if wanted.days:
        query = query.where(union.c.since <= at - timedelta(days=wanted.days))
    return query


def _columns(kind: ItemKind, since: Any, change_id: Any = None) -> Select[Any]:
    none = cast(null(), Integer)
    return select(
        literal(kind.value).label("kind"),
        Lesson.id.label("lesson_id"),
        (none if change_id is None else change_id).label("change_id"),
        since.label("since"),
    )


def _answers() -> Select[Any]:
    """Rejected lessons of which the author has said the last word so far."""
    said = (
        select(Remark.lesson_id, func.min(Remark.at).label("since"))
        .join(Lesson, Lesson.id == Remark.lesson_id)
        .where(Remark.settled_at.is_(None), Remark.by_id == Lesson.author_id)
        .group_by(Remark.lesson_id)
        .subquery()
    )
    return (
        _columns(ItemKind.answer, said.c.since)
        .join(said, said.c.lesson_id == Lesson.id)
        .where(Lesson.state == LessonState.rejected)
    )


def _narrow(wanted: QueueFilter, *, by: Actor) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for column, value in (
        (Lesson.department_id, wanted.department_id),
        (Lesson.project_id, wanted.project_id),
        (Lesson.category, wanted.category),
    ):
        if value:
            found.append(column == value)
    if wanted.text:
        like = contains(wanted.text)
        found.append(
            or_(
                Lesson.headline.ilike(like, escape="\\"),
                Lesson.external_id.ilike(like, escape="\\"),
                Lesson.driving_event.ilike(like, escape="\\"),
            )
        )
    return [*found, *_for(wanted.who, by)]


def _for(who: str, by: Actor) -> list[ColumnElement[bool]]:
    if who == "me":
        return [Lesson.reviewer_id == by.id]
    if who == "nobody":
        return [_is_free()]
    if who:
        return [Lesson.reviewer_id == int(who) if who.isdecimal() else false()]
    return []


def _is_free() -> ColumnElement[bool]:
    """Nobody has it, or somebody who has left."""
    holder = aliased(Person)
    there = exists().where(holder.id == Lesson.reviewer_id, holder.active)
    return or_(Lesson.reviewer_id.is_(None), ~there)


def _items(session: Session, query: Select[Any]) -> list[Item]:
    rows = session.execute(query).all()
    lessons = _by_id(session, Lesson, {row.lesson_id for row in rows})
    changes = _by_id(session, LessonChange, {row.change_id for row in rows} - {None})
    return [
        Item(ItemKind(row.kind), row.since, lessons[row.lesson_id], changes.get(row.change_id))
        for row in rows
    ]


def _by_id(session: Session, table: Any, ids: set[int]) -> dict[int, Any]:
    if not ids:
        return {}
    query = select(table).where(table.id.in_(ids))
    if table is Lesson:
        query = query.options(
            joinedload(Lesson.project),
            joinedload(Lesson.author),
            joinedload(Lesson.reviewer),
            lazyload(Lesson.topic_rows),
        )
    else:
        query = query.options(joinedload(LessonChange.by))
    return {row.id: row for row in session.scalars(query)}


def holders(session: Session, *, by: Actor) -> Sequence[Person]:
    """The people who have something of the queue, by name."""
    require(by, Action.queue_read)
    taken = select(Lesson.reviewer_id).where(Lesson.reviewer_id.is_not(None))
    query = select(Person).where(Person.id.in_(taken), Person.active).order_by(Person.name)
    return session.scalars(query).all()


# Reminders ------------------------------------------------------------------------------------


def overdue(session: Session, *, at: datetime, days: int) -> list[Item]:
    """What waits longer than `days` and nobody was reminded of lately, oldest first."""
    items, _ = listing(session, QueueFilter(days=days), by=SYSTEM, at=at, limit=500)
    query = select(Activity.object_id, Activity.detail).where(
        Activity.object_kind == KIND, Activity.at > at - REPEAT
    )
    told = {(row.object_id, row.detail.get("item")) for row in session.execute(query)}
    return [item for item in items if (item.lesson.id, _name(item)) not in told]


def remember(session: Session, items: Sequence[Item], *, at: datetime) -> None:
    """Note that people were reminded of these."""
    for item in items:
        detail = {"item": _name(item)}
        activity.record(session, KIND, item.lesson.id, REMIND, by=SYSTEM, at=at, detail=detail)


def _name(item: Item) -> str:
    return f"{item.kind}:{item.change.id if item.change else item.lesson.id}"
