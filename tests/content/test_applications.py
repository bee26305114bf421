"""Applications: one answer of a project to a lesson, who gives it, who sees it counted."""

import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from content import activity, applications, findable, importing, lesson_lists, lessons
from content.access import Action, can, projects_run_by
from content.applications import NO_VERSION
from content.errors import Conflict, Forbidden, Invalid, NotFound
from content.lesson_lists import LessonFilter
from content.models import (
    PUBLIC_STATES,
    Answer,
    Application,
    Confidentiality,
    Job,
    Lesson,
    LessonState,
    Person,
    Phase,
    Project,
    ProjectState,
)
from content.starter.load import STARTER, load_applications
from content.types import SYSTEM, Actor, Document, Kind, Role
from portal.runtime import Runtime
from tests.builders import NOW, Builders

LATER = NOW + timedelta(days=3)
REVIEWER = Actor(id=99, name="R", role=Role.reviewer)
APPLIED = {"answer": Answer.applied, "where": "Stage plan, page 4"}


@contextmanager
def scene(make: Builders, lesson: Lesson, project: Project) -> Iterator[tuple[Any, ...]]:
    """A unit of work with the two rows in it."""
    with make.portal.database.writing() as session:
        yield session, session.get_one(Lesson, lesson.id), session.get_one(Project, project.id)


def say(make: Builders, lesson: Lesson, project: Project, by: Actor = SYSTEM, **values: Any) -> int:
    """Answer in a unit of its own; answers the id of the row."""
    with scene(make, lesson, project) as (session, one, other):
        return applications.answer(session, one, other, APPLIED | values, by=by, at=NOW).id


def counted(make: Builders, *lessons: Lesson) -> dict[int, int]:
    with make.portal.database.reading() as session:
        return applications.counts(session, [lesson.id for lesson in lessons])


def documents(session: Session, *ids: int) -> dict[str, Document]:
    return {document.key: document for document in findable.of_kind(session, Kind.lesson, ids)}


# Answering ------------------------------------------------------------------------------------


def test_an_answer_is_kept_logged_and_told_to_the_index(make: Builders) -> None:
    manager = make.person()
    lesson, project, page = make.lesson(), make.project(manager_id=manager.id), make.page()
    values = {
        "where": "  Stage plan, page 4 ", "page_id": page.id, "phase": Phase.planning,
        "result": "Two weeks saved.",
    }  # fmt: skip
    kept_id = say(make, lesson, project, manager.as_actor(), **values)
    with make.portal.database.reading() as session:
        kept = session.get_one(Application, kept_id)
        assert (kept.lesson_id, kept.project_id) == (lesson.id, project.id)
        assert (kept.answer, kept.where, kept.page_id) == (
            Answer.applied, "Stage plan, page 4", page.id,
        )  # fmt: skip
        assert (kept.phase, kept.result, kept.reason) == (Phase.planning, "Two weeks saved.", "")
        assert (kept.by_id, kept.at, kept.version) == (manager.id, NOW, 1)
        row = activity.of(session, "lesson", lesson.id)[0]
        assert (row.verb, row.actor_id) == ("apply", manager.id)
        assert row.detail == {"project": project.id, "answer": "applied"}
        job = session.scalars(select(Job).order_by(Job.id.desc())).first()
        assert job is not None
        assert (job.kind, job.payload) == ("index", {"kind": "lesson", "id": lesson.id})


def test_a_second_answer_changes_the_first(make: Builders) -> None:
    lesson, project = make.lesson(), make.project()
    first = say(make, lesson, project)
    assert say(make, lesson, project, answer=Answer.later, phase=Phase.closing) == first
    with make.portal.database.reading() as session:
        assert session.scalars(select(Application.answer)).all() == [Answer.later]
        newest = activity.of(session, "lesson", lesson.id)[0]
    assert newest.verb == "answer"
    assert newest.detail == {
        "project": project.id, "answer": "later",
        "before": "applied", "fields": ["answer", "phase"],
    }  # fmt: skip
    assert counted(make, lesson) == {}


