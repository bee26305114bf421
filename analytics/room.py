"""In the room of a review: silent votes, the item all are at, its clock, notes and decisions.

Votes are points, at most `POINTS` of each person in a review. Nobody sees a sum before the votes
are shown, and nothing can be given afterwards. The clock stands in the database, so that every
device shows the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from analytics import stages
from analytics.agenda import arrange, require_open
from analytics.models import Stage
from analytics.review_models import Outcome, Review, ReviewItem, ReviewState, ReviewVote
from content import activity
from content.access import Action as Can
from content.access import require
from content.errors import Conflict, Forbidden, Invalid, NotFound
from content.types import Actor

# Points that each person may give in a review.
POINTS = 5
TEXT_MOST = 20_000
# The first part of the agenda: the actions of the last review.
BACK = 0
# Minutes that the clock gets when it is asked for more.
MORE = 5


# Votes ----------------------------------------------------------------------------------------


def vote(
    session: Session, review: Review, points: Mapping[int, int], *, by: Actor, at: datetime
) -> None:
    """Give the themes points, by the numbers of their items; the last word of a person counts.

    Raises:
        Forbidden: `by` is not invited. Conflict: it is over, or the votes are shown.
        Invalid: too many points. NotFound: an item is not on the agenda.
    """
    require_open(review)
    if not is_invited(review, by):
        raise Forbidden("Only those who are invited vote.")
    if review.revealed_at is not None:
        raise Conflict("The votes are shown already; nobody can give points now.")
    if any(many < 0 for many in points.values()) or sum(points.values()) > POINTS:
        raise Invalid(f"You have {POINTS} points in all; take some back first.")
    for number in points:
        item_of(review, number)
    for item in review.items:
        row = next((row for row in item.votes if row.person_id == by.id), None)
        if row is None:
            row = ReviewVote(person_id=by.id)
            item.votes.append(row)
        row.points = points.get(item.id, 0)
    session.flush()


def reveal(session: Session, review: Review, shown: bool, *, by: Actor, at: datetime) -> None:
    """Show the votes to all, or hide them again and let people vote on.

    Raises:
        Conflict: the review is over, or who gave what is forgotten: people would give theirs twice.
    """
    require(by, Can.theme_run)
    require_open(review)
    if not shown and any(item.points is not None for item in review.items):
        raise Conflict("Who gave what is forgotten since this review was closed; the points stay.")
    review.revealed_at = at if shown else None
    session.flush()
    _note(session, review, "show votes" if shown else "hide votes", by=by, at=at)


def arrange_by_points(session: Session, review: Review, *, by: Actor, at: datetime) -> None:
    """Put the themes into the order of their points; equal ones stay as they are.

    Raises:
        Conflict: the votes are not shown yet, so that the order would tell them.
    """
    require(by, Can.theme_run)
    require_open(review)
    if review.revealed_at is None:
        raise Conflict("Show the votes first.")
    arrange(review, [i.id for i in sorted(review.items, key=lambda i: (-sum_of(i), i.position))])
    session.flush()


def forget_names(review: Review) -> None:
    """Keep the sums of a review without names, and forget who gave them."""
    if review.names_votes:
        return
    for item in review.items:
        item.points = sum_of(item)
        item.votes.clear()


def sum_of(item: ReviewItem) -> int:
    """All points of a theme."""
    return (item.points or 0) + sum(row.points for row in item.votes)


@dataclass(frozen=True, slots=True)
class Tally:
    """The votes for one theme: all points, one's own, and with names where those are shown."""

    points: int | None  # None while nobody may see them
    own: int
    names: tuple[tuple[str, int], ...]


def tallies(review: Review, *, by: Actor) -> dict[int, Tally]:
    """The votes of each item; before they are shown people see their own only."""
    shown = review.revealed_at is not None
    return {
        item.id: Tally(
            points=sum_of(item) if shown else None,
            own=sum(row.points for row in item.votes if row.person_id == by.id),
            names=tuple((row.person.name, row.points) for row in item.votes if row.points)
            if shown and review.names_votes
            else (),
        )
        for item in review.items
    }


def voters(review: Review) -> int:
    """How many people have given their votes, none of it said who."""
    return len({row.person_id for item in review.items for row in item.votes})


def has_voted(review: Review, by: Actor) -> bool:
    """Whether a person has given their votes."""
    return any(row.person_id == by.id for item in review.items for row in item.votes)


def is_invited(review: Review, by: Actor) -> bool:
    """Whether a person is among those who were invited."""
    return by.id in {row.person_id for row in review.people}


