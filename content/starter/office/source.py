"""Reading a template's source; it refuses a source whose parts do not fit together."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

Source = Mapping[str, Any]
LIBRARY = files("content.starter") / "library"
NEEDED = (
    "slug", "title", "summary", "kind", "phase", "format", "owner", "when_to_use", "version",
    "change_note", "published_on",
)  # fmt: skip


def slugs() -> list[str]:
    """The templates that have a source."""
    names = (item.name for item in LIBRARY.iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def load(slug: str) -> Source:
    """One source.

    Raises:
        ValueError: it lacks a part that every template has.
    """
    source = tomllib.loads((LIBRARY / f"{slug}.toml").read_text(encoding="utf-8"))
    missing = [name for name in NEEDED if name not in source]
    if missing:
        raise ValueError(f"{slug}.toml lacks {', '.join(missing)}")
    return source
