"""Issues that projects log: the verbs and reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from content import activity, jobs
from content.access import Action, require
from content.db import contains
from content.errors import Conflict, Invalid, NotFound
from content.models import ImportedIssue, Issue, IssueStatus, Project, Severity
from content.types import Actor, Kind, trimmed

FIELDS = (
    "title",
    "description",
    "category",
    "severity",
    "status",
    "raised_on",
    "closed_on",
    "resolution",
    "cost",
    "days",
)
TITLE_MOST = 200
TEXT_MOST = 20_000


def get(session: Session, issue_id: int, *, by: Actor) -> Issue:
    """One issue.

    Raises:
        NotFound: there is none.
    """
    issue = session.get(Issue, issue_id, options=[joinedload(Issue.project)])
    if issue is None:
        raise NotFound("There is no such issue.")
    require(by, Action.issue_read, issue)
    return issue


def by_ids(session: Session, ids: Sequence[int], *, by: Actor) -> Sequence[Issue]:
    """The issues with these ids, those that are gone left out."""
    require(by, Action.issue_read)
    query = select(Issue).where(Issue.id.in_(ids)).options(joinedload(Issue.project))
    return session.scalars(query).all()


def create(
    session: Session,
    project_id: int,
    values: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    external_id: str | None = None,
) -> Issue:
    """Log an issue in a project.

    Raises:
        Invalid: the title is missing, something is too long, or the dates contradict each other.
        Conflict: another issue has this `external_id`.
    """
    require(by, Action.issue_create)
    if external_id is not None:
        query = select(Issue.id).where(Issue.external_id == external_id)
        if session.scalar(query) is not None:
            raise Conflict(f"There is an issue with the number {external_id} already.")
    issue = Issue(
        project_id=project_id,
        external_id=external_id,
        status=IssueStatus.open,
        raised_by_id=by.id,
        created_at=at,
        updated_at=at,
    )
    _take(issue, values, at.date())
    session.add(issue)
    session.flush()
    activity.record(session, "issue", issue.id, "create", by=by, at=at, moved=(None, issue.status))
    jobs.reindex(session, Kind.issue, issue.id, by=by, at=at)
    return issue


def edit(
    session: Session,
    issue: Issue,
    values: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    version: int | None = None,
) -> None:
    """Change an issue.

    Raises:
        Conflict: somebody saved it since `version`. Invalid: see `create`.
    """
    require(by, Action.issue_edit, issue)
    if version is not None and version != issue.version:
        raise Conflict("Somebody saved this issue while you were writing. Compare and save again.")
    before = issue.status
    _take(issue, values, at.date())
    issue.updated_at = at
    session.flush()
    moved = (before.value, issue.status.value) if before is not issue.status else (None, None)
    activity.record(session, "issue", issue.id, "edit", by=by, at=at, moved=moved)
    jobs.reindex(session, Kind.issue, issue.id, by=by, at=at)


def bring_in(
    session: Session,
    project_id: int,
    values: Mapping[str, Any],
    *,
    external_id: str | None,
    import_id: int,
    by: Actor,
    at: datetime,
) -> Issue:
    """An issue out of a file; a closed one whose day of closing is not known keeps none.

    Raises:
        Invalid: see `create`.
    """
    require(by, Action.lesson_import)
    issue = Issue(
        project_id=project_id,
        external_id=external_id,
        status=IssueStatus.open,
        created_at=at,
        updated_at=at,
    )
    for name, value in values.items():
        setattr(issue, name, trimmed(value))
    _check(issue)
    session.add(issue)
    session.flush()
    detail = {"import": import_id}
    activity.record(
        session, "issue", issue.id, "import", by=by, at=at, moved=(None, issue.status),
        detail=detail,
    )  # fmt: skip
    jobs.reindex(session, Kind.issue, issue.id, by=by, at=at)
    return issue


def snapshot(issue: Issue) -> dict[str, Any]:
    """The fields and the project as plain values that JSON keeps."""
    return {name: plain(getattr(issue, name)) for name in ("project_id", *FIELDS)}


def plain(value: Any) -> Any:
    """A field's value as JSON keeps it."""
    return value.isoformat() if isinstance(value, date) else value