def test_what_is_not_named_stays_and_nothing_new_leaves_no_trace(make: Builders) -> None:
    lesson, project = make.lesson(), make.project()
    kept_id = say(make, lesson, project)
    with scene(make, lesson, project) as (session, one, other):
        before = len(activity.of(session, "lesson", lesson.id))
        kept = applications.answer(session, one, other, {"result": "Fine."}, by=SYSTEM, at=LATER)
        assert (kept.id, kept.where, kept.at) == (kept_id, "Stage plan, page 4", LATER)
        applications.answer(session, one, other, {"result": " Fine. "}, by=SYSTEM, at=NOW)
        session.flush()
        assert len(activity.of(session, "lesson", lesson.id)) == before + 1
        assert kept.at == LATER


def test_the_second_of_two_who_answer_is_told(make: Builders) -> None:
    lesson, project = make.lesson(), make.project()
    say(make, lesson, project)
    with scene(make, lesson, project) as (session, one, other):
        for version in (NO_VERSION, 2):
            with pytest.raises(Conflict, match="Somebody answered"):
                applications.answer(
                    session, one, other, {"where": "X"}, by=SYSTEM, at=NOW, version=version
                )
        kept = applications.answer(
            session, one, other, {"where": "X"}, by=SYSTEM, at=NOW, version=1
        )
        assert (kept.where, kept.version) == ("X", 2)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"answer": None}, "answer"),
        ({"answer": "perhaps"}, "answer"),
        ({"answer": Answer.not_applicable, "reason": "  "}, "reason"),
        ({"where": "x" * 501}, "where"),
        ({"reason": "x" * 5_001}, "reason"),
        ({"result": "x" * 5_001}, "result"),
        ({"page_id": 4_711}, "page_id"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    values: dict[str, Any], field: str, make: Builders
) -> None:
    with pytest.raises(Invalid) as caught:
        say(make, make.lesson(), make.project(), **values)
    assert list(caught.value.fields) == [field]
    with make.portal.database.reading() as session:
        assert session.scalars(select(Application.id)).all() == []


def test_a_page_that_waits_for_approval_is_no_place_yet(make: Builders) -> None:
    page = make.page(published=False)
    with pytest.raises(Invalid) as caught:
        say(make, make.lesson(), make.project(), page_id=page.id)
    assert "published" in caught.value.fields["page_id"]


@pytest.mark.parametrize("state", [LessonState.draft, LessonState.submitted, LessonState.retired])
def test_only_what_is_published_is_answered(state: LessonState, make: Builders) -> None:
    with pytest.raises(Conflict, match=state.value):
        say(make, make.lesson(state), make.project())


def test_a_project_does_not_applaud_itself(make: Builders) -> None:
    project = make.project()
    with pytest.raises(Conflict, match="learned this lesson itself"):
        say(make, make.lesson(project_id=project.id), project)


def test_a_closed_project_gives_no_new_answer_and_may_add_its_result(make: Builders) -> None:
    lesson, other, project = make.lesson(), make.lesson(), make.project()
    say(make, lesson, project)
    with make.portal.database.writing() as session:
        session.get_one(Project, project.id).state = ProjectState.closed
    with pytest.raises(Conflict, match="closed"):
        say(make, other, project)
    say(make, lesson, project, result="It held.")
    assert counted(make, lesson, other) == {lesson.id: 1}


# Who ------------------------------------------------------------------------------------------


def test_the_manager_and_those_who_oversee_answer(make: Builders) -> None:
    manager = make.person()
    project = make.project(manager_id=manager.id)
    for role in Role:
        actor = make.person(role).as_actor()
        if role in (Role.reviewer, Role.admin):
            say(make, make.lesson(), project, actor)
            continue
        with pytest.raises(Forbidden):
            say(make, make.lesson(), project, actor)
    say(make, make.lesson(), project, manager.as_actor())


def test_the_filter_of_projects_agrees_with_the_rule(make: Builders) -> None:
    people = [make.person(role) for role in Role] + [make.person("reviewer", active=False)]
    for person in people:
        make.project(manager_id=person.id)
    make.project()
    with make.portal.database.reading() as session:
        rows = session.scalars(select(Project)).all()
        for actor in (*(person.as_actor() for person in people), SYSTEM):
            filtered = set(session.scalars(select(Project.id).where(projects_run_by(actor))))
            ruled = {row.id for row in rows if can(actor, Action.application_write, row)}
            assert filtered == ruled, actor


