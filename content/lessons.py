"""Lessons: the verbs that write them, and their revisions.

A verb asks `content/access`, changes rows, writes the activity log and enqueues what must follow,
all in the caller's unit of work. What may stand in the fields is in `content/lesson_texts`, and the
lists are in `content/lesson_lists`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from content import activity, jobs, letters, remarks
from content.access import (
    Action,
    can,
    require,
    require_whole_reader,
)
from content.errors import Conflict, Invalid, NotFound
from content.lesson_texts import FIELDS, require_whole, snapshot, take, taken_from
from content.models import (
    PUBLIC_STATES,
    Lesson,
    LessonRevision,
    LessonState,
)
from content.types import Actor, Kind
from content.workflow import APART, MOVE_RULES, Move, lesson_move, moves_from

# The job that looks whether lessons fit the start packs of open projects.
FOLLOW_JOB = "follow lesson"

# Who saves a text now writes it; later it is edited under the eyes of a second person.
_IN_WRITING = (LessonState.draft, LessonState.returned)


def get(session: Session, lesson_id: int, *, by: Actor) -> Lesson:
    """One lesson that `by` may see, at least in its sanitised form.

    Raises:
        NotFound: there is none, or `by` may not see it.
    """
    parts = (Lesson.project, Lesson.author, Lesson.department, Lesson.topic_rows)
    lesson = session.get(Lesson, lesson_id, options=[joinedload(part) for part in parts])
    if lesson is None:
        raise NotFound("There is nothing here, or it is not open to you.")
    require(by, Action.lesson_read, lesson)
    return lesson


def create(
    session: Session,
    values: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    external_id: str | None = None,
    import_id: int | None = None,
) -> Lesson:
    """A new draft.

    Raises:
        Invalid: the headline or every text is missing, or something is too long.
    """
    require(by, Action.lesson_create)
    lesson = Lesson(
        state=LessonState.draft,
        author_id=by.id,
        writer_ids=[by.id] if by.id else [],
        external_id=external_id,
        import_id=import_id,
        created_at=at,
        updated_at=at,
    )
    take(session, lesson, values)
    session.add(lesson)
    session.flush()
    _keep_revision(session, lesson, by=by, at=at)
    activity.record(
        session, "lesson", lesson.id, "create", by=by, at=at, moved=(None, lesson.state)
    )
    jobs.reindex(session, Kind.lesson, lesson.id, by=by, at=at)
    return lesson


def bring_in(
    session: Session,
    values: Mapping[str, Any],
    *,
    external_id: str | None,
    import_id: int,
    author_id: int | None,
    publish: bool,
    by: Actor,
    at: datetime,
) -> Lesson:
    """A lesson out of a file: a draft, or published when it is taken as validated elsewhere.

    Raises:
        Invalid: see `create`.
    """
    require(by, Action.lesson_import)
    lesson = Lesson(
        state=LessonState.published if publish else LessonState.draft,
        external_id=external_id,
        import_id=import_id,
        author_id=author_id,
        writer_ids=[] if publish or not by.id else [by.id],
        published_at=at if publish else None,
        created_at=at,
        updated_at=at,
    )
    take(session, lesson, values)
    session.add(lesson)
    session.flush()
    _keep_revision(session, lesson, by=by, at=at, number=1)
    activity.record(
        session,
        "lesson",
        lesson.id,
        "import",
        by=by,
        at=at,
        moved=(None, lesson.state),
        detail={"import": import_id},
    )
    jobs.reindex(session, Kind.lesson, lesson.id, by=by, at=at)
    return lesson


def edit(
    session: Session,
    lesson: Lesson,
    values: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    version: int | None = None,
    tells: bool = True,
) -> bool:
    """Change a lesson's text; False when nothing differs.

    The author of a text that is in force is told, unless `tells` is off: an import has a report.

    Raises:
        Conflict: somebody saved it since `version`. Invalid: see `create`.
    """
    require(by, Action.lesson_edit, lesson)
    if version is not None and version != lesson.version:
        raise Conflict(
            "Somebody saved this lesson while you were writing. Your text is below; "
            "open the lesson in another tab, compare, and save again."
        )
    changed = write(session, lesson, values, by=by, at=at)
    if changed:
        detail = {"fields": changed}
        activity.record(session, "lesson", lesson.id, "edit", by=by, at=at, detail=detail)
        if tells and lesson.state in PUBLIC_STATES:
            letters.edited(session, lesson, by=by, at=at)
    return bool(changed)


def write(
    session: Session,
    lesson: Lesson,
    values: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    written_by: int | None = None,
) -> list[str]:
    """Put a text in force that somebody else has decided on; answers the fields that changed.

    The caller has asked whether `by` may and writes the log; `written_by` is who wrote the text
    when that is not the one who puts it in force.

    Raises:
        Invalid: see `create`.
    """
    before = snapshot(lesson)
    take(session, lesson, values)
    after = snapshot(lesson)
    changed = [name for name in FIELDS if before[name] != after[name]]
    if not changed:
        return []
    lesson.updated_at = at
    if lesson.state in _IN_WRITING and by.id and by.id not in lesson.writer_ids:
        lesson.writer_ids = [*lesson.writer_ids, by.id]
    session.flush()
    _keep_revision(session, lesson, by=by, at=at, written_by=written_by)
    remarks.settle(session, lesson, changed, by=by, at=at)
    jobs.reindex(session, Kind.lesson, lesson.id, by=by, at=at)
    return changed


def move(
    session: Session,
    lesson: Lesson,
    step: Move,
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
    version: int | None = None,
) -> Lesson:
    """Take one step of the life cycle.

    Raises:
        Forbidden: not for this actor. Conflict: not from this state, or changed in between.
        Invalid: the step needs a reason.
    """
    rule = MOVE_RULES[step]
    require(by, rule.action, lesson)
    require_current(lesson, version)
    reason = reason.strip()
    if rule.needs_reason and not reason:
        raise Invalid("Give a reason; its author reads it.", {"reason": "Give a reason."})
    published = lesson.published_at is not None
    before, after = lesson.state, lesson_move(lesson.state, step, published=published)
    if step is Move.submit:
        require_whole(lesson)
    lesson.state, lesson.state_reason, lesson.updated_at = after, reason, at
    if after is LessonState.submitted:
        lesson.submitted_at = at
    if after is LessonState.published:
        lesson.published_at = lesson.published_at or at
    session.flush()
    activity.record(
        session, "lesson", lesson.id, step, by=by, at=at, moved=(before, after), reason=reason
    )
    jobs.reindex(session, Kind.lesson, lesson.id, by=by, at=at)
    letters.decided(session, lesson, step, by=by, at=at)
    if after is LessonState.published:
        # The start packs of open projects look at it once it is in the index.
        jobs.enqueue(session, FOLLOW_JOB, {"lesson": lesson.id}, by=by, at=at)
    return lesson


def require_current(lesson: Lesson, version: int | None) -> None:
    """Pass when nobody changed the lesson since `version`; None asks nothing.

    Raises:
        Conflict: somebody did.
    """
    if version is not None and version != lesson.version:
        raise Conflict("Somebody changed this lesson in between. Look at it again, then decide.")


def steps_for(lesson: Lesson, *, by: Actor) -> list[Move]:
    """The steps that `by` may take now."""
    known = moves_from(lesson.state, published=lesson.published_at is not None)
    return [s for s in known if s not in APART and can(by, MOVE_RULES[s].action, lesson)]


# Revisions ------------------------------------------------------------------------------------


def _keep_revision(
    session: Session,
    lesson: Lesson,
    *,
    by: Actor,
    at: datetime,
    number: int | None = None,
    written_by: int | None = None,
) -> None:
    session.add(
        LessonRevision(
            lesson_id=lesson.id,
            number=number or newest_revision(session, lesson.id) + 1,
            values=snapshot(lesson),
            author_id=written_by or by.id,
            saved_at=at,
        )
    )


def newest_revision(session: Session, lesson_id: int) -> int:
    """The number of the newest saved text; 0 when there is none."""
    newest = select(func.max(LessonRevision.number)).where(LessonRevision.lesson_id == lesson_id)
    return session.scalar(newest) or 0


def restore_revision(
    session: Session, lesson: Lesson, number: int, *, by: Actor, at: datetime
) -> bool:
    """Write an earlier text again, as a new revision; False when it is the text in force.

    Nobody is told: taking an import back tells nobody, as the import did not.

    Raises:
        NotFound: the lesson has no such revision.
    """
    row = session.scalars(
        select(LessonRevision).where(
            LessonRevision.lesson_id == lesson.id, LessonRevision.number == number
        )
    ).first()
    if row is None:
        raise NotFound("There is no such revision.")
    values = taken_from(session, row.values)
    return edit(session, lesson, values, by=by, at=at, tells=False)


def revisions(session: Session, lesson: Lesson, *, by: Actor) -> Sequence[LessonRevision]:
    """The saved texts, newest first; only for those who read the whole lesson."""
    require_whole_reader(by, lesson)
    query = (
        select(LessonRevision)
        .where(LessonRevision.lesson_id == lesson.id)
        .options(joinedload(LessonRevision.author))
        .order_by(LessonRevision.number.desc())
    )
    return session.scalars(query).all()
