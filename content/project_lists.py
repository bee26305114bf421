"""The register of projects: narrowed, in order, as choices, and what each of them has."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from content.access import Action, lessons_whole_to, require
from content.db import contains
from content.models import PUBLIC_STATES, Issue, Lesson, Project, ProjectState
from content.types import Actor

# Words that the database looks for in names; with more, every name is read.
WORDS_MOST = 20


@dataclass(frozen=True, slots=True)
class ProjectFilter:
    """What the register is narrowed to; empty means everything."""

    text: str = ""
    state: str | None = None
    department_id: int | None = None
    type: str | None = None
    size: str | None = None
    method: str | None = None
    manager_id: int | None = None
    sort: str = "newest"


_SORTS: dict[str, Any] = {
    "newest": (Project.starts_on.desc().nulls_last(), Project.id.desc()),
    "name": (func.lower(Project.name), Project.id),
    "code": (Project.code,),
    "closed": (Project.closed_on.desc().nulls_last(), Project.id.desc()),
}


def listing(
    session: Session,
    wanted: ProjectFilter,
    *,
    by: Actor,
    offset: int = 0,
    limit: int = 25,
    total: int | None = None,
) -> tuple[Sequence[Project], int]:
    """One page of the register, and how many projects there are in all."""
    require(by, Action.project_read)
    query = select(Project)
    equal = {
        Project.state: wanted.state,
        Project.department_id: wanted.department_id,
        Project.type: wanted.type,
        Project.size: wanted.size,
        Project.method: wanted.method,
        Project.manager_id: wanted.manager_id,
    }
    for column, value in equal.items():
        if value not in (None, ""):
            query = query.where(column == value)
    if wanted.text:
        like = contains(wanted.text)
        query = query.where(
            or_(
                Project.name.ilike(like, escape="\\"),
                Project.code.ilike(like, escape="\\"),
                Project.description.ilike(like, escape="\\"),
            )
        )
    if total is None:
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.scalars(
        query.options(joinedload(Project.department), joinedload(Project.manager))
        .order_by(*_SORTS.get(wanted.sort, _SORTS["newest"]))
        .offset(offset)
        .limit(limit)
    ).all()
    return rows, total


def choices(session: Session, *, by: Actor) -> list[tuple[int, str]]:
    """Every project as a choice in a form: the open ones first, then by code."""
    require(by, Action.project_read)
    query = select(Project.id, Project.code, Project.name, Project.state)
    rows = session.execute(query.order_by(Project.state.desc(), Project.code)).all()
    return [(row.id, f"{row.code} {row.name}") for row in rows]


def names_with(session: Session, words: Collection[str], *, by: Actor) -> Sequence[str]:
    """Code and name of each project in which one of `words` stands, however it is written."""
    require(by, Action.project_read)
    if not words:
        return []
    query = select(Project.code + " " + Project.name)
    if len(words) <= WORDS_MOST:
        columns, likes = (Project.code, Project.name), [contains(word) for word in words]
        query = query.where(or_(*(c.ilike(like, escape="\\") for c in columns for like in likes)))
    return session.scalars(query).all()


def counts(
    session: Session, project_ids: Sequence[int], *, by: Actor
) -> dict[int, tuple[int, int]]:
    """Of each project, how many public lessons that `by` may see, and how many issues, it has."""
    seen = (Lesson.state.in_(PUBLIC_STATES), lessons_whole_to(by))
    lesson_counts = _count(session, Lesson.project_id, project_ids, *seen)
    issue_counts = _count(session, Issue.project_id, project_ids)
    return {i: (lesson_counts.get(i, 0), issue_counts.get(i, 0)) for i in project_ids}


def _count(
    session: Session, owner: Any, project_ids: Sequence[int], *conditions: Any
) -> dict[int, int]:
    query = select(owner, func.count()).where(owner.in_(project_ids), *conditions).group_by(owner)
    return {key: count for key, count in session.execute(query)}


def managed_by(session: Session, *, by: Actor) -> Sequence[Project]:
    """The open projects that `by` manages."""
    query = select(Project).where(Project.manager_id == by.id, Project.state == ProjectState.open)
    return session.scalars(query.order_by(Project.planned_end_on, Project.id)).all()
