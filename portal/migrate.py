"""Alembic in code: bring the database to the newest migration, or say whether it is there."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from content.db import Database

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent / "migrations"


def config(database: Database) -> "Config":
    """Alembic's configuration for `database`, without a file."""
    from alembic.config import Config

    found = Config()
    found.set_main_option("script_location", str(FOLDER))
    found.attributes["database"] = database
    return found


@cache
def head() -> str:
    """The newest migration's name."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    found = Config()
    found.set_main_option("script_location", str(FOLDER))
    newest = ScriptDirectory.from_config(found).get_current_head()
    assert newest is not None
    return newest


def current(database: Database) -> str | None:
    """The migration that the database stands at; None when it has none."""
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def is_current(database: Database) -> bool:
    """Whether the database stands at the newest migration."""
    try:
        return current(database) == head()
    except SQLAlchemyError:
        return False


def upgrade(database: Database, revision: str = "head") -> None:
    """Migrate upward; nothing happens when the database is there already."""
    if revision == "head" and is_current(database):
        return
    from alembic import command

    command.upgrade(config(database), revision)


def downgrade(database: Database, revision: str) -> None:
    """Migrate downward."""
    from alembic import command

    command.downgrade(config(database), revision)
