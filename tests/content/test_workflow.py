"""The life of a lesson as a state machine that is walked at random."""

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from content import activity, lessons
from content.errors import Conflict, Forbidden, Invalid
from content.models import LessonState
from content.types import SYSTEM
from content.workflow import LESSON_MOVES, MOVE_RULES, Move, lesson_move, moves_from
from tests.builders import NOW, Builders


def test_every_state_can_be_reached_and_every_move_has_a_rule() -> None:
    reached = {LessonState.draft}
    while True:
        more = {end for (start, _), end in LESSON_MOVES.items() if start in reached} - reached
        if not more:
            break
        reached |= more
    assert reached == set(LessonState)
    assert {move for _, move in LESSON_MOVES} == set(MOVE_RULES) == set(Move)


def test_an_unknown_move_is_a_conflict_that_names_the_state() -> None:
    with pytest.raises(Conflict, match="draft"):
        lesson_move(LessonState.draft, Move.publish)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(Move), max_size=12))
def test_a_walk_ends_where_the_table_says_and_is_logged(steps: list[Move], make: Builders) -> None:
    row = make.lesson(LessonState.draft)
    state, done, published = LessonState.draft, 0, False
    for step in steps:
        with make.portal.database.writing() as session:
            lesson = lessons.get(session, row.id, by=SYSTEM)
            if step in moves_from(state, published=published):
                lessons.move(session, lesson, step, by=SYSTEM, at=NOW, reason="Because.")
                state, done = LESSON_MOVES[state, step], done + 1
                published = published or state is LessonState.published
            else:
                with pytest.raises(Conflict):
                    lessons.move(session, lesson, step, by=SYSTEM, at=NOW, reason="Because.")
    with make.portal.database.reading() as session:
        assert lessons.get(session, row.id, by=SYSTEM).state is state
        log = activity.of(session, "lesson", row.id)
    assert len(log) == done + 1
    assert log[0].to_state == state.value


def test_what_was_never_published_is_not_published_by_bringing_it_back() -> None:
    merged = LessonState.superseded
    assert moves_from(merged, published=False) == [Move.unmerge]
    assert moves_from(merged, published=True) == [Move.restore]


def test_a_return_needs_a_reason(make: Builders) -> None:
    row = make.lesson(LessonState.submitted)
    with make.portal.database.writing() as session:
        lesson = lessons.get(session, row.id, by=SYSTEM)
        with pytest.raises(Invalid, match="reason"):
            lessons.move(session, lesson, Move.return_, by=SYSTEM, at=NOW, reason="  ")


def test_members_do_not_publish(make: Builders) -> None:
    row = make.lesson(LessonState.submitted, by=make.person())
    manager = make.person()
    project = make.project(manager_id=manager.id)
    mine = make.lesson(LessonState.submitted, by=make.person(), project_id=project.id)
    with make.portal.database.writing() as session:
        lesson = lessons.get(session, mine.id, by=manager.as_actor())
        with pytest.raises(Forbidden):
            lessons.move(session, lesson, Move.publish, by=manager.as_actor(), at=NOW)
    assert row.state is LessonState.submitted


def test_a_stale_decision_is_refused(make: Builders) -> None:
    row = make.lesson(LessonState.submitted)
    with make.portal.database.writing() as session:
        lesson = lessons.get(session, row.id, by=SYSTEM)
        seen = lesson.version
        lessons.edit(session, lesson, {"headline": "Another"}, by=SYSTEM, at=NOW)
        session.flush()
        with pytest.raises(Conflict):
            lessons.move(session, lesson, Move.publish, by=SYSTEM, at=NOW, version=seen)
