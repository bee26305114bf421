"""Taking an import back: what it made goes, what it changed is as before, people's work stays.

Done in parts, each a unit of work that may be the last one for a while: what was taken back is
struck off the list of what the import did, so that going on later does nothing twice.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, or_, select, update
from sqlalchemy.orm import Session

from content import activity, issues, jobs, lessons
from content.access import Action, require
from content.errors import Conflict
from content.models import (
    Activity,
    Application,
    CaptureDraft,
    Comment,
    Import,
    ImportedIssue,
    ImportedLesson,
    ImportState,
    Issue,
    Lesson,
    LessonChange,
    LessonFile,
    LessonRevision,
    LessonTopic,
    Occurrence,
    Project,
    ProjectDocument,
    Remark,
    Usefulness,
    Workshop,
)
from content.types import Actor, Kind

# Lessons or issues in one unit of work: other writers wait about a second.
UNDO_CHUNK = 500
# What people leave on a lesson; one that has any of it is not taken away.
_LEFT_BY_PEOPLE = (
    LessonFile,
    Application,
    Comment,
    Usefulness,
    Remark,
    LessonChange,
    CaptureDraft,
)


def edited_since(session: Session, row: Import) -> int:
    """How many of an import's lessons or issues people have worked with since; those are kept.

    That is: changed or moved (also by a reviewer), taken on for review, answered for a project,
    commented, rated, given a file, a remark or an occurrence, or named as what replaces another.
    """
    return len(_worked_with(session, row)) + len(_issues_worked_with(session, row))


def registered(session: Session, row: Import) -> int:
    """How many projects of the past an import has registered."""
    query = select(func.count()).select_from(Project).where(Project.import_id == row.id)
    return session.scalar(query) or 0


def undo(session: Session, row: Import, *, by: Actor, at: datetime) -> dict[str, int]:
    """Take an import back whole, in this unit of work.

    Raises:
        Conflict: it is undone already, or still running.
    """
    begin_undo(session, row, by=by, at=at)
    while not undo_part(session, row, by=by, at=at):
        pass
    return {name: row.counts.get(name, 0) for name in ("removed", "restored", "kept", "projects")}


def begin_undo(session: Session, row: Import, *, by: Actor, at: datetime) -> None:
    """Note that an import is being taken back; `undo_part` does it.

    Raises:
        Conflict: it is undone already, or still running.
    """
    require(by, Action.lesson_import, row)
    if row.state not in (ImportState.done, ImportState.failed):
        raise Conflict(f"An import that is {row.state} cannot be undone.")
    row.state = ImportState.running
    counts = dict.fromkeys(("removed", "restored", "projects"), 0)
    row.counts = {**row.counts, **counts, "kept": edited_since(session, row)}


def has_begun(session: Session, row: Import) -> bool:
    """Whether a run of the import has made anything that stands by now."""
    return any(
        session.scalar(select(table.id).where(table.import_id == row.id).limit(1)) is not None
        for table in (ImportedLesson, ImportedIssue, Occurrence, Project)
    )


def undo_part(session: Session, row: Import, *, by: Actor, at: datetime) -> bool:
    """Take back the next part of an import; True when nothing is left."""
    done = _undo_lessons(session, row, by=by, at=at) or _undo_issues(session, row, by=by, at=at)
    if done:
        row.counts = {**row.counts, **{name: row.counts[name] + n for name, n in done.items()}}
        return False
    _delete_occurrences(session, row, by=by, at=at)
    projects = _delete_projects(session, row, by=by, at=at)
    row.counts = {**row.counts, "projects": projects}
    row.state, row.finished_at = ImportState.undone, at
    detail = {name: row.counts[name] for name in ("removed", "restored", "kept")}
    activity.record(session, "import", row.id, "undo", by=by, at=at, detail=detail)
    return True


# Lessons --------------------------------------------------------------------------------------


def _worked_with(session: Session, row: Import, upto: int | None = None) -> set[int]:
    """The lessons that people have worked with; `upto` ends the part that is looked at."""
    mine = select(ImportedLesson.lesson_id).where(ImportedLesson.import_id == row.id)
    if upto is not None:
        mine = mine.where(ImportedLesson.id <= upto)
    made = mine.where(ImportedLesson.revision_before.is_(None))
    newest = (
        select(LessonRevision.lesson_id, func.max(LessonRevision.number).label("number"))
        .where(LessonRevision.lesson_id.in_(mine))
        .group_by(LessonRevision.lesson_id)
        .subquery()
    )
    edited = mine.join(newest, newest.c.lesson_id == ImportedLesson.lesson_id).where(
        newest.c.number > ImportedLesson.revision_after
    )
    queries: list[Select[int]] = [edited, _moved(mine)]
    queries += [_holding(table.lesson_id, made) for table in _LEFT_BY_PEOPLE]
    others = or_(Occurrence.import_id.is_(None), Occurrence.import_id != row.id)
    queries.append(_holding(Occurrence.lesson_id, made).where(others))
    queries.append(
        _holding(Lesson.superseded_by_id, made).where(Lesson.import_id.is_distinct_from(row.id))
    )
    queries.append(select(Lesson.id).where(Lesson.id.in_(made), Lesson.reviewer_id.is_not(None)))
    return {lesson_id for query in queries for lesson_id in session.scalars(query)}


def _holding(column: Any, lesson_ids: Select[int]) -> Select[int]:
    return select(column).where(column.in_(lesson_ids))


def _moved(lesson_ids: Select[int]) -> Select[int]:
    """Lessons whose state was changed after their text was written last."""
    of_lessons = (Activity.object_kind == "lesson") & Activity.object_id.in_(lesson_ids)
    written = (
        select(Activity.object_id, func.max(Activity.id).label("id"))
        .where(of_lessons, Activity.verb.in_(("import", "edit")))
        .group_by(Activity.object_id)
        .subquery()
    )
    return (
        select(Activity.object_id)
        .join(written, written.c.object_id == Activity.object_id)
        .where(
            of_lessons,
            Activity.id > written.c.id,
            Activity.to_state.is_not(None),
            Activity.from_state != Activity.to_state,
        )
    )


def _undo_lessons(
    session: Session, row: Import, *, by: Actor, at: datetime
) -> dict[str, int] | None:
    """Take back the next lessons; None when there are none."""
    query = select(ImportedLesson).where(ImportedLesson.import_id == row.id)
    part = session.scalars(query.order_by(ImportedLesson.id).limit(UNDO_CHUNK)).all()
    if not part:
        return None
    kept = _worked_with(session, row, upto=part[-1].id)
    made = [r.lesson_id for r in part if r.revision_before is None and r.lesson_id not in kept]
    changed = [r for r in part if r.revision_before is not None and r.lesson_id not in kept]
    for change in changed:
        lesson = session.get(Lesson, change.lesson_id)
        if lesson is not None and change.revision_before is not None:
            lessons.restore_revision(session, lesson, change.revision_before, by=by, at=at)
            _follow(session, change)
    _release_occurrences(session, row, made, by=by, at=at)
    delete_lessons(session, made, by=by, at=at)
    session.execute(delete(ImportedLesson).where(ImportedLesson.id.in_([r.id for r in part])))
    return {"removed": len(made), "restored": len(changed)}


def _follow(session: Session, undone: ImportedLesson) -> None:
    """Let the import that left the text which is in force again be undone after this one."""
    session.execute(
        update(ImportedLesson)
        .where(
            ImportedLesson.lesson_id == undone.lesson_id,
            ImportedLesson.import_id != undone.import_id,
            ImportedLesson.revision_after == undone.revision_before,
        )
        .values(revision_after=lessons.newest_revision(session, undone.lesson_id))
    )


def delete_lessons(session: Session, ids: Sequence[int], *, by: Actor, at: datetime) -> None:
    """Take lessons away whole, with what hangs on them."""
    for start in range(0, len(ids), UNDO_CHUNK):
        part = ids[start : start + UNDO_CHUNK]
        session.execute(delete(LessonTopic).where(LessonTopic.lesson_id.in_(part)))
        session.execute(delete(LessonRevision).where(LessonRevision.lesson_id.in_(part)))
        pointing = update(Lesson).where(Lesson.superseded_by_id.in_(part))
        session.execute(pointing.values(superseded_by_id=None))
        session.execute(delete(Lesson).where(Lesson.id.in_(part)))
        for lesson_id in part:
            jobs.reindex(session, Kind.lesson, lesson_id, by=by, at=at)


def _release_occurrences(
    session: Session, row: Import, ids: Sequence[int], *, by: Actor, at: datetime
) -> None:
    """Occurrences that came in with the lessons they are said of go with them."""
    mine = Occurrence.import_id == row.id
    session.execute(delete(Occurrence).where(mine, Occurrence.lesson_id.in_(ids)))


def _delete_occurrences(session: Session, row: Import, *, by: Actor, at: datetime) -> None:
    """The occurrences that came in with the file, said of lessons that stay."""
    gone = session.scalars(select(Occurrence).where(Occurrence.import_id == row.id)).all()
    for occurrence in gone:
        jobs.reindex(session, Kind.lesson, occurrence.lesson_id, by=by, at=at)
        detail = {"import": row.id, "project": occurrence.project_id}
        activity.record(
            session, "lesson", occurrence.lesson_id, "withdraw occurrence", by=by, at=at,
            detail=detail,
        )  # fmt: skip
        session.delete(occurrence)
    session.flush()
    row.counts = {**row.counts, "removed": row.counts["removed"] + len(gone)}


# Issues and projects --------------------------------------------------------------------------


def _issues_worked_with(session: Session, row: Import) -> set[int]:
    query = (
        select(ImportedIssue.issue_id)
        .join(Issue, Issue.id == ImportedIssue.issue_id)
        .where(ImportedIssue.import_id == row.id, Issue.version > ImportedIssue.version_after)
    )
    return set(session.scalars(query))


def _undo_issues(
    session: Session, row: Import, *, by: Actor, at: datetime
) -> dict[str, int] | None:
    query = select(ImportedIssue).where(ImportedIssue.import_id == row.id)
    part = session.scalars(query.order_by(ImportedIssue.id).limit(UNDO_CHUNK)).all()
    if not part:
        return None
    kept = _issues_worked_with(session, row)
    made = [r.issue_id for r in part if r.before is None and r.issue_id not in kept]
    restored = 0
    for change in part:
        issue = session.get(Issue, change.issue_id)
        if change.before is not None and issue is not None and change.issue_id not in kept:
            issues.restore(session, issue, change.before, by=by, at=at)
            _follow_issue(session, change, issue)
            restored += 1
        session.delete(change)
    session.execute(delete(Issue).where(Issue.id.in_(made)))
    for issue_id in made:
        jobs.reindex(session, Kind.issue, issue_id, by=by, at=at)
    session.flush()
    return {"removed": len(made), "restored": restored}


def _follow_issue(session: Session, undone: ImportedIssue, issue: Issue) -> None:
    """Let the import before this one be undone after it."""
    session.execute(
        update(ImportedIssue)
        .where(
            ImportedIssue.issue_id == undone.issue_id,
            ImportedIssue.import_id < undone.import_id,
            ImportedIssue.version_after == undone.version_after - 1,
        )
        .values(version_after=issue.version)
    )


def _delete_projects(session: Session, row: Import, *, by: Actor, at: datetime) -> int:
    """The projects that the import registered and that nobody has used since."""
    held = (
        select(part.project_id).where(part.project_id == Project.id).exists()
        for part in (Lesson, Issue, ProjectDocument, Occurrence, Application, Workshop)
    )
    query = select(Project).where(Project.import_id == row.id, ~or_(*held))
    gone = session.scalars(query).all()
    for project in gone:
        jobs.reindex(session, Kind.project, project.id, by=by, at=at)
        session.delete(project)
    session.flush()
    return len(gone)
