"""The rows that the PMO's figures are counted over, read once, as far as one person may read them.

Whatever a person may not read is not here: lessons that they do not read whole, themes of which
they see no text, actions about those, reviews that they were not invited to. So no figure can
tell them of it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from analytics import actions, catalogue, reviews, standing
from analytics.models import DecisionKind, Stage, Theme, ThemeDecision, ThemeRun
from analytics.review_models import Action, Review, ReviewState
from content import applications
from content.access import Action as Can
from content.access import lessons_whole_to, require
from content.models import PUBLIC_STATES, Lesson, Person, Project
from content.types import Actor

# So many projects must have been closed with a theme before it counts as known.
KNOWN_FROM = 2


@dataclass(frozen=True, slots=True)
class LessonRow:
    """What is counted of a lesson."""

    id: int
    project: int | None
    submitted: datetime | None
    published: datetime | None
    applied: datetime | None  # by another project, for the first time


@dataclass(frozen=True, slots=True)
class StageRow:
    """A theme, when it was found, and how far people came with it since."""

    theme: Theme
    found: date
    moves: Sequence[tuple[date, Stage]]

    def on(self, day: date) -> Stage | None:
        """Its stage at the end of a day; None before it was found."""
        if day < self.found:
            return None
        return next((to for when, to in reversed(self.moves) if when <= day), Stage.proposed)


@dataclass(frozen=True, slots=True)
class Ledger:
    """Everything that the figures are counted over."""

    lessons: Sequence[LessonRow]
    projects: Sequence[Project]
    hit: Mapping[int, frozenset[int]]
    known_on: Mapping[int, date]  # from when on each theme was known
    themes: Sequence[StageRow]
    actions: Sequence[Action]
    reviews: Sequence[Review]
    departments: Sequence[tuple[int, str]]


def read(session: Session, *, by: Actor, department_id: int | None = None) -> Ledger:
    """The rows, of one department where it is named.

    A department's lessons and projects are its own; its actions are those of its people; its
    themes those that hit a project of it. Reviews belong to none and are always all.
    """
    require(by, Can.theme_read)
    every = standing.closed_projects(session)
    hit: defaultdict[int, set[int]] = defaultdict(set)
    for one in standing.hits(session, every, by=by):
        if one.project is not None:
            hit[one.theme].add(one.project)
    here = [p for p in every if department_id in (None, p.department_id)]
    known = _known_on(hit, every)
    inside = {project.id for project in here}
    themes = _themes(session, by)
    if department_id is not None:
        themes = [row for row in themes if hit[row.theme.id] & inside]
    return Ledger(
        lessons=_lessons(session, by, department_id),
        projects=here,
        hit={theme: frozenset(found) for theme, found in hit.items()},
        known_on=known,
        themes=themes,
        actions=_actions(session, by, department_id),
        reviews=_reviews(session, by),
        departments=sorted(
            {(p.department.id, p.department.name) for p in every if p.department},
            key=lambda pair: pair[1],
        ),
    )


def _known_on(hit: Mapping[int, set[int]], projects: Sequence[Project]) -> dict[int, date]:
    """Of each theme, the day on which enough projects had been closed with it."""
    closed = {project.id: project.closed_on for project in projects}
    days = {
        theme: sorted(day for number in found if (day := closed.get(number)) is not None)
        for theme, found in hit.items()
    }
    return {
        theme: found[KNOWN_FROM - 1] for theme, found in days.items() if len(found) >= KNOWN_FROM
    }


def _lessons(session: Session, by: Actor, department_id: int | None) -> list[LessonRow]:
    first = applications.first_applied().subquery()
    query = (
        select(
            Lesson.id, Lesson.project_id, Lesson.submitted_at, Lesson.published_at, first.c.first_at
        )
        .outerjoin(first, first.c.lesson_id == Lesson.id)
        .where(Lesson.state.in_(PUBLIC_STATES), lessons_whole_to(by))
    )
    if department_id is not None:
        query = query.where(Lesson.department_id == department_id)
    return [LessonRow(*row) for row in session.execute(query)]


def _themes(session: Session, by: Actor) -> list[StageRow]:
    moves: defaultdict[int, list[tuple[date, Stage]]] = defaultdict(list)
    query = select(ThemeDecision.theme_id, ThemeDecision.at, ThemeDecision.detail).where(
        ThemeDecision.kind == DecisionKind.stage, ThemeDecision.undone_at.is_(None)
    )
    for theme_id, at, detail in session.execute(query.order_by(ThemeDecision.id)):
        moves[theme_id].append((at.date(), Stage(detail["stage"])))
    runs = session.execute(select(ThemeRun.id, ThemeRun.started_at))
    began = {number: started.date() for number, started in runs}
    return [
        _stages(theme, began[theme.first_run_id], moves[theme.id])
        for theme in catalogue.themes(session, by=by)
    ]


def _stages(theme: Theme, found: date, moves: list[tuple[date, Stage]]) -> StageRow:
    first = min([found, *(day for day, _ in moves)])
    return StageRow(theme, first, sorted(moves, key=lambda move: move[0]))


def _actions(session: Session, by: Actor, department_id: int | None) -> Sequence[Action]:
    query = select(Action).where(actions.visible_to(by))
    if department_id is not None:
        query = query.join(Person, Person.id == Action.owner_id)
        query = query.where(Person.department_id == department_id)
    return session.scalars(query.order_by(Action.id)).all()


def _reviews(session: Session, by: Actor) -> Sequence[Review]:
    closed = Review.state == ReviewState.closed
    query = select(Review).where(closed, reviews.readable_by(by))
    return session.scalars(query.order_by(Review.closed_at, Review.id)).all()


# The things behind the figures ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing behind a figure, as a list shows it."""

    id: int
    title: str
    more: str
    code: str = ""  # of a project: its address


