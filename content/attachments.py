"""The files that a lesson carries: the verbs and reads.

Whoever reads a lesson whole reads its files; to whoever sees its sanitised text they do not exist.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from content import activity, jobs, passages
from content.access import Action, reads_whole, require
from content.errors import Invalid, NotFound
from content.models import Lesson, LessonFile, StoredFile
from content.types import Actor, Kind

# Files of one lesson: evidence, not an archive.
MOST = 10
NAME_MOST = 200


def listing(session: Session, lesson: Lesson, *, by: Actor) -> Sequence[LessonFile]:
    """The files of a lesson, in the order in which they were added."""
    if not reads_whole(by, lesson):
        return []
    query = select(LessonFile).where(LessonFile.lesson_id == lesson.id)
    query = query.options(joinedload(LessonFile.file), joinedload(LessonFile.added_by))
    return session.scalars(query.order_by(LessonFile.id)).all()


def get(session: Session, lesson: Lesson, attachment_id: int, *, by: Actor) -> LessonFile:
    """One file of a lesson.

    Raises:
        NotFound: there is none, or `by` does not read the lesson whole.
    """
    rows = listing(session, lesson, by=by)
    found = next((row for row in rows if row.id == attachment_id), None)
    if found is None:
        raise NotFound("There is no such file, or it is not open to you.")
    return found


def add(
    session: Session, lesson: Lesson, file: StoredFile, name: str, *, by: Actor, at: datetime
) -> LessonFile:
    """Attach a file that passed inspection; the same file twice is one.

    Raises:
        Invalid: the lesson carries as many as it may.
    """
    require(by, Action.lesson_edit, lesson)
    rows = listing(session, lesson, by=by)
    same = next((row for row in rows if row.file_id == file.id), None)
    if same is not None:
        return same
    if len(rows) >= MOST:
        raise Invalid(f"A lesson carries up to {MOST} files. Remove one that says less.")
    row = LessonFile(
        lesson_id=lesson.id,
        file_id=file.id,
        name=(name.strip() or "File")[-NAME_MOST:],
        added_by_id=by.id,
        added_at=at,
    )
    session.add(row)
    session.flush()
    passages.ask(session, file, by=by, at=at)
    _follow(session, lesson, "attach", row, by=by, at=at)
    return row


def remove(
    session: Session, lesson: Lesson, attachment_id: int, *, by: Actor, at: datetime
) -> LessonFile:
    """Take a file off a lesson; its bytes stay in the files folder, so that it can come back."""
    require(by, Action.lesson_edit, lesson)
    row = get(session, lesson, attachment_id, by=by)
    session.delete(row)
    session.flush()
    _follow(session, lesson, "detach", row, by=by, at=at)
    return row


def put_back(
    session: Session, lesson: Lesson, file_id: int, name: str, *, by: Actor, at: datetime
) -> LessonFile:
    """Attach a file again that was taken off this lesson.

    Raises:
        NotFound: it was never on it.
    """
    log = activity.of(session, "lesson", lesson.id)
    file = session.get(StoredFile, file_id)
    was_here = any(row.verb == "detach" and row.detail.get("file") == file_id for row in log)
    if file is None or not was_here:
        raise NotFound("This file was never on the lesson.")
    return add(session, lesson, file, name, by=by, at=at)


def _follow(
    session: Session, lesson: Lesson, verb: str, row: LessonFile, *, by: Actor, at: datetime
) -> None:
    detail = {"file": row.file_id}
    activity.record(session, "lesson", lesson.id, verb, by=by, at=at, detail=detail)
    jobs.reindex(session, Kind.lesson, lesson.id, by=by, at=at)
