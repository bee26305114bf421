"""Lists as files: the filters of the page, nothing that the page does not show, and back again."""

import csv
import io
import json
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import event

from analytics.review_models import Review, ReviewPerson, ReviewState
from content import applications, occurrences
from content.models import Answer, Confidentiality, LessonKind, LessonState, Phase
from content.types import SYSTEM
from portal.listings import LISTINGS
from portal.runtime import Runtime
from portal.worker.loop import drain
from tests.builders import NOW, Builders
from tests.conftest import post

ClientOf = Callable[..., FlaskClient]
# Lists of one lesson, project or theme, which the address names.
OF_ONE = ("theme", "applications", "occurrences")


def rows_of(browser: FlaskClient, address: str) -> list[dict[str, str]]:
    answer = browser.get(address)
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


@pytest.mark.parametrize("format", ["csv", "xlsx", "json", "html"])
def test_every_list_comes_in_every_form(
    format: str, make: Builders, client_of: ClientOf, portal: Runtime
) -> None:
    make.lesson()
    make.issue()
    make.page()
    drain(portal)
    browser = client_of("admin")
    for what in sorted(LISTINGS):
        answer = browser.get(f"/exports/{what}.{format}?theme=1", buffered=True)
        assert answer.status_code == (404 if what in OF_ONE else 200), what
        if format == "html" and what == "lessons":
            assert "Agree acceptance criteria early" in answer.get_data(as_text=True)
        elif format != "html" and what not in OF_ONE:
            assert f"{what}-" in answer.headers["Content-Disposition"]


def test_filters_of_the_page_hold(make: Builders, client_of: ClientOf) -> None:
    make.lesson(headline="Plan early", phase=Phase.planning)
    make.lesson(headline="Close late", phase=Phase.closing)
    rows = rows_of(client_of("member"), "/exports/lessons.csv?phase=closing&page=7")
    assert [row["headline"] for row in rows] == ["Close late"]


