"""What managers are told of their start packs: the lessons that came in since they last heard.

A manager hears only of what they read whole on the day of the mail, and of each lesson once; what
is withheld meanwhile stays untold and is told when it opens again. A lesson that the project has
answered already is no news.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, exists, select, update
from sqlalchemy.orm import Session, joinedload

from content.access import lessons_whole_to
from content.models import (
    PUBLIC_STATES,
    Application,
    Lesson,
    PackItem,
    Person,
    Project,
    ProjectState,
    StartPack,
)


@dataclass(frozen=True, slots=True)
class News:
    """The lessons that came into the pack of one project, the best first."""

    manager: Person
    project: Project
    items: tuple[PackItem, ...]


def untold(session: Session) -> list[News]:
    """Of each open project with an active manager, the lessons they were not told of."""
    managers = select(Person).join(Project, Project.manager_id == Person.id)
    waiting = (
        managers.join(StartPack, StartPack.project_id == Project.id)
        .join(PackItem, PackItem.pack_id == StartPack.id)
        .where(PackItem.told_at.is_(None), Project.state == ProjectState.open, Person.active)
    )
    return [
        news
        for manager in session.scalars(waiting.distinct().order_by(Person.id))
        for news in _of_manager(session, manager)
    ]


def _of_manager(session: Session, manager: Person) -> list[News]:
    answered = exists().where(
        Application.lesson_id == PackItem.lesson_id,
        Application.project_id == Project.id,
        Application.withdrawn_at.is_(None),
    )
    query = (
        select(PackItem)
        .join(PackItem.pack)
        .join(StartPack.project)
        .join(PackItem.lesson)
        .where(
            PackItem.told_at.is_(None),
            and_(Project.manager_id == manager.id, Project.state == ProjectState.open),
            Lesson.state.in_(PUBLIC_STATES),
            lessons_whole_to(manager.as_actor()),
            ~answered,
        )
        .options(
            joinedload(PackItem.lesson),
            joinedload(PackItem.pack).joinedload(StartPack.project),
        )
        .order_by(Project.code, PackItem.rank)
    )
    found: dict[int, tuple[Project, list[PackItem]]] = {}
    for item in session.scalars(query):
        project = item.pack.project
        found.setdefault(project.id, (project, []))[1].append(item)
    return [News(manager, project, tuple(items)) for project, items in found.values()]


def mark_told(session: Session, item_ids: Iterable[int], *, at: datetime) -> None:
    """Keep that the managers were told of these."""
    session.execute(update(PackItem).where(PackItem.id.in_(list(item_ids))).values(told_at=at))
