"""Answers to lessons in pages: the section, the form, what is typed, and taking it back."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from content import activity, applications
from content.models import (
    Answer,
    Application,
    Confidentiality,
    Lesson,
    LessonState,
    Person,
    Phase,
    Project,
)
from content.types import SYSTEM
from portal.worker.loop import drain
from tests.builders import NOW, Builders
from tests.conftest import post

Clients = Callable[..., FlaskClient]


def text(browser: FlaskClient, path: str) -> str:
    return browser.get(path, follow_redirects=True).get_data(as_text=True)


def section(page: str) -> str:
    """The part of a lesson's page that is about its use; empty when there is none."""
    found = re.search(r'<section class="panel" id="applied".*?</section>', page, re.DOTALL)
    return found[0] if found else ""


def stored(make: Builders) -> list[Application]:
    with make.portal.database.reading() as session:
        return list(session.scalars(select(Application).order_by(Application.id)))


def say(make: Builders, lesson: Lesson, project: Project, by: Person | None = None, **values):
    with make.portal.database.writing() as session:
        return applications.answer(
            session,
            session.get_one(Lesson, lesson.id),
            session.get_one(Project, project.id),
            {"answer": Answer.applied, **values},
            by=by.as_actor() if by else SYSTEM,
            at=NOW,
        )


@pytest.fixture
def manager(make: Builders) -> Person:
    return make.person(name="Ines Calder")


def test_a_manager_answers_and_the_page_counts_it(
    make: Builders, client_of: Clients, manager: Person
) -> None:
    lesson, page = make.lesson(), make.page(title="Gates")
    project = make.project(manager_id=manager.id, name="Riverside")
    browser = client_of(manager)
    before = section(text(browser, f"/lessons/{lesson.id}"))
    assert "No project has answered yet" in before
    assert "Did your project use this?" in before
    answer = post(
        browser, f"/lessons/{lesson.id}/applications", project_id=project.id, answer="applied",
        where="Stage plan, page 4", page_id=page.id, result="Two weeks saved.", version="0",
    )  # fmt: skip
    assert (answer.status_code, answer.location) == (302, f"/lessons/{lesson.id}#applied")
    shown = section(text(client_of("member"), f"/lessons/{lesson.id}"))
    for expected in (
        "Applied by 1 project<", "Riverside", "Stage plan, page 4", "Two weeks saved.",
        'href="/playbooks/lifecycle/gates"', "Ines Calder",
    ):  # fmt: skip
        assert expected in shown, expected
    assert "<form" not in shown
    with make.portal.database.reading() as session:
        assert activity.of(session, "lesson", lesson.id)[0].verb == "apply"


def test_every_field_of_the_form_is_kept(make: Builders, client_of: Clients) -> None:
    lesson, project = make.lesson(), make.project()
    answer = post(
        client_of("reviewer"), f"/lessons/{lesson.id}/applications", project_id=project.id,
        answer="not applicable", reason="No river.", phase="closing", where="Nowhere",
        result="None.", page_id="", version="0",
    )  # fmt: skip
    assert answer.status_code == 302
    (row,) = stored(make)
    assert (row.answer, row.reason, row.phase) == (
        Answer.not_applicable, "No river.", Phase.closing,
    )  # fmt: skip
    assert (row.where, row.result, row.page_id) == ("Nowhere", "None.", None)
    shown = section(text(client_of("member"), f"/lessons/{lesson.id}"))
    assert "No river." in shown
    assert "Applied by" not in shown


def test_a_fault_keeps_what_was_typed(make: Builders, client_of: Clients, manager: Person) -> None:
    lesson, project = make.lesson(), make.project(manager_id=manager.id)
    browser = client_of(manager)
    path = f"/lessons/{lesson.id}/applications"
    cases = (
        ({"project_id": project.id, "answer": "not applicable"}, "Say why it does not fit"),
        ({"project_id": project.id}, "Choose one of the four answers"),
        ({"answer": "applied"}, "Choose the project that you answer for"),
        ({"answer": "applied", "project_id": project.id, "where": "x" * 501}, "500 characters"),
    )
    for fields, said in cases:
        answer = post(browser, path, **{"result": "Two weeks saved.", **fields})
        page = answer.get_data(as_text=True)
        assert answer.status_code == 400, fields
        assert said in page, fields
        assert "Two weeks saved." in page
    assert re.search(r'<input checked[^>]*value="applied"', page)
    assert stored(make) == []


