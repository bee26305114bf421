"""Lessons out of files: what each draft becomes, chunk by chunk, and taking an import back.

`content.imports` reads the file and makes drafts; here they meet what the portal knows. A draft
whose external id is known changes that lesson (or, where nothing differs, leaves it alone); a
draft without one is known again by its headline and texts. What cannot be linked (a department, a
person) is told in the report and not invented; projects that are missing are registered as closed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session, joinedload

from content import activity, jobs, lessons
from content.access import Action, require
from content.errors import Conflict, NotFound
from content.imports import LessonDraft, ReportRow
from content.models import (
    PROJECT_TYPES,
    Application,
    Confidentiality,
    Department,
    Import,
    ImportedLesson,
    ImportState,
    Issue,
    Lesson,
    LessonFile,
    LessonKind,
    LessonRevision,
    LessonTopic,
    Method,
    Person,
    Phase,
    Priority,
    Project,
    ProjectDocument,
    ProjectState,
    Reach,
    Size,
    StoredFile,
)
from content.playbooks import slug_of
from content.types import Actor, Kind

# Rows in one unit of work: other writers wait about half a second.
CHUNK = 100
# Lessons deleted in one statement.
UNDO_CHUNK = 500
# The code that no project may have: /projects/new is the form.
RESERVED_CODE = "NEW"


def begin(
    session: Session,
    *,
    filename: str,
    file: StoredFile | None,
    mapping: Mapping[str, str],
    publish: bool,
    by: Actor,
    at: datetime,
) -> Import:
    """Note that a file is to be taken in."""
    require(by, Action.lesson_import)
    row = Import(
        filename=filename[:255],
        file_id=file.id if file else None,
        mapping=dict(mapping),
        publish=publish,
        state=ImportState.uploaded,
        by_id=by.id,
        created_at=at,
    )
    session.add(row)
    session.flush()
    return row


def get(session: Session, import_id: int, *, by: Actor) -> Import:
    """One import that `by` may see.

    Raises:
        NotFound: there is none, or it is another person's.
    """
    row = session.get(Import, import_id, options=[joinedload(Import.by)])
    if row is None:
        raise NotFound("There is no such import.")
    require(by, Action.lesson_import, row)
    return row


def listing(session: Session, *, by: Actor, limit: int = 50) -> Sequence[Import]:
    """The imports that `by` may see, newest first."""
    require(by, Action.lesson_import)
    query = select(Import).options(joinedload(Import.by)).order_by(Import.id.desc()).limit(limit)
    if by.role != "admin" and not by.is_system:
        query = query.where(Import.by_id == by.id)
    return session.scalars(query).all()


def finish(session: Session, row: Import, counts: Mapping[str, int], *, at: datetime) -> None:
    """Mark an import as done."""
    row.state, row.counts, row.finished_at = ImportState.done, dict(counts), at


# Taking drafts --------------------------------------------------------------------------------


class Linker:
    """What drafts name, found in the portal: lessons, projects, departments, people."""

    def __init__(self, session: Session) -> None:
        self.departments = {
            name.casefold(): row.id
            for row in session.scalars(select(Department))
            for name in (row.code, row.name)
        }
        people = session.execute(select(Person.id, Person.email, Person.name)).all()
        times = Counter(row.name.casefold() for row in people)
        # Who is meant by a name that two people share is not guessed: an author reads everything.
        self.shared_names = frozenset(name for name, count in times.items() if count > 1)
        self.people = {
            name: row.id
            for row in people
            for name in (row.name.casefold(), row.email.casefold())
            if name not in self.shared_names
        }
        self.projects = {
            name.casefold(): row.id
            for row in session.execute(select(Project.id, Project.code, Project.name))
            for name in (row.name, row.code)
        }

    def known(self, session: Session, draft: LessonDraft) -> Lesson | None:
        """The lesson that this draft is about, if the portal has it."""
        query = select(Lesson).options(joinedload(Lesson.project))
        if draft.external_id:
            found = session.scalars(query.where(Lesson.external_id == draft.external_id))
            return found.first()
        alike = query.where(Lesson.external_id.is_(None), Lesson.headline == draft.headline)
        for lesson in session.scalars(alike):
            if all(getattr(lesson, name) == (getattr(draft, name) or "") for name in lessons.TEXTS):
                return lesson
        return None


def take(
    session: Session, row: Import, drafts: Sequence[LessonDraft], *, by: Actor, at: datetime
) -> list[ReportRow]:
    """Take in a chunk of drafts; answers what became of each."""
    linker = Linker(session)
    return [_take_one(session, row, linker, draft, by=by, at=at) for draft in drafts]


def preview(session: Session, drafts: Sequence[LessonDraft]) -> list[ReportRow]:
    """What would become of each draft; writes nothing."""
    linker = Linker(session)
    rows = []
    for draft in drafts:
        lesson = linker.known(session, draft)
        values, notes = _values(linker, draft, lambda name: -1)
        outcome = "new" if lesson is None else _change(lesson, values)
        rows.append(ReportRow.of(_noted(draft, notes), outcome))
    return rows


def _change(lesson: Lesson, values: Mapping[str, Any]) -> str:
    before = lessons.snapshot(lesson)
    after = {name: lessons.plain(value) for name, value in values.items()}
    return "changed" if any(before[name] != after[name] for name in after) else "unchanged"


def _take_one(
    session: Session,
    row: Import,
    linker: Linker,
    draft: LessonDraft,
    *,
    by: Actor,
    at: datetime,
) -> ReportRow:
    lesson = linker.known(session, draft)
    values, notes = _values(
        linker, draft, lambda name: _register(session, row, linker, name, by=by, at=at)
    )
    before = lessons.newest_revision(session, lesson.id) if lesson is not None else None
    outcome = "new"
    if lesson is None:
        lesson = lessons.bring_in(
            session,
            values,
            external_id=draft.external_id,
            import_id=row.id,
            author_id=_author(linker, draft, row, by),
            publish=row.publish,
            by=by,
            at=at,
        )
    else:
        changed = lessons.edit(session, lesson, values, by=by, at=at)
        outcome = "changed" if changed else "unchanged"
    if outcome != "unchanged":
        _remember(session, row, lesson, draft, before)
    return ReportRow.of(_noted(draft, notes), outcome)


def _remember(
    session: Session, row: Import, lesson: Lesson, draft: LessonDraft, before: int | None
) -> None:
    """Keep what undoing needs; a file that names a lesson twice is remembered once."""
    session.flush()
    after = lessons.newest_revision(session, lesson.id)
    kept = session.scalars(
        select(ImportedLesson).where(
            ImportedLesson.import_id == row.id, ImportedLesson.lesson_id == lesson.id
        )
    ).first()
    if kept is not None:
        kept.revision_after = after
        return
    session.add(
        ImportedLesson(
            import_id=row.id,
            lesson_id=lesson.id,
            row=draft.row,
            revision_before=before,
            revision_after=after,
        )
    )


def _author(linker: Linker, draft: LessonDraft, row: Import, by: Actor) -> int | None:
    named = linker.people.get((draft.author or "").casefold())
    # A draft needs somebody who can work on it; a published lesson keeps an unknown author unknown.
    return named if named is not None or row.publish else by.id


def _noted(draft: LessonDraft, notes: Sequence[str]) -> LessonDraft:
    return replace(draft, notes=(*draft.notes, *notes)) if notes else draft


_COPIED = (
    "headline",
    "summary",
    "driving_event",
    "cause",
    "early_warning",
    "effect",
    "lesson",
    "recommendation",
    "evidence",
    "sanitised",
)
_AS_IS = ("cost", "days", "category", "previously_identified", "date_occurred", "review_by")
_ENUMS: Mapping[str, Any] = {
    "phase": Phase,
    "kind": LessonKind,
    "priority": Priority,
    "scope": Reach,
}


def _values(linker: Linker, draft: LessonDraft, register: Any) -> tuple[dict[str, Any], list[str]]:
    """The draft's fields as a lesson's, and notes of what could not be linked.

    Fields that the file says nothing about are left out, so that importing again never empties
    what a person has added since.
    """
    values: dict[str, Any] = {
        name: getattr(draft, name)
        for name in (*_COPIED, *_AS_IS)
        if getattr(draft, name) is not None
    }
    for name, enum in _ENUMS.items():
        if getattr(draft, name) is not None:
            values[name] = enum(getattr(draft, name))
    if draft.topics:
        values["topics"] = sorted({topic.lower() for topic in draft.topics})
    if draft.confidentiality is not None:
        values["confidentiality"] = Confidentiality(draft.confidentiality)
    if draft.author_hidden is not None:
        values["author_hidden"] = draft.author_hidden
    marks = [
        name
        for name in ("scope", "quality", "stakeholders", "safety")
        if getattr(draft, f"affects_{name}")
    ]
    if marks:
        values["affects"] = marks
    values.update(_fits(draft.applies_to or ()))
    notes = _links(linker, draft, values, register)
    return values, notes


def _fits(named: Sequence[str]) -> dict[str, list[str]]:
    """What a lesson applies to, sorted into types, sizes and methods."""
    found: dict[str, list[str]] = {}
    for name in named:
        word = name.casefold()
        for field, known in (
            ("applies_to_sizes", set(Size)),
            ("applies_to_methods", set(Method)),
            ("applies_to_types", set(PROJECT_TYPES)),
        ):
            if word in known:
                found.setdefault(field, []).append(word)
                break
        else:
            found.setdefault("applies_to_types", []).append(name)
    return found


def _links(linker: Linker, draft: LessonDraft, values: dict[str, Any], register: Any) -> list[str]:
    notes = []
    if draft.department:
        department = linker.departments.get(draft.department.casefold())
        if department is not None:
            values["department_id"] = department
        else:
            notes.append(f"department “{draft.department}” is not known here and was left out")
    if draft.author and draft.author.casefold() in linker.shared_names:
        notes.append("several people here have the author's name, which was left out")
    elif draft.author and draft.author.casefold() not in linker.people:
        notes.append("the author has no account here and was left out")
    if draft.project:
        project = linker.projects.get(draft.project.casefold())
        if project is None:
            notes.append(f"project “{draft.project}” was not known and is registered as closed")
            project = register(draft.project)
        values["project_id"] = project
    return notes


def _register(
    session: Session, row: Import, linker: Linker, name: str, *, by: Actor, at: datetime
) -> int:
    """Register a project of the past that only a file names."""
    project = Project(
        code=_free_code(session, name),
        name=name[:200],
        state=ProjectState.closed,
        import_id=row.id,
        created_at=at,
        updated_at=at,
    )
    session.add(project)
    session.flush()
    linker.projects[name.casefold()] = project.id
    activity.record(
        session, "project", project.id, "import", by=by, at=at, detail={"import": row.id}
    )
    jobs.reindex(session, Kind.project, project.id, by=by, at=at)
    return project.id


def _free_code(session: Session, name: str) -> str:
    base = slug_of(name).upper()[:32].strip("-")
    taken = set(session.scalars(select(Project.code).where(Project.code.startswith(base))))
    taken.add(RESERVED_CODE)
    return next(
        c for n in range(1, 10_000) if (c := base if n == 1 else f"{base}-{n}") not in taken
    )


# Taking an import back ------------------------------------------------------------------------


def edited_since(session: Session, row: Import) -> int:
    """How many of an import's lessons people have worked with since; undoing keeps those.

    That is: changed, attached a file to, or answered for a project.
    """
    return len(_edited(session, row))


def _edited(session: Session, row: Import) -> set[int]:
    newest = (
        select(LessonRevision.lesson_id, func.max(LessonRevision.number).label("number"))
        .group_by(LessonRevision.lesson_id)
        .subquery()
    )
    query = (
        select(ImportedLesson.lesson_id)
        .join(newest, newest.c.lesson_id == ImportedLesson.lesson_id)
        .where(ImportedLesson.import_id == row.id, newest.c.number > ImportedLesson.revision_after)
    )
    used = [
        select(table.lesson_id)
        .join(ImportedLesson, ImportedLesson.lesson_id == table.lesson_id)
        .where(ImportedLesson.import_id == row.id)
        for table in (LessonFile, Application)
    ]
    return set(session.scalars(query)).union(*(session.scalars(found) for found in used))


def undo(session: Session, row: Import, *, by: Actor, at: datetime) -> dict[str, int]:
    """Take an import back whole: what it made goes, what it changed is as before.

    Lessons that a person has changed since stay as they are: nobody's work is lost.

    Raises:
        Conflict: it is undone already, or still running.
    """
    require(by, Action.lesson_import, row)
    if row.state not in (ImportState.done, ImportState.failed):
        raise Conflict(f"An import that is {row.state} cannot be undone.")
    edited = _edited(session, row)
    kept = session.scalars(select(ImportedLesson).where(ImportedLesson.import_id == row.id)).all()
    made = [r.lesson_id for r in kept if r.revision_before is None and r.lesson_id not in edited]
    changed = [r for r in kept if r.revision_before is not None and r.lesson_id not in edited]
    for change in changed:
        lesson = session.get(Lesson, change.lesson_id)
        if lesson is not None and change.revision_before is not None:
            lessons.restore_revision(session, lesson, change.revision_before, by=by, at=at)
            _follow(session, change)
    _delete_lessons(session, made, by=by, at=at)
    projects = _delete_projects(session, row, by=by, at=at)
    row.state, row.finished_at = ImportState.undone, at
    counts = {"removed": len(made), "restored": len(changed), "kept": len(edited)}
    row.counts = {**row.counts, **counts}
    activity.record(session, "import", row.id, "undo", by=by, at=at, detail=counts)
    return {**counts, "projects": projects}


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


def _delete_lessons(session: Session, ids: Sequence[int], *, by: Actor, at: datetime) -> None:
    for start in range(0, len(ids), UNDO_CHUNK):
        part = ids[start : start + UNDO_CHUNK]
        session.execute(delete(LessonTopic).where(LessonTopic.lesson_id.in_(part)))
        session.execute(delete(LessonRevision).where(LessonRevision.lesson_id.in_(part)))
        pointing = update(Lesson).where(Lesson.superseded_by_id.in_(part))
        session.execute(pointing.values(superseded_by_id=None))
        session.execute(delete(Lesson).where(Lesson.id.in_(part)))
        for lesson_id in part:
            jobs.reindex(session, Kind.lesson, lesson_id, by=by, at=at)


def _delete_projects(session: Session, row: Import, *, by: Actor, at: datetime) -> int:
    """The projects that the import registered and that hold nothing else by now."""
    held = (
        select(part.project_id).where(part.project_id == Project.id).exists()
        for part in (Lesson, Issue, ProjectDocument)
    )
    query = select(Project).where(Project.import_id == row.id, ~or_(*held))
    gone = session.scalars(query).all()
    for project in gone:
        jobs.reindex(session, Kind.project, project.id, by=by, at=at)
        session.delete(project)
    session.flush()
    return len(gone)
