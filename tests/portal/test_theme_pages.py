"""Theme pages: ordered by recurrence, with trends and tables, and decisions that can be undone."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from analytics import catalogue, runs
from content.types import SYSTEM
from tests.builders import NOW, Builders
from tests.conftest import post

ClientOf = Callable[..., FlaskClient]
PERMIT = "The road closure permit came late because the council office waited for a hearing."
SUPPLIER = "The supplier shipped the pumps late and the contract had no penalty or milestone."


@pytest.fixture
def themes(make: Builders) -> list[int]:
    """Themes over six closed projects; the supplier hits four of them."""
    department = make.department("Works")
    for number in range(6):
        project = make.project(closed=True, department_id=department.id)
        for text in (PERMIT, SUPPLIER)[: 1 if number > 3 else 2]:
            make.lesson(project_id=project.id, driving_event=text, headline=text[:60], days=3)
            make.issue(project, title=text[:50], description=text)
    runs.run(make.portal.database, by=None, at=NOW)
    with make.portal.database.reading() as session:
        return [theme.id for theme in catalogue.themes(session, by=SYSTEM)]


def test_the_list_says_how_often_and_whether_it_can_be_told(
    themes: list[int], client_of: ClientOf
) -> None:
    page = client_of("member").get("/themes/").get_data(as_text=True)
    assert "of 6 closed projects" in page
    assert "too few to tell" in page
    assert 'aria-label="Share of closed projects hit, by year: 2026' in page
    order = re.findall(r'href="/themes/(\d+)"', page)
    assert int(order[0]) in themes


def test_weights_of_the_address_change_the_order_and_nothing_breaks(
    themes: list[int], client_of: ClientOf
) -> None:
    member = client_of("member")
    for query in ("w_projects=0&w_recent=100", "w_projects=x", "w_years=-5", "w_projects=0"):
        assert member.get(f"/themes/?{query}").status_code == 200


def test_tables_by_department_and_phase(themes: list[int], client_of: ClientOf) -> None:
    page = client_of("member").get("/themes/map").get_data(as_text=True)
    assert "Works" in page
    assert "heat-5" in page


def test_decisions_are_taken_told_and_undone(themes: list[int], client_of: ClientOf) -> None:
    reviewer = client_of("reviewer")
    theme = f"/themes/{themes[0]}"
    post(reviewer, f"{theme}/rename", name="Permits come late")
    page = reviewer.get(theme).get_data(as_text=True)
    assert "<h1>Permits come late</h1>" in page
    assert "later runs keep it" in page
    undo = re.search(r'action="(/themes/decisions/\d+/undo)"', page)
    assert undo is not None
    post(reviewer, undo[1])
    assert "<h1>Permits come late</h1>" not in reviewer.get(theme).get_data(as_text=True)


def test_a_merge_leads_to_the_other_theme(themes: list[int], client_of: ClientOf) -> None:
    reviewer = client_of("reviewer")
    answer = post(reviewer, f"/themes/{themes[1]}/merge", into=themes[0])
    assert answer.headers["Location"].endswith(f"/themes/{themes[0]}")
    assert "was merged into" in reviewer.get(f"/themes/{themes[1]}").get_data(as_text=True)
    assert "1 taken out by people" in reviewer.get("/themes/").get_data(as_text=True)


def test_what_is_missing_is_said_and_others_may_not_decide(
    themes: list[int], client_of: ClientOf
) -> None:
    reviewer = client_of("reviewer")
    post(reviewer, f"/themes/{themes[0]}/dismiss", reason="")
    assert "Say why it is no theme" in reviewer.get("/themes/").get_data(as_text=True)
    member = client_of("member")
    assert post(member, f"/themes/{themes[0]}/rename", name="Mine").status_code == 403
    assert "Decide</h2>" not in member.get(f"/themes/{themes[0]}").get_data(as_text=True)
