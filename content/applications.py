"""Applications: what projects say to the lessons of others, and how often each was applied.

A project answers a lesson once and may change its answer; a withdrawn answer counts nowhere and
can be brought back. Only those who read a lesson whole answer it, read its answers or see them
counted: its sanitised text has none. A project does not answer its own lessons, so that the count
says how far a lesson has travelled.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, Select, func, select
from sqlalchemy.orm import Session, joinedload

from content import activity, jobs, playbooks
from content.access import (
    Action,
    lessons_whole_to,
    projects_run_by,
    reads_whole,
    require,
    require_whole_reader,
)
from content.errors import Conflict, Invalid, NotFound
from content.models import (
    PUBLIC_STATES,
    Answer,
    Application,
    Lesson,
    Page,
    Project,
    ProjectState,
)
from content.types import Actor, Kind, trimmed

FIELDS = ("answer", "where", "page_id", "reason", "phase", "result")
WHERE_MOST = 500
TEXT_MOST = 5_000
# The version of an answer that is not there: who sends it expects to be the first.
NO_VERSION = 0
# What the lesson's log says; the project and the answer stand in the detail of the row.
APPLY, ANSWER, WITHDRAW, RESTORE = "apply", "answer", "withdraw answer", "restore answer"
VERBS = (APPLY, ANSWER, WITHDRAW, RESTORE)

_IN_FORCE = Application.withdrawn_at.is_(None)


# Answering ------------------------------------------------------------------------------------


def answer(
    session: Session,
    lesson: Lesson,
    project: Project,
    values: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    version: int | None = None,
) -> Application:
    """Give or change the project's answer to the lesson.

    `version` is that of the answer that was changed, `NO_VERSION` where there was none.

    Raises:
        NotFound: `by` does not read the whole lesson. Forbidden: the project is not theirs.
        Conflict: the lesson cannot be answered by this project, or somebody answered since.
        Invalid: the answer or its reason is missing, a text is too long, or the page is unknown.
    """
    _require(lesson, project, by)
    _require_answerable(lesson, project)
    row = _row(session, lesson, project)
    given = row if row is not None and row.withdrawn_at is None else None
    if version is not None and version != (given.version if given else NO_VERSION):
        raise Conflict(
            f"Somebody answered for {project.code} while you were writing. "
            "Compare with the answer below, then save again."
        )
    if given is None and project.state is not ProjectState.open:
        raise Conflict(f"{project.code} is closed. Open it again to answer lessons for it.")
    taken = _checked(session, values, given)
    changed = [name for name in FIELDS if given is None or getattr(given, name) != taken[name]]
    if given is not None and not changed:
        return given
    detail = {"before": given.answer.value, "fields": changed} if given else {}
    row = row or Application(lesson_id=lesson.id, project_id=project.id)
    for name in FIELDS:
        setattr(row, name, taken[name])
    row.by_id, row.at, row.withdrawn_at = by.id, at, None
    session.add(row)
    session.flush()
    session.expire(row, ["page", "by"])
    verb = APPLY if row.answer is Answer.applied else ANSWER
    _note(session, row, verb, by=by, at=at, **detail)
    return row


def withdraw(
    session: Session, lesson: Lesson, project: Project, *, by: Actor, at: datetime
) -> None:
    """Take the project's answer out of every list and count.

    Raises:
        NotFound: there is no such answer. Forbidden: the project is not theirs.
    """
    row = find(session, lesson, project, by=by)
    if row is None:
        raise NotFound("There is no such answer; perhaps somebody has withdrawn it already.")
    row.withdrawn_at = at
    session.flush()
    _note(session, row, WITHDRAW, by=by, at=at)


def restore(session: Session, lesson: Lesson, project: Project, *, by: Actor, at: datetime) -> None:
    """Bring a withdrawn answer back as it was.

    Raises:
        NotFound: there is none. Conflict: the lesson can no longer be answered.
    """
    _require(lesson, project, by)
    row = _row(session, lesson, project)
    if row is None:
        raise NotFound("There is no such answer.")
    if row.withdrawn_at is None:
        return
    _require_answerable(lesson, project)
    row.withdrawn_at = None
    session.flush()
    _note(session, row, RESTORE, by=by, at=at)


def _require(lesson: Lesson, project: Project, by: Actor) -> None:
    require_whole_reader(by, lesson)
    require(by, Action.application_write, project)


def _require_answerable(lesson: Lesson, project: Project) -> None:
    if lesson.state not in PUBLIC_STATES:
        raise Conflict(f"A lesson that is {lesson.state} is not there to be applied.")
    if lesson.project_id == project.id:
        raise Conflict(f"{project.code} learned this lesson itself; the answers are for others.")


def _row(session: Session, lesson: Lesson, project: Project) -> Application | None:
    query = select(Application).where(
        Application.lesson_id == lesson.id, Application.project_id == project.id
    )
    return session.scalars(query).first()


def _note(
    session: Session, row: Application, verb: str, *, by: Actor, at: datetime, **more: Any
) -> None:
    """What each change leaves behind: a row in the lesson's log, and its place in the index."""
    # The states of a row in the log are the lesson's own, and an answer does not move it.
    detail = {"project": row.project_id, "answer": row.answer.value, **more}
    activity.record(session, "lesson", row.lesson_id, verb, by=by, at=at, detail=detail)
    jobs.reindex(session, Kind.lesson, row.lesson_id, by=by, at=at)


# Checking -------------------------------------------------------------------------------------