def test_an_answer_is_changed_through_its_form(
    make: Builders, client_of: Clients, manager: Person
) -> None:
    lesson, project = make.lesson(), make.project(manager_id=manager.id)
    say(make, lesson, project, where="Stage plan")
    browser = client_of(manager)
    path = f"/lessons/{lesson.id}/applications"
    assert f"{path}?project={project.id}" in section(text(browser, f"/lessons/{lesson.id}"))
    form = text(browser, f"{path}?project={project.id}")
    assert f"Change the answer of {project.code}" in form
    assert 'value="Stage plan"' in form
    assert re.search(r'<input checked[^>]*value="applied"', form)
    answer = post(
        browser, path, project_id=project.id, answer="applied", where="Stage plan",
        result="It held.", version="1",
    )  # fmt: skip
    assert answer.status_code == 302
    (row,) = stored(make)
    assert (row.where, row.result, row.version) == ("Stage plan", "It held.", 2)
    assert "Undo" not in text(browser, f"/lessons/{lesson.id}")


def test_two_who_answer_meet_and_neither_loses(
    make: Builders, client_of: Clients, manager: Person
) -> None:
    lesson, project = make.lesson(), make.project(manager_id=manager.id)
    browser = client_of(manager)
    say(make, lesson, project, where="Theirs: the gate")
    path = f"/lessons/{lesson.id}/applications"
    mine = {"project_id": project.id, "answer": "already done", "where": "Mine: the plan"}
    answer = post(browser, path, **mine, version="0")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    for expected in ("Somebody answered", "Theirs: the gate", "Mine: the plan"):
        assert expected in page, expected
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert version is not None
    assert post(browser, path, **mine, version=version[1]).status_code == 302
    (row,) = stored(make)
    assert (row.answer, row.where) == (Answer.already_done, "Mine: the plan")


def undo_of(page: str) -> str:
    found = re.search(r'action="([^"]+)"[^>]*>(?:(?!</form>).)*Undo', page, re.DOTALL)
    assert found is not None
    return found[1]


def test_an_answer_and_its_withdrawal_are_taken_back_from_the_toast(
    make: Builders, client_of: Clients, manager: Person
) -> None:
    lesson, project = make.lesson(), make.project(manager_id=manager.id)
    browser, reader = client_of(manager), client_of("member")
    here = f"/lessons/{lesson.id}"
    fields = {"project_id": project.id, "answer": "applied", "where": "Stage plan"}
    post(browser, f"{here}/applications", **fields)
    undo = undo_of(text(browser, "/"))
    assert undo == f"{here}/applications/{project.id}/withdraw"
    post(browser, undo)
    assert "Stage plan" not in text(reader, here)
    undo = undo_of(text(browser, "/"))
    assert undo == f"{here}/applications/{project.id}/restore"
    post(browser, undo)
    assert "Stage plan" in section(text(reader, here))


def test_nobody_answers_for_a_project_of_others(make: Builders, client_of: Clients) -> None:
    lesson, project = make.lesson(), make.project(manager_id=make.person().id)
    member = client_of("member")
    path = f"/lessons/{lesson.id}/applications"
    fields = {"project_id": project.id, "answer": "applied"}
    assert post(member, path, **fields).status_code == 403
    assert post(member, path, project_id=4_711, answer="applied").status_code == 404
    assert stored(make) == []
    say(make, lesson, project)
    assert member.get(f"{path}?project={project.id}").status_code == 403
    assert post(member, f"{path}/{project.id}/withdraw").status_code == 403
    assert "Change the answer" not in text(member, f"/lessons/{lesson.id}")
    assert "No project to answer for" in text(member, path)
    assert "Change the answer" in text(client_of("reviewer"), f"/lessons/{lesson.id}")


