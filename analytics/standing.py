"""Where each theme stands: which closed projects it hit, when, where, how hard, and its trend.

Counted are closed projects that at least one text of the theme comes from, by the year in which
they were closed. Texts of open projects and of none count nowhere here, and for each person those
texts count that they may read whole.
"""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, String, cast, func, null, select, type_coerce, union_all
from sqlalchemy.orm import Session, joinedload

from analytics import placements
from analytics.models import Theme, ThemeMember
from analytics.texts import ALL, Selection
from analytics.trends import PARTS, Recurrence, Trend, rate, recurrence, trends
from content.access import Action, require
from content.models import (
    Issue,
    Lesson,
    LessonKind,
    Phase,
    Priority,
    Project,
    ProjectState,
    Severity,
)
from content.types import Actor, Kind

# How much an issue's severity, or a lesson's priority, counts.
SEVERITIES = {
    Severity.low: 0.1, Severity.medium: 0.4, Severity.high: 0.75, Severity.critical: 1.0,
    Priority.low: 0.2, Priority.medium: 0.5, Priority.high: 0.9,
}  # fmt: skip
# Years that are looked back on.
YEARS_MOST = 8


@dataclass(frozen=True, slots=True)
class Hit:
    """One text of a theme; in a closed project it counts as a hit, unless it tells of a success.

    A lesson about a success stands in a theme too, but that something went well is no hit, least of
    all after a change that was to make it go well.
    """

    theme: int
    project: int | None
    kind: Kind
    id: int
    severity: float | None
    days: int | None
    cost: int | None
    phase: Phase | None
    is_success: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """One theme over the closed projects."""

    theme: Theme
    texts: int
    hit: int
    projects: int
    years: tuple[int, ...]
    trend: Trend
    recurrence: Recurrence
    departments: Mapping[str, int]
    phases: Mapping[str, int]
    days: int
    cost: int
    last: date | None


def closed_projects(session: Session) -> list[Project]:
    """The closed projects, by the day they were closed."""
    query = (
        select(Project)
        .where(Project.state == ProjectState.closed, Project.closed_on.is_not(None))
        .options(joinedload(Project.department))
        .order_by(Project.closed_on, Project.id)
    )
    return list(session.scalars(query))


def narrowed(projects: Sequence[Project], over: Selection) -> list[Project]:
    """Those of the closed projects that a person wants to look at."""
    return [project for project in projects if over.admits(project)]


def projects_hit(session: Session, among: Set[int], *, by: Actor) -> dict[int, set[int]]:
    """Of each theme, which of the projects `among` it hit, as far as `by` reads its texts."""
    lessons = placements.of_lessons(by).where(Lesson.kind.is_distinct_from(LessonKind.success))
    pairs = union_all(
        lessons.with_only_columns(ThemeMember.theme_id, Lesson.project_id),
        placements.of_issues(by).with_only_columns(ThemeMember.theme_id, Issue.project_id),
    ).subquery()
    # One row a theme: with a hundred thousand texts, rows of pairs take longer than the query.
    numbers = func.aggregate_strings(cast(pairs.c.project_id, String), ",")
    of_theme = select(pairs.c.theme_id, numbers).where(pairs.c.project_id.is_not(None))
    return {
        theme: hit
        for theme, found in session.execute(of_theme.group_by(pairs.c.theme_id))
        if (hit := set(map(int, found.split(","))) & among)
    }


def _placed(session: Session, by: Actor) -> list[Hit]:
    """Every text of every theme that `by` reads, wherever it comes from, in one query."""
    place = (ThemeMember.theme_id, ThemeMember.kind, ThemeMember.object_id)
    lessons = placements.of_lessons(by).with_only_columns(
        *place, Lesson.project_id, Lesson.priority, _none_of(Issue.severity), Lesson.days,
        Lesson.cost, Lesson.phase, Lesson.kind,
    )  # fmt: skip
    issues = placements.of_issues(by).with_only_columns(
        *place, Issue.project_id, _none_of(Lesson.priority), Issue.severity, Issue.days,
        Issue.cost, _none_of(Lesson.phase), _none_of(Lesson.kind),
    )  # fmt: skip
    return [
        Hit(theme, project, kind, number, _severity(severity or priority), days, cost, phase,
            told is LessonKind.success)
        for theme, kind, number, project, priority, severity, days, cost, phase, told
        in session.execute(union_all(lessons, issues))
    ]  # fmt: skip


def _none_of(column: Any) -> ColumnElement[Any]:
    """Nothing, in the type of a column that the other kind of text has."""
    return type_coerce(null(), column.type).label(column.key)


def _severity(value: Severity | Priority | None) -> float | None:
    return None if value is None else SEVERITIES[value]


