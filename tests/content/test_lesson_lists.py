"""Lists among many lessons: found, counted and put in order without fetching their texts."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, insert, select
from sqlalchemy.orm import Session

from content import overview
from content.access import Action, can
from content.lesson_lists import LessonFilter, listing, topics
from content.models import Confidentiality, Lesson, LessonState
from content.types import Actor, Role
from portal.runtime import Runtime, open_runtime
from portal.settings import Settings
from tests.builders import NOW, Builders

MANY = 1_000


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Runtime]:
    """Lessons of two departments in several states, some of them restricted, few with a text for
    everybody else; one of five has no day.
    """
    folder = tmp_path_factory.mktemp("many")
    shutil.copy(empty_database, folder / "portal.db")
    portal = open_runtime(Settings(data_dir=folder))
    make = Builders(portal)
    departments = [make.department().id for _ in range(2)]
    authors = [make.person().id for _ in range(3)]
    states = (*[LessonState.published] * 6, LessonState.draft, LessonState.retired)
    ways = (*[Confidentiality.open] * 3, Confidentiality.department, Confidentiality.restricted)
    rows = [
        {
            "headline": f"Headline {n * 7919 % MANY}", "state": states[n % len(states)],
            "confidentiality": ways[n % len(ways)], "department_id": departments[n // 5 % 2],
            "author_id": authors[n % 3], "sanitised": "Kept short." if n % 10 == 4 else "",
            "date_occurred": date(2020, 1, 1) + timedelta(n % 999) if n % 5 else None,
            "published_at": NOW - timedelta(n % 700), "lesson": "Long. " * 500, "affects": [],
            "applies_to_types": [], "applies_to_sizes": [], "applies_to_methods": [],
            "created_at": NOW, "updated_at": NOW - timedelta(n % 300), "version": 1,
        }
        for n in range(MANY)
    ]  # fmt: skip
    with portal.database.writing() as session:
        session.execute(insert(Lesson), rows)
    portal.database.take_stock()
    yield portal
    portal.close()


@pytest.fixture
def member(many: Runtime) -> Actor:
    """Somebody of the first department who wrote some."""
    with many.database.reading() as session:
        row = session.get_one(Lesson, 1)
        return Actor(row.author_id or 0, "Mo", Role.member, department_id=row.department_id)


@contextmanager
def plans(runtime: Runtime) -> Iterator[list[str]]:
    """How SQLite finds the lessons of each query that is asked meanwhile."""
    asked: list[tuple[str, Any]] = []

    def listen(_c: object, _cursor: object, sql: str, values: Any, *_more: object) -> None:
        if sql.startswith("SELECT"):
            asked.append((sql, values))

    found: list[str] = []
    event.listen(runtime.database.engine, "before_cursor_execute", listen)
    try:
        yield found
    finally:
        event.remove(runtime.database.engine, "before_cursor_execute", listen)
    with runtime.database.engine.connect() as connection:
        for sql, values in asked:
            steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
            found += [step.detail for step in steps if " lesson" in step.detail]


def fetched(found: list[str]) -> list[str]:
    """The steps that walk lessons and fetch each: neither in the covering index, nor by number."""
    cheap = (
        "COVERING INDEX", "INTEGER PRIMARY KEY", "ix_lesson_published_at", "ix_lesson_sanitised",
    )  # fmt: skip
    return [step for step in found if not any(word in step for word in cheap)]


@pytest.mark.parametrize(
    "wanted",
    [
        LessonFilter(),
        LessonFilter(sort="oldest"),
        LessonFilter(sort="headline"),
        LessonFilter(sort="changed"),
        LessonFilter(sort="applied"),
        LessonFilter(state=LessonState.published),
        LessonFilter(text="line 7"),
        LessonFilter(category="risk", phase="planning"),
        LessonFilter(due=NOW.date()),
    ],
    ids=lambda wanted: next((str(v) for v in astuple(wanted) if v and v != "newest"), "all"),
)
@pytest.mark.parametrize("role", [Role.member, Role.reviewer])
def test_a_page_of_a_list_fetches_its_own_rows_only(
    wanted: LessonFilter, role: Role, many: Runtime, member: Actor
) -> None:
    by = member if role is Role.member else Actor(999, "Re", role)
    with plans(many) as found, many.database.reading() as session:
        listing(session, wanted, by=by)
        listing(session, wanted, by=by, offset=500)
    assert found
    assert fetched(found) == []


@pytest.mark.parametrize("role", [Role.member, Role.reviewer])
def test_the_home_page_counts_without_fetching(role: Role, many: Runtime, member: Actor) -> None:
    by = member if role is Role.member else Actor(999, "Re", role)
    with plans(many) as found, many.database.reading() as session:
        overview.figures(session, by=by)
        overview.newest_lessons(session, by=by)
    assert found
    assert fetched(found) == []


@pytest.mark.parametrize("role", [Role.member, Role.reviewer])
def test_topics_are_counted_without_fetching_lessons(
    role: Role, many: Runtime, member: Actor
) -> None:
    by = member if role is Role.member else Actor(999, "Re", role)
    with plans(many) as found, many.database.reading() as session:
        topics(session, by=by)
    assert found
    assert [step for step in found if "lesson_topic" not in step and "COVERING" not in step] == []


def test_pages_of_a_list_hold_each_lesson_once_and_as_many_as_are_counted(
    many: Runtime, member: Actor
) -> None:
    with many.database.reading() as session:
        seen = _seen(session, member)
        for sort in ("newest", "oldest", "headline", "changed", "applied"):
            rows, total = _all(session, LessonFilter(sort=sort), member)
            assert len(rows) == total == len(seen), sort
            assert set(rows) == seen, sort
            if sort in ("newest", "oldest"):  # those without a day stand at the end
                dated = [day for day in rows.values() if day is not None]
                assert list(rows.values())[: len(dated)] == sorted(dated, reverse=sort == "newest")
                assert len(dated) < total


def _all(session: Session, wanted: LessonFilter, by: Actor) -> tuple[dict[int, date | None], int]:
    """Every page of a list: its lessons with their days, and how many are counted."""
    rows: dict[int, date | None] = {}
    while True:
        page, total = listing(session, wanted, by=by, offset=len(rows), limit=300)
        rows |= {row.id: row.date_occurred for row in page}
        if not page or len(rows) >= total:
            return rows, total


def _seen(session: Session, by: Actor) -> set[int]:
    """What the person may see, asked of each row by the rule for one; retired ones are in no list
    but of who wrote them.
    """
    return {
        row.id
        for row in session.scalars(select(Lesson))
        if can(by, Action.lesson_read, row)
        and (row.state is not LessonState.retired or row.author_id == by.id)
    }
