"""Improvement reviews: planned over themes, voted on in silence, decided, and closed with minutes.

The verbs and reads of reviews. Votes are points, at most `POINTS` of each person in a review; they
are shown as sums, with names only where the review says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from analytics import catalogue, standing
from analytics.models import Stage
from analytics.review_models import (
    Outcome,
    Review,
    ReviewItem,
    ReviewPerson,
    ReviewState,
    ReviewVote,
)
from content import activity, jobs
from content.access import Action as Can
from content.access import require
from content.errors import Conflict, Forbidden, Invalid, NotFound
from content.models import Person
from content.types import ANYBODY, Actor

# Points that each person may give in a review.
POINTS = 5
TITLE_MOST, TEXT_MOST = 200, 20_000
ITEMS_MOST = 12


# Planning -------------------------------------------------------------------------------------


def plan(
    session: Session,
    values: Mapping[str, Any],
    theme_ids: Sequence[int],
    person_ids: Sequence[int],
    *,
    by: Actor,
    at: datetime,
) -> Review:
    """Plan a review over themes; its people are invited by mail.

    `values` are `title`, `starts_at`, `minutes`, `place`, `names_votes`.

    Raises:
        Invalid: the title, the day, the themes or the people are missing.
    """
    require(by, Can.theme_run)
    problems = _problems(values, theme_ids, person_ids)
    if problems:
        raise Invalid("Please look at the fields below.", problems)
    review = Review(
        title=str(values["title"]).strip(), state=ReviewState.planned,
        starts_at=values["starts_at"], minutes=values.get("minutes") or 90,
        place=str(values.get("place") or "").strip(), names_votes=bool(values.get("names_votes")),
        by_id=by.id, created_at=at,
    )  # fmt: skip
    session.add(review)
    # What is written down is shown to all who are invited: it counts what everybody may read.
    open_ = catalogue.themes(session, by=ANYBODY)
    known = {
        row.theme.id: row for row in standing.standings(session, open_, by=ANYBODY, today=at.date())
    }
    chosen = [known[number] for number in dict.fromkeys(theme_ids) if number in known]
    chosen.sort(key=lambda row: -row.recurrence.score)
    review.items = [
        ReviewItem(theme_id=row.theme.id, position=place, known=_known(row))
        for place, row in enumerate(chosen[:ITEMS_MOST], 1)
    ]
    people = session.scalars(
        select(Person).where(Person.id.in_(person_ids), Person.active.is_(True))
    ).all()
    review.people = [ReviewPerson(person_id=person.id) for person in people]
    session.flush()
    _note(session, review, "plan review", by=by, at=at)
    for person in people:
        jobs.enqueue(session, "mail", _invitation(review, person), by=by, at=at)
    return review


def _problems(
    values: Mapping[str, Any], theme_ids: Sequence[int], person_ids: Sequence[int]
) -> dict[str, str]:
    problems = {}
    title = str(values.get("title") or "").strip()
    if not title or len(title) > TITLE_MOST:
        problems["title"] = f"Give it a title of up to {TITLE_MOST} characters."
    if values.get("starts_at") is None:
        problems["starts_at"] = "Say when it begins."
    if not theme_ids:
        problems["themes"] = "Choose at least one theme."
    if not person_ids:
        problems["people"] = "Invite at least one person."
    return problems


def _known(row: standing.Standing) -> dict[str, Any]:
    """What is kept of a theme's standing, so that the minutes say what people saw."""
    return {
        "hit": row.hit, "projects": row.projects, "recurrence": round(row.recurrence.score, 4),
        "verdict": row.trend.verdict.value, "days": row.days, "title": row.theme.title,
    }  # fmt: skip


def _invitation(review: Review, person: Person) -> dict[str, Any]:
    return {
        "template": "review", "to": person.email, "name": person.name, "title": review.title,
        "begins": f"{review.starts_at:%d %B %Y, %H:%M} UTC", "place": review.place,
        "path": f"/reviews/{review.id}", "themes": [item.known["title"] for item in review.items],
    }  # fmt: skip


def _note(
    session: Session, review: Review, verb: str, *, by: Actor, at: datetime, **detail: Any
) -> None:
    activity.record(session, "review", review.id, verb, by=by, at=at, detail=detail)


# In the room ----------------------------------------------------------------------------------


def vote(session: Session, item: ReviewItem, points: int, *, by: Actor, at: datetime) -> None:
    """Give a theme points; the last word of a person counts.

    Raises:
        Forbidden: `by` is not invited. Conflict: the review is over. Invalid: too many points.
    """
    review = item.review
    _require_open(review)
    if by.id not in {row.person_id for row in review.people}:
        raise Forbidden("Only those who are invited vote.")
    given = {
        other.id: row.points
        for other in review.items
        for row in other.votes
        if row.person_id == by.id
    }
    given[item.id] = max(points, 0)
    if sum(given.values()) > POINTS:
        raise Invalid(f"You have {POINTS} points in all; take some back first.")
    row = next((row for row in item.votes if row.person_id == by.id), None)
    if row is None:
        item.votes.append(ReviewVote(person_id=by.id, points=given[item.id]))
    else:
        row.points = given[item.id]
    session.flush()


