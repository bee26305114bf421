"""Drafts of lessons: whose they are, two windows, limits, deleting and bringing back."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from content import capture
from content.capture import NO_VERSION
from content.errors import Conflict, Forbidden, Invalid, NotFound
from content.models import CaptureDraft, Department, Lesson, LessonState, Person
from content.types import Actor, Role
from tests.builders import NOW, password_hash

KEY = "a-key-of-sixteen-letters"


def person(session: Session, name: str, role: Role = Role.member) -> Actor:
    row = Person(
        email=f"{name}@example.org", name=name, role=role, password_hash=password_hash(),
        active=True, created_at=NOW,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.as_actor()


@pytest.fixture
def ines(session: Session) -> Actor:
    session.add(Department(code="R", name="Roads"))
    return person(session, "ines")


def keep(
    session: Session, by: Actor, text: str, version: int = NO_VERSION, key: str = KEY, days: int = 0
) -> CaptureDraft:
    at = NOW + timedelta(days=days)
    values = {"driving_event": text}
    return capture.save(session, key, values, by=by, at=at, version=version, step="event")


def test_a_draft_is_made_added_to_and_dropped(session: Session, ines: Actor) -> None:
    assert capture.find(session, KEY, by=ines) is None
    assert keep(session, ines, "It rained.").version == 1
    row = capture.save(session, KEY, {"cause": "Spring."}, by=ines, at=NOW, version=1, step="cause")
    assert row.values == {"driving_event": "It rained.", "cause": "Spring."}
    assert (row.version, row.step, row.saved_at) == (2, "cause", NOW)
    assert capture.of(session, by=ines) == [row]
    capture.forget(session, KEY, by=ines)
    assert session.scalars(select(CaptureDraft)).all() == []


def test_an_old_version_is_refused_and_the_same_text_is_not(session: Session, ines: Actor) -> None:
    keep(session, ines, "One.")
    keep(session, ines, "Two.", 1)
    for version in (NO_VERSION, 1, 3):
        with pytest.raises(Conflict):
            keep(session, ines, "Three.", version)
        assert keep(session, ines, "Two.", version).version == 2
    capture.forget(session, KEY, by=ines)
    with pytest.raises(Conflict, match="handed in or deleted"):
        keep(session, ines, "Three.", 2)


def test_only_its_owner_finds_a_draft(session: Session, ines: Actor) -> None:
    keep(session, ines, "One.")
    for other in (person(session, "bruno"), person(session, "ada", Role.admin)):
        assert capture.of(session, by=other) == []
        for verb in (
            lambda other=other: capture.find(session, KEY, by=other),
            lambda other=other: keep(session, other, "Mine.", 1),
            lambda other=other: capture.discard(session, KEY, by=other, at=NOW),
            lambda other=other: capture.restore(session, KEY, by=other),
            lambda other=other: capture.forget(session, KEY, by=other),
        ):
            with pytest.raises(NotFound):
                verb()
    assert capture.find(session, KEY, by=ines) is not None


def test_deleting_is_taken_back_and_typing_on_brings_it_back(session: Session, ines: Actor) -> None:
    keep(session, ines, "One.")
    capture.discard(session, KEY, by=ines, at=NOW)
    assert capture.find(session, KEY, by=ines) is None
    assert capture.of(session, by=ines) == []
    assert capture.restore(session, KEY, by=ines).values == {"driving_event": "One."}
    capture.discard(session, KEY, by=ines, at=NOW)
    keep(session, ines, "Two.", 1)
    assert [row.values for row in capture.of(session, by=ines)] == [{"driving_event": "Two."}]


def test_deleted_drafts_are_forgotten_after_a_week(session: Session, ines: Actor) -> None:
    keep(session, ines, "One.")
    capture.discard(session, KEY, by=ines, at=NOW)
    keep(session, ines, "Other.", key="another-key-of-letters", days=7)
    assert capture.restore(session, KEY, by=ines) is not None
    capture.discard(session, KEY, by=ines, at=NOW)
    keep(session, ines, "Third.", key="the-third-key-of-letters", days=8)
    with pytest.raises(NotFound):
        capture.restore(session, KEY, by=ines)


def test_limits(session: Session, ines: Actor) -> None:
    for number in range(capture.MOST):
        keep(session, ines, "x", key=f"key-number-{number:010}")
    with pytest.raises(Invalid, match="50 drafts"):
        keep(session, ines, "x")
    capture.discard(session, "key-number-0000000000", by=ines, at=NOW)
    keep(session, ines, "x")
    for values in (
        {"cause": "x" * (capture.TEXT_MOST + 1)},
        {"affects": ["x"] * (capture.ITEMS_MOST + 1)},
        {"affects": ["x" * capture.TEXT_MOST, "x"]},
    ):
        with pytest.raises(Invalid) as caught:
            capture.save(session, KEY, values, by=ines, at=NOW, version=1)
        assert set(caught.value.fields) == set(values)
    with pytest.raises(ValueError, match="not fields"):
        capture.save(session, KEY, {"state": "published"}, by=ines, at=NOW, version=1)


@given(st.text(max_size=50))
def test_any_text_is_a_key_or_not_found(text: str) -> None:
    known = capture._KEY.fullmatch(text) is not None
    assert known == (
        16 <= len(text) <= 40 and all(c.isascii() and (c.isalnum() or c in "-_") for c in text)
    )


def test_a_change_is_begun_by_who_may_and_goes_with_the_lesson(
    session: Session, ines: Actor
) -> None:
    lesson = Lesson(
        headline="H", driving_event="E", state=LessonState.published, author_id=ines.id,
        created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    session.add(lesson)
    session.flush()
    change = {"by": ines, "at": NOW, "version": NO_VERSION, "lesson": lesson}
    with pytest.raises(Forbidden):
        capture.save(session, KEY, {"cause": "C"}, **change)
    lesson.state = LessonState.draft
    row = capture.save(session, KEY, {"cause": "C", "version": "1"}, **change)
    assert capture.of_lesson(session, lesson, by=ines) is row
    bruno = person(session, "bruno")
    assert capture.of_lesson(session, lesson, by=bruno) is None
    capture.forget_changes(session, lesson, by=bruno)
    assert capture.of_lesson(session, lesson, by=ines) is row
    capture.forget_changes(session, lesson, by=ines)
    assert capture.of_lesson(session, lesson, by=ines) is None