@pytest.fixture
def in_part(make: Builders) -> tuple[Lesson, Project, Person, Person]:
    """A restricted lesson, a project that applied it, its manager (who reads it in part), and the
    manager of the lesson's own project.
    """
    manager, owner = make.person(), make.person()
    project = make.project(manager_id=manager.id)
    lesson = make.lesson(
        project_id=make.project(manager_id=owner.id).id,
        confidentiality=Confidentiality.restricted,
        sanitised="Deliveries were not weighed.",
    )
    say(make, lesson, project)
    return lesson, project, manager, owner


def test_who_reads_a_lesson_in_part_learns_nothing_of_its_use(
    in_part: tuple[Lesson, Project, Person, Person], make: Builders
) -> None:
    lesson, project, manager, owner = in_part
    actor = manager.as_actor()
    with scene(make, lesson, project) as (session, one, other):
        assert applications.of_lesson(session, one, by=actor) == []
        assert applications.of_project(session, other, by=actor) == []
        assert applications.answered_by(session, [other.id], by=actor) == {other.id: {}}
        assert applications.choices(session, one, by=actor) == []
        for verb in (applications.withdraw, applications.restore):
            with pytest.raises(NotFound):
                verb(session, one, other, by=actor, at=NOW)
        with pytest.raises(NotFound):
            applications.find(session, one, other, by=actor)
        with pytest.raises(NotFound):
            applications.answer(session, one, other, APPLIED, by=actor, at=NOW)
        for whole in (owner.as_actor(), REVIEWER):
            assert len(applications.of_lesson(session, one, by=whole)) == 1
            assert len(applications.of_project(session, other, by=whole)) == 1
            found = applications.answered_by(session, [other.id], by=whole)
            assert found == {other.id: {lesson.id: Answer.applied}}


def test_only_the_whole_document_says_how_often(
    in_part: tuple[Lesson, Project, Person, Person], make: Builders
) -> None:
    lesson = in_part[0]
    with make.portal.database.reading() as session:
        found = documents(session, lesson.id)
    assert found[f"lesson:{lesson.id}"].applied == 1
    assert found[f"lesson:{lesson.id}:sanitised"].applied == 0


def test_the_order_by_use_puts_what_is_read_in_part_last(
    in_part: tuple[Lesson, Project, Person, Person], make: Builders
) -> None:
    restricted, project, manager, _ = in_part
    never, twice = make.lesson(), make.lesson()
    say(make, restricted, make.project())
    say(make, restricted, make.project())
    for one in (project, make.project()):
        say(make, twice, one)
    wanted = LessonFilter(sort="applied")
    with make.portal.database.reading() as session:
        for actor, order in (
            (manager.as_actor(), [twice.id, never.id, restricted.id]),
            (REVIEWER, [restricted.id, twice.id, never.id]),
        ):
            rows, _ = lesson_lists.listing(session, wanted, by=actor)
            assert [row.id for row in rows] == order


# Counting -------------------------------------------------------------------------------------


def test_only_applied_counts_and_each_project_once(make: Builders) -> None:
    used, unused = make.lesson(), make.lesson()
    for given in Answer:
        for _ in range(2):
            say(make, used, make.project(), answer=given, reason="Because.")
    assert counted(make, used, unused) == {used.id: 2}
    with make.portal.database.reading() as session:
        assert applications.counts(session, []) == {}
        rows = applications.of_lesson(session, session.get_one(Lesson, used.id), by=SYSTEM)
        found = documents(session, used.id, unused.id)
    assert [row.answer for row in rows[:2]] == [Answer.applied] * 2
    assert len(rows) == 8
    assert (found[f"lesson:{used.id}"].applied, found[f"lesson:{unused.id}"].applied) == (2, 0)


