"""Lessons in pages: nothing typed is lost, nothing hidden is shown, steps can be taken back."""

import re
from collections.abc import Callable

from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from content import lesson_texts, lessons
from content.models import Confidentiality, Lesson, LessonState
from content.types import SYSTEM
from portal.worker.loop import drain
from tests.builders import NOW, Builders
from tests.conftest import csrf_of, post

Clients = Callable[..., FlaskClient]


def text(browser: FlaskClient, path: str) -> str:
    return browser.get(path, follow_redirects=True).get_data(as_text=True)


def test_a_form_with_a_fault_keeps_what_was_typed(client_of: Clients) -> None:
    browser = client_of("member")
    answer = post(browser, "/lessons/new", driving_event="The crane sank.", topics="mud, cranes")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "Say the point in one line." in page
    assert "The crane sank." in page
    assert "mud, cranes" in page


def test_two_writers_meet_and_neither_loses(make: Builders, client_of: Clients) -> None:
    author = make.person()
    row = make.lesson(LessonState.draft, by=author)
    browser = client_of(author)
    path = f"/lessons/{row.id}/edit"
    version = re.search(r'name="version"[^>]*value="(\d+)"', text(browser, path))
    assert version is not None
    with make.portal.database.writing() as session:
        other = lessons.get(session, row.id, by=SYSTEM)
        lessons.edit(session, other, {"cause": "Theirs: the gauge."}, by=SYSTEM, at=NOW)
    answer = post(
        browser, path, version=version[1], headline="Mine", driving_event="Mine too.",
        cause="Mine: the valve.",
    )  # fmt: skip
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Mine: the valve." in page
    assert "Theirs: the gauge." in page


def test_a_form_sent_back_as_it_stands_changes_nothing(make: Builders, client_of: Clients) -> None:
    author = make.person()
    row = make.lesson(
        LessonState.draft, by=author, headline="Weigh the crates", driving_event="It sank.",
        cause="No scale.", lesson="Crates lie.", recommendation="Weigh each.", summary="Weights.",
        cost=1200, days=3, affects=["scope"], topics=["cranes", "mud"], evidence="It floats.",
        previously_identified=False,
    )  # fmt: skip
    browser = client_of(author)
    path = f"/lessons/{row.id}/edit"
    form = html.fromstring(text(browser, path)).get_element_by_id("lesson-form")
    with make.portal.database.reading() as session:
        before = lesson_texts.snapshot(lessons.get(session, row.id, by=SYSTEM))
    answer = browser.post(path, data=MultiDict(form.form_values()))
    assert answer.status_code == 302
    with make.portal.database.reading() as session:
        assert lesson_texts.snapshot(lessons.get(session, row.id, by=SYSTEM)) == before


def test_a_restricted_lesson_shows_its_sanitised_text_and_nothing_else(
    make: Builders, client_of: Clients
) -> None:
    project = make.project(name="Riverside")
    row = make.lesson(
        headline="Bribery at the weighbridge", project_id=project.id, topics=["fraud"],
        confidentiality=Confidentiality.restricted, sanitised="Deliveries were not weighed.",
    )  # fmt: skip
    make.lesson(headline="Bribery, all of it", confidentiality=Confidentiality.restricted)
    drain(make.portal)
    member = client_of("member")
    for path in (
        "/", "/lessons/", f"/lessons/{row.id}", f"/projects/{project.code}",
        "/lessons/?topic=fraud",
        "/lessons/?text=Bribery", "/search?q=bribery+weighbridge+fraud", "/palette?q=bribery",
        "/search", "/themes/",
    ):  # fmt: skip
        shown = text(member, path)
        shown = shown.replace("text=Bribery", "").replace('value="Bribery"', "")
        assert "Bribery" not in shown.replace("bribery weighbridge fraud", ""), path
    assert "Deliveries were not weighed." in text(member, f"/lessons/{row.id}")
    assert member.get(f"/lessons/{row.id}/revisions").status_code == 404
    assert "Bribery at the weighbridge" in text(client_of("reviewer"), f"/lessons/{row.id}")


def test_no_filter_and_no_project_page_tells_of_a_lesson_seen_in_part(
    make: Builders, client_of: Clients
) -> None:
    department = make.department()
    manager = make.person()
    project = make.project(department_id=department.id, manager_id=manager.id, closed=True)
    make.lesson(
        headline="Bribery at the weighbridge", project_id=project.id, topics=["fraud"],
        category="procurement", kind="problem", phase="executing", priority="high",
        confidentiality=Confidentiality.restricted, sanitised="Deliveries were not weighed.",
    )  # fmt: skip
    member, reviewer = client_of("member"), client_of("reviewer")
    row, said = "Restricted lesson", "Deliveries were not weighed."
    for path in ("/lessons/", "/lessons/?phase=executing", "/lessons/?state=published"):
        shown = text(member, path)
        assert row in shown, path
        assert said in shown, path
    for narrowed in (
        f"project={project.id}", f"department={department.id}", "category=procurement",
        "topic=fraud", "kind=problem", "text=weighbridge", "phase=executing&kind=problem",
    ):  # fmt: skip
        shown = text(member, f"/lessons/?{narrowed}")
        assert said not in shown, narrowed
        assert "0 lessons" in shown, narrowed
        assert "Bribery at the weighbridge" in text(reviewer, f"/lessons/?{narrowed}"), narrowed
    assert said not in text(member, f"/projects/{project.code}")
    assert "Lessons 0" in text(member, f"/projects/{project.code}")
    for browser in (reviewer, client_of(manager)):
        assert "Lessons 1" in text(browser, f"/projects/{project.code}")
    assert 'value="fraud"' not in text(member, "/lessons/new?all=1")
    assert member.get(f"/projects/{project.code}/close").status_code == 403


