"""What came of an action: who is compared with whom, and how surely it will be seen.

Before are the projects that were closed until the change was in force; after are closed projects
that started later. What was running in between could not have profited and counts on neither side.
A project is hit when an issue of the theme, or a lesson about a problem, comes from it. Beside it
stand two other comparisons over the same days, because rates move for many reasons: projects that
the indicator leaves out, and themes that no action was about. Nothing here says what made a rate
move.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from analytics import standing
from analytics.catalogue import is_shown
from analytics.models import Theme
from analytics.power import after_needed, chance_to_see
from analytics.review_models import Action, ActionState
from analytics.trends import HITS_LEAST, Effect, effect
from content.models import Project
from content.types import Actor

# Fewer other themes than this say nothing about how rates moved without an action.
THEMES_LEAST = 3
# Days between the ends of the periods that a forecast looks back at.
STEP = timedelta(days=91)


@dataclass(frozen=True, slots=True)
class Record:
    """The closed projects, and which themes hit which of them, as far as one person reads."""

    projects: Sequence[Project]
    hit: Mapping[int, frozenset[int]]  # of each theme, the projects
    shown: frozenset[int]  # themes that stand in lists
    heirs: Mapping[int, int]  # of each theme the one that holds its texts by now
    touched: frozenset[int]  # themes that a started action is about

    def hit_by(self, theme_id: int) -> frozenset[int]:
        """The projects that a theme hit, or the one that it was merged into."""
        return self.hit.get(self.heirs.get(theme_id, theme_id), frozenset())


def record(session: Session, *, by: Actor) -> Record:
    """What is known of the closed projects, in a handful of queries."""
    projects = standing.closed_projects(session)
    hit = standing.projects_hit(session, {project.id for project in projects}, by=by)
    is_touched = exists().where(
        Action.theme_id == Theme.id,
        Action.started_at.is_not(None),
        Action.state != ActionState.cancelled,
    )
    found = session.execute(select(Theme, is_touched)).all()
    themes = [theme for theme, _ in found]
    return Record(
        projects=projects,
        hit={theme: frozenset(found) for theme, found in hit.items()},
        shown=frozenset(theme.id for theme in themes if is_shown(theme)),
        heirs={theme.id: theme.heir.id for theme in themes},  # all are here: nothing more is read
        touched=frozenset(theme.id for theme, touched in found if touched),
    )


def is_measured(row: Action, project: Project) -> bool:
    """Whether the indicator of an action is about a project."""
    return all(
        wanted in (None, "", found)
        for wanted, found in (
            (row.indicator_type, project.type),
            (row.indicator_department_id, project.department_id),
            (row.indicator_size, project.size),
            (row.indicator_method, project.method),
        )
    )


def is_narrowed(row: Action) -> bool:
    """Whether the indicator leaves projects out."""
    return bool(
        row.indicator_type
        or row.indicator_department_id
        or row.indicator_size
        or row.indicator_method
    )


# The effect -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OtherThemes:
    """How the rates of themes that no action was about moved over the same days.

    `as_far` of `themes` fell at least as far as the theme of the action.
    """

    themes: int
    as_far: int
    ratio: float  # of the one in the middle


@dataclass(frozen=True, slots=True)
class Outcome:
    """The effect of an action, and beside it the same comparison without the action."""

    effect: Effect
    others: Effect | None
    themes: OtherThemes | None


def outcome(known: Record, row: Action) -> Outcome | None:
    """The effect so far; None before the action is done."""
    day = row.changed_on
    if day is None:
        return None
    own = [project for project in known.projects if is_measured(row, project)]
    left = [project for project in known.projects if not is_measured(row, project)]
    hit = known.hit_by(row.theme_id)
    found = compared(own, hit, day)
    return Outcome(
        effect=found,
        others=compared(left, hit, day) if is_narrowed(row) else None,
        themes=_other_themes(known, row, own, found, day),
    )


def compared(projects: Sequence[Project], hit: Collection[int], day: date) -> Effect:
    """The rate among projects that started after `day` over that among those closed until then."""
    until, since = _sides(projects, day)
    return effect(
        sum(p.id in hit for p in until), len(until), sum(p.id in hit for p in since), len(since)
    )


def _other_themes(
    known: Record, row: Action, projects: Sequence[Project], found: Effect, day: date
) -> OtherThemes | None:
    if not found.before.hits or not found.after.projects:
        return None
    untouched = known.shown - known.touched - {row.theme_id}
    ratios = [
        ratio
        for theme in sorted(untouched)
        if (ratio := _ratio(projects, known.hit_by(theme), day)) is not None
    ]
    if len(ratios) < THEMES_LEAST:
        return None
    as_far = sum(ratio <= found.ratio for ratio in ratios)
    return OtherThemes(len(ratios), as_far, median(ratios))


def _ratio(projects: Sequence[Project], hit: Collection[int], day: date) -> float | None:
    """The ratio of the rates of another theme; None where it was too rare before."""
    until, since = _sides(projects, day)
    hits = sum(p.id in hit for p in until)
    if hits < HITS_LEAST or not since:
        return None
    return (sum(p.id in hit for p in since) / len(since)) / (hits / len(until))


def _sides(projects: Sequence[Project], day: date) -> tuple[list[Project], list[Project]]:
    """The projects closed until a day, and those that started after it."""
    before = [p for p in projects if p.closed_on and p.closed_on <= day]
    after = [p for p in projects if p.starts_on is not None and p.starts_on > day]
    return before, after


@dataclass(frozen=True, slots=True)
class Side:
    """The projects behind one number of an effect: those that the theme hit, and the others."""

    hit: Sequence[Project]
    missed: Sequence[Project]


def counted(known: Record, row: Action) -> Sequence[Side]:
    """The projects that an effect counts, before the change and after; none before it is done."""
    if row.changed_on is None:
        return ()
    hit = known.hit_by(row.theme_id)
    own = [project for project in known.projects if is_measured(row, project)]
    return tuple(
        Side([p for p in side if p.id in hit], [p for p in side if p.id not in hit])
        for side in (sorted(each, key=lambda p: p.code) for each in _sides(own, row.changed_on))
    )


def before(known: Record, row: Action, until: date) -> tuple[int, int]:
    """Of the projects closed until a day that the indicator is about: how many were hit, of all."""
    found = [
        p for p in known.projects if is_measured(row, p) and p.closed_on and p.closed_on <= until
    ]
    hit = known.hit_by(row.theme_id)
    return sum(p.id in hit for p in found), len(found)


# What one may expect to see -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Expected:
    """How many projects there will be to look at, and how surely they show a halving.

    `low` to `high` are what periods of the same length held in the past, `middle` the one in
    between; None where the organisation's record is shorter than such a period. `needed` after
    the change show a halving in eight of ten cases; None where no number would.
    """

    hits: int
    before: int
    middle: int | None
    low: int | None
    high: int | None
    chance: float
    needed: int | None


def expected(known: Record, row: Action, *, today: date) -> Expected:
    """What the day on which the effect of `row` is looked at may show, by what was before."""
    since = max(row.due_on or today, today)
    own = [project for project in known.projects if is_measured(row, project)]
    hits, projects = before(known, row, since)
    periods = _periods(own, (row.measure_on or since) - since, today)
    middle = round(median(periods)) if periods else None
    return Expected(
        hits=hits,
        before=projects,
        middle=middle,
        low=min(periods, default=None),
        high=max(periods, default=None),
        chance=chance_to_see(hits, projects, middle or 0),
        needed=after_needed(hits, projects),
    )


def _periods(projects: Sequence[Project], length: timedelta, today: date) -> list[int]:
    """Of each past period of this length, how many projects both started and closed in it."""
    runs = [(p.starts_on, p.closed_on) for p in projects if p.starts_on and p.closed_on]
    if not runs or length <= timedelta(0):
        return []
    first, found, end = min(start for start, _ in runs), [], today
    while end - first >= length:  # and not `end - length`: a day before the year 1 is none
        found.append(sum(start > end - length and closed <= end for start, closed in runs))
        end -= STEP
    return found
