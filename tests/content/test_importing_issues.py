"""Issues out of trackers' exports: known by their headers, taken, taken again, taken back."""

import csv
import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from content import importing, issues
from content.importing import Decisions
from content.imports import ISSUE_FIELDS, guess_columns, read_table, tracker_of
from content.models import ImportKind, Issue, IssueStatus, Project, Severity
from content.types import SYSTEM
from portal import importer
from portal.runtime import Runtime
from tests.builders import NOW, Builders

JIRA = ["Issue key", "Summary", "Issue Type", "Status", "Priority", "Resolution", "Created",
        "Resolved", "Description", "Component/s", "Component/s"]  # fmt: skip
OPEN_PROJECT = ["ID", "Subject", "Type", "Status", "Priority", "Created on", "Updated on",
                "Description", "Project"]  # fmt: skip


def table(path: Path, header: list[str], *rows: list[str]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def take(portal: Runtime, path: Path, **decided: Any) -> tuple[int, Mapping[str, int]]:
    reading = importer.read(path, path.name, kind=ImportKind.issues, decisions=Decisions(**decided))
    with portal.database.writing() as session:
        row = importing.begin(
            session, filename=path.name, file=None, mapping=reading.mapping, publish=False,
            kind=ImportKind.issues, by=SYSTEM, at=NOW,
        )  # fmt: skip
    report = importer.take(portal, row.id, reading, by=SYSTEM, progress=lambda _step, _share: None)
    return row.id, report.counts


def there(portal: Runtime) -> list[tuple[str | None, str, str, str | None, date | None]]:
    with portal.database.reading() as session:
        rows = session.execute(
            select(Issue.external_id, Project.name, Issue.status, Issue.severity, Issue.closed_on)
            .join(Project)
            .order_by(Issue.id)
        )
        return [tuple(row) for row in rows]


def undo(portal: Runtime, import_id: int) -> dict[str, int]:
    return importer.take_back(portal, import_id, by=SYSTEM)


def test_jira(portal: Runtime, tmp_path: Path) -> None:
    path = table(
        tmp_path / "jira.csv",
        JIRA,
        ["NET-1", "Pump leaks", "Bug", "Resolved", "Blocker", "Fixed", "30/Sep/21 17:20",
         "20/Jul/22 20:51", "It *leaks*.", "Pumps", "Valves"],
        ["NET-2", "Valve sticks", "Bug", "In Progress", "Trivial", "", "01/Oct/21 08:00",
         "", "", "", ""],
        ["NET-3", "", "Bug", "Open", "", "", "", "", "No title.", "", ""],
    )  # fmt: skip
    import_id, counts = take(portal, path)
    assert counts == {"new": 2, "refused": 1}
    assert there(portal) == [
        ("NET-1", "NET", IssueStatus.closed, Severity.critical, date(2022, 7, 20)),
        ("NET-2", "NET", IssueStatus.in_progress, Severity.low, None),
    ]
    assert take(portal, path)[1] == {"unchanged": 2, "refused": 1}
    assert undo(portal, import_id)["removed"] == 2
    assert there(portal) == []


def test_openproject_has_no_day_of_closing(portal: Runtime, tmp_path: Path) -> None:
    path = table(
        tmp_path / "op.csv",
        OPEN_PROJECT,
        ["12", "Pump leaks", "Bug", "Closed", "Immediate", "2020-01-02", "2020-02-03", "It leaks.",
         "Eastbank"],
        ["13", "Slow", "Task", "On hold", "Low", "2020-01-02", "2020-02-03", "", "Eastbank"],
    )  # fmt: skip
    take(portal, path)
    assert there(portal) == [
        ("Eastbank#12", "Eastbank", IssueStatus.closed, Severity.critical, date(2020, 2, 3)),
        ("Eastbank#13", "Eastbank", IssueStatus.open, Severity.low, None),
    ]


def test_github_as_json_with_nested_labels(portal: Runtime, tmp_path: Path) -> None:
    path = tmp_path / "gh.json"
    address = "https://github.com/acme/pumps/issues/"
    said = [
        {"number": 7, "title": "Leaks", "state": "CLOSED", "labels": [{"name": "bug", "id": "x"}],
         "createdAt": "2024-01-02T03:04:05Z", "closedAt": "2024-02-02T03:04:05Z", "body": "Yes.",
         "url": f"{address}7", "author": {"login": "jo"}},
        {"number": 8, "title": "Slow", "state": "OPEN", "labels": [], "body": "",
         "createdAt": "2024-01-02T03:04:05Z", "closedAt": None, "url": f"{address}8"},
    ]  # fmt: skip
    path.write_text(json.dumps(said))
    assert take(portal, path)[1] == {"new": 2}
    assert there(portal) == [
        ("acme/pumps#7", "acme/pumps", IssueStatus.closed, None, date(2024, 2, 2)),
        ("acme/pumps#8", "acme/pumps", IssueStatus.open, None, None),
    ]


def test_rows_without_a_project_go_where_one_said(
    portal: Runtime, make: Builders, tmp_path: Path
) -> None:
    path = table(tmp_path / "a.csv", ["title", "description"], ["Leaks", "It leaks."])
    assert take(portal, path)[1] == {"refused": 1}
    project = make.project(name="Eastbank")
    assert take(portal, path, project_id=project.id)[1] == {"new": 1}


def test_undo_restores_what_it_changed_and_keeps_what_people_wrote(
    portal: Runtime, tmp_path: Path
) -> None:
    header = ["number", "title", "description", "project", "status"]
    rows = [
        ["X-1", "One", "First.", "Eastbank", "open"],
        ["X-2", "Two", "First.", "Eastbank", "open"],
    ]
    take(portal, table(tmp_path / "a.csv", header, *rows))
    changed = [[n, title, "Second.", "Eastbank", "closed"] for n, title, *_ in rows]
    second, counts = take(portal, table(tmp_path / "b.csv", header, *changed))
    assert counts == {"changed": 2}
    with portal.database.writing() as session:
        row = session.scalars(select(Issue).where(Issue.external_id == "X-2")).one()
        issues.edit(session, row, {"resolution": "By hand."}, by=SYSTEM, at=NOW)
    done = undo(portal, second)
    assert (done["restored"], done["kept"]) == (1, 1)
    with portal.database.reading() as session:
        kept = {row.external_id: row for row in session.scalars(select(Issue))}
        assert (kept["X-1"].description, kept["X-1"].status) == ("First.", IssueStatus.open)
        assert (kept["X-2"].description, kept["X-2"].resolution) == ("Second.", "By hand.")


def objects(path: Path, many: int) -> Iterable[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for _, line in zip(range(many), lines, strict=False):
            yield json.loads(line)


@pytest.mark.parametrize("shape", ["jira", "openproject", "github"])
def test_real_issues_in_the_shapes_of_trackers(
    portal: Runtime, tmp_path: Path, shared_data: Path, shape: str
) -> None:
    found = objects(shared_data / "issues" / "hadoop_duplicates_dev.jsonl", 150)
    rows = {
        "jira": lambda o: [f"HADOOP-{o['issue_id']}", o["title"], "Bug", o["status"], o["priority"],
                           o["resolution"], o["created"], o["resolved"], o["description"], "a",
                           "b"],
        "openproject": lambda o: [o["issue_id"], o["title"], "Bug", o["status"], o["priority"],
                                  o["created"], o["resolved"] or o["created"], o["description"],
                                  "Hadoop"],
        "github": lambda o: [o["issue_id"], o["title"], o["status"], "bug", o["created"],
                             o["resolved"], o["description"],
                             f"https://github.com/apache/hadoop/issues/{o['issue_id']}"],
    }[shape]  # fmt: skip
    header = {
        "jira": JIRA, "openproject": OPEN_PROJECT,
        "github": ["number", "title", "state", "labels", "created_at", "closed_at", "body", "url"],
    }[shape]  # fmt: skip
    path = table(tmp_path / "a.csv", header, *map(rows, found))
    read = read_table(path)
    tracker = tracker_of(read.columns)
    assert tracker is not None
    assert tracker.name.lower() == shape
    guessed = guess_columns(read.columns, read.rows[:50], ISSUE_FIELDS)
    assert {"external_id", "title", "status", "description", "raised_on"} <= set(guessed)
    assert take(portal, path)[1] == {"new": 150}
    with portal.database.reading() as session:
        kept = session.scalars(select(Issue)).all()
    assert all(row.raised_on for row in kept)
    assert {row.status for row in kept} <= set(IssueStatus)
    assert len({row.project_id for row in kept}) == 1
