"""Improvement reviews: planned over themes, held in a room, and closed with minutes.

The life of a review and who reads it. What it has before it is in `agenda`, what happens while it
is held in `room`, and what people are told in `invitations`.

A review is read by those who are invited and by the PMO: people speak more freely among themselves.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from analytics import agenda, catalogue, invitations, room
from analytics.review_models import (
    Outcome,
    Review,
    ReviewItem,
    ReviewPerson,
    ReviewState,
    ReviewVote,
)
from content import activity
from content.access import Action as Can
from content.access import can, require
from content.errors import Conflict, Invalid, NotFound
from content.models import Person
from content.types import ANYBODY, Actor

TITLE_MOST, TEXT_MOST = 200, 20_000
ITEMS_MOST = 12
# Days that a review looks at when there was none before it, or one that ended too lately for new
# projects to have closed since.
PERIOD, PERIOD_LEAST = 365, 28
FIELDS = (
    "title", "starts_at", "minutes", "place", "names_votes", "period_from", "period_to",
)  # fmt: skip


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

    `values` are `FIELDS`; what is not given has its default.

    Raises:
        Invalid: the title, the day, the themes or the people are missing.
    """
    require(by, Can.theme_run)
    _refuse_gaps(values, theme_ids, person_ids)
    review = Review(state=ReviewState.planned, by_id=by.id, created_at=at)
    _take(review, values)
    session.add(review)
    review.people = [ReviewPerson(person=person) for person in _people(session, person_ids)]
    _put_on_agenda(session, review, theme_ids, at=at)
    _note(session, review, "plan review", by=by, at=at)
    people = [row.person for row in review.people]
    invitations.tell(session, review, people, "invited", by=by, at=at)
    return review


def edit(
    session: Session,
    review: Review,
    values: Mapping[str, Any],
    theme_ids: Sequence[int],
    person_ids: Sequence[int],
    *,
    by: Actor,
    at: datetime,
    version: int | None = None,
) -> None:
    """Change a planned review; people hear when it moves, when they are asked in, or no more.

    Raises:
        Conflict: it is not planned, or somebody saved it since `version`. Invalid: see `plan`.
    """
    require(by, Can.theme_run)
    if review.state is not ReviewState.planned:
        raise Conflict(f"A review that is {review.state} cannot be planned anew.")
    if version is not None and version != review.version:
        raise Conflict("Somebody saved this review while you were writing.")
    _refuse_gaps(values, theme_ids, person_ids)
    before = invitations.entry(review)
    _take(review, values)
    came, left = _change_people(review, _people(session, person_ids))
    _put_on_agenda(session, review, theme_ids, at=at)
    if invitations.entry(review) != before or came or left:
        review.sequence += 1
    session.flush()
    _note(session, review, "edit review", by=by, at=at)
    stayed = [row.person for row in review.people if row.person not in came]
    invitations.tell(session, review, came, "invited", by=by, at=at)
    invitations.tell(session, review, left, "cancelled", by=by, at=at)
    moved = {**invitations.entry(review), "sequence": before["sequence"]} != before
    invitations.tell(session, review, stayed if moved else (), "moved", by=by, at=at)


def _refuse_gaps(
    values: Mapping[str, Any], theme_ids: Sequence[int], person_ids: Sequence[int]
) -> None:
    problems = {}
    title = str(values.get("title") or "").strip()
    if not title or len(title) > TITLE_MOST:
        problems["title"] = f"Give it a title of up to {TITLE_MOST} characters."
    if values.get("starts_at") is None:
        problems["starts_at"] = "Say when it begins."
    since, until = values.get("period_from"), values.get("period_to")
    if since and until and since > until:
        problems["period_to"] = "The period ends before it begins."
    if not theme_ids:
        problems["themes"] = "Choose at least one theme."
    elif len(set(theme_ids)) > ITEMS_MOST:
        problems["themes"] = f"Choose at most {ITEMS_MOST} themes; more do not fit into a meeting."
    if not person_ids:
        problems["people"] = "Invite at least one person."
    if problems:
        raise Invalid("Please look at the fields below.", problems)


def _take(review: Review, values: Mapping[str, Any]) -> None:
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise ValueError(f"not fields of a review: {sorted(unknown)}")
    review.title = str(values["title"]).strip()
    review.starts_at = values["starts_at"]
    review.minutes = values.get("minutes") or 90
    review.place = str(values.get("place") or "").strip()
    review.names_votes = bool(values.get("names_votes"))
    review.period_from, review.period_to = values.get("period_from"), values.get("period_to")


