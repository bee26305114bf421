"""Changes of published lessons under review; readers go on with the text in force until then.

A change holds the whole text as its writer wants it and the revision it was begun on. When the
lesson was edited since, only what the change itself changed is put in force; a field that both
changed needs somebody to choose. The log of a change is its own, so that the lesson's log does not
tell readers of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from content import activity, lesson_texts, lessons, letters
from content.access import Action, can, require
from content.errors import Conflict, Invalid, NotFound
from content.models import (
    PUBLIC_STATES,
    ChangeState,
    Lesson,
    LessonChange,
    LessonRevision,
    LessonTopic,
)
from content.types import Actor
from content.workflow import CHANGE_RULES, ChangeMove, change_move

KIND = "lesson change"
NOTE_MOST = 2_000
OPEN = (ChangeState.submitted, ChangeState.returned)


# Proposing ------------------------------------------------------------------------------------


def propose(
    session: Session,
    lesson: Lesson,
    values: Mapping[str, Any],
    *,
    note: str,
    base_revision: int,
    by: Actor,
    at: datetime,
) -> LessonChange:
    """Ask for a published lesson to read differently.

    Raises:
        Forbidden: `by` may not. Conflict: the lesson is not published, or they have a change of it
            under way. Invalid: nothing differs, no note, or the text is not a lesson.
    """
    require(by, Action.lesson_read, lesson)
    if lesson.state not in PUBLIC_STATES:
        raise Conflict(f"A lesson that is {lesson.state} has no change under review.")
    require(by, Action.lesson_change, lesson)
    if mine(session, lesson, by=by) is not None:
        raise Conflict("You have a change of this lesson under way. Go on with that one.")
    change = LessonChange(
        lesson_id=lesson.id,
        lesson=lesson,
        state=ChangeState.submitted,
        by_id=by.id,
        submitted_at=at,
        **_checked(session, lesson, values, note, base_revision),
    )
    if lesson.reviewer_id is not None and lesson.reviewer_id == by.id:
        lesson.reviewer_id = None  # somebody else looks at what they wrote
    session.add(change)
    session.flush()
    _log(session, change, "propose", by=by, at=at, moved=(None, change.state))
    return change


def rewrite(
    session: Session,
    change: LessonChange,
    values: Mapping[str, Any],
    *,
    note: str,
    base_revision: int,
    by: Actor,
    at: datetime,
    version: int | None = None,
) -> LessonChange:
    """Write a change again and hand it in, when it was returned or before anybody decided.

    Raises:
        Conflict: it was decided on, or saved since `version`. Invalid: see `propose`.
    """
    require(by, Action.change_write, change)
    _require_version(change, version)
    if change.state not in OPEN:
        raise Conflict(f"This change is {change.state}.")
    before = change.state
    for name, value in _checked(session, change.lesson, values, note, base_revision).items():
        setattr(change, name, value)
    change.state, change.submitted_at = ChangeState.submitted, at
    session.flush()
    _log(session, change, "write", by=by, at=at, moved=(before, change.state))
    return change


def _checked(
    session: Session, lesson: Lesson, values: Mapping[str, Any], note: str, base_revision: int
) -> dict[str, Any]:
    wanted = _as_wanted(session, lesson, values)
    note = note.strip()
    if not note:
        raise Invalid("Say why it changes.", {"note": "Say in a line why it changes."})
    if len(note) > NOTE_MOST:
        raise Invalid("The note is too long.", {"note": f"At most {NOTE_MOST:,} characters."})
    base = _text_at(session, lesson, base_revision)
    if all(base.get(name) == wanted[name] for name in lesson_texts.FIELDS):
        raise Invalid("Nothing differs from the lesson as it is published.")
    return {"values": wanted, "note": note, "base_revision": base_revision}


def _as_wanted(session: Session, lesson: Lesson, values: Mapping[str, Any]) -> dict[str, Any]:
    """The whole text as it would read, checked as any text of a lesson is."""
    kept = {name: getattr(lesson, name) for name in lesson_texts.FIELDS if name != "topics"}
    copy = Lesson(**kept, topic_rows=[LessonTopic(topic=topic) for topic in lesson.topics])
    with session.no_autoflush:
        lesson_texts.take(session, copy, values)
    return lesson_texts.snapshot(copy)


# Deciding -------------------------------------------------------------------------------------


def accept(
    session: Session,
    change: LessonChange,
    *,
    by: Actor,
    at: datetime,
    version: int | None = None,
    seen_revision: int | None = None,
    chosen: Mapping[str, bool] | None = None,
) -> Lesson:
    """Put a change in force. `chosen` says of each field in conflict whether the change's holds.

    Raises:
        Forbidden: it is theirs, or not for them to decide. Conflict: the lesson is not published,
            was edited since `seen_revision`, or a field that both changed is not chosen.
    """
    _require_decision(change, ChangeMove.accept, by, version)
    lesson = change.lesson
    if lesson.state not in PUBLIC_STATES:
        raise Conflict(f"The lesson is {lesson.state} now; a change of it cannot be accepted.")
    if seen_revision not in (None, lessons.newest_revision(session, lesson.id)):
        raise Conflict("The lesson was edited while you were looking. Compare again, then decide.")
    values = _merged(compare(session, change), chosen or {})
    written = lesson_texts.taken_from(session, values)
    changed = lessons.write(session, lesson, written, by=by, at=at, written_by=change.by_id)
    _move(session, change, ChangeMove.accept, by=by, at=at)
    detail = {"fields": changed, "change": change.id}
    activity.record(session, "lesson", lesson.id, "accept change", by=by, at=at, detail=detail)
    letters.change_decided(session, change, ChangeMove.accept, by=by, at=at)
    return lesson


def move(
    session: Session,
    change: LessonChange,
    step: ChangeMove,
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
    version: int | None = None,
) -> LessonChange:
    """Return, reject, withdraw a change, or hand it in again; `accept` has a verb of its own.

    Raises:
        Forbidden: not for this actor. Conflict: not from this state. Invalid: it needs a reason.
    """
    if step is ChangeMove.accept:
        accept(session, change, by=by, at=at, version=version)
        return change
    _require_decision(change, step, by, version)
    reason = reason.strip()
    if CHANGE_RULES[step].needs_reason and not reason:
        raise Invalid("Give a reason; its writer reads it.", {"reason": "Give a reason."})
    if step is ChangeMove.submit and change.lesson.state not in PUBLIC_STATES:
        raise Conflict(f"The lesson is {change.lesson.state} now.")
    _move(session, change, step, by=by, at=at, reason=reason)
    letters.change_decided(session, change, step, by=by, at=at)
    return change


def _require_decision(
    change: LessonChange, step: ChangeMove, by: Actor, version: int | None
) -> None:
    require(by, CHANGE_RULES[step].action, change)
    change_move(change.state, step)
    _require_version(change, version)


def _require_version(change: LessonChange, version: int | None) -> None:
    if version is not None and version != change.version:
        raise Conflict("This change was written again meanwhile. Look at it again, then decide.")


def _move(
    session: Session,
    change: LessonChange,
    step: ChangeMove,
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
) -> None:
    before, change.state = change.state, change_move(change.state, step)
    if CHANGE_RULES[step].action is Action.change_decide:
        change.decided_by_id, change.decided_at, change.reason = by.id, at, reason
    if step is ChangeMove.submit:
        change.submitted_at = at
    session.flush()
    _log(session, change, step, by=by, at=at, moved=(before, change.state), reason=reason)


def _log(
    session: Session,
    change: LessonChange,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    moved: tuple[str | None, str | None],
    reason: str = "",
) -> None:
    activity.record(session, KIND, change.id, verb, by=by, at=at, moved=moved, reason=reason)


# Comparing ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that the change wants otherwise: when it was begun, now, and as it is wanted."""

    field: str
    base: Any
    current: Any
    wanted: Any

    @property
    def conflict(self) -> bool:
        """Whether the lesson was edited here as well, and to something else."""
        return bool(self.current not in (self.base, self.wanted))


