"""From a run to minutes, and from an action to its measured effect."""

import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from analytics import actions, catalogue, runs
from analytics.models import Stage, Theme
from analytics.review_models import Action
from content.models import Job, Person
from content.types import SYSTEM
from tests.builders import NOW, Builders
from tests.conftest import post

ClientOf = Callable[..., FlaskClient]
PERMIT = "The road closure permit came late because the council office waited for a hearing."
SUPPLIER = "The supplier shipped the pumps late and the contract had no penalty or milestone."


def project_with(make: Builders, *texts: str, starts: date, closed: date) -> None:
    project = make.project(starts_on=starts)
    for text in texts:
        make.issue(project, title=text[:50], description=text)
    with make.portal.database.writing() as session:
        from content.models import Project, ProjectState

        row = session.get_one(Project, project.id)
        row.state, row.closed_on, row.outcome = ProjectState.closed, closed, "delivered"


@pytest.fixture
def themes(make: Builders) -> list[int]:
    for _ in range(8):
        project_with(make, PERMIT, SUPPLIER, starts=date(2024, 1, 1), closed=date(2025, 3, 1))
    runs.run(make.portal.database, by=None, at=NOW)
    with make.portal.database.reading() as session:
        return [theme.id for theme in catalogue.themes(session, by=SYSTEM)]


@pytest.fixture
def reviewer(make: Builders) -> Person:
    return make.person("reviewer", name="Rita Reviewer")


def plan(browser: FlaskClient, themes: list[int], *people: int) -> str:
    answer = post(
        browser, "/reviews/new", title="Autumn review", starts_at="2026-12-01T09:00", minutes=60,
        place="Room 4", themes=themes, people=list(people),
    )  # fmt: skip
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return answer.headers["Location"]


def items_of(browser: FlaskClient, review: str) -> list[str]:
    page = browser.get(review).get_data(as_text=True)
    return sorted(set(re.findall(rf"{review}/items/(\d+)/", page)), key=int)


def mails(make: Builders, template: str) -> list[dict[str, object]]:
    with make.portal.database.reading() as session:
        rows = session.scalars(select(Job).where(Job.kind == "mail")).all()
        return [dict(row.payload) for row in rows if row.payload.get("template") == template]


def test_a_review_from_plan_to_minutes(
    themes: list[int], make: Builders, client_of: ClientOf, reviewer: Person
) -> None:
    guest = make.person(name="Gus Guest")
    browser, other = client_of(reviewer), client_of(guest)
    review = plan(browser, themes, reviewer.id, guest.id)
    assert {mail["to"] for mail in mails(make, "review")} == {reviewer.email, guest.email}
    item = items_of(browser, review)[0]
    post(other, f"{review}/items/{item}/vote", points=4)
    assert "hidden until it begins" in browser.get(review).get_data(as_text=True)
    post(browser, f"{review}/begin")
    assert '<td class="num">4</td>' in browser.get(review).get_data(as_text=True)
    post(browser, f"{review}/items/{item}/notes", notes="Permits need a lead time.", version=1)
    post(browser, f"{review}/items/{item}/decide", outcome="adopt")
    post(browser, f"{review}/close", summary="We change the gate.")
    page = browser.get(review).get_data(as_text=True)
    assert "We change the gate." in page
    assert "Permits need a lead time." in page
    minutes = mails(make, "minutes")
    assert len(minutes) == 2
    assert any("adopt" in line for line in minutes[0]["decided"])  # type: ignore[attr-defined]
    with make.portal.database.reading() as session:
        stages = {theme.stage for theme in session.scalars(select(Theme))}
        assert Stage.confirmed in stages


def test_votes_have_a_bound_and_only_guests_vote(
    themes: list[int], make: Builders, client_of: ClientOf, reviewer: Person
) -> None:
    browser = client_of(reviewer)
    review = plan(browser, themes, reviewer.id)
    first, *_ = items_of(browser, review)
    post(browser, f"{review}/items/{first}/vote", points=9)
    assert "You have 5 points in all" in browser.get(review).get_data(as_text=True)
    stranger = client_of("member")
    assert post(stranger, f"{review}/items/{first}/vote", points=1).status_code == 403
    assert post(stranger, f"{review}/items/{first}/decide", outcome="adopt").status_code == 403
    assert post(stranger, f"{review}/begin").status_code == 403


def test_notes_of_two_people_do_not_overwrite_each_other(
    themes: list[int], client_of: ClientOf, reviewer: Person, make: Builders
) -> None:
    browser = client_of(reviewer)
    review = plan(browser, themes, reviewer.id)
    item = items_of(browser, review)[0]
    post(browser, f"{review}/items/{item}/notes", notes="First.", version=1)
    late = post(browser, f"{review}/items/{item}/notes", notes="Second.", version=1)
    assert late.status_code == 409
    text = late.get_data(as_text=True)
    assert "First." in text
    assert "Second." in text


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"outcome": "defer"}, "Say until when"), ({"outcome": "reject"}, "Say why"),
     ({"outcome": "x"}, "Choose adopt")],
)  # fmt: skip
def test_a_decision_needs_its_day_or_reason(
    fields: dict[str, str], said: str, themes: list[int], client_of: ClientOf, reviewer: Person
) -> None:
    browser = client_of(reviewer)
    review = plan(browser, themes, reviewer.id)
    item = items_of(browser, review)[0]
    post(browser, f"{review}/items/{item}/decide", **fields)
    assert said in browser.get(review).get_data(as_text=True)


