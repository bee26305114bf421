"""Validation: who looks at a lesson that was handed in, and what they decide.

The steps themselves are in `content/workflow` and their rules in `content/access`; here they come
with what belongs to them: remarks, an assignment, the lesson that says the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, selectinload

from content import activity, lesson_texts, lessons, letters, occurrences, remarks
from content.access import Action, can, require, require_whole_reader
from content.errors import Conflict, Invalid
from content.models import (
    PUBLIC_STATES,
    Activity,
    ChangeState,
    Confidentiality,
    Lesson,
    LessonChange,
    LessonState,
    Occurrence,
    Person,
)
from content.types import Actor, Role
from content.workflow import Move

# The log of who looks at what; apart from the lesson's own, which its readers see.
KIND = "validation"
SEE_REMARKS = "See the remarks beside the fields."
MERGED_QUIETLY = "Told by a lesson that is not open to everybody."


# Who looks at it ------------------------------------------------------------------------------


def reviewers(session: Session) -> Sequence[Person]:
    """Everybody who may decide on lessons of others, by name."""
    query = select(Person).where(Person.active, Person.role.in_((Role.reviewer, Role.admin)))
    return session.scalars(query.order_by(Person.name, Person.id)).all()


def take_on(session: Session, lesson: Lesson, *, by: Actor, at: datetime) -> None:
    """Look at a lesson oneself, also instead of a colleague.

    Raises:
        Forbidden: they wrote it. Conflict: nothing of it waits.
    """
    require(by, Action.lesson_decide, lesson)
    _assign(session, lesson, by.id, "take on", by=by, at=at)


def assign(session: Session, lesson: Lesson, person: Person, *, by: Actor, at: datetime) -> None:
    """Give a lesson to a colleague who reviews, and tell them.

    Raises:
        Forbidden: `by` does not review. Conflict: the colleague wrote it or does not review.
    """
    require(by, Action.queue_read)
    if not can(person.as_actor(), Action.lesson_decide, lesson):
        raise Conflict(f"{person.name} wrote it, or does not review lessons.")
    _assign(session, lesson, person.id, "assign", by=by, at=at)
    said = ("For you to review", "asks you to look at a lesson.")
    letters.to_reviewer(session, person.id, lesson, said, by=by, at=at)


def give_back(session: Session, lesson: Lesson, *, by: Actor, at: datetime) -> None:
    """Leave a lesson to whoever looks at it first."""
    require(by, Action.queue_read)
    _assign(session, lesson, None, "give back", by=by, at=at)


def _assign(
    session: Session, lesson: Lesson, person_id: int | None, verb: str, *, by: Actor, at: datetime
) -> None:
    if not waits(session, lesson):
        raise Conflict("Nothing of this lesson waits for review any more.")
    if lesson.reviewer_id == person_id:
        return
    # Not a change of its text: whoever writes or reads meanwhile is not to be stopped by it.
    row = update(Lesson).where(Lesson.id == lesson.id).values(reviewer_id=person_id)
    session.execute(row.execution_options(synchronize_session=False))
    session.expire(lesson, ["reviewer_id", "reviewer"])
    detail = {"reviewer": person_id}
    activity.record(session, KIND, lesson.id, verb, by=by, at=at, detail=detail)


def waits(session: Session, lesson: Lesson) -> bool:
    """Whether a reviewer has something to decide about this lesson."""
    if lesson.state in (LessonState.submitted, LessonState.rejected):
        return True
    query = select(LessonChange.id).where(
        LessonChange.lesson_id == lesson.id, LessonChange.state == ChangeState.submitted
    )
    return session.scalar(query.limit(1)) is not None


# Deciding -------------------------------------------------------------------------------------


def decide(
    session: Session,
    lesson: Lesson,
    step: Move,
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
    said: Mapping[str, str] | None = None,
    version: int | None = None,
) -> Lesson:
    """Publish, return or reject, with remarks beside fields; the author is told.

    Raises:
        Forbidden: they wrote it. Conflict: the lesson changed since `version`, or is not waiting.
        Invalid: returning needs a remark or a reason, rejecting a reason.
    """
    require(by, Action.lesson_decide, lesson)
    lessons.require_current(lesson, version)
    put = remarks.put(session, lesson, said or {}, by=by, at=at)
    if step is Move.return_ and put and not reason.strip():
        reason = SEE_REMARKS
    _keep_reviewer(lesson, by)
    row = lessons.move(session, lesson, step, by=by, at=at, reason=reason)
    if step is Move.publish:
        remarks.settle_all(session, lesson, at=at)
    return row


def publish_edited(
    session: Session,
    lesson: Lesson,
    values: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    version: int | None = None,
) -> Lesson:
    """Edit the text that was handed in and publish it, in one step; its author sees the diff."""
    require(by, Action.lesson_decide, lesson)
    if lesson.state is not LessonState.submitted:
        raise Conflict(f"The lesson is {lesson.state} now; only what waits can be published.")
    lessons.edit(session, lesson, values, by=by, at=at, version=version)
    lesson_texts.require_whole(lesson)
    return decide(session, lesson, Move.publish, by=by, at=at)


def _keep_reviewer(lesson: Lesson, by: Actor) -> None:
    """Who decided goes on with it when it comes back."""
    if lesson.reviewer_id is None and by.id is not None:
        lesson.reviewer_id = by.id


# After a rejection ----------------------------------------------------------------------------


def answer_rejection(
    session: Session, lesson: Lesson, text: str, *, by: Actor, at: datetime
) -> None:
    """What the author says to a rejection; it goes to whoever rejected the lesson.

    Raises:
        Forbidden: it is not theirs. Conflict: it is not rejected. Invalid: nothing is said.
    """
    if lesson.state is not LessonState.rejected:
        raise Conflict(f"The lesson is {lesson.state} now.")
    if not text.strip():
        raise Invalid("Write what you want the reviewer to know.", {"answer": "Say something."})
    remarks.answer(session, lesson, {remarks.WHOLE: text}, by=by, at=at)
    said = ("An answer", "has answered your decision not to publish a lesson.")
    who = lesson.reviewer_id or _rejected_by(session, lesson)
    letters.to_reviewer(session, who, lesson, said, by=by, at=at, reason=text.strip())


def reconsider(session: Session, lesson: Lesson, *, by: Actor, at: datetime) -> Lesson:
    """Take a rejected lesson back into the queue, after what its author said."""
    row = lessons.move(session, lesson, Move.reconsider, by=by, at=at)
    remarks.settle_all(session, lesson, at=at)
    return row


def keep_rejected(session: Session, lesson: Lesson, text: str, *, by: Actor, at: datetime) -> None:
    """Stay with a rejection, with a word to its author."""
    require(by, Action.lesson_decide, lesson)
    if lesson.state is not LessonState.rejected:
        raise Conflict(f"The lesson is {lesson.state} now.")
    if not text.strip():
        raise Invalid("Say why; its author reads it.", {"reason": "Give a reason."})
    remarks.put(session, lesson, {remarks.WHOLE: text}, by=by, at=at)
    letters.decided(session, lesson, Move.reject, by=by, at=at)


def _rejected_by(session: Session, lesson: Lesson) -> int | None:
    query = select(Activity.actor_id).where(
        Activity.object_kind == "lesson", Activity.object_id == lesson.id, Activity.verb == "reject"
    )
    return session.scalar(query.order_by(Activity.id.desc()).limit(1))


# Joining with a lesson that says the same -----------------------------------------------------


def merge(
    session: Session,
    lesson: Lesson,
    into: Lesson,
    *,
    by: Actor,
    at: datetime,
    version: int | None = None,
) -> Occurrence:
    """Keep what was handed in as one more time that a published lesson's event happened.

    Raises:
        Forbidden: they wrote it. Conflict: it does not wait, or the other is not published.
    """
    require(by, Action.lesson_decide, lesson)
    require_whole_reader(by, into)
    if into.state not in PUBLIC_STATES or into.id == lesson.id:
        raise Conflict("Choose a lesson that is published.")
    lessons.require_current(lesson, version)
    lesson.superseded_by_id = into.id
    _keep_reviewer(lesson, by)
    lessons.move(session, lesson, Move.merge, by=by, at=at)
    return occurrences.add(
        session, into, _as_occurrence(lesson, into), by=by, at=at, merged_lesson_id=lesson.id
    )


def _as_occurrence(lesson: Lesson, into: Lesson) -> dict[str, Any]:
    """What of the lesson may stand on the page of the other: never to more than could read it."""
    same_circle = lesson.confidentiality is into.confidentiality and (
        lesson.confidentiality is not Confidentiality.department
        or lesson.department_id == into.department_id
    )
    if lesson.confidentiality is not Confidentiality.open and not same_circle:
        return {"note": MERGED_QUIETLY}
    return {
        # A lesson of the same project happened there again; the project stands there already.
        "project_id": lesson.project_id if lesson.project_id != into.project_id else None,
        "occurred_on": lesson.date_occurred,
        "effect": lesson.effect[: occurrences.TEXT_MOST],
        "cost": lesson.cost,
        "days": lesson.days,
        "note": (lesson.driving_event or lesson.headline)[: occurrences.TEXT_MOST],
    }


def unmerge(session: Session, lesson: Lesson, *, by: Actor, at: datetime) -> Lesson:
    """Take a merge back: the lesson waits again, and the occurrence is gone from the other.

    Raises:
        Conflict: it was not merged.
    """
    lesson.superseded_by_id = None
    lessons.move(session, lesson, Move.unmerge, by=by, at=at)
    query = select(Occurrence).where(
        Occurrence.merged_lesson_id == lesson.id, Occurrence.withdrawn_at.is_(None)
    )
    for row in session.scalars(query):
        occurrences.withdraw(session, row, by=by, at=at)
    return lesson


def merged_here(lesson: Lesson) -> bool:
    """Whether the lesson was merged into another before it was ever published."""
    return (
        lesson.state is LessonState.superseded
        and lesson.published_at is None
        and lesson.superseded_by_id is not None
    )


# What suggestions learn from ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Filed:
    """A published lesson as it was filed: its text, its category and its topics."""

    text: str
    category: str | None
    topics: tuple[str, ...]


_FILED_TEXTS = (
    "headline", "summary", "driving_event", "cause", "effect", "lesson", "recommendation",
)  # fmt: skip


def filed_text(lesson: Lesson) -> str:
    """The words by which a lesson is filed."""
    return "\n".join(filter(None, (getattr(lesson, name) for name in _FILED_TEXTS)))


def filed_stamp(session: Session) -> tuple[int, str]:
    """Differs when published lessons have come, gone or changed."""
    query = select(func.count(), func.max(Lesson.updated_at))
    count, newest = session.execute(query.where(Lesson.state.in_(PUBLIC_STATES))).one()
    return count, str(newest)


def filed(session: Session, *, most: int) -> list[Filed]:
    """The newest published lessons; what is learned of them is shown to reviewers only."""
    query = (
        select(Lesson)
        .where(Lesson.state.in_(PUBLIC_STATES))
        .options(selectinload(Lesson.topic_rows))
        .order_by(Lesson.published_at.desc(), Lesson.id.desc())
        .limit(most)
    )
    return [
        Filed(filed_text(row), row.category, tuple(row.topics)) for row in session.scalars(query)
    ]


def log(session: Session, lesson: Lesson) -> Sequence[Activity]:
    """Who took the lesson on and gave it back, newest first; for reviewers."""
    return activity.of(session, KIND, lesson.id, limit=20)
