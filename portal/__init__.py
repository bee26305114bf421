"""The portal's face: the only room that knows Flask.

`create_app` puts the rooms together over a `Runtime`; it starts nothing and writes nothing.
Its imports stand inside it so that `python -m portal` can start before anything is installed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from portal.runtime import Runtime


def template_folder() -> Path:
    """The templates of pages and mails: beside the package in a checkout, inside it in a wheel."""
    inside = Path(__file__).parent / "page_templates"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "templates"


def create_app(runtime: Runtime, *, testing: bool = False) -> Flask:
    """The web application over `runtime`.

    Raises:
        RuntimeError: a view has no policy.
    """
    from portal.app import build

    return build(runtime, testing=testing)
