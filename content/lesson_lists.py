"""Lists of lessons: narrowed, in order, and never more than whoever asks may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session, joinedload, lazyload

from content import applications
from content.access import (
    lessons_visible_to,
    lessons_whole_to,
)
from content.db import aside, contains
from content.models import (
    PUBLIC_STATES,
    ImportedLesson,
    Lesson,
    LessonState,
    LessonTopic,
)
from content.review_dates import is_due
from content.types import Actor


@dataclass(frozen=True, slots=True)
class LessonFilter:
    """What a list of lessons is narrowed to; empty means everything."""

    text: str = ""
    state: LessonState | None = None
    phase: str | None = None
    kind: str | None = None
    category: str | None = None
    topic: str | None = None
    department_id: int | None = None
    project_id: int | None = None
    author_id: int | None = None
    priority: str | None = None
    import_id: int | None = None  # made or changed by it
    due: date | None = None  # to be looked at again by this day
    sort: str = "newest"


def listing(
    session: Session,
    wanted: LessonFilter,
    *,
    by: Actor,
    offset: int = 0,
    limit: int = 25,
    total: int | None = None,
) -> tuple[Sequence[Lesson], int]:
    """One page of the lessons that `by` may see, and how many there are in all.

    Lessons that `by` sees in part are among them while nothing narrows the list but the state and
    the phase, which their sanitised form shows as well. `total` is given by who knows it already.
    """
    found, order = _narrow(select(Lesson.id), wanted, by=by), _order(wanted.sort, by=by)
    # Numbers are put in order and counted; rows with their texts are read of one page only.
    page = found.order_by(*order).offset(offset).limit(limit).subquery()
    rows = session.scalars(
        select(Lesson)
        .join(page, page.c.id == Lesson.id)
        .options(
            joinedload(Lesson.project), joinedload(Lesson.department), joinedload(Lesson.author)
        )
        .order_by(*order)
    ).all()
    if not offset and len(rows) < limit:
        return rows, len(rows)  # nothing is left to be counted
    if total is None:
        total = session.scalar(select(func.count()).select_from(found.subquery()))
    return rows, total or 0


def _order(sort: str, *, by: Actor) -> tuple[ColumnElement[Any], ...]:
    """Lessons seen in part come last in an order by a field that their reader does not see."""
    whole = lessons_whole_to(by)
    # Counted is only where there is something: most lessons were never applied.
    was_applied = Lesson.id.in_(applications.applied_lessons())
    times = case((was_applied, applications.times_applied()), else_=0)
    orders: dict[str, tuple[ColumnElement[Any], ...]] = {
        "newest": (Lesson.date_occurred.desc().nulls_last(), Lesson.id.desc()),
        "oldest": (Lesson.date_occurred.asc().nulls_last(), Lesson.id.asc()),
        "headline": (case((whole, func.lower(Lesson.headline))).nulls_last(), Lesson.id.asc()),
        "changed": (case((whole, Lesson.updated_at)).desc().nulls_last(), Lesson.id.desc()),
        "applied": (
            case((whole, times)).desc().nulls_last(),
            Lesson.date_occurred.desc().nulls_last(),
            Lesson.id.desc(),
        ),
    }
    return orders.get(sort, orders["newest"])


def _narrow(query: Select[tuple[int]], wanted: LessonFilter, *, by: Actor) -> Select[tuple[int]]:
    shown = _equal({aside(Lesson.state): wanted.state, Lesson.phase: wanted.phase})
    kept_back = [*_by_fields(wanted), *_by_author(wanted.author_id, by=by)]
    seen = lessons_whole_to(by) if kept_back else lessons_visible_to(by)
    return query.where(seen, *shown, *kept_back)


def _equal(wanted: Mapping[Any, Any]) -> list[ColumnElement[bool]]:
    return [column == value for column, value in wanted.items() if value not in (None, "")]


def _by_fields(wanted: LessonFilter) -> list[ColumnElement[bool]]:
    found = _equal(
        {
            Lesson.kind: wanted.kind,
            Lesson.category: wanted.category,
            Lesson.department_id: wanted.department_id,
            Lesson.project_id: wanted.project_id,
            Lesson.priority: wanted.priority,
        }
    )
    if wanted.topic:
        having = select(LessonTopic.lesson_id).where(LessonTopic.topic == wanted.topic)
        found.append(Lesson.id.in_(having))
    if wanted.import_id is not None:
        took = select(ImportedLesson.lesson_id).where(ImportedLesson.import_id == wanted.import_id)
        found.append(Lesson.id.in_(took))
    if wanted.due is not None:
        found.append(is_due(wanted.due))
    if wanted.text:
        # Only the headline and the number are looked at here; full text is the search's.
        like = contains(wanted.text)
        found.append(
            or_(
                Lesson.headline.ilike(like, escape="\\"),
                Lesson.external_id.ilike(like, escape="\\"),
            )
        )
    return found


def _by_author(author_id: int | None, *, by: Actor) -> list[ColumnElement[bool]]:
    if author_id is None:
        return []
    found: list[ColumnElement[bool]] = [Lesson.author_id == author_id]
    if author_id != by.id:
        # Asking for a colleague's lessons must not tell who wrote one without a name.
        found.append(Lesson.author_hidden.is_(False))
    return found


def of_author(session: Session, *, by: Actor) -> Sequence[Lesson]:
    """The lessons that `by` wrote and that are not published yet, newest first."""
    query = (
        select(Lesson)
        .where(Lesson.author_id == by.id, Lesson.state.not_in(PUBLIC_STATES))
        .options(joinedload(Lesson.project), lazyload(Lesson.topic_rows))
        .order_by(Lesson.updated_at.desc(), Lesson.id.desc())
        .limit(50)
    )
    return session.scalars(query).all()


def handed_in_count(session: Session, project_id: int) -> int:
    """How many lessons of a project are at least handed in, for its closure."""
    counted = (LessonState.submitted, *PUBLIC_STATES)
    query = select(func.count()).select_from(Lesson)
    query = query.where(Lesson.project_id == project_id, Lesson.state.in_(counted))
    return session.scalar(query) or 0


def topics(session: Session, *, by: Actor, limit: int = 200) -> list[tuple[str, int]]:
    """The topics of the lessons that `by` reads whole, with their counts, most used first."""
    whole = select(Lesson.id).where(lessons_whole_to(by))  # in an index, without their texts
    query = (
        select(LessonTopic.topic, func.count())
        .where(LessonTopic.lesson_id.in_(whole))
        .group_by(LessonTopic.topic)
        .order_by(func.count().desc(), LessonTopic.topic)
        .limit(limit)
    )
    return [(topic, count) for topic, count in session.execute(query)]


def by_ids(session: Session, ids: Sequence[int], *, by: Actor) -> Sequence[Lesson]:
    """The lessons with these ids that `by` reads whole."""
    query = select(Lesson).where(Lesson.id.in_(ids), lessons_whole_to(by))
    return session.scalars(query.options(joinedload(Lesson.project))).all()
