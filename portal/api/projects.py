"""Projects: the register, one of them, registering, changing and closing."""

from datetime import datetime
from typing import Annotated, Any

from flask import url_for
from pydantic import ConfigDict, Field
from sqlalchemy.orm import Session

from content import project_lists, projects
from content.access import Action
from content.db import now
from content.models import Method, Phase, Project, ProjectState, Size
from content.project_lists import ProjectFilter
from content.tokens import TokenScope
from content.types import Actor
from portal import packing
from portal.api import paging
from portal.api.codes import NOWHERE, department_id, person_id
from portal.api.operations import Reply, address, operation, require_version
from portal.api.schemas import (
    Body,
    Change,
    Day,
    Facts,
    Flag,
    Line,
    Link,
    Money,
    Shown,
    Text,
    change_of,
    link,
    named,
)
from portal.auth import actor
from portal.db import reading, runtime, writing

TAG = "Projects"
# Characters of a project's long texts, as its form takes them.
TEXT_MOST = 20_000
Long = Annotated[Text, Field(max_length=TEXT_MOST)]
Email = Annotated[Line, Field(max_length=254)]


class ProjectQuery(paging.Paged):
    """What the register is narrowed to, as on its page."""

    text: Annotated[
        Text, Field(max_length=200, description="In the name, the code or the description.")
    ] = ""
    state: ProjectState | None = None
    department_code: Annotated[Line, Field(max_length=20)] | None = None
    type: Annotated[Line, Field(max_length=60)] | None = None
    size: Size | None = None
    method: Method | None = None
    mine: Annotated[Flag, Field(description="Only those that the token's person manages.")] = False
    sort: Annotated[str, Field(pattern="^(newest|closed|name|code)$")] = "newest"


class ProjectFields(Body):
    """The facts of a project; those that are not named stay as they are."""

    department_code: Annotated[Line, Field(max_length=20)] | None = None
    type: Annotated[Line, Field(max_length=60)] | None = None
    size: Size | None = None
    method: Method | None = None
    description: Long = ""
    objectives: Long = ""
    manager_email: Email | None = None
    """The address of a colleague; the token's person where a new project does not name it."""
    sponsor_email: Email | None = None
    starts_on: Day | None = None
    planned_end_on: Day | None = None
    budget: Money | None = None


class NewProject(ProjectFields):
    """A project as it is registered."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "NET-07",
                    "name": "New network in the western region",
                    "type": "construction",
                    "size": "large",
                    "starts_on": "2026-10-01",
                }
            ]
        }
    )

    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,39}$", max_length=40)]
    """Short, and part of the project's address: it stays."""
    name: Annotated[Line, Field(max_length=200)]


class ProjectChange(ProjectFields, Change):
    """What changes in a project."""

    model_config = ConfigDict(json_schema_extra=change_of({"planned_end_on": "2027-06-30"}))

    name: Annotated[Line, Field(max_length=200)] = "-"


class Closing(Body):
    """How a project ended."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"closed_on": "2026-10-30", "outcome": "delivered", "summary": "On time."}]
        }
    )

    closed_on: Day
    outcome: Annotated[Line, Field(max_length=60)]
    """Such as delivered, delivered late, delivered over budget, stopped."""
    summary: Long = ""
    actual_cost: Money | None = None
    waiver_reason: Annotated[Text, Field(max_length=5_000)] = ""
    """Why the project has no lessons; needed where none was handed in."""


class PhaseShown(Shown):
    """One phase of a project."""

    name: Phase
    starts_on: Day | None
    ends_on: Day | None
    passed_on: Day | None
    """When its gate was passed."""


class ProjectShown(Shown):
    """A project of the register."""

    code: str
    version: int
    name: str
    state: ProjectState
    department: str | None
    department_code: str | None
    type: str | None
    size: Size | None
    method: Method | None
    description: str
    objectives: str
    manager: str | None
    sponsor: str | None
    starts_on: Day | None
    planned_end_on: Day | None
    closed_on: Day | None
    budget: int | None
    actual_cost: int | None
    outcome: str | None
    closing_summary: str
    waiver_reason: str | None
    lessons: int
    """How many of its lessons are published, as far as the token's person reads them whole."""
    issues: int
    phases: list[PhaseShown] | None = None
    """Only where one project is asked for."""
    created_at: datetime
    updated_at: datetime
    link: Link


class ProjectPage(Facts):
    """One page of the register."""

    items: list[ProjectShown]


_PLAIN = (
    "code", "version", "name", "state", "type", "size", "method", "description", "objectives",
    "starts_on", "planned_end_on", "closed_on", "budget", "actual_cost", "outcome",
    "closing_summary", "waiver_reason", "created_at", "updated_at",
)  # fmt: skip


