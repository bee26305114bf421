"""What a review has before it: the actions of the last one, then themes with what is known of each.

What is known is written down when the review is planned and once more when it begins, from what
everybody may see: a review is read by people with different rights, and so are its documents. The
texts that stand for a theme are not written down but read each time, with the rights of the reader.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, lazyload

from analytics import effects, placements, standing
from analytics.models import Theme, ThemeMember
from analytics.review_models import (
    OPEN,
    Action,
    Review,
    ReviewItem,
    ReviewLook,
    ReviewState,
)
from analytics.trends import Rate, rate
from content.access import Action as Can
from content.access import require
from content.errors import Conflict, Invalid, NotFound
from content.models import Issue, Lesson, Project
from content.types import ANYBODY, Actor, Kind

# Texts that stand for a theme, and how far down its list they are looked for.
TYPICAL, RANKS = 3, 30
# Minutes at the end for a summary, where there are so many in all.
END_MINUTES, LONG = 5, 30
NOTE_MOST = 5_000


# What is known --------------------------------------------------------------------------------


def prepare(session: Session, review: Review, *, at: datetime) -> None:
    """Write down what is known of each theme on the agenda."""
    found = known(
        session,
        [item.theme for item in review.items],
        review.period_from,
        review.period_to,
        today=at.date(),
    )
    for item in review.items:
        item.known = found[item.theme.id]


def known(
    session: Session,
    themes: Sequence[Theme],
    since: date | None,
    until: date | None,
    *,
    today: date,
) -> dict[int, dict[str, Any]]:
    """What everybody may know of each theme: hits in a period and over the years, by department."""
    closed = standing.closed_projects(session)
    inside = [project for project in closed if _is_within(project, since, until)]
    hit_by = standing.projects_hit(session, {project.id for project in closed}, by=ANYBODY)
    rows = standing.standings(session, themes, by=ANYBODY, today=today)
    return {row.theme.id: _written(row, inside, hit_by.get(row.theme.id, set())) for row in rows}


def _is_within(project: Project, since: date | None, until: date | None) -> bool:
    day = project.closed_on
    assert day is not None  # closed projects have one
    return (since is None or day >= since) and (until is None or day <= until)


def _written(
    row: standing.Standing, inside: Sequence[Project], hit: Collection[int]
) -> dict[str, Any]:
    every = Counter(_department(project) for project in inside)
    those_hit = Counter(_department(project) for project in inside if project.id in hit)
    in_period = rate(those_hit.total(), every.total())
    return {
        "title": row.theme.title,
        "hit": in_period.hits, "projects": in_period.projects,
        "low": round(in_period.low, 4), "high": round(in_period.high, 4),
        "all_hit": row.hit, "all_projects": row.projects,
        "recurrence": round(row.recurrence.score, 4),
        "parts": {name: round(value, 4) for name, value in row.recurrence.parts.items()},
        "verdict": row.trend.verdict.value,
        "years": [
            [year, *_counted(one)] for year, one in zip(row.years, row.trend.rates, strict=True)
        ],
        "departments": [
            [name, *_counted(rate(those_hit[name], every[name]))] for name in sorted(every)
        ],
        "days": row.days, "cost": row.cost,
    }  # fmt: skip


def _counted(one: Rate) -> list[float]:
    return [one.hits, one.projects, round(one.low, 4), round(one.high, 4)]


def _department(project: Project) -> str:
    return project.department.name if project.department else "No department"


@dataclass(frozen=True, slots=True)
class Typical:
    """A text that stands for a theme."""

    kind: Kind
    id: int
    title: str
    text: str
    project: str


def typical(
    session: Session, theme_ids: Collection[int], *, by: Actor
) -> Mapping[int, Sequence[Typical]]:
    """The most typical texts of each theme among those that `by` reads whole."""
    require(by, Can.theme_read)
    near = (ThemeMember.theme_id.in_(theme_ids), ThemeMember.rank <= RANKS)
    lessons = placements.of_lessons(by).where(*near)
    lessons = lessons.options(joinedload(Lesson.project), lazyload(Lesson.topic_rows))
    issues = placements.of_issues(by).where(*near).options(joinedload(Issue.project))
    found: dict[int, list[Typical]] = {number: [] for number in theme_ids}
    rows = [*session.execute(lessons), *session.execute(issues)]
    for member, text in sorted(rows, key=lambda pair: pair[0].rank):
        if len(found[member.theme_id]) < TYPICAL:
            found[member.theme_id].append(_typical(member.kind, text))
    return found


def _typical(kind: Kind, text: Lesson | Issue) -> Typical:
    code = text.project.code if text.project else ""
    if isinstance(text, Lesson):
        said = text.recommendation or text.lesson or text.driving_event
        return Typical(kind, text.id, text.headline, said, code)
    return Typical(kind, text.id, text.title, text.description, code)


# Order and time -------------------------------------------------------------------------------


def share_out(minutes: int, themes: int, *, looks_back: bool) -> tuple[int, int]:
    """Minutes for the actions of the last review and for each theme, out of all minutes."""
    back = max(5, round(minutes * 0.15 / 5) * 5) if looks_back else 0
    rest = minutes - back - (END_MINUTES if minutes >= LONG else 0)
    return back, max(1, rest // max(themes, 1))


def arrange(review: Review, order: Sequence[int]) -> None:
    """Put the themes into an order of their numbers; those not named follow as they stood."""
    place = {number: position for position, number in enumerate(order)}
    for position, item in enumerate(
        sorted(review.items, key=lambda item: (place.get(item.id, len(place)), item.position)), 1
    ):
        item.position = position
    review.items.sort(key=lambda item: item.position)


def shift(session: Session, item: ReviewItem, step: int, *, by: Actor, at: datetime) -> None:
    """Move a theme up (-1) or down (1) on the agenda."""
    require(by, Can.theme_run)
    review = item.review
    require_open(review)
    order = [one.id for one in review.items]
    here = order.index(item.id)
    there = min(max(here + step, 0), len(order) - 1)
    order.insert(there, order.pop(here))
    arrange(review, order)
    session.flush()


def give_time(
    session: Session, review: Review, back: int, minutes: Mapping[int, int], *, by: Actor
) -> None:
    """Say how many minutes each part of the agenda has.

    Raises:
        Invalid: a part has less than none, or more than the day.
    """
    require(by, Can.theme_run)
    require_open(review)
    if any(not 0 <= many <= 600 for many in (back, *minutes.values())):
        raise Invalid("Give each part from 0 to 600 minutes.")
    review.back_minutes = back
    for item in review.items:
        item.minutes = minutes.get(item.id, item.minutes)
    session.flush()


def require_open(review: Review) -> None:
    """Pass while a review is planned or runs.

    Raises:
        Conflict: it is over.
    """
    if review.state not in (ReviewState.planned, ReviewState.running):
        raise Conflict(f"This review is {review.state}.")


# Looking back ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Back:
    """An action of an earlier review, and what this one said of it."""

    action: Action
    effect: str  # the sentence; empty while there is none
    overdue: bool
    look: ReviewLook | None


def past(session: Session, review: Review) -> Sequence[Review]:
    """The closed reviews before this one, the latest first, each with what it decided."""
    query = (
        select(Review)
        .where(
            Review.state == ReviewState.closed,
            Review.starts_at < review.starts_at,
            Review.id != review.id,
        )
        .options(joinedload(Review.items).load_only(*_DECIDED))
        .order_by(Review.starts_at.desc(), Review.id.desc())
    )
    return session.scalars(query).unique().all()


# Of a theme of an earlier review: neither its notes nor what was known of it then.
_DECIDED = (
    ReviewItem.review_id, ReviewItem.theme_id, ReviewItem.position, ReviewItem.outcome,
    ReviewItem.defer_until, ReviewItem.reason,
)  # fmt: skip


def items_of(reviews: Sequence[Review]) -> dict[int, int]:
    """The items of these reviews, each with the number of its review."""
    return {item.id: review.id for review in reviews for item in review.items}


def looking_back(
    session: Session,
    review: Review,
    earlier: Sequence[Review],
    led_to: Sequence[Action],
    *,
    reader: Actor,
    today: date,
) -> list[Back]:
    """The actions of the review before, and those of older ones that are still open.

    `earlier` are the reviews before, the latest first, and `led_to` the actions of their items that
    `reader` sees; effects are what `reader` may know of.
    """
    if not earlier:
        return []
    items = items_of(earlier)
    looks = {look.action_id: look for look in review.looks}
    record = effects.record(session, by=reader)
    return [
        Back(
            action=row,
            effect=_effect(record, row),
            overdue=row.state in OPEN and row.due_on is not None and row.due_on < today,
            look=looks.get(row.id),
        )
        for row in led_to
        if row.item_id in items and (items[row.item_id] == earlier[0].id or row.state in OPEN)
    ]


def _effect(record: effects.Record, row: Action) -> str:
    found = effects.outcome(record, row)
    return found.effect.sentence if found is not None else ""


def look_at(
    session: Session,
    review: Review,
    action_id: int,
    *,
    looked: bool,
    note: str,
    by: Actor,
    at: datetime,
    version: int = 0,
) -> ReviewLook:
    """Say that an action was looked at, with a note; `version` is the one that was shown.

    Raises:
        NotFound: no such action. Conflict: somebody wrote since. Invalid: the note is too long.
    """
    require(by, Can.theme_run)
    require_open(review)
    if session.get(Action, action_id) is None:
        raise NotFound("There is no such action.")
    if len(note) > NOTE_MOST:
        raise Invalid(f"At most {NOTE_MOST:,} characters.")
    row = next((one for one in review.looks if one.action_id == action_id), None)
    if row is None:
        row = ReviewLook(action_id=action_id)
        review.looks.append(row)
    elif row.version != version:
        raise Conflict("Somebody wrote meanwhile. Their note is shown; put yours beside it.")
    row.looked_at = (row.looked_at or at) if looked else None
    row.note = note.strip()
    session.flush()
    return row


# What was decided before ----------------------------------------------------------------------


def decided_before(review: Review, earlier: Sequence[Review]) -> Mapping[int, Sequence[ReviewItem]]:
    """What earlier reviews decided about the themes of a review, the latest first, by theme.

    Who is asked to a review reads it, also of reviews that they were not asked to: to decide anew
    one must know what was decided. Notes, points and people stay with the earlier review.
    """
    themes = {item.theme_id for item in review.items}
    found: dict[int, list[ReviewItem]] = {}
    for old in earlier:
        for item in old.items:
            if item.theme_id in themes and item.outcome is not None:
                found.setdefault(item.theme_id, []).append(item)
    return found
