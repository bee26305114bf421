"""The PMO's figures: what each counts, over which days, how sure it is, and what is behind it.

A figure is counted over things that are there to be opened: lessons, projects, actions, reviews,
themes. Each of them either counts towards it or not (a share), or has a value (days), or is simply
one (a count). Nothing is counted that the person who looks may not read (`analytics.ledger`).
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from statistics import median

from analytics.ledger import KNOWN_FROM, Item, Ledger
from analytics.models import Stage
from analytics.quarters import Quarter, Span, span_of, until
from analytics.review_models import Action, ActionState
from analytics.trends import Effect, Rate, Verdict, effect, rate, trend

# How many quarters the page may look back over.
PERIODS = (4, 8, 12)
# Ages of open actions, in days, from which on each group begins.
AGES = ((0, "up to a month"), (31, "up to three months"), (92, "up to half a year"),
        (183, "more than half a year"))  # fmt: skip


class Unit(StrEnum):
    """What a figure is."""

    share = "share"
    days = "days"
    number = "count"


class Better(StrEnum):
    """Which way a PMO wants a figure to go."""

    up = "higher is better"
    down = "lower is better"
    either = "neither way is better in itself"


@dataclass(frozen=True, slots=True)
class Kind:
    """One figure: its name and definition, and how its things are found in a period."""

    key: str
    title: str
    counts: str  # what counts, said after the share: "applied by another project"
    of: str  # what it is counted over: "lessons in use"
    definition: str
    unit: Unit
    better: Better
    thing: str  # what is opened: lesson, project, action, review, theme
    items: Callable[[Ledger, Span], list[Item]]
    flows: bool = True  # counted over what happened in a period, not over what stood at its end


@dataclass(frozen=True, slots=True)
class Point:
    """A figure over some days."""

    title: str
    name: str  # of the quarter; empty for a longer period
    things: int
    counted: int
    rate: Rate | None
    median: float | None
    p90: float | None
    partial: bool = False  # the days are not over yet


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure over the period, over the one before it, and by quarter."""

    kind: Kind
    now: Point
    before: Point
    points: Sequence[Point]
    verdict: Verdict | None
    change: Effect | None
    parts: Sequence[tuple[str, int]] = ()


# What counts ----------------------------------------------------------------------------------


def _applied(ledger: Ledger, span: Span) -> list[Item]:
    found: Counter[tuple[int, bool]] = Counter()
    for row in ledger.lessons:
        if row.published <= span.last:
            found[row.id, row.applied is not None and row.applied <= span.last] += row.many
    return [Item(number, counts, None, many) for (number, counts), many in found.items()]


def _published(ledger: Ledger, span: Span) -> list[Item]:
    first = bisect_left(ledger.waits, span.first, key=lambda row: row.published)
    last = bisect_right(ledger.waits, span.last, key=lambda row: row.published)
    return [row.item for row in ledger.waits[first:last]]


def _with_lessons(ledger: Ledger, span: Span) -> list[Item]:
    return [Item(p.id, p.told) for p in ledger.projects if p.closed_on in span]


def _repeated(ledger: Ledger, span: Span) -> list[Item]:
    # Where nothing was known yet nothing could be repeated; such projects would make the first
    # years look good and the next ones bad.
    first = min(ledger.known_on.values(), default=date.max)
    return [
        Item(p.id, p.id in ledger.repeated)
        for p in ledger.projects
        if p.closed_on in span and p.starts_on is not None and p.starts_on > first
    ]


def _taken_up(ledger: Ledger, span: Span) -> list[Item]:
    stages = ((row.theme.id, row.on(span.last)) for row in ledger.themes)
    return [Item(number, stage is not Stage.proposed) for number, stage in stages if stage]


def _overdue(ledger: Ledger, span: Span) -> list[Item]:
    return [
        Item(row.id, row.due_on is not None and row.due_on < span.last)
        for row in ledger.actions
        if _is_open(row, span.last)
    ]


def _is_open(row: Action, day: date) -> bool:
    """Whether an action was planned by a day and not done; one given up is out of all days."""
    if row.state is ActionState.cancelled or row.created_at.date() > day:
        return False
    return row.done_at is None or row.done_at.date() > day


def _done(ledger: Ledger, span: Span) -> list[Item]:
    return [
        Item(row.id, row.due_on is None or row.done_at.date() <= row.due_on)
        for row in ledger.actions
        if row.state is ActionState.done and row.done_at and row.done_at.date() in span
    ]


def _reviews(ledger: Ledger, span: Span) -> list[Item]:
    return [
        Item(row.id, True)
        for row in ledger.reviews
        if row.closed_at is not None and row.closed_at.date() in span
    ]


