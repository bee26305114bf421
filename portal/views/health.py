"""Whether the portal lives and is ready, for the machine that watches it."""

from datetime import timedelta

from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from content import jobs
from content.db import is_alive, now
from portal import migrate
from portal.auth import public
from portal.db import runtime
from search import index

bp = Blueprint("health", __name__)

# A worker beats every second or so; three missed minutes of long work are still a sign of life.
SILENT = timedelta(seconds=30)


@bp.get("/healthz")
@public
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """Each part by name, and 503 when one is not ready. Says nothing that a stranger could use."""
    checks = {"database": _database(), "migrations": False, "index": _index(), "worker": False}
    if checks["database"]:
        checks["migrations"] = migrate.is_current(runtime().database)
    if checks["migrations"]:
        checks["worker"] = _worker()
    ready = all(checks.values())
    words = {name: "ok" if good else "not ready" for name, good in checks.items()}
    return jsonify(status="ok" if ready else "not ready", checks=words), 200 if ready else 503


def _database() -> bool:
    try:
        with runtime().database.reading() as session:
            return is_alive(session)
    except SQLAlchemyError:
        return False


def _index() -> bool:
    found = index.status(runtime().settings.index_dir)
    return found.exists and not found.problem


def _worker() -> bool:
    with runtime().database.reading() as session:
        seen = jobs.last_beat(session)
    return seen is not None and now() - seen < SILENT
