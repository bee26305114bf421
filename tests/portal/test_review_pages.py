"""From a run to minutes, and from an action to its measured effect."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select

from analytics import catalogue, room, runs
from analytics.models import Stage, Theme, ThemeState
from analytics.review_models import ReviewItem
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
    return re.findall(r'<section[^>]* id="item-(\d+)"', page)


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
    post(other, f"{review}/vote", **{f"points-{item}": 4})
    assert "hidden until shown" in browser.get(review).get_data(as_text=True)
    post(browser, f"{review}/begin")
    assert "hidden until shown" in browser.get(review).get_data(as_text=True)
    post(browser, f"{review}/reveal")
    assert '<td class="num" data-label="Points">4</td>' in browser.get(review).get_data(
        as_text=True
    )
    post(
        browser, f"{review}/items/{item}", notes="Permits need a lead time.", version=1,
        outcome="adopt",
    )  # fmt: skip
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
    late = post(browser, f"{review}/vote", **{f"points-{first}": 9})
    assert late.status_code == 400
    assert "You have 5 points in all" in late.get_data(as_text=True)
    stranger = client_of("member")
    assert post(stranger, f"{review}/vote", **{f"points-{first}": 1}).status_code == 404
    for step in (f"items/{first}", f"items/{first}/notes", "begin", "reveal", "clock/start", "go"):
        assert post(stranger, f"{review}/{step}", outcome="adopt").status_code == 403


def test_notes_of_two_people_do_not_overwrite_each_other(
    themes: list[int], client_of: ClientOf, reviewer: Person, make: Builders
) -> None:
    browser = client_of(reviewer)
    review = plan(browser, themes, reviewer.id)
    item = items_of(browser, review)[0]
    post(browser, f"{review}/begin")
    post(browser, f"{review}/items/{item}", notes="First.", version=1)
    late = post(browser, f"{review}/items/{item}", notes="Second.", version=1)
    assert late.status_code == 409
    text = late.get_data(as_text=True)
    assert "<blockquote><p>First.</p></blockquote>" in text
    assert ">Second.</textarea>" in text
    post(browser, f"{review}/items/{item}", notes="Second.", version=1, both=1)
    assert ">First.\n\nSecond.</textarea>" in browser.get(f"{review}/room").get_data(as_text=True)
    kept = post(browser, f"{review}/items/{item}/notes", notes="Third.", version=2)
    assert "Keep both" in kept.get_data(as_text=True)
    post(browser, f"{review}/items/{item}", notes="Third.", version=2, over=3)
    assert ">Third.</textarea>" in browser.get(f"{review}/room").get_data(as_text=True)


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
    post(browser, f"{review}/begin")
    answer = post(browser, f"{review}/items/{item}", notes="Kept.", version=1, **fields)
    assert answer.status_code == 400
    assert said in answer.get_data(as_text=True)
    assert ">Kept.</textarea>" in answer.get_data(as_text=True)


def test_calendar_entry(themes: list[int], client_of: ClientOf, reviewer: Person) -> None:
    browser = client_of(reviewer)
    review = plan(browser, themes, reviewer.id)
    entry = Calendar.from_ical(browser.get(f"{review}/review.ics").data)
    (event,) = entry.walk("VEVENT")
    assert entry["METHOD"] == "PUBLISH"
    assert event["DTSTART"].dt == datetime(2026, 12, 1, 9, tzinfo=UTC)
    assert event["DTEND"].dt == datetime(2026, 12, 1, 10, tzinfo=UTC)
    assert (event["SUMMARY"], event["LOCATION"]) == ("Autumn review", "Room 4")


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


def test_a_theme_that_a_run_lost_stays_on_the_agenda_when_a_review_is_changed(
    themes: list[int], client_of: ClientOf, reviewer: Person, make: Builders
) -> None:
    browser = client_of(reviewer)
    review = plan(browser, themes[:2], reviewer.id)
    with make.portal.database.writing() as session:
        session.get_one(Theme, themes[0]).state = ThemeState.gone
    answer = post(
        browser, f"{review}/edit", title="Winter review", starts_at="2026-12-02T09:00", minutes=60,
        themes=themes[:2], people=[reviewer.id],
    )  # fmt: skip
    assert answer.status_code == 302, answer.get_data(as_text=True)
    assert len(items_of(browser, review)) == 2


def test_who_is_not_invited_does_not_learn_of_a_review_from_its_theme(
    themes: list[int], client_of: ClientOf, reviewer: Person
) -> None:
    browser = client_of(reviewer)
    review = plan(browser, themes[:1], reviewer.id)
    post(browser, f"{review}/begin")
    number = re.findall(r'name="item"[^>]*value="(\d+)"', browser.get(f"{review}/room").text) or [
        items_of(browser, review)[0]
    ]
    post(browser, f"{review}/items/{number[0]}", outcome="adopt", reason="", notes="")
    page = client_of("member").get(f"/themes/{themes[0]}").get_data(as_text=True)
    assert "A review adopts it." in page
    assert "Autumn review" not in page


def test_nobody_votes_twice_in_a_review_that_is_opened_again(
    themes: list[int], client_of: ClientOf, reviewer: Person, make: Builders
) -> None:
    browser = client_of(reviewer)
    review = plan(browser, themes[:1], reviewer.id)
    post(browser, f"{review}/begin")
    number = items_of(browser, review)[0]
    for step in ("vote", "close", "reopen", "hide", "vote"):
        fields = {f"points-{number}": "5"} if step == "vote" else {}
        post(browser, f"{review}/{step}", **fields)
    with make.portal.database.reading() as session:
        assert room.sum_of(session.get_one(ReviewItem, int(number))) == 5


def test_a_page_left_open_does_not_open_a_closed_review_again(
    themes: list[int], client_of: ClientOf, reviewer: Person
) -> None:
    browser = client_of(reviewer)
    review = plan(browser, themes[:1], reviewer.id)
    for step in ("begin", "close"):
        post(browser, f"{review}/{step}")
    for late in ("begin", "replan", "cancel", "close"):
        answer = post(browser, f"{review}/{late}")
        assert answer.headers["Location"].endswith(review)
        page = browser.get(review).get_data(as_text=True)
        assert "cannot be" in page
        assert "Open again" in page, late