def standings(
    session: Session,
    themes: Sequence[Theme],
    *,
    by: Actor,
    today: date,
    weights: Mapping[str, float] = PARTS,
    over: Selection = ALL,
    projects: Sequence[Project] | None = None,
) -> list[Standing]:
    """Where the themes stand over the closed projects that `over` chooses, most recurring first.

    `projects` are the closed projects where the caller has them already.
    """
    require(by, Action.theme_read)
    projects = narrowed(closed_projects(session) if projects is None else projects, over)
    closed = {project.id for project in projects}
    found: dict[int, list[Hit]] = {theme.id: [] for theme in themes}
    texts: Counter[int] = Counter()
    for hit in _placed(session, by):
        if hit.kind not in over.kinds or hit.theme not in found:
            continue
        if hit.project in closed and not hit.is_success:
            found[hit.theme].append(hit)
        texts[hit.theme] += hit.project in closed or not over.narrows_projects
    years = _years(projects)
    by_year = Counter(_year(project) for project in projects)
    hit_by = {theme.id: _hit(found[theme.id]) for theme in themes}
    counts = [
        _by_year([project for project in projects if project.id in hit_by[theme.id]])
        for theme in themes
    ]
    verdicts = trends(
        [[count[year] for year in years] for count in counts], [by_year[year] for year in years]
    )
    rows = [
        _standing(theme, texts[theme.id], found[theme.id], projects, years, verdict, today, weights)
        for theme, verdict in zip(themes, verdicts, strict=True)
    ]
    return sorted(rows, key=lambda row: (-round(row.recurrence.score, 9), row.theme.id))


def _hit(found: Sequence[Hit]) -> set[int]:
    return {hit.project for hit in found if hit.project is not None}


def _year(project: Project) -> int:
    assert project.closed_on is not None  # closed_projects sees to it
    return project.closed_on.year


def _years(projects: Sequence[Project]) -> list[int]:
    """Every year from the first closing to the last, at most `YEARS_MOST`."""
    if not projects:
        return []
    last = _year(projects[-1])
    return list(range(max(_year(projects[0]), last - YEARS_MOST + 1), last + 1))


def _by_year(projects: Sequence[Project]) -> Counter[int]:
    return Counter(_year(project) for project in projects)


def _standing(
    theme: Theme,
    texts: int,
    found: Sequence[Hit],
    projects: Sequence[Project],
    years: Sequence[int],
    verdict: Trend,
    today: date,
    weights: Mapping[str, float],
) -> Standing:
    hit_ids = _hit(found)
    hit = [project for project in projects if project.id in hit_ids]
    every = sorted({department_of(project) for project in projects})
    departments = Counter(department_of(project) for project in hit)
    severities = [one.severity for one in found if one.severity is not None]
    last = hit[-1].closed_on if hit else None
    return Standing(
        theme=theme,
        texts=texts,
        hit=len(hit),
        projects=len(projects),
        years=tuple(years),
        trend=verdict,
        recurrence=recurrence(
            hit=len(hit),
            projects=len(projects),
            years_hit=len({_year(project) for project in hit} & set(years)),
            years=len(years),
            departments=[departments[name] for name in every],
            severity=sum(severities) / len(severities) if severities else None,
            months_since=(today - last).days / 30.44 if last else None,
            weights=weights,
        ),
        departments={name: departments[name] for name in every},
        phases=_phases(found),
        days=sum(one.days or 0 for one in found),
        cost=sum(one.cost or 0 for one in found),
        last=last,
    )


def department_of(project: Project) -> str:
    """The name of a project's department, as tables of departments have it."""
    return project.department.name if project.department else "none"


def _phases(found: Sequence[Hit]) -> dict[str, int]:
    """How many projects were hit in each phase, as far as lessons say in which."""
    seen = {(one.phase, one.project) for one in found if one.phase is not None}
    counts = Counter(phase for phase, _ in seen)
    return {phase.value: counts[phase] for phase in Phase}


def one(
    session: Session,
    theme: Theme,
    among: Sequence[Theme],
    *,
    by: Actor,
    today: date,
    weights: Mapping[str, float] = PARTS,
) -> Standing:
    """Where one theme stands; its trend is read as one of those that stand in the list with it."""
    every = [*among, *([] if theme.id in {other.id for other in among} else [theme])]
    found = standings(session, every, by=by, today=today, weights=weights)
    return next(row for row in found if row.theme.id == theme.id)


def rate_of(standing: Standing) -> str:
    """The share of closed projects that were hit, in words with its interval."""
    found = rate(standing.hit, standing.projects)
    return (
        f"{standing.hit} of {standing.projects} closed projects "
        f"({found.share:.0%}, 95 % interval {found.low:.0%} to {found.high:.0%})"
    )
