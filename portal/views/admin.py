"""Administration: how the portal stands, its jobs, and its switches that a person may need."""

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from content import jobs
from content.access import Action
from content.db import now
from portal import migrate
from portal.auth import actor, allowed
from portal.db import reading, runtime, writing
from portal.html import toast
from search import index as search_index

bp = Blueprint("admin", __name__, url_prefix="/admin")


@bp.get("/")
@allowed(Action.system_manage)
def index() -> str:
    """The parts of the portal by name, and what the worker does and did."""
    session = reading()
    parts = runtime()
    return render_template(
        "admin/index.html",
        index=search_index.status(parts.settings.index_dir),
        migration=migrate.current(parts.database),
        beat=jobs.last_beat(session),
        counts=jobs.counts(session),
        rows=jobs.listing(session, limit=40),
        data_dir=parts.settings.data_dir,
    )


@bp.post("/index")
@allowed(Action.system_manage)
def rebuild_index() -> Response:
    """Have the index built anew; search goes on meanwhile."""
    with writing() as unit:
        jobs.enqueue(unit, "index rebuild", by=actor(), at=now())
    toast("The index is being built anew.")
    return redirect(url_for("admin.index"))


@bp.post("/jobs/<int:job_id>/retry")
@allowed(Action.system_manage)
def retry(job_id: int) -> Response:
    """Try a failed job once more."""
    with writing() as unit:
        jobs.retry(unit, job_id, at=now())
    toast("It waits for the worker.")
    return redirect(url_for("admin.index"))
