"""What was found out about a file while a person decides: JSON beside the data, made anew at will.

Each says of which decisions it was found out, so that what no longer holds is not shown. Nothing
here is worth a backup.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from content.models import Import
from portal.runtime import Runtime

LOOK, CHECK = "look", "check"
# What each depends on: the decisions and fields of the import.
_DEPENDS = {
    LOOK: ("kind", "sheet"),
    CHECK: ("kind", "sheet", "mapping", "values", "projects", "project_id"),
}


def mark(row: Import, name: str) -> str:
    """What the present decisions are known by."""
    every = {**row.decided, "kind": row.kind.value, "mapping": row.mapping}
    said = [every.get(part) for part in _DEPENDS[name]]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _path(runtime: Runtime, import_id: int, name: str) -> Path:
    return runtime.settings.data_dir / "imports" / f"{import_id}.{name}.json"


def keep(runtime: Runtime, import_id: int, name: str, of: str, found: Mapping[str, Any]) -> None:
    """Write what was found out under the decisions with the mark `of`."""
    path = _path(runtime, import_id, name)
    path.parent.mkdir(exist_ok=True, mode=0o700)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({"of": of, **found}), encoding="utf-8")
    fresh.replace(path)


def load(runtime: Runtime, row: Import, name: str) -> dict[str, Any] | None:
    """What was found out under the present decisions, or None."""
    try:
        kept: dict[str, Any] = json.loads(_path(runtime, row.id, name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return kept if kept.pop("of", "") == mark(row, name) else None


def forget(runtime: Runtime, import_id: int) -> None:
    """Throw away what was found out, once an import has been run."""
    for name in _DEPENDS:
        _path(runtime, import_id, name).unlink(missing_ok=True)
