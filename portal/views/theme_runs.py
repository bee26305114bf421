"""Runs of themes: chosen, started, watched, stopped; what the newest one looked at and changed; and
a fresh start that is kept or dropped.
"""

from math import isnan, log2
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from analytics import alike, catalogue, difference, runs
from analytics.texts import Selection, in_words
from content import jobs, people
from content.access import Action, can
from content.db import now
from content.errors import Conflict, Invalid
from content.models import PROJECT_TYPES
from portal.auth import actor, allowed
from portal.db import reading, runtime, writing
from portal.html import toast

bp = Blueprint("theme_runs", __name__, url_prefix="/themes/run")
KIND = "theme run"
# How often the slider doubles or halves the number of themes; the bounds of `fit.FINENESS_MOST`.
DOUBLINGS = 2
Answer = str | Response | tuple[str, int]


@bp.get("")
@allowed(Action.theme_read)
def page() -> str:
    """The newest run: what it looked at, what it changed, and what it takes to repeat it."""
    session = reading()
    run = catalogue.newest(session)
    decides = can(actor(), Action.theme_run)
    names = {row.id: row.name for row in people.departments(session)}
    before = catalogue.before(session, run) if run else None
    themes = catalogue.themes(session, by=actor())
    return render_template(
        "themes/run.html",
        run=run,
        figures=catalogue.figures(session, by=actor()),
        visible={theme.id for theme in themes},
        pairs=alike.suggested(session, run, themes, by=actor()) if decides else [],
        chosen=_words(run, names),
        before=before,
        before_chosen=_words(before, names),
        change=difference.of_run(session, run, by=actor()) if run else None,
        refit_due=difference.refit_due(
            run.difference.get("drift", 0), run.difference.get("since", 0)
        )
        if run
        else False,
        decides=decides,
        fineness=runs.fineness_of(run),
    )


def _words(run: Any, names: dict[int, str]) -> list[str]:
    return in_words(Selection.of(run.parameters.get("corpus", {})), names) if run else []


@bp.get("/new")
@allowed(Action.theme_run)
def new() -> Answer:
    """Choose what a run looks at; it begins with what the run before looked at."""
    run = catalogue.newest(reading())
    return _form(run.parameters.get("corpus", {}) if run else {}, log2(runs.fineness_of(run)))


def _form(chosen: dict[str, Any], fineness: float, error: Invalid | None = None) -> Answer:
    session = reading()
    types = sorted({*PROJECT_TYPES, *chosen.get("types", ())})
    page_ = render_template(
        "themes/run_form.html",
        chosen=chosen,
        fineness=fineness,
        doublings=DOUBLINGS,
        error=error,
        departments=[(row.id, row.name) for row in people.departments(session)],
        types=[(type_, type_.capitalize()) for type_ in types],
        least=runtime().settings.theme_texts_least,
        known=catalogue.newest(session) is not None,
    )
    return (page_, 400) if error else page_


@bp.post("")
@allowed(Action.theme_run)
def start() -> Answer:
    """Have the worker run the clustering, once at a time."""
    noted, doublings = _asked(), _doublings()
    try:
        payload = {
            "corpus": Selection.of(noted).noted(), "fresh": "fresh" in request.form,
            "fineness": None if doublings is None else 2.0**doublings,
        }  # fmt: skip
    except Invalid as error:
        return _form(noted, doublings or 0, error)
    with writing() as unit:
        job = jobs.latest(unit, KIND)
        if job is None or job.finished_at is not None:
            jobs.enqueue(unit, KIND, payload, by=actor(), at=now())
    toast("The run is on its way; this page shows how far it is.")
    return redirect(url_for("themes.index"))


def _asked() -> dict[str, Any]:
    """What the form chooses; a button alone chooses what the run before looked at."""
    form = request.form
    if "chosen" not in form:
        run = catalogue.newest(reading())
        return dict(run.parameters.get("corpus", {})) if run else {}
    return {
        "closed_from": form.get("closed_from", ""), "closed_to": form.get("closed_to", ""),
        "departments": form.getlist("departments", type=int), "types": form.getlist("types"),
        # Nothing ticked is no choice of all: the form says that one is needed.
        "kinds": form.getlist("kinds") or ["none"],
    }  # fmt: skip


def _doublings() -> float | None:
    """Where the slider stands, None without one; what no slider can say is its nearest end."""
    asked = request.form.get("doublings", type=float)
    return None if asked is None or isnan(asked) else max(-DOUBLINGS, min(asked, DOUBLINGS))


@bp.get("/<int:job_id>")
@allowed(Action.theme_run)
def progress(job_id: int) -> Response | str:
    """The fragment that shows how far a run is; sends the page on when it is over."""
    job = jobs.get(reading(), job_id)
    if job.finished_at is not None:
        return Response(headers={"HX-Redirect": url_for("themes.index")})
    return render_template("themes/_progress.html", job=job)


@bp.post("/<int:job_id>/stop")
@allowed(Action.theme_run)
def stop(job_id: int) -> Response:
    """Ask a run to stop; the themes stay as they were."""
    with writing() as unit:
        jobs.ask_to_stop(unit, job_id, at=now())
    toast("The run stops; the themes stay as they were.")
    return redirect(url_for("themes.index"))


@bp.post("/proposed/<int:run_id>/<any('keep','drop'):step>")
@allowed(Action.theme_run)
def settle(run_id: int, step: str) -> Response:
    """Keep what a fresh start found, or let it go."""
    verb = runs.keep_proposal if step == "keep" else runs.drop_proposal
    try:
        with writing() as unit:
            verb(unit, catalogue.run_of(unit, run_id, by=actor()), by=actor(), at=now())
    except Conflict as error:
        toast(error.message, kind="error")
    else:
        toast(SAID[step])
    return redirect(url_for("themes.index"))


SAID = {
    "keep": "Kept. What people decided holds in it.",
    "drop": "Dropped; the themes stay as they are.",
}
