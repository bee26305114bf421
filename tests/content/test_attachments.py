"""Files on lessons: who may add and read them, how many there may be, and what the log keeps."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from content import activity, attachments
from content.errors import Forbidden, Invalid, NotFound
from content.models import Confidentiality, Job, Lesson, LessonState, Person, StoredFile
from content.types import SYSTEM, Actor, Role
from tests.builders import NOW, Builders

NAME = "Weights.txt"


@contextmanager
def scene(make: Builders, lesson: Lesson) -> Iterator[tuple[Session, Lesson]]:
    """A unit of work with the lesson in it."""
    with make.portal.database.writing() as session:
        yield session, session.get_one(Lesson, lesson.id)


def attach(make: Builders, lesson: Lesson, *names: str, by: Actor = SYSTEM) -> list[int]:
    """Attach a file of its own content for each name; answers the ids."""
    files = [make.file(f"{lesson.id} {name}".encode()) for name in names]
    made = []
    for name, file in zip(names, files, strict=True):
        with scene(make, lesson) as (session, row):
            held = session.get_one(StoredFile, file.id)
            made.append(attachments.add(session, row, held, name, by=by, at=NOW).id)
    return made


def names(make: Builders, lesson: Lesson, by: Actor = SYSTEM) -> list[str]:
    with make.portal.database.reading() as session:
        row = session.get_one(Lesson, lesson.id)
        return [file.name for file in attachments.listing(session, row, by=by)]


def verbs(make: Builders, lesson: Lesson) -> list[tuple[str, int | None]]:
    with make.portal.database.reading() as session:
        rows = activity.of(session, "lesson", lesson.id)
        kept = [row for row in rows if row.verb in ("attach", "detach")]
        return [(row.verb, row.actor_id) for row in reversed(kept)]


def jobs_of(make: Builders, kind: str) -> list[dict[str, object]]:
    with make.portal.database.reading() as session:
        return list(session.scalars(select(Job.payload).where(Job.kind == kind)))


def test_each_change_is_logged_and_followed_by_the_index(make: Builders) -> None:
    author = make.person()
    lesson = make.lesson(LessonState.draft, by=author)
    before = len(jobs_of(make, "index"))
    (number,) = attach(make, lesson, NAME, by=author.as_actor())
    assert names(make, lesson) == [NAME]
    with scene(make, lesson) as (session, row):
        attachments.remove(session, row, number, by=author.as_actor(), at=NOW)
    assert names(make, lesson) == []
    assert verbs(make, lesson) == [("attach", author.id), ("detach", author.id)]
    assert jobs_of(make, "index")[before:] == [{"kind": "lesson", "id": lesson.id}] * 2
    assert len(jobs_of(make, "read file")) == 1


def test_the_log_names_the_file_by_number_and_keeps_no_text(make: Builders) -> None:
    lesson = make.lesson()
    attach(make, lesson, NAME)
    with make.portal.database.reading() as session:
        (newest, *_) = activity.of(session, "lesson", lesson.id)
    assert set(newest.detail) == {"file"}


def test_the_same_file_twice_is_one(make: Builders) -> None:
    lesson = make.lesson()
    assert attach(make, lesson, NAME) == attach(make, lesson, NAME)
    assert names(make, lesson) == [NAME]
    assert verbs(make, lesson) == [("attach", None)]


def test_a_lesson_carries_ten_files_and_no_more(make: Builders) -> None:
    lesson = make.lesson()
    attach(make, lesson, *(f"{number}.txt" for number in range(attachments.MOST)))
    with pytest.raises(Invalid, match="up to 10 files"):
        attach(make, lesson, "one-more.txt")
    assert len(names(make, lesson)) == attachments.MOST == 10
    attach(make, make.lesson(), "on-another.txt")


def test_a_name_always_says_something_and_keeps_its_end(make: Builders) -> None:
    lesson = make.lesson()
    attach(make, lesson, " ", "x" * 300 + ".txt")
    blank, long = names(make, lesson)
    assert blank == "File"
    assert len(long) == attachments.NAME_MOST
    assert long.endswith("x.txt")


WHOLE = {Role.reviewer, Role.admin}
EVERYBODY = set(Role)


@pytest.mark.parametrize(
    ("confidentiality", "state", "readers"),
    [
        (Confidentiality.open, LessonState.published, EVERYBODY),
        (Confidentiality.open, LessonState.retired, EVERYBODY),
        (Confidentiality.open, LessonState.draft, WHOLE),
        (Confidentiality.department, LessonState.published, WHOLE),
        (Confidentiality.restricted, LessonState.published, WHOLE),
    ],
)
def test_who_reads_them(
    make: Builders, confidentiality: Confidentiality, state: LessonState, readers: set[Role]
) -> None:
    lesson = make.lesson(
        state,
        confidentiality=confidentiality,
        sanitised="What everybody may know.",
        department_id=make.department().id,
    )
    (number,) = attach(make, lesson, NAME)
    found = {role for role in Role if reads(make, lesson, number, make.person(role))}
    assert found == readers


def test_colleagues_of_the_department_the_author_and_the_manager_read_them(
    make: Builders,
) -> None:
    ours = make.department()
    author, manager, colleague = make.person(), make.person(), make.person(department=ours)
    project = make.project(manager_id=manager.id)
    closed, shared = (
        make.lesson(by=author, project_id=project.id, confidentiality=how, department_id=ours.id)
        for how in (Confidentiality.restricted, Confidentiality.department)
    )
    for lesson, readers in ((closed, {author, manager}), (shared, {author, manager, colleague})):
        (number,) = attach(make, lesson, NAME)
        for person in (author, manager, colleague, make.person(department=make.department())):
            assert reads(make, lesson, number, person) is (person in readers)


def reads(make: Builders, lesson: Lesson, number: int, person: Person) -> bool:
    """Whether the list and the single file agree that `person` reads it."""
    listed = names(make, lesson, person.as_actor()) == [NAME]
    with make.portal.database.reading() as session:
        row = session.get_one(Lesson, lesson.id)
        try:
            attachments.get(session, row, number, by=person.as_actor())
        except NotFound:
            assert not listed
            return False
    assert listed
    return True


def test_a_file_is_read_at_its_own_lesson_only(make: Builders) -> None:
    """The number of another lesson's file opens nothing."""
    secret = make.lesson(confidentiality=Confidentiality.restricted)
    (number,) = attach(make, secret, NAME)
    member = make.person().as_actor()
    open_one = make.lesson()
    with scene(make, open_one) as (session, row), pytest.raises(NotFound):
        attachments.get(session, row, number, by=member)
    with scene(make, open_one) as (session, row), pytest.raises(NotFound):
        attachments.remove(session, row, number, by=SYSTEM, at=NOW)


