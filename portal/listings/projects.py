"""Projects and their issues as lists."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import url_for

from content import issues, project_lists
from content.access import Action
from content.exports import Column
from portal.listings.listing import Asking, Listing, Piece, Row, pages


def _issues(asking: Asking) -> Iterator[Row]:
    from portal.views.issues import asked_for

    filters = asked_for()

    def read(piece: Piece) -> tuple[Sequence[Any], int]:
        return issues.listing(asking.session, filters, by=asking.by, **piece)

    for rows in pages(asking, read):
        for row in rows:
            yield {
                **{column.name: getattr(row, column.name, None) for column in ISSUE_COLUMNS},
                "external_id": row.number, "project": row.project.name,
                "project_code": row.project.code, "link": asking.link(f"/issues/{row.id}"),
            }  # fmt: skip


ISSUE_COLUMNS = (
    Column("external_id", "external_id"), Column("project", "project"),
    Column("project_code", "project_code"), Column("title", "title", "long"),
    Column("description", "description", "long"), Column("category", "category"),
    Column("severity", "severity"), Column("status", "status"),
    Column("raised_on", "raised_on", "date"), Column("closed_on", "closed_on", "date"),
    Column("resolution", "resolution", "long"), Column("cost", "cost", "number"),
    Column("days", "days", "number"), Column("link", "link", "link"),
)  # fmt: skip


def _projects(asking: Asking) -> Iterator[Row]:
    from portal.views.projects import asked_for

    filters = asked_for()

    def read(piece: Piece) -> tuple[Sequence[Any], int]:
        return project_lists.listing(asking.session, filters, by=asking.by, **piece)

    for rows in pages(asking, read):
        counts = project_lists.counts(asking.session, [row.id for row in rows], by=asking.by)
        for row in rows:
            yield {
                **{column.name: getattr(row, column.name, None) for column in PROJECT_COLUMNS},
                "department": row.department.name if row.department else None,
                "manager": row.manager.name if row.manager else None,
                "lessons": counts[row.id][0], "issues": counts[row.id][1],
                "link": asking.link(url_for("projects.page", code=row.code)),
            }  # fmt: skip


PROJECT_COLUMNS = (
    Column("code", "code"), Column("name", "name", "long"), Column("state", "state"),
    Column("department", "department"), Column("type", "type"), Column("size", "size"),
    Column("method", "method"), Column("manager", "manager"),
    Column("description", "description", "long"), Column("objectives", "objectives", "long"),
    Column("starts_on", "starts_on", "date"),
    Column("planned_end_on", "planned_end_on", "date"), Column("closed_on", "closed_on", "date"),
    Column("budget", "budget", "number"), Column("actual_cost", "actual_cost", "number"),
    Column("outcome", "outcome"), Column("closing_summary", "closing_summary", "long"),
    Column("lessons", "lessons", "number"), Column("issues", "issues", "number"),
    Column("link", "link", "link"),
)  # fmt: skip

LISTINGS: Mapping[str, Listing] = {
    "issues": Listing(
        "Issues", Action.issue_read, ISSUE_COLUMNS, _issues,
        ("external_id", "project_code", "title", "severity", "status", "raised_on", "days"),
    ),
    "projects": Listing(
        "Projects", Action.project_read, PROJECT_COLUMNS, _projects,
        ("code", "name", "state", "type", "size", "manager", "starts_on", "closed_on", "lessons"),
    ),
}  # fmt: skip
