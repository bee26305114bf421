"""Projects: the verbs that open, change and close a project."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from content import activity, jobs, lesson_lists
from content.access import Action, require
from content.errors import Conflict, Invalid, NotFound
from content.models import (
    Issue,
    Lesson,
    Phase,
    Project,
    ProjectDocument,
    ProjectPhase,
    ProjectState,
    StoredFile,
)
from content.types import Actor, Kind, trimmed

FIELDS = (
    "code",
    "name",
    "department_id",
    "type",
    "size",
    "method",
    "description",
    "objectives",
    "manager_id",
    "sponsor_id",
    "starts_on",
    "planned_end_on",
    "budget",
)
# The job that ranks a project's start pack.
PACK_JOB = "start pack"
# The four that follow each other; monitoring runs beside them.
PHASES = (Phase.initiating, Phase.planning, Phase.executing, Phase.closing)


def get(session: Session, project_id: int, *, by: Actor) -> Project:
    """One project.

    Raises:
        NotFound: there is none.
    """
    require(by, Action.project_read)
    project = session.get(Project, project_id)
    return _found(project)


def by_code(session: Session, code: str, *, by: Actor) -> Project:
    """One project by its code, with its people, department and phases.

    Raises:
        NotFound: there is none.
    """
    require(by, Action.project_read)
    query = (
        select(Project)
        .where(Project.code == code)
        .options(
            joinedload(Project.department),
            joinedload(Project.manager),
            joinedload(Project.sponsor),
            joinedload(Project.phases),
        )
    )
    return _found(session.scalars(query).unique().first())


def _found(project: Project | None) -> Project:
    if project is None:
        raise NotFound("There is no such project.")
    return project


def create(
    session: Session,
    values: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    import_id: int | None = None,
) -> Project:
    """Register an open project.

    Raises:
        Invalid: code or name is missing, or dates contradict. Conflict: the code is taken.
    """
    require(by, Action.project_create)
    project = Project(state=ProjectState.open, import_id=import_id, created_at=at, updated_at=at)
    _take(session, project, values)
    project.phases = [ProjectPhase(name=name, position=i) for i, name in enumerate(PHASES)]
    session.add(project)
    session.flush()
    record(session, project, "create", by=by, at=at, moved=(None, project.state))
    jobs.enqueue(session, PACK_JOB, {"project": project.id}, by=by, at=at)
    return project


def edit(
    session: Session,
    project: Project,
    values: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    version: int | None = None,
) -> None:
    """Change a project's facts; its lessons are indexed again, because they carry them.

    Raises:
        Conflict: somebody saved it since `version`, or the code is taken. Invalid: see `create`.
    """
    require(by, Action.project_edit, project)
    if version is not None and version != project.version:
        raise Conflict("Somebody saved this project while you were writing. Compare, save again.")
    _take(session, project, values)
    project.updated_at = at
    session.flush()
    record(session, project, "edit", by=by, at=at)
    _reindex_parts(session, project, by=by, at=at)


def close(
    session: Session,
    project: Project,
    *,
    closed_on: date,
    outcome: str,
    summary: str,
    actual_cost: int | None = None,
    waiver_reason: str = "",
    by: Actor,
    at: datetime,
) -> None:
    """Close a project: with its lessons handed in, or with a waiver that says why there are none.

    Raises:
        Invalid: no lessons and no reason, no outcome, or closed before it started.
        Conflict: it is closed already.
    """
    if project.state is ProjectState.closed:
        raise Conflict("This project is closed already.")
    require(by, Action.project_close, project)
    problems = _closing_problems(session, project, closed_on, outcome, waiver_reason, at.date())
    if problems:
        raise Invalid("The project cannot be closed yet.", problems)
    project.state, project.closed_on, project.outcome = ProjectState.closed, closed_on, outcome
    project.closing_summary, project.actual_cost = summary.strip(), actual_cost
    project.waiver_reason = waiver_reason.strip() or None
    project.updated_at = at
    session.flush()
    record(
        session,
        project,
        "close",
        by=by,
        at=at,
        moved=(ProjectState.open, ProjectState.closed),
        reason=waiver_reason.strip(),
    )
    _reindex_parts(session, project, by=by, at=at)


def _closing_problems(
    session: Session,
    project: Project,
    closed_on: date,
    outcome: str,
    waiver_reason: str,
    today: date,
) -> dict[str, str]:
    problems: dict[str, str] = {}
    if lesson_lists.handed_in_count(session, project.id) == 0 and not waiver_reason.strip():
        problems["waiver_reason"] = (
            "No lesson has been handed in. Record one, or say why this project has none."
        )
    if not outcome.strip():
        problems["outcome"] = "Say how it ended."
    if project.starts_on and closed_on < project.starts_on:
        problems["closed_on"] = "It cannot close before it started."
    elif closed_on > today:
        problems["closed_on"] = "A project is closed when it is over, not in advance."
    return problems


def reopen(session: Session, project: Project, *, by: Actor, at: datetime) -> None:
    """Take a closure back."""
    if project.state is ProjectState.open:
        raise Conflict("This project is open.")
    require(by, Action.project_edit, project)
    project.state, project.closed_on, project.outcome = ProjectState.open, None, None
    project.waiver_reason, project.updated_at = None, at
    session.flush()
    record(session, project, "reopen", by=by, at=at, moved=(ProjectState.closed, ProjectState.open))
    _reindex_parts(session, project, by=by, at=at)


def add_document(
    session: Session, project: Project, title: str, file: StoredFile, *, by: Actor, at: datetime
) -> ProjectDocument:
    """Keep a file with a project.

    Raises:
        Invalid: it has no title.
    """
    require(by, Action.project_edit, project)
    if not title.strip():
        raise Invalid("Give the document a title.", {"title": "Give the document a title."})
    row = ProjectDocument(
        project_id=project.id,
        file_id=file.id,
        title=title.strip()[:200],
        added_by_id=by.id,
        added_at=at,
    )
    session.add(row)
    session.flush()
    record(session, project, "add document", by=by, at=at)
    return row


def document(session: Session, document_id: int, *, by: Actor) -> ProjectDocument:
    """One document of a project.

    Raises:
        NotFound: there is none.
    """
    require(by, Action.project_read)
    row = session.get(
        ProjectDocument,
        document_id,
        options=[joinedload(ProjectDocument.project), joinedload(ProjectDocument.file)],
    )
    if row is None:
        raise NotFound("There is no such document.")
    return row


def _take(session: Session, project: Project, values: Mapping[str, Any]) -> None:
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise ValueError(f"not fields of a project: {sorted(unknown)}")
    for name, value in values.items():
        setattr(project, name, trimmed(value))
    problems: dict[str, str] = {}
    if (
        not (project.code or "").strip()
        or len(project.code) > 40
        or "/" in project.code
        or (
            project.code.strip().lower() == "new"  # the address of the form
        )
    ):
        problems["code"] = "Give a short code of up to 40 characters without a slash."
    if not (project.name or "").strip() or len(project.name) > 200:
        problems["name"] = "Give a name of up to 200 characters."
    if project.starts_on and project.planned_end_on and project.planned_end_on < project.starts_on:
        problems["planned_end_on"] = "It cannot end before it starts."
    if problems:
        raise Invalid("Please look at the fields below.", problems)
    with session.no_autoflush:
        query = select(Project.id).where(Project.code == project.code)
        if session.scalars(query.where(Project.id != (project.id or 0))).first() is not None:
            raise Conflict(f"The code {project.code} is taken by another project.")


def record(
    session: Session,
    project: Project,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    moved: tuple[str | None, str | None] = (None, None),
    reason: str = "",
) -> None:
    """Keep what was done to a project, and have it found as it is now."""
    activity.record(session, "project", project.id, verb, by=by, at=at, moved=moved, reason=reason)
    jobs.reindex(session, Kind.project, project.id, by=by, at=at)


def _reindex_parts(session: Session, project: Project, *, by: Actor, at: datetime) -> None:
    for kind, column, owner in (
        (Kind.lesson, Lesson.id, Lesson.project_id),
        (Kind.issue, Issue.id, Issue.project_id),
    ):
        for object_id in session.scalars(select(column).where(owner == project.id)):
            jobs.reindex(session, kind, object_id, by=by, at=at)
