"""The rows that the PMO's figures are counted over, read once, as far as one person may read them.

Whatever a person may not read is not here: lessons that they do not read whole, themes of which
they see no text, actions about those, reviews that they were not invited to. So no figure can
tell them of it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from heapq import nsmallest
from typing import NamedTuple

from sqlalchemy import ColumnElement, Date, exists, extract, func, select
from sqlalchemy.orm import Session, joinedload

from analytics import actions, catalogue, reviews, standing
from analytics.models import DecisionKind, Stage, Theme, ThemeDecision, ThemeRun
from analytics.review_models import Action, Review, ReviewState
from content import applications
from content.access import Action as Can
from content.access import lessons_whole_to, require
from content.db import aside
from content.models import PUBLIC_STATES, Department, Lesson, Person, Project, ProjectState
from content.types import Actor

# Seconds.
DAY = 86_400
Conditions = Sequence[ColumnElement[bool]]
# So many projects must have been closed with a theme before it counts as known.
KNOWN_FROM = 2


class Item(NamedTuple):
    """One thing behind a figure: its number, whether it counts towards the share, and its value.

    `many` where it stands for several that are alike in all that is counted.
    """

    id: int
    counts: bool
    value: float | None = None
    many: int = 1


@dataclass(frozen=True, slots=True)
class LessonRow:
    """A lesson in use, or (with number 0) so many that share their days."""

    id: int
    published: date
    applied: date | None  # by another project, for the first time
    many: int = 1


@dataclass(frozen=True, slots=True)
class WaitRow:
    """A lesson with how many days it waited from handing in until it was published."""

    published: date
    item: Item


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """What is counted of a closed project."""

    id: int
    closed_on: date | None
    starts_on: date | None
    department_id: int | None
    department: str | None
    told: bool  # a lesson in use comes from it


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
    waits: Sequence[WaitRow]  # the day of publishing ascending
    projects: Sequence[ProjectRow]
    known_on: Mapping[int, date]  # from when on each theme was known
    repeated: frozenset[int]  # projects hit by a theme that was known when they started
    themes: Sequence[StageRow]
    actions: Sequence[Action]
    reviews: Sequence[Review]
    departments: Sequence[tuple[int, str]]


def read(
    session: Session,
    *,
    by: Actor,
    department_id: int | None = None,
    since: date | None = None,
    each: bool = False,
) -> Ledger:
    """The rows, of one department where it is named; waits of what was published `since` a day.

    A department's lessons and projects are its own; its actions are those of its people; its
    themes those that hit a project of it. Reviews belong to none and are always all. Lessons are
    counted by the database, unless `each` is wanted by its number.
    """
    require(by, Can.theme_read)
    in_use = _in_use(by, department_id)
    every = _projects(session, in_use)
    hit = standing.projects_hit(session, {project.id for project in every}, by=by)
    here = [p for p in every if department_id in (None, p.department_id)]
    known = _known_on(hit, every)
    inside = {project.id for project in here}
    themes = _themes(session, by)
    if department_id is not None:
        themes = [row for row in themes if hit.get(row.theme.id, set()) & inside]
    return Ledger(
        lessons=(_each_lesson if each else _lessons_by_day)(session, in_use),
        waits=_waits(session, in_use, since),
        projects=here,
        known_on=known,
        repeated=_repeated(hit, known, every),
        themes=themes,
        actions=_actions(session, by, department_id),
        reviews=_reviews(session, by),
        departments=sorted(
            {(p.department_id, p.department) for p in every if p.department_id and p.department},
            key=lambda pair: pair[1],
        ),
    )


def _projects(session: Session, in_use: Conditions) -> list[ProjectRow]:
    told = exists().where(Lesson.project_id == Project.id, *in_use)
    query = select(
        Project.id,
        Project.closed_on,
        Project.starts_on,
        Project.department_id,
        Department.name,
        told,
    ).outerjoin(Project.department)
    closed = (Project.state == ProjectState.closed, Project.closed_on.is_not(None))
    return [ProjectRow(*row) for row in session.execute(query.where(*closed))]


def _known_on(hit: Mapping[int, set[int]], projects: Sequence[ProjectRow]) -> dict[int, date]:
    """Of each theme, the day on which enough projects had been closed with it."""
    closed = {project.id: project.closed_on for project in projects}
    days = {
        theme: nsmallest(KNOWN_FROM, (day for n in found if (day := closed.get(n)) is not None))
        for theme, found in hit.items()
    }
    return {
        theme: found[KNOWN_FROM - 1] for theme, found in days.items() if len(found) >= KNOWN_FROM
    }


def _repeated(
    hit: Mapping[int, set[int]], known: Mapping[int, date], projects: Sequence[ProjectRow]
) -> frozenset[int]:
    starts = {project.id: project.starts_on or date.min for project in projects}
    return frozenset(
        number for theme, day in known.items() for number in hit[theme] if starts[number] > day
    )


# Lessons: of a hundred thousand the database counts what can be counted by day ------------------

_PUBLISHED = func.date(Lesson.published_at, type_=Date)
_FIRST = applications.first_applied().subquery()
_APPLIED = func.date(_FIRST.c.first_at, type_=Date)


def _in_use(by: Actor, department_id: int | None) -> Conditions:
    """The filter of lessons in use that `by` reads whole; by an index that holds its columns."""
    found = [aside(Lesson.state).in_(PUBLIC_STATES), lessons_whole_to(by)]
    if department_id is not None:
        found.append(aside(Lesson.department_id) == department_id)
    return found


def _each_lesson(session: Session, in_use: Conditions) -> list[LessonRow]:
    query = select(Lesson.id, _PUBLISHED, _APPLIED)
    query = query.outerjoin(_FIRST, _FIRST.c.lesson_id == Lesson.id)
    query = query.where(Lesson.published_at.is_not(None), *in_use)
    return [LessonRow(*row) for row in session.execute(query)]


def _lessons_by_day(session: Session, in_use: Conditions) -> list[LessonRow]:
    published = (Lesson.published_at.is_not(None), *in_use)
    every = select(_PUBLISHED, func.count()).where(*published).group_by(_PUBLISHED)
    left = {day: many for day, many in session.execute(every)}
    # The few that were applied stand on a page of their own, however many were published.
    query = select(_PUBLISHED, _APPLIED, func.count()).join(_FIRST, _FIRST.c.lesson_id == Lesson.id)
    found = []
    for day, applied, many in session.execute(
        query.where(*published).group_by(_PUBLISHED, _APPLIED)
    ):
        found.append(LessonRow(0, day, applied, many))
        left[day] -= many
    return found + [LessonRow(0, day, None, many) for day, many in left.items() if many]


def _waits(session: Session, in_use: Conditions, since: date | None) -> list[WaitRow]:
    seconds = extract("epoch", Lesson.published_at) - extract("epoch", Lesson.submitted_at)
    query = select(Lesson.id, _PUBLISHED, seconds)
    query = query.where(Lesson.published_at >= Lesson.submitted_at, *in_use)
    if since is not None:
        begins = datetime.combine(since, time.min, UTC)
        query = query.where(Lesson.published_at >= begins)
    return [
        WaitRow(day, Item(number, True, float(waited) / DAY))
        for number, day, waited in session.execute(query.order_by(Lesson.published_at))
    ]


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
        for theme in catalogue.known(session, by=by)
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
        for row in catalogue.known(session, by=by)
        if row.id in set(ids)
    ]


_THINGS = {
    "lesson": _lesson_things, "project": _project_things, "action": _action_things,
    "review": _review_things, "theme": _theme_things,
}  # fmt: skip
