"""Migrations and models tell the same tables, upward and downward."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

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