def test_more_rows_than_are_read_at_once(
    make: Builders, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.listings.listing.CHUNK", 2)
    for number in range(5):
        make.lesson(headline=f"Lesson {number}")
    rows = rows_of(client_of("member"), "/exports/lessons.csv?sort=headline")
    assert [row["headline"] for row in rows] == [f"Lesson {number}" for number in range(5)]


def test_long_lists_are_counted_once(
    make: Builders, client_of: ClientOf, portal: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.listings.listing.CHUNK", 2)
    project = make.project()
    for number in range(5):
        make.lesson(LessonState.submitted, headline=f"Lesson {number}")
        make.lesson(headline=f"Published {number}")
        make.issue(project)
        make.project()
    counts: list[str] = []

    def listen(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith("SELECT count("):
            counts.append(statement)

    admin = client_of("admin")
    rows_of(admin, "/exports/people.csv")  # what the first request asks besides
    event.listen(portal.database.engine, "before_cursor_execute", listen)
    try:
        for what, many in (
            ("lessons", 10), ("issues", 5), ("projects", 6), ("queue", 5), ("activity", 20),
            ("requests", 0),
        ):  # fmt: skip
            counts.clear()
            assert len(rows_of(admin, f"/exports/{what}.csv")) >= many, what
            assert len(counts) == 1, what
    finally:
        event.remove(portal.database.engine, "before_cursor_execute", listen)


def test_a_restricted_lesson_leaves_its_sanitised_text_only(
    make: Builders, client_of: ClientOf
) -> None:
    make.lesson(
        headline="Secret tunnel", driving_event="Secret", category="risk", sanitised="A tunnel.",
        confidentiality=Confidentiality.restricted, external_id="SECRET-1",
    )  # fmt: skip
    make.lesson(headline="Locked", confidentiality=Confidentiality.restricted)
    member = client_of("member")
    (row,) = rows_of(member, "/exports/lessons.csv")
    assert row["headline"] == "Restricted lesson"
    assert row["sanitised"] == "A tunnel."
    assert not row["external_id"]
    assert not row["category"]
    for format in ("csv", "json", "html"):
        assert b"Secret" not in member.get(f"/exports/lessons.{format}").data
    assert rows_of(member, "/exports/lessons.csv?category=risk") == []
    assert len(rows_of(client_of("reviewer"), "/exports/lessons.csv")) == 2


def test_a_hidden_author_is_in_no_export(make: Builders, client_of: ClientOf) -> None:
    author = make.person(name="Hidden Hanna")
    make.lesson(by=author, author_hidden=True)
    for role in ("member", "reviewer"):
        assert b"Hidden Hanna" not in client_of(role).get("/exports/lessons.json").data


def test_the_review_queue_as_it_is_narrowed(make: Builders, client_of: ClientOf) -> None:
    author, shy = make.person(name="Ada Author"), make.person(name="Shy Sam")
    make.lesson(LessonState.submitted, by=author, headline="=Weigh the pump", category="risk")
    make.lesson(LessonState.submitted, by=shy, author_hidden=True, headline="Without a name")
    make.lesson(LessonState.submitted, by=author, headline="Another")
    reviewer = client_of("reviewer")
    (row,) = rows_of(reviewer, "/exports/queue.csv?category=risk")
    assert (row["headline"], row["author"], row["what"]) == (
        "'=Weigh the pump", "Ada Author", "lesson",
    )  # fmt: skip
    assert "/exports/queue.xlsx?category=risk" in reviewer.get("/lessons/queue?category=risk").text
    every = rows_of(reviewer, "/exports/queue.csv")
    assert [row["author"] for row in every] == ["Ada Author", "", "Ada Author"]
    assert client_of("member").get("/exports/queue.csv").status_code == 403


def test_what_projects_did_with_a_lesson_and_of_a_project(
    make: Builders, client_of: ClientOf, portal: Runtime
) -> None:
    project, other = make.project(code="WEST"), make.project(code="EAST")
    lesson, second = make.lesson(headline="Weigh the pump"), make.lesson()
    hidden = make.lesson(headline="Locked", confidentiality=Confidentiality.restricted)
    with portal.database.writing() as session:
        for row, by in ((lesson, project), (lesson, other), (second, project), (hidden, project)):
            given = {"answer": Answer.applied, "where": "=the contract"}
            applications.answer(session, row, by, given, by=SYSTEM, at=NOW)
        too = {"project_id": other.id, "note": "Here as well."}
        occurrences.add(session, lesson, too, by=SYSTEM, at=NOW)
    member = client_of("member")
    page = member.get(f"/lessons/{lesson.id}").text
    for what in ("applications", "occurrences"):
        assert f"/exports/{what}.csv?lesson={lesson.id}" in page
    rows = rows_of(member, f"/exports/applications.csv?lesson={lesson.id}")
    assert [(row["project_code"], row["where"]) for row in rows] == [
        ("EAST", "'=the contract"), ("WEST", "'=the contract"),
    ]  # fmt: skip
    (row,) = rows_of(member, f"/exports/occurrences.csv?lesson={lesson.id}")
    assert (row["project_code"], row["note"]) == ("EAST", "Here as well.")
    of_project = f"/exports/applications.csv?project={project.id}"
    assert of_project in member.get("/projects/WEST").text
    assert len(rows_of(member, of_project)) == 2
    assert len(rows_of(client_of("reviewer"), of_project)) == 3
    for what in ("applications", "occurrences"):
        assert member.get(f"/exports/{what}.json?lesson={hidden.id}").status_code == 404


def test_reviews_that_one_reads(make: Builders, client_of: ClientOf, portal: Runtime) -> None:
    person, member = make.person("reviewer"), make.person()
    with portal.database.writing() as session:
        for title, state in (("Spring", ReviewState.closed), ("Autumn", ReviewState.planned)):
            row = Review(title=title, state=state, starts_at=NOW, created_at=NOW)
            if title == "Spring":
                row.people = [ReviewPerson(person_id=member.id)]
            session.add(row)
    for who, titles in ((person, ["Autumn", "Spring"]), (member, ["Spring"])):
        browser = client_of(who)
        shown = [title for title in ("Autumn", "Spring") if title in browser.get("/reviews/").text]
        assert shown == titles
        assert [row["title"] for row in rows_of(browser, "/exports/reviews.csv")] == titles


def test_who_may_not_see_a_list_gets_no_export(client_of: ClientOf) -> None:
    assert client_of("member").get("/exports/people.csv").status_code == 403
    assert client_of("member").get("/exports/thesaurus.json").status_code == 403
    assert client_of("member").get("/exports/secrets.csv").status_code == 404


def test_formulas_are_neutral(make: Builders, client_of: ClientOf) -> None:
    make.lesson(headline="=HYPERLINK(1)")
    (row,) = rows_of(client_of("member"), "/exports/lessons.csv")
    assert row["headline"] == "'=HYPERLINK(1)"
    book = load_workbook(
        io.BytesIO(client_of("member").get("/exports/lessons.xlsx", buffered=True).data)
    )
    sheet = book.active
    assert sheet is not None
    assert sheet["B2"].value == "=HYPERLINK(1)"
    assert sheet["B2"].data_type == "s"
    assert sheet.auto_filter.ref
    assert sheet.freeze_panes == "A2"


@pytest.mark.parametrize("format", ["csv", "xlsx", "json"])
def test_an_export_of_lessons_can_be_imported_again(
    format: str, make: Builders, client_of: ClientOf, portal: Runtime
) -> None:
    project = make.project()
    make.lesson(
        headline="Order valves early", project_id=project.id, phase=Phase.planning,
        kind=LessonKind.problem, cause="Nobody knew", effect="Late", cost=1200, days=7,
        affects=["quality"], topics=["valves", "orders"], category="procurement",
        applies_to_types=["construction"], previously_identified=True,
    )  # fmt: skip
    reviewer = client_of("reviewer")
    first = rows_of(reviewer, "/exports/lessons.csv")
    data = reviewer.get(f"/exports/lessons.{format}", buffered=True).data
    if format == "json":
        data = "\n".join(json.dumps(row) for row in json.loads(data)).encode()
    name = f"lessons.{'jsonl' if format == 'json' else format}"
    with portal.database.writing() as session:
        from sqlalchemy import text

        session.execute(text("DELETE FROM application"))
    answer = reviewer.post(
        "/imports/",
        data={"csrf_token": _csrf(reviewer), "file": (io.BytesIO(data), name)},
        content_type="multipart/form-data",
    )
    page = answer.headers["Location"]
    post(reviewer, f"{page}/run", publish="1")
    drain(portal)
    again = rows_of(reviewer, "/exports/lessons.csv")
    kept = [row for row in again if row["external_id"] == first[0]["external_id"]]
    ignored = {"link", "applied", "author", "project_code"}
    assert len(kept) == 2  # the one that was there has no id of its own; the new one has
    assert {k: v for k, v in kept[0].items() if k not in ignored} == {
        k: v for k, v in kept[1].items() if k not in ignored
    }


def _csrf(browser: FlaskClient) -> str:
    from tests.conftest import csrf_of

    return csrf_of(browser)
