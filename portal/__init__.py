"""The portal's face: the only room that knows Flask.

`create_app` puts the rooms together over a `Runtime`; it starts nothing and writes nothing.
The imports stand inside it so that `python -m portal` can start before anything is installed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from portal.runtime import Runtime


def create_app(runtime: Runtime, *, testing: bool = False) -> Flask:
    """The web application over `runtime`.

    Raises:
        RuntimeError: a view has no policy.
    """
    from portal.app import build

    return build(runtime, testing=testing)