def test_who_may_only_read_changes_nothing(make: Builders) -> None:
    lesson = make.lesson()
    member = make.person().as_actor()
    (number,) = attach(make, lesson, NAME)
    with pytest.raises(Forbidden):
        attach(make, lesson, "Other.txt", by=member)
    with scene(make, lesson) as (session, row), pytest.raises(Forbidden):
        attachments.remove(session, row, number, by=member, at=NOW)
    assert names(make, lesson) == [NAME]


def test_the_lesson_of_another_stays_unknown_when_it_is_not_open(make: Builders) -> None:
    lesson = make.lesson(LessonState.draft)
    with pytest.raises(NotFound):
        attach(make, lesson, NAME, by=make.person().as_actor())


def test_an_author_adds_until_the_lesson_is_handed_in(make: Builders) -> None:
    author = make.person()
    attach(make, make.lesson(LessonState.returned, by=author), NAME, by=author.as_actor())
    with pytest.raises(Forbidden):
        attach(make, make.lesson(LessonState.submitted, by=author), NAME, by=author.as_actor())


def test_only_what_was_taken_off_comes_back(make: Builders) -> None:
    lesson, other = make.lesson(), make.lesson()
    (number,) = attach(make, lesson, NAME)
    with scene(make, lesson) as (session, row):
        file_id = attachments.remove(session, row, number, by=SYSTEM, at=NOW).file_id
    with scene(make, other) as (session, row), pytest.raises(NotFound):
        attachments.put_back(session, row, file_id, NAME, by=SYSTEM, at=NOW)
    with scene(make, lesson) as (session, row):
        attachments.put_back(session, row, file_id, NAME, by=SYSTEM, at=NOW)
    assert names(make, lesson) == [NAME]
    assert [verb for verb, _ in verbs(make, lesson)] == ["attach", "detach", "attach"]
