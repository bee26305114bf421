"""Recurring themes: the list, a page each, and the button that runs the clustering."""

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from analytics import runs
from content import jobs
from content.access import Action, can, require
from content.db import now
from portal.auth import actor, allowed
from portal.db import reading, writing
from portal.html import toast

bp = Blueprint("themes", __name__, url_prefix="/themes")

# Texts shown at once on a theme's page; the rest folds out.
SHOWN = 12


@bp.get("/")
@allowed(Action.theme_read)
def index() -> str:
    """The themes of the newest run, by how many distinct projects they touch."""
    session = reading()
    job = jobs.latest(session, "theme run")
    return render_template(
        "themes/index.html",
        run=runs.newest(session),
        themes=runs.themes(session, by=actor()),
        job=job if can(actor(), Action.theme_run) and job and job.finished_at is None else None,
        failed=job if job and job.state == "failed" else None,
    )


@bp.post("/run")
@allowed(Action.theme_run)
def run() -> Response:
    """Have the worker run the clustering, once at a time."""
    with writing() as unit:
        job = jobs.latest(unit, "theme run")
        if job is None or job.finished_at is not None:
            jobs.enqueue(unit, "theme run", by=actor(), at=now())
    toast("The run is on its way; this page shows how far it is.")
    return redirect(url_for("themes.index"))


@bp.get("/run/<int:job_id>")
@allowed(Action.theme_run)
def progress(job_id: int) -> Response | str:
    """The fragment that shows how far a run is; sends the page on when it is over."""
    job = jobs.get(reading(), job_id)
    if job.finished_at is not None:
        return Response(headers={"HX-Redirect": url_for("themes.index")})
    return render_template("themes/_progress.html", job=job)


@bp.post("/run/<int:job_id>/stop")
@allowed(Action.theme_run)
def stop(job_id: int) -> Response:
    """Ask a run to stop; the themes stay as they were."""
    require(actor(), Action.theme_run)
    with writing() as unit:
        jobs.ask_to_stop(unit, job_id, at=now())
    toast("The run stops; the themes stay as they were.")
    return redirect(url_for("themes.index"))


@bp.get("/<int:theme_id>")
@allowed(Action.theme_read)
def page(theme_id: int) -> str:
    """One theme: its terms and the texts behind it."""
    session = reading()
    theme = runs.get(session, theme_id, by=actor())
    found = runs.members(session, theme, by=actor())
    by_project: dict[str, int] = {}
    for member in found:
        if member.project is not None:
            by_project[member.project.code] = by_project.get(member.project.code, 0) + 1
    return render_template(
        "themes/page.html",
        theme=theme,
        members=found,
        shown=SHOWN,
        by_project=sorted(by_project.items(), key=lambda item: (-item[1], item[0])),
    )