def restore(
    session: Session,
    issue: Issue,
    kept: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    verb: str = "restore",
) -> None:
    """Write what `snapshot` kept, whole or in part, as it stood: no day of closing is invented."""
    require(by, Action.issue_edit, issue)
    before = issue.status
    for name, value in kept.items():
        if name == "project_id" and session.get(Project, value) is None:
            continue  # it went with the import that had registered it
        setattr(issue, name, _read(name, value))
    issue.updated_at = at
    session.flush()
    moved = (before.value, issue.status.value) if before is not issue.status else (None, None)
    activity.record(session, "issue", issue.id, verb, by=by, at=at, moved=moved)
    jobs.reindex(session, Kind.issue, issue.id, by=by, at=at)


def _read(name: str, value: Any) -> Any:
    if name in ("raised_on", "closed_on") and value:
        return date.fromisoformat(value)
    if name in ("status", "severity") and value:
        return IssueStatus(value) if name == "status" else Severity(value)
    return value


def _take(issue: Issue, values: Mapping[str, Any], today: date) -> None:
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise ValueError(f"not fields of an issue: {sorted(unknown)}")
    for name, value in values.items():
        setattr(issue, name, trimmed(value))
    if issue.status is IssueStatus.closed and issue.closed_on is None:
        issue.closed_on = today
    if issue.status is not IssueStatus.closed:
        issue.closed_on = None
    _check(issue)


def _check(issue: Issue) -> None:
    problems: dict[str, str] = {}
    if not (issue.title or "").strip():
        problems["title"] = "Say what is wrong in one line."
    elif len(issue.title) > TITLE_MOST:
        problems["title"] = f"At most {TITLE_MOST} characters; the rest fits below."
    for name in ("description", "resolution"):
        if len(getattr(issue, name) or "") > TEXT_MOST:
            problems[name] = f"At most {TEXT_MOST} characters."
    if issue.raised_on and issue.closed_on and issue.closed_on < issue.raised_on:
        problems["closed_on"] = "It cannot be closed before it was raised."
    if problems:
        raise Invalid("Please look at the fields below.", problems)


@dataclass(frozen=True, slots=True)
class IssueFilter:
    """What a list of issues is narrowed to; empty means everything."""

    text: str = ""
    status: str | None = None
    severity: str | None = None
    category: str | None = None
    project_id: int | None = None
    import_id: int | None = None  # made or changed by it


def listing(
    session: Session,
    wanted: IssueFilter,
    *,
    by: Actor,
    offset: int = 0,
    limit: int = 25,
    total: int | None = None,
) -> tuple[Sequence[Issue], int]:
    """One page of issues, newest first, and how many there are in all."""
    require(by, Action.issue_read)
    query = select(Issue)
    equal = {
        Issue.status: wanted.status,
        Issue.severity: wanted.severity,
        Issue.category: wanted.category,
        Issue.project_id: wanted.project_id,
    }
    for column, value in equal.items():
        if value not in (None, ""):
            query = query.where(column == value)
    if wanted.import_id is not None:
        took = select(ImportedIssue.issue_id).where(ImportedIssue.import_id == wanted.import_id)
        query = query.where(Issue.id.in_(took))
    if wanted.text:
        like = contains(wanted.text)
        query = query.where(
            or_(
                Issue.title.ilike(like, escape="\\"),
                Issue.external_id.ilike(like, escape="\\"),
            )
        )
    rows = session.scalars(
        query.options(joinedload(Issue.project))
        .order_by(Issue.raised_on.desc().nulls_last(), Issue.id.desc())
        .offset(offset)
        .limit(limit)
    ).all()
    if not offset and len(rows) < limit:
        return rows, len(rows)  # nothing is left to be counted
    if total is None:
        total = session.scalar(select(func.count()).select_from(query.subquery()))
    return rows, total or 0
