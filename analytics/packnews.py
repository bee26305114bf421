"""What managers are told of their start packs: the lessons that came in since they last heard.

A manager hears only of what they read whole on the day of the mail, and of each lesson once; what
is withheld meanwhile stays untold and is told when it opens again. A lesson that the project has
answered already is no news.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, contains_eager, selectinload

from analytics import packs
from content.models import PackItem, Person, Project, ProjectState, StartPack


@dataclass(frozen=True, slots=True)
class News:
    """The lessons that came into the pack of one project, the best first."""

    manager: Person
    project: Project
    items: tuple[PackItem, ...]


def untold(session: Session) -> list[News]:
    """Of each open project with an active manager, the lessons they were not told of."""
    is_open = Project.state == ProjectState.open
    waiting = (
        select(Project)
        .join(StartPack, StartPack.project_id == Project.id)
        .join(Person, Person.id == Project.manager_id)
        .where(is_open, Person.active, StartPack.items.any(PackItem.told_at.is_(None)))
        .options(contains_eager(Project.manager), selectinload(Project.phases))
    )
    found = (_of_project(session, row) for row in session.scalars(waiting.order_by(Project.code)))
    return sorted((news for news in found if news.items), key=lambda news: news.manager.id)


def _of_project(session: Session, project: Project) -> News:
    """What is new to the manager in the pack as they see it."""
    assert project.manager is not None  # untold asks for those that have one
    pack = packs.of_project(session, project, by=project.manager.as_actor())
    rows = pack.rows if pack else ()
    new = [row.item for row in rows if row.item.told_at is None and row.answer is None]
    return News(project.manager, project, tuple(new))


def mark_told(session: Session, item_ids: Iterable[int], *, at: datetime) -> bool:
    """Keep that a manager is told of these; False when they have heard of all meanwhile."""
    untold = (PackItem.id.in_(list(item_ids)), PackItem.told_at.is_(None))
    marked = update(PackItem).where(*untold).values(told_at=at).returning(PackItem.id)
    return session.scalars(marked).first() is not None