def _people(session: Session, person_ids: Collection[int]) -> Sequence[Person]:
    query = select(Person).where(Person.id.in_(person_ids), Person.active.is_(True))
    return session.scalars(query.order_by(Person.name)).all()


def _change_people(review: Review, people: Sequence[Person]) -> tuple[list[Person], list[Person]]:
    """Who came and who left; the votes of those who left are taken out."""
    had = {row.person_id: row for row in review.people}
    wanted = {person.id for person in people}
    left = [row for number, row in had.items() if number not in wanted]
    for row in left:
        review.people.remove(row)
        for item in review.items:
            item.votes[:] = [one for one in item.votes if one.person_id != row.person_id]
    came = [person for person in people if person.id not in had]
    review.people.extend(ReviewPerson(person=person) for person in came)
    return came, [row.person for row in left]


def _put_on_agenda(
    session: Session, review: Review, theme_ids: Sequence[int], *, at: datetime
) -> None:
    """The themes, by recurrence where nobody has ordered them yet, with minutes for each."""
    # What is written down is shown to all who are invited: it counts what everybody may read.
    seen = {theme.id: theme for theme in catalogue.themes(session, by=ANYBODY)}
    had = {item.theme_id: item for item in review.items}
    for item in had.values():
        if item.theme_id not in theme_ids:
            review.items.remove(item)
    new = [seen[n] for n in dict.fromkeys(theme_ids) if n in seen and n not in had]
    review.items.extend(ReviewItem(theme=theme, position=ITEMS_MOST) for theme in new)
    session.flush()
    agenda.prepare(session, review, at=at)
    if not had:
        by_recurrence = sorted(review.items, key=lambda item: -item.known["recurrence"])
        agenda.arrange(review, [item.id for item in by_recurrence])
    else:
        agenda.arrange(review, [])
    if new or len(review.items) != len(had) or spent(review) > review.minutes:
        _share_out(session, review)
    session.flush()


def spent(review: Review) -> int:
    """Minutes that the parts of the agenda have together."""
    return review.back_minutes + sum(item.minutes for item in review.items)


def _share_out(session: Session, review: Review) -> None:
    """Propose minutes for each part; the PMO changes them as it likes."""
    looks_back = bool(agenda.past(session, review))
    review.back_minutes, each = agenda.share_out(
        review.minutes, len(review.items), looks_back=looks_back
    )
    for item in review.items:
        item.minutes = each


def _note(session: Session, review: Review, verb: str, *, by: Actor, at: datetime) -> None:
    activity.record(session, "review", review.id, verb, by=by, at=at)


# Its life -------------------------------------------------------------------------------------

MOVES = {
    (ReviewState.planned, ReviewState.running),
    (ReviewState.planned, ReviewState.cancelled),
    (ReviewState.running, ReviewState.closed),
    (ReviewState.closed, ReviewState.running),
    (ReviewState.cancelled, ReviewState.planned),
}


def move(
    session: Session,
    review: Review,
    state: ReviewState,
    *,
    by: Actor,
    at: datetime,
    was: ReviewState | None = None,
    summary: str = "",
) -> None:
    """Begin, close or cancel a review, or take that back; its people hear of it.

    Raises:
        Conflict: not from the state that it is in, or that is not what it `was`.
    """
    require(by, Can.theme_run)
    if (review.state, state) not in MOVES or was not in (None, review.state):
        raise Conflict(f"A review that is {review.state} cannot be {state}.")
    before, review.state = review.state, state
    if state is ReviewState.closed:
        _close(session, review, summary, by=by, at=at)
    elif state is ReviewState.running:
        _begin(session, review, before, by=by, at=at)
    else:
        review.sequence += 1
        people = [row.person for row in review.people]
        said: invitations.Said = "cancelled" if state is ReviewState.cancelled else "invited"
        invitations.tell(session, review, people, said, by=by, at=at)
    session.flush()
    activity.record(session, "review", review.id, state.value, by=by, at=at, moved=(before, state))


def _begin(
    session: Session, review: Review, before: ReviewState, *, by: Actor, at: datetime
) -> None:
    review.closed_at = None
    if before is not ReviewState.planned:
        return  # opened again: it stands where it stood
    agenda.prepare(session, review, at=at)
    first = review.items[0].id if review.items else room.BACK
    room.go(session, review, room.BACK if review.back_minutes else first, by=by, at=at)