def test_who_reads_a_lesson_in_part_sees_no_use_and_adds_none(
    make: Builders, client_of: Clients, manager: Person
) -> None:
    lesson = make.lesson(
        confidentiality=Confidentiality.restricted, sanitised="Deliveries were not weighed."
    )
    used, mine = make.project(name="Riverside"), make.project(manager_id=manager.id)
    say(make, lesson, used, where="Weighbridge contract")
    drain(make.portal)
    browser = client_of(manager)
    path = f"/lessons/{lesson.id}/applications"
    assert browser.get(path).status_code == 404
    assert post(browser, path, project_id=mine.id, answer="applied").status_code == 404
    assert post(browser, f"{path}/{mine.id}/withdraw").status_code == 404
    here = f"/lessons/{lesson.id}"
    for address in (here, "/lessons/", "/lessons/?sort=applied", "/search?q=weighed"):
        page = text(browser, address)
        assert "Deliveries were not weighed." in re.sub(r"</?mark>", "", page), address
        for kept_back in ("applied 1", "Applied by", "Weighbridge", "Did your project"):
            assert kept_back not in page, (address, kept_back)
    assert "Weighbridge contract" in text(client_of("reviewer"), f"/lessons/{lesson.id}")


@pytest.mark.parametrize("state", [LessonState.draft, LessonState.retired])
def test_what_is_not_published_has_no_form(
    state: LessonState, make: Builders, client_of: Clients
) -> None:
    make.project()
    lesson = make.lesson(state)
    reviewer = client_of("reviewer")
    assert section(text(reviewer, f"/lessons/{lesson.id}")) == ""


def test_the_list_says_how_often_and_puts_the_most_used_first(
    make: Builders, client_of: Clients
) -> None:
    once, never, twice = (make.lesson(headline=name) for name in ("Once", "Never", "Twice"))
    for lesson in (once, twice, twice):
        say(make, lesson, make.project())
    page = text(client_of("member"), "/lessons/?sort=applied")
    assert page.index(">Twice<") < page.index(">Once<") < page.index(">Never<")
    assert '<option value="applied" selected>' in page
    rows = dict(re.findall(r'class="title" href="/lessons/(\d+)".*?applied (\d)', page, re.DOTALL))
    assert rows[str(twice.id)] == "2"
    assert page.count("applied 1") == 1
    assert str(never.id) not in rows


def test_an_answer_does_not_tell_who_wrote_a_lesson_without_a_name(
    make: Builders, client_of: Clients, manager: Person
) -> None:
    lesson = make.lesson(by=manager, author_hidden=True)
    say(make, lesson, make.project(manager_id=manager.id), by=manager)
    other = make.lesson(by=manager)
    say(make, other, make.project(manager_id=manager.id), by=manager)

    def log(browser: FlaskClient, lesson: Lesson) -> str:
        return text(browser, f"/lessons/{lesson.id}").split('<ol class="activity">')[1]

    # The section names the manager, so the log may not name “the author” at the same hour.
    assert "Ines Calder" in section(text(client_of("member"), f"/lessons/{lesson.id}"))
    assert " apply" not in log(client_of("member"), lesson)
    for browser in (client_of(manager), client_of("admin")):
        assert " apply" in log(browser, lesson)
    assert " apply" in log(client_of("member"), other)


def test_texts_are_escaped(make: Builders, client_of: Clients) -> None:
    evil = "<script>alert(1)</script>"
    lesson = make.lesson()
    say(make, lesson, make.project(name=evil), where=evil, reason=evil, result=evil)
    page = text(client_of("reviewer"), f"/lessons/{lesson.id}")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in section(page)


def test_no_two_parts_of_a_lesson_s_page_have_one_name(make: Builders, client_of: Clients) -> None:
    make.project()
    page = text(client_of("reviewer"), f"/lessons/{make.lesson().id}")
    names = re.findall(r'\sid="([^"]+)"', page)
    assert sorted(names) == sorted(set(names))