def take_notes(
    session: Session, item: ReviewItem, text: str, *, by: Actor, at: datetime, version: int
) -> None:
    """Write down what is said about a theme.

    Raises:
        Conflict: somebody wrote since `version`, or the review is over. Invalid: too long.
    """
    require(by, Can.theme_run)
    _require_open(item.review)
    if version != item.version:
        raise Conflict("Somebody wrote meanwhile. Their text is below; put yours beside it.")
    if len(text) > TEXT_MOST:
        raise Invalid(f"At most {TEXT_MOST:,} characters.")
    item.notes = text.strip()
    session.flush()


def decide(
    session: Session,
    item: ReviewItem,
    outcome: Outcome,
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
    until: date | None = None,
) -> None:
    """Decide about a theme: adopt it, put it off to a day, or reject it with a reason.

    Raises:
        Invalid: the day or the reason is missing. Conflict: the review is over.
    """
    require(by, Can.theme_run)
    _require_open(item.review)
    if outcome is Outcome.defer and until is None:
        raise Invalid("Say until when it is put off.", {"until": "Say until when."})
    if outcome is Outcome.reject and not reason.strip():
        raise Invalid("Say why it is rejected.", {"reason": "Say why."})
    item.outcome, item.reason = outcome, reason.strip()
    item.defer_until = until if outcome is Outcome.defer else None
    item.decided_by_id, item.decided_at = by.id, at
    if outcome is Outcome.adopt and item.theme.stage is Stage.proposed:
        item.theme.stage = Stage.confirmed
    session.flush()
    _note(session, item.review, outcome.value, by=by, at=at, theme=item.theme_id)


def move(
    session: Session,
    review: Review,
    state: ReviewState,
    *,
    by: Actor,
    at: datetime,
    summary: str = "",
) -> None:
    """Begin, close or cancel a review; its people get the minutes when it is closed.

    Raises:
        Conflict: not from the state that it is in.
    """
    require(by, Can.theme_run)
    if (review.state, state) not in MOVES:
        raise Conflict(f"A review that is {review.state} cannot be {state}.")
    before, review.state = review.state, state
    if state is ReviewState.closed:
        review.closed_at, review.summary = at, summary.strip()[:TEXT_MOST]
        for row in review.people:
            jobs.enqueue(session, "mail", _minutes_mail(review, row.person), by=by, at=at)
    session.flush()
    activity.record(session, "review", review.id, state.value, by=by, at=at, moved=(before, state))


MOVES = {
    (ReviewState.planned, ReviewState.running),
    (ReviewState.planned, ReviewState.cancelled),
    (ReviewState.running, ReviewState.closed),
    (ReviewState.closed, ReviewState.running),
    (ReviewState.cancelled, ReviewState.planned),
}


def _minutes_mail(review: Review, person: Person) -> dict[str, Any]:
    decided = [
        f"{item.known['title']}: {item.outcome or 'not decided'}"
        + (f" until {item.defer_until:%d %B %Y}" if item.defer_until else "")
        + (f" ({item.reason})" if item.reason else "")
        for item in review.items
    ]
    return {
        "template": "minutes", "to": person.email, "name": person.name, "title": review.title,
        "summary": review.summary, "decided": decided, "path": f"/reviews/{review.id}",
    }  # fmt: skip


def _require_open(review: Review) -> None:
    if review.state not in (ReviewState.planned, ReviewState.running):
        raise Conflict(f"This review is {review.state}.")


# Reads ----------------------------------------------------------------------------------------


def listing(session: Session, *, by: Actor) -> Sequence[Review]:
    """The reviews, the latest first."""
    require(by, Can.theme_read)
    query = select(Review).options(selectinload(Review.items), selectinload(Review.people))
    return session.scalars(query.order_by(Review.starts_at.desc(), Review.id.desc())).all()


def get(session: Session, review_id: int, *, by: Actor) -> Review:
    """One review with its people, themes and votes.

    Raises:
        NotFound: there is none.
    """
    require(by, Can.theme_read)
    review = session.get(
        Review, review_id,
        options=[
            selectinload(Review.people).joinedload(ReviewPerson.person),
            selectinload(Review.items).joinedload(ReviewItem.theme),
            selectinload(Review.items).selectinload(ReviewItem.votes).joinedload(ReviewVote.person),
            joinedload(Review.by),
        ],
    )  # fmt: skip
    if review is None:
        raise NotFound("There is no such review.")
    return review


def item_of(review: Review, item_id: int) -> ReviewItem:
    """One theme of a review.

    Raises:
        NotFound: it is not on the agenda.
    """
    for item in review.items:
        if item.id == item_id:
            return item
    raise NotFound("This is not on the agenda.")


@dataclass(frozen=True, slots=True)
class Tally:
    """The votes for one theme: all points, one's own, and with names where those are shown."""

    points: int
    own: int
    names: tuple[tuple[str, int], ...]


def tallies(review: Review, *, by: Actor) -> dict[int, Tally]:
    """The votes of each item; before the review begins people see their own only."""
    open_ = review.state is not ReviewState.planned
    return {
        item.id: Tally(
            points=sum(row.points for row in item.votes) if open_ else 0,
            own=sum(row.points for row in item.votes if row.person_id == by.id),
            names=tuple((row.person.name, row.points) for row in item.votes if row.points)
            if open_ and review.names_votes
            else (),
        )
        for item in review.items
    }


def before(session: Session, review: Review) -> Review | None:
    """The closed review before this one, whose actions are looked at first."""
    query = select(Review).where(
        Review.state == ReviewState.closed, Review.starts_at < review.starts_at
    )
    return session.scalars(query.order_by(Review.starts_at.desc()).limit(1)).first()