def test_pack_and_calendar(themes: list[int], client_of: ClientOf, reviewer: Person) -> None:
    browser = client_of(reviewer)
    review = plan(browser, themes, reviewer.id)
    document = ZipFile(io.BytesIO(browser.get(f"{review}/minutes.docx").data))
    assert "Autumn review" in document.read("word/document.xml").decode()
    entry = browser.get(f"{review}/review.ics").get_data(as_text=True)
    assert "DTSTART:20261201T090000Z\r\nDTEND:20261201T100000Z" in entry
    assert all(len(line.encode()) <= 75 for line in entry.split("\r\n"))


def test_what_is_missing_is_said_and_kept(themes: list[int], client_of: ClientOf) -> None:
    browser = client_of("reviewer")
    answer = post(browser, "/reviews/new", title="Kept title", starts_at="")
    assert answer.status_code == 400
    text = answer.get_data(as_text=True)
    for part in (
        "Kept title",
        "Say when it begins",
        "Choose at least one theme",
        "Invite at least",
    ):
        assert part in text


# Actions --------------------------------------------------------------------------------------


def make_action(browser: FlaskClient, theme: int, owner: int, **more: object) -> str:
    fields = {
        "title": "Ask for permits at gate one", "owner_id": owner, "due_on": "2026-12-31",
        "change": "training", "measure_on": "2028-01-01", **more,
    }  # fmt: skip
    answer = post(browser, f"/actions/new?theme={theme}", **fields)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return answer.headers["Location"]


def test_an_action_to_its_effect(
    themes: list[int], make: Builders, client_of: ClientOf, reviewer: Person
) -> None:
    browser = client_of(reviewer)
    action = make_action(browser, themes[0], reviewer.id)
    assert mails(make, "action")[0]["to"] == reviewer.email
    post(browser, f"{action}/start")
    page = browser.get(action).get_data(as_text=True)
    assert "the theme hit 8 of 8 closed projects" in page
    post(browser, f"{action}/finish", evidence="")
    assert "Say by what one sees" in browser.get(action).get_data(as_text=True)
    post(browser, f"{action}/finish", evidence="The checklist has it.")
    assert "nothing to compare yet" in browser.get(action).get_data(as_text=True)
    with make.portal.database.writing() as session:
        row = session.scalars(select(Action)).one()
        assert row.done_at is not None
        row.done_at -= timedelta(days=500)
        after = row.done_at.date()
    for number in range(8):
        text = PERMIT if number == 0 else "Nothing that anybody would call a permit or a supplier."
        project_with(
            make, text, starts=after + timedelta(days=10), closed=after + timedelta(days=300)
        )
    runs.run(make.portal.database, by=None, at=NOW)
    page = browser.get(action).get_data(as_text=True)
    assert re.search(r"8 of 8 before, \d of 8 after; ratio", page)
    assert "not what made them differ" in page
    with make.portal.database.reading() as session:
        found = actions.outcome(session, session.scalars(select(Action)).one(), by=SYSTEM)
        assert found is not None
        assert found.effect.before.projects == 8


def test_the_indicator_is_fixed_at_the_start(
    themes: list[int], client_of: ClientOf, reviewer: Person
) -> None:
    browser = client_of(reviewer)
    action = make_action(browser, themes[0], reviewer.id)
    post(browser, f"{action}/start")
    fields = {
        "title": "Ask for permits at gate one", "owner_id": reviewer.id, "due_on": "2026-12-31",
        "change": "training", "measure_on": "2029-01-01",
    }  # fmt: skip
    answer = post(browser, f"{action}/edit", **fields)
    assert answer.status_code == 409
    assert "was fixed when the action started" in answer.get_data(as_text=True)


def test_its_owner_and_the_pmo_change_an_action(
    themes: list[int], make: Builders, client_of: ClientOf, reviewer: Person
) -> None:
    owner = make.person()
    action = make_action(client_of(reviewer), themes[0], owner.id)
    stranger = client_of("member")
    assert post(stranger, f"{action}/start").status_code == 403
    assert post(client_of(owner), f"{action}/start").status_code == 302
    board = stranger.get("/actions/").get_data(as_text=True)
    assert "In progress" in board
    assert "Ask for permits at gate one" in board


def test_a_plan_needs_its_owner_day_and_measure(themes: list[int], client_of: ClientOf) -> None:
    answer = post(client_of("reviewer"), f"/actions/new?theme={themes[0]}", title="Kept")
    assert answer.status_code == 400
    text = answer.get_data(as_text=True)
    for part in ("Kept", "Choose who does it", "Say until when", "before it starts when"):
        assert part in text
