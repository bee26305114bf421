"""What people are told by mail about the review of lessons: its author, and who reviews.

Each letter is a job in the unit of work of what it tells, so that none goes out for a change that
was taken back. Nobody is told what they did themselves, and the portal's own work tells nobody.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from content import jobs, remarks
from content.models import Lesson, LessonChange, LessonRevision, Person
from content.types import Actor
from content.workflow import ChangeMove, Move

# The subject of a letter to the author of a lesson, and what it says in a sentence.
DECIDED: dict[Move, tuple[str, str]] = {
    Move.return_: ("Please look again", "has returned your lesson with remarks."),
    Move.reject: ("Not taken up", "has decided not to publish your lesson."),
    Move.publish: ("Published", "has published your lesson."),
    Move.merge: ("Joined with another", "has joined your lesson with one that says the same."),
    Move.unmerge: ("In review again", "has taken your lesson back into review."),
    Move.reconsider: ("In review again", "has taken your lesson back into review."),
}
EDITED = ("Changed", "has changed your published lesson.")
CHANGED: dict[ChangeMove, tuple[str, str]] = {
    ChangeMove.return_: ("Please look again", "has returned your change of a lesson."),
    ChangeMove.reject: ("Change not taken up", "has decided not to take up your change."),
    ChangeMove.accept: ("Change accepted", "has put your change of a lesson in force."),
}


def decided(session: Session, lesson: Lesson, step: Move, *, by: Actor, at: datetime) -> None:
    """Tell the author what became of the lesson, with the remarks and the way to the diff."""
    if step not in DECIDED:
        return
    asked = remarks.asked(remarks.of_lesson(session, lesson, by=by))
    extra: dict[str, Any] = {
        "remarks": [
            {"label": remarks.label(field), "text": row.text}
            for field in asked
            for row in asked[field]
        ],
        "path": f"/lessons/{lesson.id}",
        "diff": _edits(session, lesson) if step is Move.publish else "",
        "reason": lesson.state_reason,
        "into": lesson.superseded_by_id if step is Move.merge else None,
    }
    _write(session, lesson.author_id, lesson, DECIDED[step], extra, by=by, at=at)


def edited(session: Session, lesson: Lesson, *, by: Actor, at: datetime) -> None:
    """Tell the author what a reviewer has just changed in a text that is in force."""
    query = select(func.max(LessonRevision.number)).where(LessonRevision.lesson_id == lesson.id)
    last = session.scalar(query) or 1
    path = f"/lessons/{lesson.id}"
    extra: dict[str, Any] = {
        "remarks": [], "path": path, "diff": f"{path}/revisions?from={last - 1}&to={last}",
        "reason": "", "into": None,
    }  # fmt: skip
    _write(session, lesson.author_id, lesson, EDITED, extra, by=by, at=at)


def change_decided(
    session: Session, change: LessonChange, step: ChangeMove, *, by: Actor, at: datetime
) -> None:
    """Tell who proposed a change what became of it."""
    if step not in CHANGED:
        return
    extra: dict[str, Any] = {
        "remarks": [], "path": f"/lessons/{change.lesson_id}/changes/{change.id}", "diff": "",
        "reason": change.reason, "into": None,
    }  # fmt: skip
    _write(session, change.by_id, change.lesson, CHANGED[step], extra, by=by, at=at)


def to_reviewer(
    session: Session,
    person_id: int | None,
    lesson: Lesson,
    said: tuple[str, str],
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
    path: str = "",
) -> None:
    """Tell a reviewer that something of this lesson waits for them."""
    extra: dict[str, Any] = {
        "remarks": [], "path": path or f"/lessons/{lesson.id}/review", "diff": "",
        "reason": reason, "into": None,
    }  # fmt: skip
    _write(session, person_id, lesson, said, extra, by=by, at=at)


def _edits(session: Session, lesson: Lesson) -> str:
    """The address of what others changed in the text while it was in review; empty when nothing."""
    if lesson.submitted_at is None:
        return ""
    query = select(func.min(LessonRevision.number), func.max(LessonRevision.number)).where(
        LessonRevision.lesson_id == lesson.id,
        LessonRevision.saved_at >= lesson.submitted_at,
        LessonRevision.author_id.is_distinct_from(lesson.author_id),
        LessonRevision.number > 1,
    )
    first, last = session.execute(query).one()
    return f"/lessons/{lesson.id}/revisions?from={first - 1}&to={last}" if first else ""


def _write(
    session: Session,
    person_id: int | None,
    lesson: Lesson,
    said: tuple[str, str],
    extra: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
) -> None:
    if by.is_system or person_id is None or person_id == by.id:
        return
    person = session.get(Person, person_id)
    if person is None or not person.active:
        return
    who = by.name
    if lesson.author_hidden and by.id == lesson.author_id:
        who = "Its author"
    headline = " ".join(lesson.headline.split())  # it goes into the subject, which is one line
    payload = {
        "template": "decided", "to": person.email, "name": person.name, "subject": said[0],
        "who": who, "said": said[1], "headline": headline, "number": lesson.number, **extra,
    }  # fmt: skip
    jobs.enqueue(session, "mail", payload, by=by, at=at)
