"""The themes as a person sees them: the list, one theme, and the texts of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session, joinedload, lazyload
from sqlalchemy.sql.base import ExecutableOption

from analytics import placements
from analytics.models import Theme, ThemeAside, ThemeMember, ThemeRun, ThemeState
from content.access import Action, require
from content.errors import NotFound
from content.models import Issue, Lesson, LessonKind, Phase, Project
from content.types import Actor, Kind


def newest(session: Session) -> ThemeRun | None:
    """The newest finished run."""
    query = select(ThemeRun).where(ThemeRun.finished_at.is_not(None))
    latest = (ThemeRun.finished_at.desc(), ThemeRun.id.desc())
    return session.scalars(
        query.options(joinedload(ThemeRun.by)).order_by(*latest).limit(1)
    ).first()


def before(session: Session, run: ThemeRun) -> ThemeRun | None:
    """The finished run before `run`."""
    query = select(ThemeRun).where(ThemeRun.finished_at < run.finished_at, ThemeRun.id != run.id)
    return session.scalars(query.order_by(ThemeRun.finished_at.desc()).limit(1)).first()


def proposed(session: Session) -> ThemeRun | None:
    """The newest run that waits to be kept or dropped."""
    query = select(ThemeRun).where(ThemeRun.finished_at.is_(None), ThemeRun.proposal.is_not(None))
    return session.scalars(query.order_by(ThemeRun.id.desc()).limit(1)).first()


def run_of(session: Session, run_id: int, *, by: Actor) -> ThemeRun:
    """One run.

    Raises:
        NotFound: there is none.
    """
    require(by, Action.theme_run)
    row = session.get(ThemeRun, run_id)
    if row is None:
        raise NotFound("There is no such run.")
    return row


@dataclass(frozen=True, slots=True)
class Figures:
    """How much of the newest run a person reads: texts, their projects, and those in no theme."""

    texts: int
    projects: int
    unplaced: int


def figures(session: Session, *, by: Actor) -> Figures:
    """What the newest run looked at, as far as `by` reads it."""
    require(by, Action.theme_read)
    placed, aside = placements.seen_by(by), placements.aside_seen_by(by)
    every = union_all(
        select(placed.c.project_id, literal(0).label("aside")),
        select(aside.c.project_id, literal(1).label("aside")),
    ).subquery()
    row = session.execute(
        select(
            func.count(), func.count(every.c.project_id.distinct()), func.sum(every.c.aside)
        ).select_from(every)
    ).one()
    return Figures(row[0], row[1], row[2] or 0)


def is_shown(theme: Theme) -> bool:
    """Whether a theme stands in lists: found by the newest run, and not taken out by people."""
    return (
        theme.state is ThemeState.current
        and theme.merged_into_id is None
        and theme.dismissed_at is None
    )


# The twin of `is_shown` in queries.
_LISTED = (
    Theme.state == ThemeState.current,
    Theme.merged_into_id.is_(None),
    Theme.dismissed_at.is_(None),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """A theme with what one person sees of it: how many texts, of how many projects."""

    theme: Theme
    texts: int
    projects: int


def seen(session: Session, *, by: Actor) -> list[Seen]:
    """The themes in lists, by how many distinct projects they touch as far as `by` reads them."""
    require(by, Action.theme_read)
    texts = placements.seen_by(by)
    count = func.count().label("texts")
    projects = func.count(texts.c.project_id.distinct()).label("projects")
    counted = select(texts.c.theme_id, count, projects).group_by(texts.c.theme_id).subquery()
    query = (
        select(Theme, counted.c.texts, counted.c.projects)
        .join(counted, counted.c.theme_id == Theme.id)
        .where(*_LISTED)
        .options(joinedload(Theme.owner))
        .order_by(counted.c.projects.desc(), counted.c.texts.desc(), Theme.id)
    )
    return [Seen(*row) for row in session.execute(query)]


def themes(session: Session, *, by: Actor) -> Sequence[Theme]:
    """The same themes alone."""
    return [row.theme for row in seen(session, by=by)]


def known(session: Session, *, by: Actor) -> Sequence[Theme]:
    """The same themes in the order in which they were found: no text is counted for it."""
    require(by, Action.theme_read)
    query = select(Theme).where(*_LISTED, placements.holds_text_for(by))
    return session.scalars(query.order_by(Theme.id)).all()


def get(session: Session, theme_id: int, *, by: Actor) -> Theme:
    """One theme, also one that the newest run no longer finds.

    Raises:
        NotFound: there is none, or none of its texts is open to `by`.
    """
    require(by, Action.theme_read)
    query = select(Theme).where(Theme.id == theme_id, placements.themes_visible_to(by))
    theme = session.scalars(query.options(joinedload(Theme.last_run))).first()
    if theme is None:
        raise NotFound("There is no such theme.")
    return theme


@dataclass(frozen=True, slots=True)
class Member:
    """One text of a theme as the page shows it."""

    kind: Kind
    id: int
    title: str
    text: str
    project: Project | None
    score: float
    margin: float | None = None
    phase: Phase | None = None
    is_success: bool = False  # it stands in the theme, and its project was not hit by it


def members(
    session: Session, theme: Theme, *, by: Actor, kinds: Collection[Kind] = tuple(Kind)
) -> list[Member]:
    """The texts of a theme that `by` may see now, the most typical first."""
    here = ThemeMember.theme_id == theme.id
    lessons = placements.of_lessons(by).where(here).options(*_of_lessons())
    issues = placements.of_issues(by).where(here).options(_with_department(Issue.project))
    rows = [
        *(session.execute(lessons) if Kind.lesson in kinds else ()),
        *(session.execute(issues) if Kind.issue in kinds else ()),
    ]
    return [_member(row, found) for row, found in sorted(rows, key=lambda pair: pair[0].rank)]


def unplaced(session: Session, *, by: Actor) -> list[Member]:
    """The texts that the newest run looked at and that fit no theme, lessons first."""
    require(by, Action.theme_read)
    looked = ThemeAside.looked_at.is_(True)
    lessons = placements.of_lessons(by, ThemeAside).where(looked).order_by(Lesson.id)
    issues = placements.of_issues(by, ThemeAside).where(looked).order_by(Issue.id)
    rows = [
        *session.execute(lessons.options(*_of_lessons())),
        *session.execute(issues.options(_with_department(Issue.project))),
    ]
    return [_member(row, found) for row, found in rows]


def _of_lessons() -> tuple[ExecutableOption, ...]:
    """What is read along with lessons: nobody asks for their topics here."""
    return _with_department(Lesson.project), lazyload(Lesson.topic_rows)


def _with_department(project: Any) -> ExecutableOption:
    return joinedload(project).joinedload(Project.department)


def _member(row: ThemeMember | ThemeAside, found: Lesson | Issue) -> Member:
    score = row.score if isinstance(row, ThemeMember) else 0.0
    margin = row.margin if isinstance(row, ThemeMember) else None
    if isinstance(found, Lesson):
        text = found.recommendation or found.lesson or found.driving_event
        return Member(
            row.kind, found.id, found.headline, text, found.project, score, margin, found.phase,
            found.kind is LessonKind.success,
        )  # fmt: skip
    return Member(row.kind, found.id, found.title, found.description, found.project, score, margin)


# Texts of each sort that a theme's page begins with.
SHOWN = 3


def typical(members: Sequence[Member]) -> list[Member]:
    """The texts nearest to the centre of a theme, of as many projects as there are."""
    chosen: list[Member] = []
    for others in (False, True):
        for member in members:
            seen_of = {one.project.id for one in chosen if one.project is not None}
            fresh = member.project is None or member.project.id not in seen_of
            if len(chosen) < SHOWN and member not in chosen and (fresh or others):
                chosen.append(member)
    return chosen


def doubtful(members: Sequence[Member]) -> list[Member]:
    """The texts that another theme would hold nearly as well, or (unknown) that fit least."""
    chosen = typical(members)
    rest = [member for member in members if member not in chosen]
    rest.sort(key=lambda m: (m.score if m.margin is None else m.margin, m.kind, m.id))
    return rest[:SHOWN]
