"""What a bench ran on, so that its numbers can be read later."""

import os
import platform
import sqlite3
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def machine() -> str:
    """What it ran on."""
    names = [
        line.split(":", 1)[1].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    ]
    packages = []
    for name in ("numpy", "whoosh3", "tantivy", "bm25s", "symspellpy"):
        try:
            packages.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    packages.append(f"SQLite {sqlite3.sqlite_version}")
    processor = f"{os.cpu_count()} cores {names[0] if names else platform.machine()}"
    return f"{processor}, Python {platform.python_version()}, {', '.join(packages)}"
