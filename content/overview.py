"""What the home pages count: reads over several nouns, each filtered by who looks."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, lazyload

from content import applications
from content.access import lessons_visible_to, lessons_whole_to
from content.db import Base, aside
from content.models import (
    PUBLIC_STATES,
    Confidentiality,
    Issue,
    IssueStatus,
    Lesson,
    Project,
    ProjectState,
    Template,
)
from content.types import Actor


@dataclass(frozen=True, slots=True)
class Figures:
    """How much there is, for the person who looks."""

    lessons_whole: int
    lessons_applied: int
    projects: int
    open_projects: int
    open_issues: int
    templates: int

    @property
    def applied_rate(self) -> int | None:
        """Of the lessons that the person reads whole, the percent that another project applied.

        The first figure of the portal: how many lessons there are says nothing of their use.
        """
        if not self.lessons_whole:
            return None
        return round(100 * self.lessons_applied / self.lessons_whole)


def figures(session: Session, *, by: Actor) -> Figures:
    """The counts of the home page, in one query."""
    in_use = aside(Lesson.state).in_(PUBLIC_STATES)
    row = session.execute(
        select(
            _count(Lesson, in_use, lessons_whole_to(by)),
            _count(
                Lesson,
                in_use,
                Lesson.id.in_(applications.applied_lessons()),
                lessons_whole_to(by),
            ),
            _count(Project),
            _count(Project, Project.state == ProjectState.open),
            _count(Issue, Issue.status != IssueStatus.closed),
            _count(Template, Template.retired_at.is_(None)),
        )
    ).one()
    return Figures(*row)


def _count(table: type[Base], *conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).select_from(table).where(*conditions).scalar_subquery()


def newest_lessons(session: Session, *, by: Actor, limit: int = 6) -> list[Lesson]:
    """The lessons published last, without those that are restricted: a list is no place to hint."""
    query = (
        select(Lesson)
        .where(
            aside(Lesson.state).in_(PUBLIC_STATES),
            Lesson.confidentiality != Confidentiality.restricted,
            lessons_visible_to(by),
        )
        .options(joinedload(Lesson.project), lazyload(Lesson.topic_rows))
        .order_by(Lesson.published_at.desc(), Lesson.id.desc())
        .limit(limit)
    )
    return list(session.scalars(query))


# A lesson or a project is quiet when nothing was handed in for this long.
QUIET, QUIET_MOST = timedelta(days=90), 10


def open_projects(
    session: Session, at: datetime, *, by: Actor, every: bool
) -> tuple[list[Project], list[Project]]:
    """The open projects that `by` manages, and those that ran a while and handed in nothing lately.

    With `every` the quiet ones of all managers, else one's own. One query: home asks for both.
    """
    since: date = (at - QUIET).date()
    recent = exists().where(Lesson.project_id == Project.id, Lesson.created_at > at - QUIET)
    is_own = Project.manager_id == by.id
    is_quiet = and_(Project.starts_on < since, ~recent)
    rows = session.execute(
        select(Project, is_own, is_quiet)
        .where(Project.state == ProjectState.open, or_(is_own, is_quiet) if every else is_own)
        .order_by(Project.planned_end_on, Project.id)
    ).all()
    quiet = sorted(
        (project for project, _, quiet in rows if quiet),
        key=lambda project: (project.starts_on, project.id),
    )
    return [project for project, own, _ in rows if own], quiet[:QUIET_MOST]
