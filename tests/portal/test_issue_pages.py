"""Issues in pages: closing keeps its day, what was typed stays, two writers meet."""

from collections.abc import Callable
from datetime import date

from flask.testing import FlaskClient

from content import activity, issues
from content.models import Issue, IssueStatus
from content.types import SYSTEM
from tests.builders import NOW, Builders
from tests.conftest import post

Clients = Callable[..., FlaskClient]


def stored(make: Builders, issue_id: int) -> Issue:
    with make.portal.database.reading() as session:
        return issues.get(session, issue_id, by=SYSTEM)


def test_closing_through_the_form_keeps_the_day(make: Builders, client_of: Clients) -> None:
    row = make.issue()
    answer = post(
        client_of("reviewer"),
        f"/issues/{row.id}/edit",
        title="  Pump stands still ",
        status="closed",
        raised_on="2026-01-05",
        closed_on="2026-02-03",
        version=str(row.version),
    )
    assert answer.status_code == 302
    kept = stored(make, row.id)
    assert kept.status is IssueStatus.closed
    assert kept.closed_on == date(2026, 2, 3)
    assert kept.title == "Pump stands still"
    with make.portal.database.reading() as session:
        newest = activity.of(session, "issue", row.id)[0]
    assert (newest.from_state, newest.to_state) == ("open", "closed")


def test_a_fault_keeps_what_was_typed(make: Builders, client_of: Clients) -> None:
    project = make.project()
    answer = post(
        client_of("member"), f"/issues/new?project={project.code}", description="No seal."
    )
    assert answer.status_code == 400
    assert "No seal." in answer.get_data(as_text=True)


def test_the_second_of_two_writers_is_told(make: Builders, client_of: Clients) -> None:
    row = make.issue()
    with make.portal.database.writing() as session:
        other = issues.get(session, row.id, by=SYSTEM)
        issues.edit(session, other, {"title": "Changed meanwhile"}, by=SYSTEM, at=NOW)
    answer = post(
        client_of("reviewer"), f"/issues/{row.id}/edit", title="Mine", version=str(row.version)
    )
    assert answer.status_code == 409
    assert "Mine" in answer.get_data(as_text=True)
    assert stored(make, row.id).title == "Changed meanwhile"
