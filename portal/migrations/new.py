"""Write a new migration from the difference between the models and an empty, migrated database.

python -m portal.migrations.new "what changes"
"""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from content.db import Database
from portal import migrate


def main(message: str) -> None:
    """Write the next numbered migration; read it before you commit it."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'empty.db'}")
        migrate.upgrade(database)
        config = migrate.config(database)
        number = sum(1 for _ in ScriptDirectory.from_config(config).walk_revisions()) + 1
        command.revision(config, message=message, autogenerate=True, rev_id=f"{number:04}")
        database.close()


if __name__ == "__main__":
    main(sys.argv[1])
