"""Occurrences: it happened to us too; who adds and sees them, what they leave, taking them back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from content import activity, findable, occurrences
from content.errors import Conflict, Forbidden, Invalid, NotFound
from content.models import Confidentiality, Job, Lesson, LessonState, Occurrence, Project
from content.types import SYSTEM, Actor, Kind, Role
from tests.builders import NOW, Builders

REVIEWER = Actor(id=4_711, name="R", role=Role.reviewer)
READER = Actor(id=4_712, name="M", role=Role.member)


@contextmanager
def scene(make: Builders, lesson: Lesson) -> Iterator[tuple[Session, Lesson]]:
    with make.portal.database.writing() as session:
        yield session, session.get_one(Lesson, lesson.id)


def say(
    make: Builders, lesson: Lesson, project: Project | None = None, by: Actor = SYSTEM, **more: Any
) -> Occurrence:
    values = {"project_id": project.id if project else None, **more}
    with scene(make, lesson) as (session, one):
        return occurrences.add(session, one, values, by=by, at=NOW)


def test_an_occurrence_is_counted_logged_and_found(make: Builders) -> None:
    lesson, project, who = make.lesson(), make.project(name="Riverside"), make.person()
    say(
        make, lesson, project, who.as_actor(), occurred_on=date(2026, 5, 4),
        effect=" Two weeks lost. ", cost=900, days=9, note="The weighbridge was shut.",
    )  # fmt: skip
    with scene(make, lesson) as (session, one):
        (row,) = occurrences.of_lesson(session, one, by=READER)
        assert (row.project_id, row.occurred_on, row.effect, row.cost, row.days, row.note) == (
            project.id, date(2026, 5, 4), "Two weeks lost.", 900, 9, "The weighbridge was shut.",
        )  # fmt: skip
        assert (row.by_id, row.at) == (who.id, NOW)
        assert occurrences.counts(session, [lesson.id]) == {lesson.id: 1}
        newest = activity.of(session, "lesson", lesson.id)[0]
        assert (newest.verb, newest.detail) == (
            "add occurrence", {"project": project.id, "occurrence": row.id},
        )  # fmt: skip
        assert session.scalars(select(Job).order_by(Job.id.desc())).first() is not None
        (document,) = findable.of_kind(session, Kind.lesson, [lesson.id])
        for word in ("Riverside", "weighbridge", "Two weeks"):
            assert word in document.texts["body"], word


def test_what_is_withdrawn_counts_nowhere_and_comes_back(make: Builders) -> None:
    lesson, project = make.lesson(), make.project()
    number = say(make, lesson, project, note="Weighbridge").id
    with scene(make, lesson) as (session, one):
        row = occurrences.get(session, number, by=SYSTEM)
        occurrences.withdraw(session, row, by=SYSTEM, at=NOW)
        assert occurrences.of_lesson(session, one, by=READER) == []
        assert occurrences.counts(session, [lesson.id]) == {}
        (document,) = findable.of_kind(session, Kind.lesson, [lesson.id])
        assert "Weighbridge" not in document.texts["body"]
        assert activity.of(session, "lesson", lesson.id)[0].verb == "withdraw occurrence"
        occurrences.restore(session, row, by=SYSTEM, at=NOW)
        occurrences.restore(session, row, by=SYSTEM, at=NOW)
        assert occurrences.counts(session, [lesson.id]) == {lesson.id: 1}
        verbs = [row.verb for row in activity.of(session, "lesson", lesson.id)]
        assert verbs.count("restore occurrence") == 1


def test_what_cannot_be_taken(make: Builders) -> None:
    project = make.project()
    lesson = make.lesson(project_id=project.id)
    for values, field in (
        ({}, "project_id"),
        ({"project_id": 4_711}, "project_id"),
        ({"note": "x" * 5_001}, "note"),
        ({"note": "x", "days": -1}, "days"),
        ({"note": "x", "cost": -1}, "cost"),
    ):
        with pytest.raises(Invalid) as caught:
            say(make, lesson, **values)
        assert set(caught.value.fields) == {field}, values
    with pytest.raises(ValueError, match="not fields"):
        say(make, lesson, state="published")
    with pytest.raises(Conflict, match="comes from that project"):
        say(make, lesson, project)
    assert say(make, lesson, note="Somewhere.").project_id is None


def test_the_same_project_on_the_same_day_is_said_once(make: Builders) -> None:
    lesson, project, day = make.lesson(), make.project(), date(2026, 5, 4)
    row = say(make, lesson, project, occurred_on=day)
    with pytest.raises(Conflict, match="already"):
        say(make, lesson, project, occurred_on=day)
    say(make, lesson, project, occurred_on=date(2026, 5, 5))
    say(make, lesson, make.project(), occurred_on=day)
    with scene(make, lesson) as (session, _):
        occurrences.withdraw(session, session.get_one(Occurrence, row.id), by=SYSTEM, at=NOW)
    say(make, lesson, project, occurred_on=day)


@pytest.mark.parametrize("state", [LessonState.draft, LessonState.retired])
def test_what_is_not_published_takes_none(make: Builders, state: LessonState) -> None:
    with pytest.raises(Conflict):
        say(make, make.lesson(state), note="x", by=REVIEWER)


def test_who_reads_in_part_neither_adds_nor_sees(make: Builders) -> None:
    owner = make.person()
    project = make.project(manager_id=owner.id)
    lesson = make.lesson(
        confidentiality=Confidentiality.restricted, sanitised="Not weighed.", project_id=project.id
    )
    number = say(make, lesson, make.project(), note="Weighbridge").id
    with pytest.raises(NotFound):
        say(make, lesson, note="x", by=READER)
    with scene(make, lesson) as (session, one):
        assert occurrences.of_lesson(session, one, by=READER) == []
        with pytest.raises(NotFound):
            occurrences.get(session, number, by=READER)
        assert len(occurrences.of_lesson(session, one, by=owner.as_actor())) == 1
        documents = {doc.key: doc for doc in findable.of_kind(session, Kind.lesson, [lesson.id])}
        assert "Weighbridge" in documents[f"lesson:{lesson.id}"].texts["body"]
        part = documents[f"lesson:{lesson.id}:sanitised"]
        assert "Weighbridge" not in " ".join((*part.texts.values(), *part.keywords))


def test_only_its_writer_or_a_reviewer_takes_it_back(make: Builders) -> None:
    lesson, writer, reviewer = make.lesson(), make.person(), make.person(role=Role.reviewer)
    number = say(make, lesson, note="x", by=writer.as_actor()).id
    with scene(make, lesson) as (session, _):
        row = session.get_one(Occurrence, number)
        for verb in (occurrences.withdraw, occurrences.restore):
            with pytest.raises(Forbidden):
                verb(session, row, by=READER, at=NOW)
            for by in (writer.as_actor(), reviewer.as_actor(), SYSTEM):
                verb(session, row, by=by, at=NOW)
