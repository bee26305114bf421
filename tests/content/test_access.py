"""Who sees and does what: the filter, the rule and the index agree; nobody approves their own."""

from dataclasses import asdict
from datetime import date
from itertools import product
from typing import Any

import pytest
from sqlalchemy import select

from content import lesson_lists, lessons
from content.access import (
    Action,
    can,
    lessons_visible_to,
    lessons_whole_to,
    reads_whole,
    require,
    scope_of,
)
from content.errors import Forbidden, NotFound
from content.findable import lesson_documents
from content.lesson_lists import LessonFilter
from content.models import (
    Confidentiality,
    Import,
    ImportedLesson,
    ImportState,
    Lesson,
    LessonKind,
    LessonState,
    Person,
    Phase,
    Priority,
    Project,
)
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
            in_full = lessons_whole_to(actor, archived=True)
            full = set(session.scalars(select(Lesson.id).where(in_full)))
            tokens = scope_of(actor).tokens
            for row in rows:
                may = can(actor, Action.lesson_read, row)
                assert (row.id in filtered) == may, (actor, row.state, row.confidentiality)
                assert (row.id in full) == reads_whole(actor, row), (actor, row.state)
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


@pytest.fixture
def withheld(make: Builders) -> tuple[Lesson, Project, Person]:
    """A restricted lesson that most see in part, its project, and the author who hides."""
    manager, author = make.person(), make.person(name="Quentin")
    project = make.project(manager_id=manager.id, department_id=make.department().id)
    row = make.lesson(
        headline="Aaa, bribery at the weighbridge",
        external_id="FRAUD-7",
        by=author,
        project_id=project.id,
        category="procurement",
        kind=LessonKind.problem,
        phase=Phase.executing,
        priority=Priority.high,
        topics=["fraud"],
        confidentiality=Confidentiality.restricted,
        sanitised="Deliveries were not weighed.",
        date_occurred=date(2026, 2, 3),
    )
    with make.portal.database.writing() as session:
        session.add(
            Import(id=1, filename="a.csv", state=ImportState.done, created_at=row.created_at)
        )
        session.flush()
        session.add(ImportedLesson(import_id=1, lesson_id=row.id, row=2, revision_after=1))
    return row, project, author


def _asked(row: Lesson) -> dict[str, Any]:
    """Every filter of a list, set to what `row` answers to."""
    told = {
        "text": "bribery",
        "state": row.state,
        "phase": row.phase,
        "kind": row.kind,
        "category": row.category,
        "topic": "fraud",
        "department_id": row.department_id,
        "project_id": row.project_id,
        "author_id": row.author_id,
        "priority": row.priority,
        "import_id": 1,
        "due": date(2029, 1, 1),
    }
    assert set(told) == set(asdict(LessonFilter())) - {"sort"}, "a filter that no test knows"
    return told


# What the sanitised form shows, so that it may narrow a list as well.
SHOWN_IN_PART = {"state", "phase"}


def test_a_lesson_seen_in_part_comes_and_goes_with_what_is_shown_of_it_only(
    withheld: tuple[Lesson, Project, Person], make: Builders
) -> None:
    row, project, _ = withheld
    member, reviewer = make.person().as_actor(), make.person("reviewer").as_actor()
    with make.portal.database.reading() as session:
        manager = session.get_one(Person, project.manager_id).as_actor()
        assert lesson_lists.listing(session, LessonFilter(), by=member)[1] == 1
        filters = {name: {name: value} for name, value in _asked(row).items()}
        filters["number"] = {"text": "FRAUD-7"}
        filters["phase and topic"] = {"phase": row.phase, "topic": "fraud"}
        for name, asked in filters.items():
            wanted = LessonFilter(**asked)
            assert lesson_lists.listing(session, wanted, by=reviewer)[1] == 1, name
            assert lesson_lists.listing(session, wanted, by=manager)[1] == 1, name
            rows, total = lesson_lists.listing(session, wanted, by=member)
            assert (len(rows), total) == ((1, 1) if name in SHOWN_IN_PART else (0, 0)), name
        other = LessonFilter(phase=Phase.closing)
        assert lesson_lists.listing(session, other, by=member)[1] == 0


@pytest.mark.parametrize("sort", ["headline", "changed"])
def test_no_order_tells_what_a_sanitised_text_keeps_back(
    sort: str, withheld: tuple[Lesson, Project, Person], make: Builders
) -> None:
    row, _, _ = withheld
    others = [make.lesson(headline=f"Order valves {n}") for n in range(2)]
    last = make.lesson(
        headline="Aab, also kept back",
        confidentiality=Confidentiality.restricted,
        sanitised="Something went wrong.",
    )
    member, reviewer = make.person().as_actor(), make.person("reviewer").as_actor()
    wanted = LessonFilter(sort=sort)
    with make.portal.database.reading() as session:
        seen = [lesson.id for lesson in lesson_lists.listing(session, wanted, by=member)[0]]
        oversight = [lesson.id for lesson in lesson_lists.listing(session, wanted, by=reviewer)[0]]
    assert set(seen[:2]) == {lesson.id for lesson in others}
    assert set(seen[2:]) == {row.id, last.id}
    assert oversight != seen, "those who read everything get the true order"


def test_the_topics_on_offer_are_of_lessons_read_whole(
    withheld: tuple[Lesson, Project, Person], make: Builders
) -> None:
    make.lesson(topics=["cranes"])
    _, _, author = withheld
    offered = {}
    with make.portal.database.reading() as session:
        for who in (make.person(), make.person("reviewer"), author):
            offered[who.id] = dict(lesson_lists.topics(session, by=who.as_actor()))
    assert list(offered.values()) == [
        {"cranes": 1},
        {"cranes": 1, "fraud": 1},
        {"cranes": 1, "fraud": 1},
    ]


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