def test_the_index_asks_once_for_a_whole_batch(make: Builders) -> None:
    def statements(session: Session) -> int:
        seen: list[str] = []

        def listen(_c: object, _cur: object, statement: str, *_: object) -> None:
            seen.append(statement)

        event.listen(make.portal.database.engine, "before_cursor_execute", listen)
        list(findable.of_kind(session, Kind.lesson))
        event.remove(make.portal.database.engine, "before_cursor_execute", listen)
        return sum("FROM application" in one for one in seen)

    say(make, make.lesson(), make.project())
    with make.portal.database.reading() as session:
        assert statements(session) == 1
    for _ in range(6):
        say(make, make.lesson(), make.project())
    with make.portal.database.reading() as session:
        assert statements(session) == 1


def test_the_answers_of_a_project_newest_first(make: Builders) -> None:
    project, elsewhere = make.project(), make.project()
    first, second = make.lesson(), make.lesson()
    say(make, first, project)
    say(make, first, elsewhere)
    with scene(make, second, project) as (session, one, other):
        values = {"answer": Answer.later}
        applications.answer(session, one, other, values, by=SYSTEM, at=LATER)
        rows = applications.of_project(session, other, by=SYSTEM)
        assert [row.lesson_id for row in rows] == [second.id, first.id]
        found = applications.answered_by(session, [project.id, elsewhere.id], by=SYSTEM)
    assert found == {
        project.id: {first.id: Answer.applied, second.id: Answer.later},
        elsewhere.id: {first.id: Answer.applied},
    }


def test_the_form_offers_what_may_still_answer(make: Builders) -> None:
    manager = make.person()
    actor = manager.as_actor()
    own, answered, free, foreign = (
        make.project(manager_id=owner)
        for owner in (manager.id, manager.id, manager.id, make.person().id)
    )
    make.project(manager_id=manager.id, closed=True)
    lesson = make.lesson(project_id=own.id)
    say(make, lesson, answered)
    draft_id = make.lesson(LessonState.draft).id
    with make.portal.database.reading() as session:
        row = session.get_one(Lesson, lesson.id)
        offered = applications.choices(session, row, by=actor)
        assert offered == [(free.id, f"{free.code} {free.name}")]
        everything = [one for one, _ in applications.choices(session, row, by=REVIEWER)]
        assert everything == [free.id, foreign.id]
        draft = session.get_one(Lesson, draft_id)
        assert applications.choices(session, draft, by=SYSTEM) == []


# Withdrawing ----------------------------------------------------------------------------------


def test_a_withdrawn_answer_counts_nowhere_and_comes_back_whole(make: Builders) -> None:
    lesson, project = make.lesson(), make.project()
    kept_id = say(make, lesson, project, result="Two weeks saved.")
    with scene(make, lesson, project) as (session, one, other):
        applications.withdraw(session, one, other, by=SYSTEM, at=LATER)
        assert applications.of_lesson(session, one, by=SYSTEM) == []
        assert applications.of_project(session, other, by=SYSTEM) == []
        assert applications.answered_by(session, [other.id], by=SYSTEM) == {other.id: {}}
        assert applications.find(session, one, other, by=SYSTEM) is None
        assert [pid for pid, _ in applications.choices(session, one, by=SYSTEM)] == [project.id]
        with pytest.raises(NotFound):
            applications.withdraw(session, one, other, by=SYSTEM, at=LATER)
    assert counted(make, lesson) == {}
    with scene(make, lesson, project) as (session, one, other):
        jobs = session.query(Job).count()
        applications.restore(session, one, other, by=SYSTEM, at=LATER)
        (row,) = applications.of_lesson(session, one, by=SYSTEM)
        assert (row.id, row.result, row.at) == (kept_id, "Two weeks saved.", NOW)
        assert session.query(Job).count() == jobs + 1
        verbs = [entry.verb for entry in activity.of(session, "lesson", lesson.id)]
        assert verbs[:3] == ["restore answer", "withdraw answer", "apply"]
    assert counted(make, lesson) == {lesson.id: 1}


