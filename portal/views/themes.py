"""Recurring themes: the list by recurrence, a page each, what people decide, and the runs."""

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from analytics import actions, catalogue, decisions, difference, standing
from analytics.actions import ActionFilter
from analytics.models import Stage, Theme, ThemeDecision
from analytics.standing import Standing
from analytics.trends import PARTS
from content import jobs, people
from content.access import Action, can, require
from content.db import now
from content.errors import Conflict, Invalid
from content.models import Phase
from content.types import Kind
from portal.auth import actor, allowed
from portal.db import reading, writing
from portal.html import toast

bp = Blueprint("themes", __name__, url_prefix="/themes")

# Texts shown at once on a theme's page; the rest folds out.
SHOWN = 12


@bp.get("/")
@allowed(Action.theme_read)
def index() -> str:
    """The themes of the newest run, the most recurring first."""
    session = reading()
    job = jobs.latest(session, "theme run")
    weights = asked_weights()
    run = catalogue.newest(session)
    return render_template(
        "themes/index.html",
        run=run,
        figures=catalogue.figures(session, by=actor()),
        change=difference.of_run(session, run, by=actor()) if run else None,
        rows=_standings(weights),
        weights=weights,
        parts=PART_WORDS,
        job=job if can(actor(), Action.theme_run) and job and job.finished_at is None else None,
        failed=job if job and job.state == "failed" else None,
        out=decisions.taken_out(session, by=actor()) if can(actor(), Action.theme_run) else [],
    )


# The parts of recurrence in words, for the formula that the page shows.
PART_WORDS = {
    "projects": "share of closed projects hit (its square root)",
    "years": "share of years with a hit",
    "departments": "how evenly it is spread over departments",
    "severity": "how severe its issues and lessons are",
    "recent": "how recent the last hit is (half after two years)",
}


def asked_weights() -> dict[str, float]:
    """The weights of recurrence that the address names, else the usual ones."""
    found = {
        name: min(max(request.args.get(f"w_{name}", usual * 100, type=float), 0.0), 100.0) / 100
        for name, usual in PARTS.items()
    }
    return found if sum(found.values()) else dict(PARTS)


def _standings(weights: dict[str, float]) -> list[Standing]:
    session = reading()
    found = catalogue.themes(session, by=actor())
    return standing.standings(session, found, by=actor(), today=now().date(), weights=weights)


@bp.get("/map")
@allowed(Action.theme_read)
def heat() -> str:
    """Themes by department and by phase, as tables that are coloured by their numbers."""
    rows = _standings(dict(PARTS))
    return render_template(
        "themes/map.html",
        rows=rows,
        departments=list(rows[0].departments) if rows else [],
        phases=[phase.value for phase in Phase],
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
    """One theme: where it stands, the texts behind it, and what people decided."""
    session = reading()
    theme = catalogue.get(session, theme_id, by=actor())
    found = catalogue.members(session, theme, by=actor())
    by_project: dict[str, int] = {}
    for member in found:
        if member.project is not None:
            by_project[member.project.code] = by_project.get(member.project.code, 0) + 1
    decides = can(actor(), Action.theme_run)
    listed = catalogue.themes(session, by=actor())
    return render_template(
        "themes/page.html",
        theme=theme,
        members=found,
        shown=SHOWN,
        by_project=sorted(by_project.items(), key=lambda item: (-item[1], item[0])),
        acted=actions.listing(session, ActionFilter(theme_id=theme.id), by=actor()),
        standing=standing.one(session, theme, listed, by=actor(), today=now().date()),
        rate_in_words=standing.rate_of,
        decisions=decisions.of_theme(session, theme, by=actor()),
        decides=decides,
        others=[one for one in listed if one.id != theme.id],
        stages=list(Stage),
        owners=people.listing(session, by=actor()) if decides else [],
    )


# Deciding -------------------------------------------------------------------------------------


@bp.post("/<int:theme_id>/<any('rename','describe','stage','dismiss','merge','split','move'):step>")
@allowed(Action.theme_run)
def decide(theme_id: int, step: str) -> Response:
    """Take one decision about a theme; the toast takes it back."""
    try:
        with writing() as unit:
            theme = catalogue.get(unit, theme_id, by=actor())
            done = _STEPS[step](unit, theme)
    except (Invalid, Conflict) as error:
        reasons = getattr(error, "fields", {}).values()
        toast(" ".join(reasons) or error.message, kind="error")
        return redirect(url_for("themes.page", theme_id=theme_id))
    toast(SAID[step], undo=url_for("themes.undo", decision_id=done.id))
    return redirect(url_for("themes.page", theme_id=done.detail.get("into") or theme_id))


SAID = {
    "rename": "The theme has its name; later runs keep it.",
    "describe": "Noted.",
    "stage": "Noted where the theme stands.",
    "dismiss": "It is no theme; later runs do not bring it back.",
    "merge": "The two are one theme now; later runs keep them together.",
    "split": "A theme of its own; later runs keep it.",
    "move": "The text is moved; later runs leave it there.",
}


def _rename(unit: Session, theme: Theme) -> ThemeDecision:
    return decisions.rename(unit, theme, request.form.get("name", ""), by=actor(), at=now())


def _describe(unit: Session, theme: Theme) -> ThemeDecision:
    owner = request.form.get("owner_id", type=int)
    note = request.form.get("note", "")
    return decisions.describe(unit, theme, note, owner, by=actor(), at=now())


def _stage(unit: Session, theme: Theme) -> ThemeDecision:
    asked = request.form.get("stage", "")
    if asked not in set(Stage):
        raise Invalid("Choose a stage.")
    return decisions.set_stage(unit, theme, Stage(asked), by=actor(), at=now(), reason=_reason())


def _dismiss(unit: Session, theme: Theme) -> ThemeDecision:
    return decisions.dismiss(unit, theme, by=actor(), at=now(), reason=_reason())


def _merge(unit: Session, theme: Theme) -> ThemeDecision:
    into = catalogue.get(unit, request.form.get("into", 0, type=int), by=actor())
    return decisions.merge(unit, theme, into, by=actor(), at=now(), reason=_reason())


def _split(unit: Session, theme: Theme) -> ThemeDecision:
    name = request.form.get("name", "")
    return decisions.split(unit, theme, _texts(), name, by=actor(), at=now(), reason=_reason())


def _move(unit: Session, theme: Theme) -> ThemeDecision:
    number = request.form.get("into", type=int)
    into = catalogue.get(unit, number, by=actor()) if number else None
    texts = _texts()
    if len(texts) != 1:
        raise Invalid("Choose one text to move.")
    return decisions.move(unit, theme, texts[0], into, by=actor(), at=now(), reason=_reason())


def _texts() -> list[tuple[Kind, int]]:
    """The texts that a form names, such as ``lesson:12``."""
    found = []
    for name in request.form.getlist("text"):
        kind, _, number = name.partition(":")
        if kind in set(Kind) and number.isdigit():
            found.append((Kind(kind), int(number)))
    return found


def _reason() -> str:
    return request.form.get("reason", "")


_STEPS = {
    "rename": _rename, "describe": _describe, "stage": _stage, "dismiss": _dismiss,
    "merge": _merge, "split": _split, "move": _move,
}  # fmt: skip


@bp.post("/decisions/<int:decision_id>/undo")
@allowed(Action.theme_run)
def undo(decision_id: int) -> Response:
    """Take a decision back."""
    with writing() as unit:
        row = decisions.get(unit, decision_id, by=actor())
        decisions.undo(unit, row, by=actor(), at=now())
    toast("Taken back.")
    return redirect(url_for("themes.page", theme_id=row.theme_id))
