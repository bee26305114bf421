"""What drafts are linked to, and imports taken back one after the other."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from content import attachments, files, importing, lessons, projects
from content.imports import LessonDraft, ReportRow
from content.models import (
    Answer,
    Application,
    Comment,
    Import,
    ImportedLesson,
    ImportState,
    Lesson,
    LessonState,
    Occurrence,
    Project,
    Remark,
    Usefulness,
)
from content.types import SYSTEM, Actor
from content.workflow import Move
from portal import importer
from tests.builders import NOW, Builders


def draft(external_id: str = "A1", **values: Any) -> LessonDraft:
    said = {"headline": "Order valves early", "lesson": "The foundry was late.", **values}
    return LessonDraft(row=2, external_id=external_id, **said)


def take(
    make: Builders, drafts: Iterable[LessonDraft], *, publish: bool = True
) -> tuple[int, list[ReportRow]]:
    """Take drafts in as one finished import."""
    with make.portal.database.writing() as session:
        row = importing.begin(
            session, filename="a.csv", file=None, mapping={}, publish=publish, by=SYSTEM, at=NOW
        )
        report = importing.take(session, row, list(drafts), by=SYSTEM, at=NOW)
        importing.finish(session, row, {}, at=NOW)
        return row.id, report


def undo(make: Builders, import_id: int) -> dict[str, int]:
    with make.portal.database.writing() as session:
        row = importing.get(session, import_id, by=SYSTEM)
        return importing.undo(session, row, by=SYSTEM, at=NOW)


def headlines(make: Builders) -> list[str]:
    with make.portal.database.reading() as session:
        return list(session.scalars(select(Lesson.headline).order_by(Lesson.id)))


def rename(make: Builders, headline: str) -> None:
    """A person writes in the lesson A1."""
    with make.portal.database.writing() as session:
        row = session.scalars(select(Lesson).where(Lesson.external_id == "A1")).one()
        lessons.edit(session, row, {"headline": headline}, by=SYSTEM, at=NOW)


def project_codes(make: Builders) -> list[str]:
    with make.portal.database.reading() as session:
        return list(session.scalars(select(Project.code).order_by(Project.id)))


# Links ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("publish", [True, False])
def test_a_name_that_two_people_share_is_linked_to_neither(make: Builders, publish: bool) -> None:
    first = make.person(name="Kim Berg", email="kim@example.org")
    make.person(name="kim berg", active=False)
    make.person(name="Ada Only")
    _, report = take(
        make,
        [
            draft("A1", author="Kim Berg"),
            draft("A2", author="KIM@example.org"),
            draft("A3", author="Nobody Here"),
        ],
        publish=publish,
    )
    with make.portal.database.reading() as session:
        authors = dict(session.execute(select(Lesson.external_id, Lesson.author_id)).all())
    assert authors == {"A1": None, "A2": first.id, "A3": None}
    assert [row.reason for row in report] == [
        "several people here have the author's name, which was left out",
        "",
        "the author has no account here and was left out",
    ]


def test_the_preview_tells_of_a_shared_name_too(make: Builders) -> None:
    make.person(name="Kim Berg")
    make.person(name="Kim Berg")
    with make.portal.database.reading() as session:
        report = importing.preview(session, [draft(author="Kim Berg")])
    assert "several people" in report[0].reason


@pytest.mark.parametrize("name", ["New", "new!", "NEW"])
def test_a_registered_project_never_takes_the_address_of_the_form(
    make: Builders, name: str
) -> None:
    take(make, [draft(project=name)])
    assert project_codes(make) == ["NEW-2"]
    with make.portal.database.writing() as session:
        row = projects.by_code(session, "NEW-2", by=SYSTEM)
        projects.edit(session, row, {"name": "Newgate"}, by=SYSTEM, at=NOW)


# Taking back ----------------------------------------------------------------------------------


def test_three_imports_are_taken_back_one_after_the_other(make: Builders) -> None:
    ids = [
        take(make, [draft(headline=said), draft("A2", headline="Always the same")])[0]
        for said in ("First", "Second", "Third")
    ]
    for import_id, left in zip(reversed(ids), ("Second", "First"), strict=False):
        assert undo(make, import_id)["kept"] == 0
        assert headlines(make) == [left, "Always the same"]
    with make.portal.database.reading() as session:
        assert importing.edited_since(session, session.get_one(Import, ids[0])) == 0
    assert undo(make, ids[0]) == {"removed": 2, "restored": 0, "kept": 0, "projects": 0}
    assert headlines(make) == []


def test_an_import_that_changed_a_lesson_to_and_fro_does_not_hinder_the_first(
    make: Builders,
) -> None:
    first, _ = take(make, [draft(headline="First")])
    second, _ = take(make, [draft(headline="Second"), draft(headline="First")])
    assert undo(make, second)["restored"] == 1
    assert undo(make, first)["removed"] == 1


def test_what_a_person_wrote_between_two_imports_stays(make: Builders) -> None:
    first, _ = take(make, [draft(headline="First")])
    rename(make, "By hand")
    second, _ = take(make, [draft(headline="Second")])
    assert undo(make, second)["restored"] == 1
    assert headlines(make) == ["By hand"]
    assert undo(make, first)["kept"] == 1
    assert headlines(make) == ["By hand"]


def test_what_a_person_wrote_after_an_undo_stays(make: Builders) -> None:
    first, _ = take(make, [draft(headline="First")])
    second, _ = take(make, [draft(headline="Second")])
    undo(make, second)
    rename(make, "By hand")
    assert undo(make, first)["kept"] == 1
    assert headlines(make) == ["By hand"]


def test_an_earlier_import_of_other_lessons_is_left_as_it_was(make: Builders) -> None:
    first, _ = take(make, [draft("A1"), draft("B1", headline="Another")])
    second, _ = take(make, [draft("A1", headline="Second")])
    undo(make, second)
    with make.portal.database.reading() as session:
        kept = select(ImportedLesson.revision_after).where(ImportedLesson.import_id == first)
        assert session.scalars(kept.order_by(ImportedLesson.lesson_id)).all() == [3, 1]


def test_projects_that_hold_something_by_now_are_kept(make: Builders) -> None:
    named = ("Empty", "Issue", "Lesson", "Document")
    import_id, _ = take(make, [draft(name, project=name) for name in named])
    with make.portal.database.reading() as session:
        found = {row.name: row for row in session.scalars(select(Project))}
    make.issue(found["Issue"])
    make.lesson(project_id=found["Lesson"].id)
    file = make.file()
    with make.portal.database.writing() as session:
        row = projects.by_code(session, "DOCUMENT", by=SYSTEM)
        projects.add_document(session, row, "Charter", file, by=SYSTEM, at=NOW)
    done = undo(make, import_id)
    assert (done["removed"], done["projects"]) == (4, 1)
    assert project_codes(make) == ["ISSUE", "LESSON", "DOCUMENT"]


def test_a_text_is_restored_though_its_project_went_with_an_earlier_import(
    make: Builders,
) -> None:
    first, _ = take(make, [draft(project="Eastbank")])
    second, _ = take(make, [draft(headline="Second", project="Westbank")])
    assert undo(make, first)["kept"] == 1
    assert project_codes(make) == ["WESTBANK"]
    assert undo(make, second)["restored"] == 1
    assert headlines(make) == ["Order valves early"]
    with make.portal.database.reading() as session:
        assert session.scalars(select(Lesson.project_id)).one() is None
        assert session.get_one(Import, second).state is ImportState.undone
    assert project_codes(make) == []


def test_undoing_keeps_a_lesson_that_somebody_attached_a_file_to(make: Builders) -> None:
    import_id, _ = take(make, [draft()])
    with make.portal.database.writing() as session:
        lesson = session.scalars(select(Lesson).where(Lesson.import_id == import_id)).one()
        file = files.register(
            session, sha256="a" * 64, size=1, format="txt", media_type="text/plain", at=NOW
        )
        attachments.add(session, lesson, file, "a.txt", by=SYSTEM, at=NOW)
    assert undo(make, import_id)["kept"] == 1
    assert headlines(make) == ["Order valves early"]


# What a person decided --------------------------------------------------------------------------


def decide(
    make: Builders, drafts: list[LessonDraft], by: Actor = SYSTEM, **decided: Any
) -> tuple[int, list[ReportRow]]:
    """Take drafts in under decisions, as published."""
    with make.portal.database.writing() as session:
        row = importing.begin(
            session, filename="a.csv", file=None, mapping={}, publish=True, by=by, at=NOW
        )
        importing.decide(row, by=by, **decided)
        report = importing.take(session, row, drafts, by=by, at=NOW)
        importing.finish(session, row, {}, at=NOW)
        return row.id, report


def count(make: Builders, table: type) -> int:
    with make.portal.database.reading() as session:
        return len(session.scalars(select(table)).all())


def test_a_row_is_added_as_an_occurrence_and_goes_with_the_import(make: Builders) -> None:
    lesson = make.lesson(state=LessonState.published)
    repeats = {"2": ["occurrence", lesson.id, None]}
    import_id, report = decide(make, [draft(project="Eastbank", effect="Late.")], repeats=repeats)
    assert [row.outcome for row in report] == ["occurrence"]
    with make.portal.database.reading() as session:
        told = session.scalars(select(Occurrence)).one()
        assert (told.lesson_id, told.effect, told.import_id) == (lesson.id, "Late.", import_id)
        assert told.note.startswith("Order valves early")
        assert told.project is not None
        assert told.project.name == "Eastbank"
    undo(make, import_id)
    assert (count(make, Occurrence), count(make, Lesson)) == (0, 1)
    assert "EASTBANK" not in project_codes(make)


def test_an_occurrence_of_what_takes_none_becomes_a_lesson_and_says_why(make: Builders) -> None:
    lesson = make.lesson(state=LessonState.draft)
    reviewer = make.person("reviewer").as_actor()
    said = {"2": ["occurrence", lesson.id, None]}
    _, report = decide(make, [draft()], by=reviewer, repeats=said)
    assert report[0].outcome == "new"
    assert "taken as new" in report[0].reason
    assert count(make, Lesson) == 2


def test_a_row_repeats_an_earlier_one_of_the_file(make: Builders) -> None:
    first, second = draft("A1"), replace(draft("A2", project="Eastbank"), row=3)
    import_id, report = decide(make, [first, second], repeats={"3": ["occurrence", None, 2]})
    assert [row.outcome for row in report] == ["new", "occurrence"]
    undo(make, import_id)
    assert (count(make, Occurrence), count(make, Lesson), count(make, Project)) == (0, 0, 0)


@pytest.mark.parametrize(
    ("choice", "outcome", "there"),
    [("skip", "skipped", ["By hand"]), ("update", "changed", ["Order valves early"]),
     ("new", "new", ["By hand", "Order valves early"])],
)  # fmt: skip
def test_a_repeat_is_taken_as_decided(
    make: Builders, choice: str, outcome: str, there: list[str]
) -> None:
    take(make, [draft(headline="By hand")])
    lesson_id = 1
    import_id, report = decide(make, [draft()], repeats={"2": [choice, lesson_id, None]})
    assert report[0].outcome == outcome
    assert headlines(make) == there
    undo(make, import_id)
    assert headlines(make) == ["By hand"]


def test_projects_are_linked_made_or_left_as_decided(make: Builders) -> None:
    known = make.project(name="Harbour crane")
    drafts = [
        replace(draft(f"A{n}", project=name), row=n)
        for n, name in enumerate(("Harbor Crane", "Old pier", "old PIER", "Unknown"), start=2)
    ]
    said: dict[str, int | str] = {"harbor crane": known.id, "old pier": "create", "unknown": ""}
    decide(make, drafts, projects=said)
    with make.portal.database.reading() as session:
        linked = session.execute(
            select(Lesson.external_id, Project.name).outerjoin(Project).order_by(Lesson.external_id)
        ).all()
    assert [tuple(row) for row in linked] == [
        ("A2", "Harbour crane"), ("A3", "Old pier"), ("A4", "Old pier"), ("A5", None),
    ]  # fmt: skip


def test_a_name_that_two_projects_share_is_linked_to_neither(make: Builders) -> None:
    make.project(name="Pier")
    make.project(name="pier")
    _, report = take(make, [draft(project="Pier")])
    assert report[0].reason == "2 projects are called “Pier”; it was left out"
    assert count(make, Project) == 2


# What people did since --------------------------------------------------------------------------


def publishes(session: Session, lesson: Lesson, by: Actor) -> None:
    for step in (Move.submit, Move.publish):
        lessons.move(session, lesson, step, by=SYSTEM, at=NOW)


def comments(session: Session, lesson: Lesson, by: Actor) -> None:
    session.add(Comment(lesson_id=lesson.id, text="True.", by_id=by.id, at=NOW))


def rates(session: Session, lesson: Lesson, by: Actor) -> None:
    session.add(Usefulness(lesson_id=lesson.id, person_id=by.id, useful=True, at=NOW))


def remarks_on(session: Session, lesson: Lesson, by: Actor) -> None:
    session.add(Remark(lesson_id=lesson.id, text="Why?", by_id=by.id, at=NOW))


def takes_on(session: Session, lesson: Lesson, by: Actor) -> None:
    lesson.reviewer_id = by.id


def adds_occurrence(session: Session, lesson: Lesson, by: Actor) -> None:
    session.add(Occurrence(lesson_id=lesson.id, note="Us too.", by_id=by.id, at=NOW))


def answers(session: Session, lesson: Lesson, by: Actor) -> None:
    project = session.scalars(select(Project)).one()
    session.add(
        Application(
            lesson_id=lesson.id, project_id=project.id, answer=Answer.applied, by_id=by.id, at=NOW
        )
    )


@pytest.mark.parametrize(
    "work",
    [publishes, comments, rates, remarks_on, takes_on, adds_occurrence, answers],
)
def test_undoing_keeps_a_lesson_that_people_worked_with(
    make: Builders, work: Callable[[Session, Lesson, Actor], None]
) -> None:
    person = make.person("reviewer").as_actor()
    make.project()
    said = {"driving_event": "It was late.", "recommendation": "Order early."}
    import_id, _ = take(
        make, [draft("A1", **said), draft("A2", headline="Untouched")], publish=False
    )
    with make.portal.database.writing() as session:
        row = session.scalars(select(Lesson).where(Lesson.external_id == "A1")).one()
        work(session, row, person)
    with make.portal.database.reading() as session:
        assert importing.edited_since(session, session.get_one(Import, import_id)) == 1
    done = undo(make, import_id)
    assert (done["kept"], done["removed"]) == (1, 1)
    assert headlines(make) == ["Order valves early"]


def test_taking_back_goes_on_where_it_was_cut_off(make: Builders) -> None:
    import_id, _ = take(make, [draft(f"A{n}", headline=f"H{n}") for n in range(3)])
    with make.portal.database.writing() as session:
        row = importing.get(session, import_id, by=SYSTEM)
        importing.begin_undo(session, row, by=SYSTEM, at=NOW)
        assert not importing.undo_part(session, row, by=SYSTEM, at=NOW)
    done = importer.take_back(make.portal, import_id, by=SYSTEM)
    assert done == {"removed": 3, "restored": 0, "kept": 0, "projects": 0}
    assert headlines(make) == []
