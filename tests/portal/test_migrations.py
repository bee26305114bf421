"""Migrations and models tell the same tables, upward and downward."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, String, inspect, text
from sqlalchemy.exc import IntegrityError

import analytics.models
import analytics.review_models  # noqa: F401  (the same)
import content.models  # noqa: F401
from content.db import Base, Database
from portal import migrate


def test_upward_from_nothing_gives_the_models(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    migrate.upgrade(database)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    assert migrate.is_current(database)


def test_migrated_tables_hold_the_same_constraints_as_the_models(tmp_path: Path) -> None:
    migrated, made = (Database(f"sqlite:///{tmp_path / name}") for name in ("a.db", "b.db"))
    migrate.upgrade(migrated)
    Base.metadata.create_all(made.engine)
    ours, theirs = inspect(migrated.engine), inspect(made.engine)
    for table in Base.metadata.tables:
        checks = {c["name"] for c in theirs.get_check_constraints(table)}
        assert {c["name"] for c in ours.get_check_constraints(table)} == checks, table


def test_downward_leaves_nothing(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    migrate.upgrade(database)
    migrate.downgrade(database, "base")
    assert inspect(database.engine).get_table_names() == ["alembic_version"]


def test_altering_a_table_keeps_what_refers_to_it(tmp_path: Path) -> None:
    """A table of SQLite is altered by copying; no cascade may follow the drop of the old one."""
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    with database.writing() as session:
        session.execute(text("CREATE TABLE book (id INTEGER PRIMARY KEY)"))
        session.execute(
            text("CREATE TABLE leaf (book_id INTEGER REFERENCES book (id) ON DELETE CASCADE)")
        )
        session.execute(text("INSERT INTO book VALUES (1)"))
        session.execute(text("INSERT INTO leaf VALUES (1)"))
    with database.migrating() as connection, connection.begin():
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("book", recreate="always") as batch:
            batch.add_column(Column("title", String))
    with database.writing() as session:
        assert session.scalar(text("SELECT count(*) FROM leaf")) == 1
        with pytest.raises(IntegrityError):
            session.execute(text("INSERT INTO leaf VALUES (2)"))  # they are in force again


def test_a_migration_that_breaks_a_reference_is_not_committed(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    with database.writing() as session:
        session.execute(text("CREATE TABLE book (id INTEGER PRIMARY KEY)"))
        session.execute(text("CREATE TABLE leaf (book_id INTEGER REFERENCES book (id))"))
    with pytest.raises(RuntimeError, match="leaf"), database.migrating() as connection:
        connection.execute(text("INSERT INTO leaf VALUES (7)"))
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM leaf")) == 0