def test_a_hidden_author_is_shown_to_nobody_else(make: Builders, client_of: Clients) -> None:
    author = make.person(name="Quentin Unseen")
    row = make.lesson(by=author, author_hidden=True)
    for who in ("member", "reviewer"):
        browser = client_of(who)
        for path in (f"/lessons/{row.id}", f"/lessons/{row.id}/revisions", "/lessons/"):
            assert "Quentin" not in text(browser, path), path
    assert "Quentin Unseen" in text(client_of(author), f"/lessons/{row.id}")


def test_a_step_can_be_taken_back_from_its_toast(make: Builders, client_of: Clients) -> None:
    author = make.person()
    row = make.lesson(LessonState.draft, by=author)
    browser = client_of(author)
    post(browser, f"/lessons/{row.id}/submit")
    undo = re.search(r'action="([^"]+)"[^>]*>(?:(?!</form>).)*Undo', text(browser, "/"), re.DOTALL)
    assert undo is not None
    browser.post(undo[1], data={"csrf_token": csrf_of(browser, "/")})
    with make.portal.database.reading() as session:
        assert lessons.get(session, row.id, by=SYSTEM).state is LessonState.draft


def test_reviewers_do_not_decide_on_their_own(make: Builders, client_of: Clients) -> None:
    reviewer = make.person("reviewer")
    row = make.lesson(LessonState.submitted, by=reviewer)
    browser = client_of(reviewer)
    assert "Publish" not in text(browser, f"/lessons/{row.id}")
    assert post(browser, f"/lessons/{row.id}/publish").status_code == 403


def test_what_changed_is_shown_word_by_word(make: Builders, client_of: Clients) -> None:
    row = make.lesson(LessonState.published, headline="Order valves early")
    with make.portal.database.writing() as session:
        lesson = lessons.get(session, row.id, by=SYSTEM)
        lessons.edit(session, lesson, {"headline": "Order pumps early"}, by=SYSTEM, at=NOW)
    shown = text(client_of("member"), f"/lessons/{row.id}/revisions")
    assert "<del>valves</del>" in shown
    assert "<ins>pumps</ins>" in shown


def test_texts_are_escaped(make: Builders, client_of: Clients) -> None:
    evil = "<script>alert(1)</script>"
    row = make.lesson(headline=evil, driving_event=evil, recommendation=f"{evil} supplier")
    drain(make.portal)
    browser = client_of("member")
    for path in ("/", "/lessons/", f"/lessons/{row.id}", "/search?q=supplier", "/palette?q=alert"):
        assert "<script>alert" not in text(browser, path), path


def test_a_change_is_found_when_the_worker_has_run(make: Builders, client_of: Clients) -> None:
    browser = client_of("member")
    row = make.lesson(headline="Zebrawood is heavy")
    drain(make.portal)
    assert "zebrawood" in text(browser, "/search?q=zebrawood").lower().split("findings")[1]
    with make.portal.database.writing() as session:
        lesson = lessons.get(session, row.id, by=SYSTEM)
        lessons.edit(session, lesson, {"headline": "Oak is heavy"}, by=SYSTEM, at=NOW)
    drain(make.portal)
    assert "Nothing found" in text(browser, "/search?q=zebrawood")


def test_revisions_name_projects_and_departments(make: Builders, client_of: Clients) -> None:
    department = make.department("Waterworks")
    project = make.project(name="Weir repair", department_id=department.id)
    lesson = make.lesson(project_id=project.id)
    page = client_of("member").get(f"/lessons/{lesson.id}/revisions").get_data(as_text=True)
    assert f"{project.code} Weir repair" in page
    assert "Waterworks" in page
    assert "department_id" not in page


def test_each_answer_to_who_may_read_it_is_offered_once(client_of: Clients) -> None:
    page = client_of("member").get("/lessons/new?all=1").get_data(as_text=True)
    choices = re.search(r'<select[^>]*name="confidentiality".*?</select>', page, re.DOTALL)
    assert choices is not None
    assert re.findall(r">([^<>]+)</option>", choices[0]) == ["Open", "Department", "Restricted"]


def test_hints_are_looked_for_without_javascript_too(make: Builders, client_of: Clients) -> None:
    """Nothing is saved by looking; a form that comes back with faults has them as well."""
    for number in range(3):
        make.lesson(headline=f"Weigh the pump before the crane comes {number}", driving_event=CRANE)
    drain(make.portal)
    browser = client_of("member")
    form = text(browser, "/lessons/new?all=1")
    button = re.search(r"<noscript><button[^>]*>", form)
    assert button is not None
    assert 'name="then" value="hints"' in button[0]
    assert "What a reader may miss" not in form
    typed = {"driving_event": CRANE, "recommendation": "Communicate better."}
    for then, status in (("hints", 200), ("submit", 400)):
        answer = post(browser, "/lessons/new?all=1", then=then, **typed)
        page = answer.get_data(as_text=True)
        assert answer.status_code == status
        assert "What a reader may miss" in page
        assert "Did it happen before?" in page
        assert "Communicate better." in page
        assert ("Say the point in one line." in page) is (then == "submit")
    nothing = post(browser, "/lessons/new?all=1", then="hints").get_data(as_text=True)
    assert "There is no hint for what you wrote" in nothing
    with make.portal.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Lesson)) == 3


CRANE = "The crane could not lift the pump because nobody had weighed the pump before it came."
