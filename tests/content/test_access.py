"""Who sees and does what: the filter, the rule and the index agree; nobody approves their own."""

from itertools import product

import pytest
from sqlalchemy import select

from content import lessons
from content.access import Action, can, lessons_visible_to, reads_whole, require, scope_of
from content.errors import Forbidden, NotFound
from content.findable import lesson_documents
from content.models import Confidentiality, Lesson, LessonState
from content.types import Actor, Role
from tests.builders import Builders

STATES = (
    LessonState.draft,
    LessonState.submitted,
    LessonState.returned,
    LessonState.rejected,
    LessonState.published,
    LessonState.retired,
)


@pytest.fixture
def scene(make: Builders) -> tuple[list[Actor], list[int]]:
    """People of every role in and out of a department, and a lesson for each case."""
    home, elsewhere = make.department(), make.department()
    author, manager = make.person(department=home), make.person(department=elsewhere)
    project = make.project(department_id=home.id, manager_id=manager.id)
    people = [author, manager]
    for role, department in product(Role, (home, elsewhere, None)):
        people.append(make.person(role, department=department))
    people.append(make.person("reviewer", active=False))
    ids = [
        make.lesson(
            state, by=author, project_id=project.id, confidentiality=level, sanitised=sanitised
        ).id
        for state, level, sanitised in product(
            STATES, Confidentiality, ("", "Something went wrong.")
        )
    ]
    return [person.as_actor() for person in people], ids


def test_filter_rule_and_index_agree(scene: tuple[list[Actor], list[int]], make: Builders) -> None:
    actors, ids = scene
    with make.portal.database.reading() as session:
        rows = session.scalars(select(Lesson).where(Lesson.id.in_(ids))).all()
        for actor in actors:
            visible = lessons_visible_to(actor, archived=True)
            filtered = set(session.scalars(select(Lesson.id).where(visible)))
            tokens = scope_of(actor).tokens
            for row in rows:
                may = can(actor, Action.lesson_read, row)
                assert (row.id in filtered) == may, (actor, row.state, row.confidentiality)
                found = [
                    document
                    for document in lesson_documents(row)
                    if tokens & set(document.audience) and not tokens & set(document.hidden_from)
                ]
                if row.state is LessonState.retired:
                    continue  # readable by link, and no longer found
                assert bool(found) == may, (actor, row.state, row.confidentiality)
                whole = [document for document in found if not document.variant]
                assert bool(whole) == reads_whole(actor, row)
                assert len(found) <= 1


def test_a_sanitised_document_holds_nothing_of_the_lesson(make: Builders) -> None:
    row = make.lesson(
        headline="Bribery at the weighbridge",
        confidentiality=Confidentiality.restricted,
        sanitised="Deliveries were not weighed.",
        topics=["fraud"],
    )
    with make.portal.database.reading() as session:
        _, public = lesson_documents(session.get_one(Lesson, row.id))
    said = f"{public.title} {public.texts} {public.keywords} {public.facets}"
    for word in ("Bribery", "weighbridge", "fraud", "Acceptance"):
        assert word not in said


@pytest.mark.parametrize("role", Role)
def test_nobody_decides_on_what_they_wrote(role: Role, make: Builders) -> None:
    author = make.person(role)
    row = make.lesson(LessonState.submitted, by=author)
    assert not can(author.as_actor(), Action.lesson_decide, row)
    with pytest.raises(Forbidden):
        require(author.as_actor(), Action.lesson_decide, row)


def test_what_must_not_be_seen_answers_as_if_it_were_not_there(make: Builders) -> None:
    row = make.lesson(LessonState.draft, by=make.person())
    stranger = make.person().as_actor()
    with make.portal.database.reading() as session, pytest.raises(NotFound) as hidden:
        lessons.get(session, row.id, by=stranger)
    with make.portal.database.reading() as session, pytest.raises(NotFound) as absent:
        lessons.get(session, 999_999, by=stranger)
    assert hidden.value.message == absent.value.message


def test_inactive_people_see_and_do_nothing(make: Builders) -> None:
    gone = make.person("admin", active=False).as_actor()
    assert scope_of(gone).tokens == frozenset()
    assert not any(can(gone, action) for action in Action)
