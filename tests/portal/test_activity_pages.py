"""The activity log in pages: all of it, newest first, narrowed, exported, for administrators."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from analytics.review_models import Review, ReviewState
from content import activity, lessons, requests, thesaurus, validation
from content.errors import Forbidden
from content.models import Activity, Lesson, LessonState, Person
from content.types import SYSTEM, Role
from content.workflow import Move
from portal.recorded import KINDS
from portal.runtime import Runtime
from tests.builders import NOW, Builders

ClientOf = Callable[..., FlaskClient]
LOG = "/admin/activity"


def lines(browser: FlaskClient, address: str = LOG) -> list[str]:
    """The rows of the page, as one reads them."""
    page = browser.get(address).get_data(as_text=True)
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)[1:]
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


@pytest.fixture
def ada(make: Builders, portal: Runtime) -> Person:
    """An author whose lesson was returned, without her name for readers."""
    ada = make.person(name="Ada Author", email="ada@example.org")
    lesson = make.lesson(
        LessonState.submitted, by=ada, author_hidden=True, headline="Weigh the pump first"
    )
    rita = make.person(Role.reviewer, name="Rita Reviewer")
    with portal.database.writing() as session:
        row = session.get_one(Lesson, lesson.id)
        later = NOW + timedelta(days=2)
        lessons.move(
            session, row, Move.return_, by=rita.as_actor(), at=later, reason="=No cause is given."
        )
    return ada


def test_who_did_what_with_which_thing_when_and_why(ada: Person, client_of: ClientOf) -> None:
    browser = client_of("admin")
    newest, *rest = lines(browser)
    for said in ("4 Nov 2026", "Rita Reviewer", "return", "submitted → returned",
                 "Weigh the pump first", "=No cause is given."):  # fmt: skip
        assert said in newest
    # The log names an author whom readers do not see.
    assert any("Ada Author create draft" in row for row in rest)
    page = browser.get(LOG).text
    assert re.search(r'<a href="/lessons/\d+">Weigh the pump first</a>', page)
    assert f'<a href="/people/{ada.id}">Ada Author</a>' in page
    assert 'href="/admin/activity"' in browser.get("/admin/").text


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("who=ada", 1), ("who=ADA@example", 1), ("who=%25", 0), ("who=reviewer", 1),
        ("by=people", 2), ("by=portal", 2), ("by=nonsense", 4), ("kind=lesson", 3),
        ("kind=project", 1), ("kind=nonsense", 0), ("since=2026-11-03", 1),
        ("until=2026-11-03", 3), ("since=2026-11-02&until=2026-11-02", 3),
        ("since=2026-11-05", 0), ("since=yesterday", 4), ("until=9999-12-31", 4),
        ("since=0001-01-01", 4), ("who=rita&kind=project", 0), ("page=0", 4), ("page=9", 0),
    ],
)  # fmt: skip
def test_it_is_narrowed_on_the_page_and_in_the_export(
    query: str, count: int, ada: Person, make: Builders, client_of: ClientOf
) -> None:
    make.project()
    browser = client_of("admin")
    assert len(lines(browser, f"{LOG}?{query}")) == count
    if "page=9" not in query:
        found = browser.get(f"/exports/activity.csv?{query}").data.decode("utf-8-sig")
        assert len(list(csv.DictReader(io.StringIO(found)))) == count


def test_exports_are_links_and_no_formulas(ada: Person, client_of: ClientOf) -> None:
    browser = client_of("admin")
    (row, *_) = csv.DictReader(
        io.StringIO(browser.get("/exports/activity.csv").data.decode("utf-8-sig"))
    )
    assert row["why"] == "'=No cause is given."
    assert (row["who"], row["what"], row["to_state"]) == ("Rita Reviewer", "return", "returned")
    assert re.search(r"https?://.*/lessons/\d+$", row["link"])
    for format in ("json", "xlsx", "html"):
        assert browser.get(f"/exports/activity.{format}", buffered=True).status_code == 200
    assert json.loads(browser.get("/exports/activity.json").data)[0]["email"]
    assert "/exports/activity.csv?who=ada" in browser.get(f"{LOG}?who=ada&page=1").text


@pytest.mark.parametrize("role", [*(role for role in Role if role is not Role.admin)])
def test_it_is_for_administrators_alone(
    role: Role, ada: Person, client_of: ClientOf, portal: Runtime
) -> None:
    browser = client_of(role)
    assert browser.get(LOG).status_code == 403
    assert browser.get("/exports/activity.csv").status_code == 403
    with portal.database.reading() as session, pytest.raises(Forbidden):
        activity.listing(session, activity.ActivityFilter(), by=ada.as_actor())


def test_it_comes_in_pages(make: Builders, client_of: ClientOf, portal: Runtime) -> None:
    person = make.person()
    with portal.database.writing() as session:
        for number in range(120):
            at = NOW + timedelta(minutes=number)
            activity.record(session, "person", person.id, f"step {number}", by=SYSTEM, at=at)
    browser = client_of("admin")
    pages = [lines(browser, f"{LOG}?kind=person&page={page}") for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [50, 50, 20]
    steps = [re.search(r"step (\d+)", row) for page in pages for row in page]
    assert [int(step[1]) for step in steps if step] == list(range(119, -1, -1))
    assert "kind=person&amp;page=2" in browser.get(f"{LOG}?kind=person").text


def test_every_kind_of_thing_is_found_or_said_to_be_gone(
    make: Builders, client_of: ClientOf, portal: Runtime
) -> None:
    """Rows outlive what they are about, and kinds may come that this page does not know."""
    project, lesson, person = make.project(), make.lesson(), make.person()
    issue, page, workshop = make.issue(project), make.page(), make.workshop(project)
    with portal.database.writing() as session:
        wanted = requests.create(session, {"title": "Cranes"}, by=person.as_actor(), at=NOW)
        for kind in (*KINDS, "unheard of"):
            activity.record(session, kind, 999_999, "change", by=SYSTEM, at=NOW)
        activity.record(session, validation.KIND, lesson.id, "take on", by=SYSTEM, at=NOW)
        number = wanted.id
    browser = client_of("admin")
    text = browser.get(f"{LOG}?by=portal").text + browser.get(f"{LOG}?by=portal&page=2").text
    for path in (
        f"/lessons/{lesson.id}", f"/projects/{project.code}", f"/issues/{issue.id}",
        f"/workshops/{workshop.id}",
    ):  # fmt: skip
        assert f'href="{path}"' in text, path
        assert browser.get(path).status_code == 200, path
    for kind in (requests.KIND, "page"):
        (link,) = re.findall(r'href="(/(?:requests|playbooks)/[^"]+)"',
                             browser.get(f"{LOG}?kind={kind}").text)[:1]  # fmt: skip
        assert browser.get(link).status_code == 200, link
    assert "Unheard of 999999" in text
    assert number
    assert page


def test_terms_of_the_thesaurus_are_read_as_words(client_of: ClientOf, portal: Runtime) -> None:
    with portal.database.writing() as session:
        thesaurus.load_shipped(session, NOW)
        many = len(session.scalars(select(Activity)).all())
    rows = lines(client_of("admin"), f"{LOG}?kind=thesaurus+entry")
    assert many > 50
    assert len(rows) == 50
    assert not any("[" in row or "\\u" in row for row in rows)


def test_the_log_of_who_reviews_a_lesson_is_not_that_of_a_review(
    make: Builders, portal: Runtime
) -> None:
    """Lesson 1 and improvement review 1 have the same number."""
    lesson, reviewer = make.lesson(LessonState.submitted), make.person(Role.reviewer)
    with portal.database.writing() as session:
        review = Review(title="Spring", state=ReviewState.planned, starts_at=NOW, created_at=NOW)
        session.add(review)
        session.flush()
        activity.record(session, "review", review.id, "adopt", by=SYSTEM, at=NOW)
        row = session.get_one(Lesson, lesson.id)
        validation.take_on(session, row, by=reviewer.as_actor(), at=NOW)
        assert review.id == lesson.id
        assert [row.verb for row in validation.log(session, row)] == ["take on"]
