"""Issues: the list, one of them, logging and changing."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field
from sqlalchemy.orm import Session

from content import issues
from content.access import Action
from content.db import now
from content.issues import TEXT_MOST, TITLE_MOST, IssueFilter
from content.models import Issue, IssueStatus, Severity
from content.tokens import TokenScope
from portal.api import paging
from portal.api.codes import NOWHERE, project_id
from portal.api.operations import Reply, address, operation, require_version
from portal.api.schemas import (
    Body,
    Change,
    Code,
    Day,
    Days,
    Facts,
    Line,
    Link,
    Money,
    Shown,
    Text,
    change_of,
    link,
    named,
    project_facts,
)
from portal.auth import actor
from portal.db import reading, writing

TAG = "Issues"
Long = Annotated[Text, Field(max_length=TEXT_MOST)]
CATEGORY_MOST = 80


class IssueQuery(paging.Paged):
    """What a list of issues is narrowed to, as on its page."""

    text: Annotated[Text, Field(max_length=200, description="In the title or the number.")] = ""
    status: IssueStatus | None = None
    severity: Severity | None = None
    category: Annotated[Line, Field(max_length=CATEGORY_MOST)] | None = None
    project_code: Code | None = None


class IssueFields(Body):
    """The fields of an issue; those that are not named stay as they are."""

    description: Long = ""
    category: Annotated[Line, Field(max_length=CATEGORY_MOST)] | None = None
    severity: Severity | None = None
    status: IssueStatus = IssueStatus.open
    raised_on: Day | None = None
    closed_on: Day | None = None
    """Kept for closed issues only; today where it is not named."""
    resolution: Long = ""
    cost: Money | None = None
    days: Days | None = None


class NewIssue(IssueFields):
    """An issue as it is logged in a project."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"project_code": "NET-01", "title": "The pump stands still", "severity": "high"}
            ]
        }
    )

    project_code: Code
    external_id: Annotated[Line, Field(max_length=80)] | None = None
    """Its number in another tracker; no two issues have the same."""
    title: Annotated[Line, Field(max_length=TITLE_MOST)]


class IssueChange(IssueFields, Change):
    """What changes in an issue."""

    model_config = ConfigDict(
        json_schema_extra=change_of({"status": "closed", "resolution": "A new seal."})
    )

    title: Annotated[Line, Field(max_length=TITLE_MOST)] = "-"


class IssueShown(Shown):
    """A problem that a project logged."""

    id: int
    external_id: str
    """The number that people quote: the one that it came with, or the portal's own."""
    version: int
    project: str
    project_code: str
    title: str
    description: str
    category: str | None
    severity: Severity | None
    status: IssueStatus
    raised_on: Day | None
    closed_on: Day | None
    resolution: str
    cost: int | None
    days: int | None
    created_at: datetime
    updated_at: datetime
    link: Link


class IssuePage(Facts):
    """One page of issues."""

    items: list[IssueShown]


_PLAIN = (
    "id", "version", "title", "description", "category", "severity", "status", "raised_on",
    "closed_on", "resolution", "cost", "days", "created_at", "updated_at",
)  # fmt: skip


def _shown(issue: Issue) -> IssueShown:
    facts: dict[str, Any] = project_facts(issue.project)
    plain = {name: getattr(issue, name) for name in _PLAIN}
    return IssueShown(**plain, **facts, external_id=issue.number, link=link(f"/issues/{issue.id}"))


@operation(
    "GET", "/issues", tag=TAG, scope=TokenScope.issues_read, action=Action.issue_read,
    query=IssueQuery, answer=IssuePage, paged=True,
)  # fmt: skip
def list_issues(query: IssueQuery) -> Reply:
    """List issues, the newest first."""
    session, by = reading(), actor()
    wanted = IssueFilter(
        text=query.text.strip(), status=query.status, severity=query.severity,
        category=query.category, project_id=project_id(session, query.project_code, by, NOWHERE),
    )  # fmt: skip
    rows, total = issues.listing(session, wanted, by=by, offset=query.offset, limit=query.limit)
    items = [_shown(row) for row in rows]
    page = IssuePage(items=items, total=total, page=query.page, limit=query.limit)
    return Reply(page, headers=paging.links(query, total))


@operation(
    "POST", "/issues", tag=TAG, scope=TokenScope.issues_write, action=Action.issue_create,
    body=NewIssue, answer=IssueShown, status=201,
    links={
        "read": {"operationId": "get_issue", "issue_id": "$response.body#/id"},
        "change": {"operationId": "change_issue", "issue_id": "$response.body#/id"},
    },
)  # fmt: skip
def create_issue(body: NewIssue) -> Reply:
    """Log an issue in a project."""
    by = actor()
    values = named(body)
    code, external_id = values.pop("project_code"), values.pop("external_id", None)
    with writing() as unit:
        project = project_id(unit, code, by)
        assert project is not None  # the schema asks for the code
        issue = issues.create(unit, project, values, by=by, at=now(), external_id=external_id)
        reply = _one(unit, issue)
    where = address("get_issue", issue_id=issue.id)
    return Reply(reply.body, reply.version, headers={"Location": where})


def _one(session: Session, issue: Issue) -> Reply:
    return Reply(_shown(issue), version=issue.version)


@operation(
    "GET", "/issues/{issue_id}", tag=TAG, scope=TokenScope.issues_read, action=Action.issue_read,
    answer=IssueShown,
)  # fmt: skip
def get_issue(issue_id: int) -> Reply:
    """Read an issue."""
    return _one(reading(), issues.get(reading(), issue_id, by=actor()))


@operation(
    "PATCH", "/issues/{issue_id}", tag=TAG, scope=TokenScope.issues_write,
    action=Action.issue_edit, body=IssueChange, answer=IssueShown, match="needed",
)  # fmt: skip
def change_issue(issue_id: int, body: IssueChange, version: int | None) -> Reply:
    """Change an issue, or close it.

    Fields that are not named stay. Whoever logged it, the project's manager and reviewers may.
    """
    with writing() as unit:
        issue = issues.get(unit, issue_id, by=actor())
        require_version(version, issue.version)
        issues.edit(unit, issue, named(body), by=actor(), at=now())
        return _one(unit, issue)