def compare(session: Session, change: LessonChange) -> list[Difference]:
    """The fields that the change changes, in the order of the form."""
    base = _text_at(session, change.lesson, change.base_revision)
    current = lesson_texts.snapshot(change.lesson)
    return [
        Difference(name, base.get(name), current[name], change.values[name])
        for name in lesson_texts.FIELDS
        if name in change.values and change.values[name] != base.get(name)
    ]


def _merged(differences: Sequence[Difference], chosen: Mapping[str, bool]) -> dict[str, Any]:
    open_ones = [d.field for d in differences if d.conflict and d.field not in chosen]
    if open_ones:
        raise Conflict(
            "The lesson was edited since this change was begun, in the same places. "
            "Choose for each of them which text holds."
        )
    return {d.field: d.wanted for d in differences if not d.conflict or chosen[d.field]}


def _text_at(session: Session, lesson: Lesson, number: int) -> dict[str, Any]:
    """The text of a revision; the text in force where none was kept."""
    query = select(LessonRevision).where(
        LessonRevision.lesson_id == lesson.id, LessonRevision.number == number
    )
    row = session.scalars(query).first()
    return dict(row.values) if row else lesson_texts.snapshot(lesson)


# Reads ----------------------------------------------------------------------------------------


def get(session: Session, change_id: int, *, by: Actor) -> LessonChange:
    """One change that `by` may see.

    Raises:
        NotFound: there is none, or it is not open to `by`.
    """
    change = session.get(
        LessonChange,
        change_id,
        options=[
            joinedload(LessonChange.lesson).joinedload(Lesson.project),
            joinedload(LessonChange.by),
            joinedload(LessonChange.decided_by),
        ],
    )
    if change is None:
        raise NotFound("There is nothing here, or it is not open to you.")
    require(by, Action.change_read, change)
    return change


def mine(session: Session, lesson: Lesson, *, by: Actor) -> LessonChange | None:
    """The change of this lesson that `by` has under way."""
    query = select(LessonChange).where(
        LessonChange.lesson_id == lesson.id,
        LessonChange.by_id == by.id,
        LessonChange.state.in_(OPEN),
    )
    return session.scalars(query).first()


def under_way(session: Session, lesson: Lesson, *, by: Actor) -> list[LessonChange]:
    """The changes of a lesson that are under review, for those who may see them."""
    if not can(by, Action.lesson_change, lesson):
        return []
    query = (
        select(LessonChange)
        .where(LessonChange.lesson_id == lesson.id, LessonChange.state.in_(OPEN))
        .options(joinedload(LessonChange.by), joinedload(LessonChange.lesson))
        .order_by(LessonChange.submitted_at, LessonChange.id)
    )
    return [row for row in session.scalars(query) if can(by, Action.change_read, row)]


def of_person(session: Session, *, by: Actor) -> Sequence[LessonChange]:
    """What `by` has proposed and nobody has decided on, newest first."""
    query = (
        select(LessonChange)
        .where(LessonChange.by_id == by.id, LessonChange.state.in_(OPEN))
        .options(joinedload(LessonChange.lesson))
        .order_by(LessonChange.submitted_at.desc())
    )
    return session.scalars(query).all()