def _checked(
    session: Session, values: Mapping[str, Any], row: Application | None
) -> dict[str, Any]:
    """The whole answer, tidied; what is not named stays as it was."""
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise ValueError(f"not fields of an application: {sorted(unknown)}")
    kept_page = row.page_id if row else None
    taken: dict[str, Any] = {name: getattr(row, name) if row else None for name in FIELDS}
    taken |= {name: trimmed(value) for name, value in values.items()}
    for name in ("where", "reason", "result"):
        taken[name] = taken[name] or ""
    problems: dict[str, str] = {}
    if not isinstance(taken["answer"], Answer):
        problems["answer"] = "Choose one of the four answers."
    if taken["answer"] is Answer.not_applicable and not taken["reason"]:
        problems["reason"] = "Say why it does not fit, so that the next project can judge."
    if len(taken["where"]) > WHERE_MOST:
        problems["where"] = f"At most {WHERE_MOST} characters."
    for name in ("reason", "result"):
        if len(taken[name]) > TEXT_MOST:
            problems[name] = f"At most {TEXT_MOST:,} characters."
    page_id = taken["page_id"]
    if page_id not in (None, kept_page) and page_id not in playbooks.published_pages(session):
        problems["page_id"] = "Choose a page that is published."
    if problems:
        raise Invalid("Please look at the fields below.", problems)
    return taken


# Reads ----------------------------------------------------------------------------------------


def find(session: Session, lesson: Lesson, project: Project, *, by: Actor) -> Application | None:
    """The project's answer to the lesson, for those who may change it.

    Raises:
        NotFound: `by` does not read the whole lesson. Forbidden: the project is not theirs.
    """
    _require(lesson, project, by)
    row = _row(session, lesson, project)
    return row if row is not None and row.withdrawn_at is None else None


def of_lesson(session: Session, lesson: Lesson, *, by: Actor) -> Sequence[Application]:
    """The answers to a lesson, applied ones first, then the newest; none for a reader in part."""
    if not reads_whole(by, lesson):
        return []
    query = (
        select(Application)
        .where(Application.lesson_id == lesson.id, _IN_FORCE)
        .options(
            joinedload(Application.project),
            joinedload(Application.by),
            joinedload(Application.page).joinedload(Page.playbook),
        )
        .order_by(
            Application.answer != Answer.applied, Application.at.desc(), Application.id.desc()
        )
    )
    return session.scalars(query).all()


def of_project(session: Session, project: Project, *, by: Actor) -> Sequence[Application]:
    """The answers of a project to the lessons that `by` reads whole, newest first."""
    require(by, Action.project_read, project)
    query = (
        select(Application)
        .join(Application.lesson)
        .where(Application.project_id == project.id, _IN_FORCE, lessons_whole_to(by, archived=True))
        .options(
            joinedload(Application.lesson).lazyload(Lesson.topic_rows),
            joinedload(Application.by),
            joinedload(Application.page).joinedload(Page.playbook),
        )
        .order_by(Application.at.desc(), Application.id.desc())
    )
    return session.scalars(query).all()


def counts(
    session: Session, lesson_ids: Sequence[int], *, without: int | None = None
) -> dict[int, int]:
    """How many projects applied each of the lessons; those that none applied are left out.

    The caller names only lessons that whoever looks reads whole. The project `without` is not
    counted.
    """
    if not lesson_ids:
        return {}
    query = (
        select(Application.lesson_id, func.count())
        .where(Application.lesson_id.in_(lesson_ids), Application.answer == Answer.applied)
        .where(_IN_FORCE, Application.project_id.is_distinct_from(without))
        .group_by(Application.lesson_id)
    )
    return {lesson_id: count for lesson_id, count in session.execute(query)}


def times_applied() -> ScalarSelect[int]:
    """How many projects applied the lesson of the query around it, for an order."""
    return (
        select(func.count())
        .where(Application.lesson_id == Lesson.id, Application.answer == Answer.applied, _IN_FORCE)
        .correlate(Lesson)
        .scalar_subquery()
    )


def applied_lessons() -> Select[int]:
    """The numbers of lessons that at least one project applied; never its own, as none may."""
    return select(Application.lesson_id).where(Application.answer == Answer.applied, _IN_FORCE)


def first_applied() -> Select[int, datetime]:
    """Of each lesson that a project applied, since when (`lesson_id`, `first_at`)."""
    query = select(Application.lesson_id, func.min(Application.at).label("first_at"))
    applied = query.where(Application.answer == Answer.applied, _IN_FORCE)
    return applied.group_by(Application.lesson_id)


def answered_by(
    session: Session, project_ids: Sequence[int], *, by: Actor
) -> dict[int, dict[int, Answer]]:
    """Of each project, the lessons that it answered and that `by` reads whole, with the answer."""
    require(by, Action.project_read)
    query = (
        select(Application.project_id, Application.lesson_id, Application.answer)
        .join(Application.lesson)
        .where(Application.project_id.in_(project_ids), _IN_FORCE)
        .where(lessons_whole_to(by, archived=True))
    )
    found: dict[int, dict[int, Answer]] = {project_id: {} for project_id in project_ids}
    for project_id, lesson_id, given in session.execute(query):
        found[project_id][lesson_id] = given
    return found


def choices(session: Session, lesson: Lesson, *, by: Actor) -> list[tuple[int, str]]:
    """The open projects for which `by` may still answer the lesson, their own ones first."""
    if lesson.state not in PUBLIC_STATES or not reads_whole(by, lesson):
        return []
    answered = select(Application.project_id).where(Application.lesson_id == lesson.id, _IN_FORCE)
    query = (
        select(Project.id, Project.code, Project.name)
        .where(Project.state == ProjectState.open, projects_run_by(by))
        .where(Project.id.is_distinct_from(lesson.project_id), Project.id.not_in(answered))
        .order_by(Project.manager_id.is_distinct_from(by.id), Project.code)
    )
    return [(row.id, f"{row.code} {row.name}") for row in session.execute(query)]
