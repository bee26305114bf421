"""Is a lesson still true? Its owner is asked when its review date comes, and says so.

The owner is its author, else the manager of its project, else the PMO. A lesson without a date is
due a year after it was published or last confirmed.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from content import activity, jobs, people
from content.access import Action, require
from content.db import UTCDateTime, aside
from content.errors import Conflict
from content.models import PUBLIC_STATES, Activity, Lesson, Person
from content.types import SYSTEM, Actor, Kind

# After this long a lesson without a date of its own is looked at again.
YEAR = timedelta(days=365)
# How long nobody is asked about the same lesson again.
REPEAT = timedelta(days=30)
ASK, CONFIRM = "ask whether true", "confirm"
# Lessons that one mail names; the next mail has the others.
MAILED_MOST = 20


def is_due(today: date) -> ColumnElement[bool]:
    """The filter of lessons that should be looked at again by `today`."""
    before = datetime.combine(today, time(), UTC) - YEAR
    last = func.coalesce(Lesson.confirmed_at, Lesson.published_at, type_=UTCDateTime)
    undated = and_(Lesson.review_by.is_(None), last <= before)
    in_use = aside(Lesson.state).in_(PUBLIC_STATES)
    return and_(in_use, or_(Lesson.review_by <= today, undated))


def is_due_now(lesson: Lesson, today: date) -> bool:
    """Whether one lesson should be looked at again; the twin of `is_due`."""
    if lesson.state not in PUBLIC_STATES:
        return False
    if lesson.review_by is not None:
        return lesson.review_by <= today
    last = lesson.confirmed_at or lesson.published_at
    return last is not None and last.date() <= today - YEAR


def confirm(session: Session, lesson: Lesson, *, by: Actor, at: datetime) -> None:
    """Say that a lesson is still true; it is looked at again in a year.

    Raises:
        Forbidden: `by` does not own it. Conflict: it is not in use.
    """
    require(by, Action.lesson_confirm, lesson)
    if lesson.state not in PUBLIC_STATES:
        raise Conflict(f"A lesson that is {lesson.state} needs no confirming.")
    lesson.confirmed_at, lesson.review_by = at, at.date() + YEAR
    session.flush()
    activity.record(session, "lesson", lesson.id, CONFIRM, by=by, at=at)
    jobs.reindex(session, Kind.lesson, lesson.id, by=by, at=at)


def owner_of(lesson: Lesson) -> Person | None:
    """Who is asked; None means the PMO."""
    for person in (lesson.author, lesson.project.manager if lesson.project else None):
        if person is not None and person.active:
            return person
    return None


def ask(session: Session, *, at: datetime) -> int:
    """Mail each owner the lessons that are due and that nobody was asked about lately."""
    asked = select(Activity.object_id).where(
        Activity.object_kind == "lesson", Activity.verb == ASK, Activity.at > at - REPEAT
    )
    query = (
        select(Lesson)
        .where(is_due(at.date()), Lesson.id.not_in(asked))
        .options(joinedload(Lesson.author), joinedload(Lesson.project))
        .order_by(Lesson.review_by, Lesson.id)
    )
    by_owner: dict[int | None, list[Lesson]] = {}
    for lesson in session.scalars(query):
        owner = owner_of(lesson)
        by_owner.setdefault(owner.id if owner else None, []).append(lesson)
    mails = 0
    for owner_id, lessons in by_owner.items():
        shown = lessons[:MAILED_MOST]
        for lesson in shown:
            activity.record(session, "lesson", lesson.id, ASK, by=SYSTEM, at=at)
        for person in _asked(session, owner_id):
            jobs.enqueue(session, "mail", _mail(person, shown), by=SYSTEM, at=at)
            mails += 1
    return mails


def _asked(session: Session, owner_id: int | None) -> Sequence[Person]:
    if owner_id is None:
        return people.reviewers(session, by=SYSTEM)
    return [session.get_one(Person, owner_id)]


def _mail(person: Person, lessons: Sequence[Lesson]) -> Mapping[str, object]:
    return {
        "template": "stilltrue", "to": person.email, "name": person.name, "count": len(lessons),
        "lessons": [
            {"headline": lesson.headline, "path": f"/lessons/{lesson.id}"} for lesson in lessons
        ],
    }  # fmt: skip
