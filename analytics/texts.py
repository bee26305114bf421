"""The texts of closed projects that a theme run looks at, read from the tables."""

from collections.abc import Iterable

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from content.models import (
    PUBLIC_STATES,
    Confidentiality,
    Department,
    Issue,
    Lesson,
    Project,
    ProjectState,
)
from content.types import Kind, ThemeText


def corpus(session: Session) -> list[ThemeText]:
    """The texts that a run looks at: issues and public lessons of closed projects, and public
    lessons that name no project (imported ones). Restricted lessons stay out: what a theme shows
    would give them away.
    """
    return [*_lessons(session), *_issues(session)]


def _lessons(session: Session) -> Iterable[ThemeText]:
    closed_or_none = or_(Project.state == ProjectState.closed, Lesson.project_id.is_(None))
    query = (
        select(Lesson, Project.code)
        .join(Project, Project.id == Lesson.project_id, isouter=True)
        .where(
            Lesson.state.in_(PUBLIC_STATES),
            Lesson.confidentiality == Confidentiality.open,
            closed_or_none,
        )
        .order_by(Lesson.id)
    )
    for lesson, code in session.execute(query):
        parts = (lesson.headline, lesson.summary, lesson.driving_event, lesson.cause, lesson.effect,
                 lesson.lesson, lesson.recommendation, *_classes(lesson))  # fmt: skip
        yield ThemeText(
            id=name_of(Kind.lesson, lesson.id),
            text="\n".join(part for part in parts if part),
            project=code or "",
            day=lesson.date_occurred,
        )


# How often a lesson's topics count beside its running text: people chose them to say what it is
# about, in words that projects share.
TOPIC_WEIGHT = 2


def _classes(lesson: Lesson) -> list[str]:
    """The words under which people filed a lesson."""
    return [*lesson.topics, lesson.category or ""] * TOPIC_WEIGHT


def _issues(session: Session) -> Iterable[ThemeText]:
    query = (
        select(Issue, Project.code)
        .join(Project, Project.id == Issue.project_id)
        .where(Project.state == ProjectState.closed)
        .order_by(Issue.id)
    )
    for issue, code in session.execute(query):
        yield ThemeText(
            id=name_of(Kind.issue, issue.id),
            text=f"{issue.title}\n{issue.description}",
            project=code,
            day=issue.raised_on,
        )


def name_of(kind: Kind, object_id: int) -> str:
    """The name of a text in a run; padded, so that sorting by it is the order of the rows."""
    return f"{kind}:{object_id:09}"


def names_to_mask(session: Session) -> list[str]:
    """Names of projects and departments: two texts are not alike because they share an owner."""
    projects = session.execute(select(Project.code, Project.name)).all()
    departments = session.execute(select(Department.code, Department.name)).all()
    return [name for row in (*projects, *departments) for name in row]
