"""Alembic's entrance: run the migrations on the database that `portal/migrate` hands over."""

from alembic import context

import analytics.models
import analytics.review_models
import content.models
from content.db import Base, Database, UTCDateTime

# Both packages' tables are one metadata; naming them here loads them.
TABLES = (analytics.models, analytics.review_models, content.models)


def render(kind: str, item: object, _context: object) -> str | bool:
    """Write our column types as what they are in the database: a migration must not change
    when the code does.
    """
    return "sa.DateTime()" if kind == "type" and isinstance(item, UTCDateTime) else False


database = context.config.attributes["database"]
assert isinstance(database, Database)

with database.migrating() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,  # SQLite alters a table by copying it
        compare_type=True,
        render_item=render,
    )
    with context.begin_transaction():
        context.run_migrations()