# Where the room is, and its clock -------------------------------------------------------------


def go(session: Session, review: Review, item_id: int, *, by: Actor, at: datetime) -> None:
    """Go to a part of the agenda (`BACK`, or an item); its clock starts.

    Raises:
        Conflict: the review does not run. NotFound: it is not on the agenda.
    """
    require(by, Can.theme_run)
    _require_running(review)
    minutes = review.back_minutes
    if item_id != BACK:
        minutes = item_of(review, item_id).minutes
    review.item_now, review.timer_left = item_id, None
    review.timer_ends_at = at + timedelta(minutes=minutes)
    session.flush()


def set_clock(
    session: Session,
    review: Review,
    step: Literal["start", "pause", "more"],
    *,
    by: Actor,
    at: datetime,
) -> None:
    """Start the clock, let it rest, or give it five minutes more."""
    require(by, Can.theme_run)
    _require_running(review)
    seconds = left(review, at) or 0
    runs = review.timer_ends_at is not None
    if step == "more":
        seconds = max(seconds, 0) + MORE * 60
    elif step == "start":
        runs, seconds = True, seconds if seconds > 0 else MORE * 60
    else:
        runs, seconds = False, max(seconds, 0)
    review.timer_ends_at = at + timedelta(seconds=seconds) if runs else None
    review.timer_left = None if runs else seconds
    session.flush()


def left(review: Review, at: datetime) -> int | None:
    """Seconds that the part has left, below zero when it is over its time; None without a clock."""
    if review.timer_ends_at is not None:
        return round((review.timer_ends_at - at).total_seconds())
    return review.timer_left


def item_of(review: Review, item_id: int) -> ReviewItem:
    """One theme of a review.

    Raises:
        NotFound: it is not on the agenda.
    """
    for item in review.items:
        if item.id == item_id:
            return item
    raise NotFound("This is not on the agenda.")


def following(review: Review) -> ReviewItem | None:
    """The theme after the one where the room is; None at the end."""
    order = [item.id for item in review.items]
    here = order.index(review.item_now) if review.item_now in order else -1
    return review.items[here + 1] if here + 1 < len(order) else None


# Notes and decisions --------------------------------------------------------------------------


def take_notes(
    session: Session, item: ReviewItem, text: str, *, by: Actor, at: datetime, version: int
) -> None:
    """Write down what is said about a theme.

    Raises:
        Conflict: somebody wrote since `version`, or the review is over. Invalid: too long.
    """
    require(by, Can.theme_run)
    require_open(item.review)
    if text.strip() == item.notes:
        return
    if version != item.notes_version:
        raise Conflict("Somebody wrote meanwhile. Their text is below; put yours beside it.")
    if len(text) > TEXT_MOST:
        raise Invalid(f"At most {TEXT_MOST:,} characters.")
    item.notes, item.notes_version = text.strip(), item.notes_version + 1
    session.flush()


def decide(
    session: Session,
    item: ReviewItem,
    outcome: Outcome | None,
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
    until: date | None = None,
) -> None:
    """Decide about a theme: adopt it, put it off to a day, or reject it; None takes that back.

    Raises:
        Invalid: the day or the reason is missing. Conflict: the review is over.
    """
    require(by, Can.theme_run)
    require_open(item.review)
    if outcome is Outcome.defer and (until is None or until <= at.date()):
        raise Invalid("Say until when it is put off.", {"until": "Say until when: a day to come."})
    if outcome is Outcome.reject and not reason.strip():
        raise Invalid("Say why it is rejected.", {"reason": "Say why."})
    item.outcome, item.reason = outcome, reason.strip()[:TEXT_MOST]
    item.defer_until = until if outcome is Outcome.defer else None
    item.decided_by_id, item.decided_at = (by.id, at) if outcome else (None, None)
    if outcome is Outcome.adopt and item.theme.stage is Stage.proposed:
        stages.adopted(session, item.theme, at=at)
    session.flush()
    verb = outcome.value if outcome else "take decision back"
    _note(session, item.review, verb, by=by, at=at, theme=item.theme_id)


def _require_running(review: Review) -> None:
    if review.state is not ReviewState.running:
        raise Conflict(f"This review is {review.state}; it has to run for that.")


def _note(
    session: Session, review: Review, verb: str, *, by: Actor, at: datetime, **detail: object
) -> None:
    activity.record(session, "review", review.id, verb, by=by, at=at, detail=detail)
