"""The files that the portal ships, as they are read: TOML beside this module, days as moments."""

import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

STARTER = files("content.starter")


def toml(source: Traversable) -> dict[str, Any]:
    """One TOML file."""
    return tomllib.loads(source.read_text(encoding="utf-8"))


def toml_files(folder: str) -> Iterator[dict[str, Any]]:
    """Every TOML file of a folder, in the order of their names."""
    entries = [item for item in (STARTER / folder).iterdir() if item.name.endswith(".toml")]
    for entry in sorted(entries, key=lambda item: item.name):
        yield toml(entry)


def moment(day: date) -> datetime:
    """Mid-morning of a day: the files tell days, the tables keep moments."""
    return datetime.combine(day, time(9, 30), tzinfo=UTC)