def test_an_answer_after_a_withdrawn_one_begins_afresh(make: Builders) -> None:
    lesson, project = make.lesson(), make.project()
    say(make, lesson, project, result="Two weeks saved.")
    with scene(make, lesson, project) as (session, one, other):
        applications.withdraw(session, one, other, by=SYSTEM, at=LATER)
        values = {"answer": Answer.already_done}
        row = applications.answer(
            session, one, other, values, by=SYSTEM, at=LATER, version=NO_VERSION
        )
        assert (row.where, row.result, row.withdrawn_at) == ("", "", None)
        assert len(applications.of_lesson(session, one, by=SYSTEM)) == 1


def test_nobody_withdraws_for_another_project(make: Builders) -> None:
    lesson, project = make.lesson(), make.project(manager_id=make.person().id)
    say(make, lesson, project)
    stranger = make.person(Role.trainer).as_actor()
    with scene(make, lesson, project) as (session, one, other):
        for verb in (applications.withdraw, applications.restore):
            with pytest.raises(Forbidden):
                verb(session, one, other, by=stranger, at=LATER)
    assert counted(make, lesson) == {lesson.id: 1}


def test_an_import_that_is_taken_back_takes_the_answers_along(make: Builders) -> None:
    admin = make.person(Role.admin).as_actor()
    with make.portal.database.writing() as session:
        upload = importing.begin(
            session, filename="a.csv", file=None, mapping={}, publish=True, by=admin, at=NOW
        )
        lesson = lessons.bring_in(
            session, {"headline": "H", "lesson": "L"}, external_id="X-1", import_id=upload.id,
            author_id=None, publish=True, by=admin, at=NOW,
        )  # fmt: skip
    say(make, lesson, make.project())
    with make.portal.database.writing() as session:
        importing.delete_lessons(session, [lesson.id], by=admin, at=NOW)
        assert session.scalars(select(Application.id)).all() == []


# The sample organisation ----------------------------------------------------------------------

SAMPLE = tomllib.loads((STARTER / "applications.toml").read_text(encoding="utf-8"))["application"]


def test_the_sample_has_answers_that_could_have_been_given(sample: Runtime) -> None:
    published = timedelta(days=29)  # from the event to the lesson that others can read
    with sample.database.reading() as session:
        rows = session.scalars(select(Application)).all()
        assert len(rows) == len(SAMPLE) >= 60
        assert {row.answer for row in rows} == set(Answer)
        for row in rows:
            name, day = (row.lesson.external_id, row.project.code), row.at.date()
            happened = row.lesson.date_occurred
            assert isinstance(happened, date), name
            assert isinstance(row.project.starts_on, date), name
            assert row.lesson.state in PUBLIC_STATES, name
            assert happened < row.project.starts_on <= day, name
            assert happened + published <= day <= (row.project.closed_on or NOW.date()), name
            assert row.lesson.project_id != row.project_id, name
            assert row.project.manager is not None, name
            assert can(row.project.manager.as_actor(), Action.lesson_read, row.lesson), name
            assert row.where or row.reason, name
            assert row.answer is not Answer.not_applicable or row.reason, name
            assert row.answer is not Answer.later or row.phase, name
            logged = activity.of(session, "lesson", row.lesson_id)
            assert any(entry.detail.get("project") == row.project_id for entry in logged), name
        most = applications.counts(session, [row.lesson_id for row in rows])
        assert max(most.values()) >= 4


def test_the_sample_is_loaded_once(sample: Runtime) -> None:
    with sample.database.writing() as session:
        first = session.scalars(select(Application)).first()
        assert first is not None
        first.where = "Changed by a person"
        lesson, project = first.lesson, first.project
        applications.withdraw(session, lesson, project, by=SYSTEM, at=NOW)
        session.flush()
        assert load_applications(session) == 0
        assert first.where == "Changed by a person"
        assert first.withdrawn_at == NOW
        session.delete(first)
        session.flush()
        assert load_applications(session) == 1


def test_no_text_of_the_sample_stands_twice() -> None:
    texts = [row[name] for row in SAMPLE for name in ("where", "result", "reason") if name in row]
    assert len(texts) == len(set(texts))
    runs = [
        tuple(words[start : start + 8])
        for words in (re.findall(r"\w+", text.lower()) for text in texts)
        for start in range(len(words) - 7)
    ]
    assert len(runs) == len(set(runs))
