"""What every entrance (pages, commands, worker) stands on: settings, database, files, index.

One `Runtime` a process, made by `open_runtime`; it opens nothing that it does not need.
"""

import gc
import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from content.db import Database
from content.files import FileStore
from portal.settings import Settings
from search.engine import SearchEngine


@dataclass
class Runtime:
    """The parts that the rooms of the portal share."""

    settings: Settings

    @cached_property
    def database(self) -> Database:
        """The database, with the gate that its writers queue at."""
        return Database(self.settings.url, gate=self.settings.data_dir / "write.lock")

    @cached_property
    def files(self) -> FileStore:
        """The folder of stored files."""
        return FileStore(self.settings.files_dir)

    @cached_property
    def search(self) -> SearchEngine:
        """The search engine over the index folder."""
        return SearchEngine(self.settings.index_dir)

    @cached_property
    def secret_key(self) -> str:
        """The key that signs cookies: made once, readable by the portal's user only."""
        return _secret(self.settings.data_dir / "secret.key")

    def close(self) -> None:
        """Give back what is open."""
        if "database" in self.__dict__:
            self.database.close()


def open_runtime(settings: Settings) -> Runtime:
    """Make sure of the data folder and stand on it."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Runtime(settings)


def settle() -> None:
    """Spare the collector what a process has loaded, once it has loaded it.

    Modules, tables and templates are never garbage. To look through them takes a sixth of a second
    now and then, which somebody waits for.
    """
    gc.collect()
    gc.freeze()


def _secret(path: Path) -> str:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii")
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
    return path.read_text(encoding="ascii")