KINDS: Mapping[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind(
            "applied", "Lessons applied", "applied by another project", "lessons in use",
            "Of the lessons in use that you read in full, published by the end of the period, those"
            " that at least one other project had applied by then.",
            Unit.share, Better.up, "lesson", _applied, flows=False,
        ),
        Kind(
            "repeats", "Repeat rate", "hit by a theme known before", "closed projects",
            "Of the projects closed in the period that started when at least one theme was known,"
            " those that had a problem of one that was. A theme is known from the day on which"
            f" {KNOWN_FROM} projects with it have been closed. Each project counts once.",
            Unit.share, Better.down, "project", _repeated,
        ),
        Kind(
            "closings", "Closed with lessons", "left a lesson", "closed projects",
            "Of the projects closed in the period, those of which at least one lesson in use exists"
            " today that you read in full.",
            Unit.share, Better.up, "project", _with_lessons,
        ),
        Kind(
            "days", "Days to publish", "published", "lessons",
            "Days from handing in to publishing, of the lessons in use that you read in full,"
            " published in the period: the one in the middle, and the one that nine of ten stay"
            " below. A lesson that was returned waits from its last handing in.",
            Unit.days, Better.down, "lesson", _published,
        ),
        Kind(
            "themes", "Themes taken up", "beyond proposed", "themes",
            "Of the themes found by the end of the period, those about which somebody had decided"
            " something by then: confirmed, in action, monitoring, closed or recurred.",
            Unit.share, Better.either, "theme", _taken_up, flows=False,
        ),
        Kind(
            "actions", "Actions overdue", "overdue", "open actions",
            "Of the actions planned and not yet done at the end of the period, those whose due day"
            " had passed. What was given up does not count.",
            Unit.share, Better.down, "action", _overdue, flows=False,
        ),
        Kind(
            "done", "Actions done in time", "by their due day", "actions done",
            "Of the actions done in the period, those that were done by their due day.",
            Unit.share, Better.up, "action", _done,
        ),
        Kind(
            "reviews", "Reviews held", "held", "reviews",
            "Improvement reviews that you may read, closed with minutes in the period. They belong"
            " to no department and are always all counted.",
            Unit.number, Better.either, "review", _reviews,
        ),
    )
}  # fmt: skip


# Counting -------------------------------------------------------------------------------------


def figures(ledger: Ledger, *, today: date, quarters: int = 8) -> list[Figure]:
    """Every figure over the last so many quarters, the one that runs included."""
    spans = until(today, quarters)
    earlier = [quarter.plus(-quarters) for quarter in spans]
    return [_figure(ledger, kind, spans, earlier, today) for kind in KINDS.values()]


def days_of(quarters: Sequence[Quarter], today: date) -> Span:
    """The days of these quarters, as far as they are over."""
    found = span_of(quarters)
    return Span(found.first, min(found.last, today))


def _figure(
    ledger: Ledger, kind: Kind, spans: Sequence[Quarter], earlier: Sequence[Quarter], today: date
) -> Figure:
    points = [
        point(kind.items(ledger, days_of([quarter], today)), kind, quarter.title, quarter.name,
              partial=today in quarter.span)
        for quarter in spans
    ]  # fmt: skip
    now = _period(ledger, kind, spans, today)
    before = _period(ledger, kind, earlier, today)
    compared = kind.flows and kind.unit is Unit.share
    return Figure(
        kind=kind,
        now=now,
        before=before,
        points=points,
        # What stands at the end of one quarter mostly stands at the end of the next too; a test
        # for independent counts would say of it what it cannot know.
        verdict=trend([p.counted for p in points], [p.things for p in points]).verdict
        if compared
        else None,
        change=effect(before.counted, before.things, now.counted, now.things)
        if compared and _has_spread(before) and _has_spread(now)
        else None,
        parts=_parts(ledger, kind, today),
    )


def _has_spread(found: Point) -> bool:
    """Whether some count and some do not: of all or none the interval of a ratio says nothing."""
    return 0 < found.counted < found.things


def _period(ledger: Ledger, kind: Kind, quarters: Sequence[Quarter], today: date) -> Point:
    title = f"{quarters[0].title} to {quarters[-1].title}"
    items = kind.items(ledger, days_of(quarters, today))
    return point(items, kind, title, "", partial=today in span_of(quarters))


def point(
    items: Sequence[Item], kind: Kind, title: str, name: str, *, partial: bool = False
) -> Point:
    """A figure over the things behind it."""
    things = sum(item.many for item in items)
    counted = sum(item.many for item in items if item.counts)
    values = sorted(item.value for item in items if item.value is not None)
    return Point(
        title=title,
        name=name,
        things=things,
        counted=counted,
        rate=rate(counted, things) if kind.unit is Unit.share and items else None,
        median=median(values) if values else None,
        p90=percentile(values, 0.9) if values else None,
        partial=partial,
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The value that at least this share of the sorted `values` does not exceed (nearest rank)."""
    place = max(0, -int(-share * len(values) // 1) - 1)
    return values[min(place, len(values) - 1)]


def _parts(ledger: Ledger, kind: Kind, today: date) -> list[tuple[str, int]]:
    """What the things of a figure are made of today: themes by state, open actions by age."""
    found = Counter(name for name, _ in _in_parts(ledger, kind, today))
    return [(name, found[name]) for name in PARTS.get(kind.key, ())]


# The names of the parts that a figure is made of.
PARTS: Mapping[str, Sequence[str]] = {
    "themes": [stage.value for stage in Stage], "actions": [name for _, name in AGES],
}  # fmt: skip


def _in_parts(ledger: Ledger, kind: Kind, today: date) -> Iterable[tuple[str, int]]:
    """Each thing of a figure with the part that it belongs to."""
    if kind.key == "themes":
        return [(stage.value, row.theme.id) for row in ledger.themes if (stage := row.on(today))]
    if kind.key == "actions":
        return [
            (_age((today - row.created_at.date()).days), row.id)
            for row in ledger.actions
            if _is_open(row, today)
        ]
    return []


def _age(days: int) -> str:
    return next(name for first, name in reversed(AGES) if days >= first)


def part(ledger: Ledger, kind: Kind, name: str, today: date) -> list[Item]:
    """The things of one part of a figure, by their numbers."""
    numbers = [number for where, number in _in_parts(ledger, kind, today) if where == name]
    return [Item(number, True) for number in sorted(numbers)]


def behind(ledger: Ledger, kind: Kind, quarters: Sequence[Quarter], today: date) -> list[Item]:
    """The things behind a figure over these quarters: those that count first."""
    items = kind.items(ledger, days_of(quarters, today))
    return sorted(items, key=lambda item: (not item.counts, -(item.value or 0), item.id))