def _close(session: Session, review: Review, summary: str, *, by: Actor, at: datetime) -> None:
    review.closed_at, review.summary = at, summary.strip()[:TEXT_MOST]
    review.revealed_at = review.revealed_at or at
    review.item_now = review.timer_ends_at = review.timer_left = None
    room.forget_names(review)
    invitations.send_minutes(session, review, by=by, at=at)


# Reads ----------------------------------------------------------------------------------------


def readable_by(actor: Actor) -> ColumnElement[bool]:
    """The filter of reviews that `actor` reads: those they are invited to; the PMO reads all."""
    if can(actor, Can.theme_run):
        return true()
    return Review.id.in_(select(ReviewPerson.review_id).where(ReviewPerson.person_id == actor.id))


def listing(session: Session, *, by: Actor) -> Sequence[Review]:
    """The reviews that `by` reads, the latest first."""
    require(by, Can.theme_read)
    query = (
        select(Review)
        .where(readable_by(by))
        .options(selectinload(Review.items), selectinload(Review.people))
    )
    return session.scalars(query.order_by(Review.starts_at.desc(), Review.id.desc())).all()


def find(session: Session, review_id: int, *more: ExecutableOption, by: Actor) -> Review | None:
    """One review, alone or with what is asked for `more`; None where there is none for `by`."""
    require(by, Can.theme_read)
    query = select(Review).where(Review.id == review_id, readable_by(by)).options(*more)
    return session.scalars(query).unique().one_or_none()


def get(session: Session, review_id: int, *, by: Actor) -> Review:
    """One review with its people, themes and votes.

    Raises:
        NotFound: there is none, or it is not for `by`.
    """
    items = selectinload(Review.items)
    review = find(
        session, review_id,
        joinedload(Review.by), joinedload(Review.looks),
        selectinload(Review.people).joinedload(ReviewPerson.person),
        items.joinedload(ReviewItem.theme), items.joinedload(ReviewItem.decided_by),
        items.selectinload(ReviewItem.votes).joinedload(ReviewVote.person),
        by=by,
    )  # fmt: skip
    if review is None:
        raise NotFound("There is no such review, or it is not open to you.")
    return review


@dataclass(frozen=True, slots=True)
class Invited:
    """A review that somebody is asked to, and whether they have given their points."""

    review: Review
    has_voted: bool


def invited_to(session: Session, *, by: Actor) -> list[Invited]:
    """The reviews ahead that `by` is asked to, the next one first."""
    require(by, Can.theme_read)
    voted = (
        select(ReviewVote.id)
        .join(ReviewItem)
        .where(ReviewItem.review_id == Review.id, ReviewVote.person_id == by.id)
        .exists()
    )
    query = (
        select(Review, voted)
        .join(ReviewPerson)
        .where(ReviewPerson.person_id == by.id)
        .where(Review.state.in_((ReviewState.planned, ReviewState.running)))
        .order_by(Review.starts_at, Review.id)
    )
    return [Invited(review, has_voted) for review, has_voted in session.execute(query)]


# The next one ---------------------------------------------------------------------------------


def deferred(session: Session, *, by: Actor, until: date) -> Mapping[int, date]:
    """Themes whose latest decision put them off to a day up to `until`, with that day."""
    require(by, Can.theme_run)
    query = (
        select(ReviewItem.theme_id, ReviewItem.outcome, ReviewItem.defer_until)
        .join(Review)
        .where(Review.state == ReviewState.closed, ReviewItem.outcome.is_not(None))
        .order_by(Review.starts_at, ReviewItem.id)
    )
    latest = {theme: (outcome, day) for theme, outcome, day in session.execute(query)}
    return {
        theme: day
        for theme, (outcome, day) in latest.items()
        if outcome is Outcome.defer and day is not None and day <= until
    }


def next_period(session: Session, *, today: date) -> tuple[date, date]:
    """The closed projects that the next review looks at: since the last one, else a year."""
    query = select(Review.period_to).where(
        Review.state == ReviewState.closed, Review.period_to.is_not(None)
    )
    last = session.scalars(query.order_by(Review.period_to.desc()).limit(1)).first()
    if last is None or (today - last).days < PERIOD_LEAST:
        return today - timedelta(days=PERIOD), today
    return last + timedelta(days=1), today