def _shown(project: Project, counts: tuple[int, int], *, phases: bool = False) -> ProjectShown:
    department = project.department
    return ProjectShown(
        **{name: getattr(project, name) for name in _PLAIN},
        department=department.name if department else None,
        department_code=department.code if department else None,
        manager=project.manager.name if project.manager else None,
        sponsor=project.sponsor.name if project.sponsor else None,
        lessons=counts[0],
        issues=counts[1],
        phases=[_phase(row) for row in project.phases] if phases else None,
        link=link(address_of(project)),
    )


def _phase(row: Any) -> PhaseShown:
    return PhaseShown(**{name: getattr(row, name) for name in PhaseShown.model_fields})


def address_of(project: Project) -> str:
    """The page of a project."""
    return url_for("projects.page", code=project.code)


def _one(session: Session, project: Project, by: Actor) -> Reply:
    session.expire(project, ["department", "manager", "sponsor"])  # a change may name others
    counts = project_lists.counts(session, [project.id], by=by)[project.id]
    return Reply(_shown(project, counts, phases=True), version=project.version)


@operation(
    "GET", "/projects", tag=TAG, scope=TokenScope.projects_read, action=Action.project_read,
    query=ProjectQuery, answer=ProjectPage, paged=True,
)  # fmt: skip
def list_projects(query: ProjectQuery) -> Reply:
    """List projects."""
    session, by = reading(), actor()
    wanted = ProjectFilter(
        text=query.text.strip(), state=query.state, type=query.type, size=query.size,
        method=query.method, sort=query.sort,
        department_id=department_id(session, query.department_code, NOWHERE),
        manager_id=by.id if query.mine else None,
    )  # fmt: skip
    rows, total = project_lists.listing(
        session, wanted, by=by, offset=query.offset, limit=query.limit
    )
    counts = project_lists.counts(session, [row.id for row in rows], by=by)
    items = [_shown(row, counts[row.id]) for row in rows]
    page = ProjectPage(items=items, total=total, page=query.page, limit=query.limit)
    return Reply(page, headers=paging.links(query, total))


_LINKS = {
    name: {"operationId": operation_id, "code": "$response.body#/code"}
    for name, operation_id in (
        ("read", "get_project"), ("change", "change_project"), ("close", "close_project"),
        ("pack", "get_pack"),
    )
}  # fmt: skip


@operation(
    "POST", "/projects", tag=TAG, scope=TokenScope.projects_write, action=Action.project_create,
    body=NewProject, answer=ProjectShown, status=201, links=_LINKS,
)  # fmt: skip
def create_project(body: NewProject) -> Reply:
    """Register a project.

    Its start pack is ready with it.
    """
    by = actor()
    with writing() as unit:
        values = {"manager_id": by.id, "department_id": by.department_id}
        values |= _values(unit, body, by)
        project = projects.create(unit, values, by=by, at=now())
        reply = _one(unit, project, by)
    packing.make(runtime(), project.id, by=by)
    where = address("get_project", code=project.code)
    return Reply(reply.body, reply.version, headers={"Location": where})


@operation(
    "GET", "/projects/{code}", tag=TAG, scope=TokenScope.projects_read,
    action=Action.project_read, answer=ProjectShown,
)  # fmt: skip
def get_project(code: str) -> Reply:
    """Read a project."""
    session, by = reading(), actor()
    return _one(session, projects.by_code(session, code, by=by), by)


@operation(
    "PATCH", "/projects/{code}", tag=TAG, scope=TokenScope.projects_write,
    action=Action.project_edit, body=ProjectChange, answer=ProjectShown, match="needed",
)  # fmt: skip
def change_project(code: str, body: ProjectChange, version: int | None) -> Reply:
    """Change a project's facts.

    Fields that are not named stay. Its manager and reviewers may.
    """
    by = actor()
    with writing() as unit:
        project = projects.by_code(unit, code, by=by)
        require_version(version, project.version)
        projects.edit(unit, project, _values(unit, body, by), by=by, at=now())
        return _one(unit, project, by)


@operation(
    "POST", "/projects/{code}/closing", tag=TAG, scope=TokenScope.projects_write,
    action=Action.project_close, body=Closing, answer=ProjectShown, match="taken",
)  # fmt: skip
def close_project(code: str, body: Closing, version: int | None) -> Reply:
    """Close a project.

    With its lessons handed in, or with a waiver that says why there are none.
    """
    by = actor()
    with writing() as unit:
        project = projects.by_code(unit, code, by=by)
        require_version(version, project.version)
        projects.close(unit, project, **body.model_dump(), by=by, at=now())
        return _one(unit, project, by)


def _values(session: Session, body: ProjectFields, by: Actor) -> dict[str, Any]:
    """The fields as the verbs take them."""
    values = named(body)
    if "department_code" in values:
        values["department_id"] = department_id(session, values.pop("department_code"))
    for role in ("manager", "sponsor"):
        if f"{role}_email" in values:
            values[f"{role}_id"] = person_id(session, f"{role}_email", values.pop(f"{role}_email"))
    return values