def things(session: Session, thing: str, ids: Sequence[int], *, by: Actor) -> dict[int, Thing]:
    """The titles of things that the ledger of `by` named."""
    return {row.id: row for row in _THINGS[thing](session, ids, by)}


def _lesson_things(session: Session, ids: Sequence[int], by: Actor) -> list[Thing]:
    query = select(Lesson.id, Lesson.headline, Project.code)
    query = query.outerjoin(Project, Project.id == Lesson.project_id)
    rows = session.execute(query.where(Lesson.id.in_(ids), lessons_whole_to(by)))
    return [Thing(number, headline, code or "no project") for number, headline, code in rows]


def _project_things(session: Session, ids: Sequence[int], _by: Actor) -> list[Thing]:
    query = select(Project).where(Project.id.in_(ids)).options(joinedload(Project.department))
    return [
        Thing(row.id, row.name, f"{row.code}, closed {row.closed_on}", row.code)
        for row in session.scalars(query)
    ]


def _action_things(session: Session, ids: Sequence[int], by: Actor) -> list[Thing]:
    query = select(Action).where(Action.id.in_(ids), actions.visible_to(by))
    return [
        Thing(row.id, row.title, f"{row.state}, due {row.due_on}") for row in session.scalars(query)
    ]


def _review_things(session: Session, ids: Sequence[int], by: Actor) -> list[Thing]:
    rows = session.scalars(select(Review).where(Review.id.in_(ids), reviews.readable_by(by)))
    return [Thing(row.id, row.title, f"{row.starts_at:%Y-%m-%d}") for row in rows]


def _theme_things(session: Session, ids: Sequence[int], by: Actor) -> list[Thing]:
    return [
        Thing(row.id, row.title, row.stage.value)
        for row in catalogue.themes(session, by=by)
        if row.id in set(ids)
    ]


_THINGS = {
    "lesson": _lesson_things, "project": _project_things, "action": _action_things,
    "review": _review_things, "theme": _theme_things,
}  # fmt: skip
