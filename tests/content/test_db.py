"""The unit of work: writers queue, readers do not wait, nothing is lost, the log stays."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DatabaseError, StatementError
from sqlalchemy.orm import Session

from content.db import contains
from content.models import PUBLIC_STATES, Activity, Department, Lesson, LessonState
from portal.runtime import Runtime
from tests.builders import NOW, Builders


def test_writers_of_many_threads_lose_nothing(portal: Runtime, make: Builders) -> None:
    department = make.department(name="0")

    def add(_: int) -> None:
        with portal.database.writing() as session:
            row = session.get_one(Department, department.id)
            row.name = str(int(row.name) + 1)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(add, range(64)))
    with portal.database.reading() as session:
        assert session.get_one(Department, department.id).name == "64"


_WRITER = """
import sys
from pathlib import Path
from content.db import Database
from content.models import Department
folder = Path(sys.argv[1])
database = Database(f"sqlite:///{folder / 'portal.db'}", gate=folder / "write.lock")
for _ in range(25):
    with database.writing() as session:
        row = session.get_one(Department, int(sys.argv[2]))
        row.name = str(int(row.name) + 1)
"""


def test_writers_of_several_processes_lose_nothing(portal: Runtime, make: Builders) -> None:
    department = make.department(name="0")
    folder = portal.settings.data_dir
    command = [sys.executable, "-c", _WRITER, str(folder), str(department.id)]
    root = Path(__file__).parent.parent.parent
    running = [subprocess.Popen(command, cwd=root) for _ in range(3)]
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]
    with portal.database.reading() as session:
        assert session.get_one(Department, department.id).name == "75"


def test_a_reader_keeps_its_snapshot_while_others_write(portal: Runtime, make: Builders) -> None:
    with portal.database.reading() as session:
        before = len(session.scalars(select(Department)).all())
        make.department()
        assert len(session.scalars(select(Department)).all()) == before


def test_a_unit_that_fails_leaves_nothing(portal: Runtime) -> None:
    def fail() -> None:
        with portal.database.writing() as session:
            session.add(Department(code="X", name="X"))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with portal.database.reading() as session:
        assert session.scalars(select(Department)).all() == []


@pytest.mark.parametrize("statement", [update(Activity).values(verb="x"), delete(Activity)])
def test_the_activity_log_refuses_change(
    portal: Runtime, make: Builders, statement: object
) -> None:
    make.lesson()
    with pytest.raises(DatabaseError, match="append-only"), portal.database.writing() as session:
        session.execute(statement)


def test_the_pragmas_are_set(session: Session) -> None:
    found = {
        name: session.execute(text(f"PRAGMA {name}")).scalar_one()
        for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
    }
    assert found == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "synchronous": 1,
        "busy_timeout": 10_000,
    }


def test_moments_keep_their_instant_and_naive_ones_are_refused(make: Builders) -> None:
    row = make.lesson()
    east = datetime(2026, 1, 1, 12, 0, tzinfo=timezone(timedelta(hours=5)))
    with make.portal.database.writing() as session:
        session.get_one(Lesson, row.id).submitted_at = east
    with make.portal.database.reading() as session:
        assert session.get_one(Lesson, row.id).submitted_at == east.astimezone(UTC)
    with pytest.raises(StatementError), make.portal.database.writing() as session:
        session.get_one(Lesson, row.id).submitted_at = NOW.replace(tzinfo=None)


def test_like_takes_its_wildcards_plainly() -> None:
    assert contains("50%_\\") == "%50\\%\\_\\\\%"


def test_taking_stock_lets_few_lessons_be_read_by_number(portal: Runtime) -> None:
    """Where all are published, the index of states would walk every one of them."""
    row = {
        "headline": "Ordered late", "state": LessonState.published, "affects": [],
        "applies_to_types": [], "applies_to_sizes": [], "applies_to_methods": [],
        "created_at": NOW, "updated_at": NOW, "version": 1,
    }  # fmt: skip
    with portal.database.writing() as session:
        session.execute(insert(Lesson), [row] * 2_000)
    assert "ix_lesson_state" in _plan(portal)
    portal.database.take_stock()
    assert "INTEGER PRIMARY KEY" in _plan(portal)


def _plan(portal: Runtime) -> str:
    """How SQLite would find 200 lessons by number among those that are published."""
    wanted = select(Lesson.id).where(Lesson.id.in_(range(1, 201)), Lesson.state.in_(PUBLIC_STATES))
    with portal.database.reading() as session:
        sql = wanted.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        return " ".join(row.detail for row in session.execute(text(f"EXPLAIN QUERY PLAN {sql}")))
