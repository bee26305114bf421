"""Recurring themes: the list by recurrence, a page each, what people decide, and the runs."""

from collections import Counter
from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from analytics import actions, alike, catalogue, decisions, splitting, standing, undoing, weighting
from analytics.actions import ActionFilter
from analytics.catalogue import Member
from analytics.models import DecisionKind, Stage, Theme, ThemeDecision
from content import jobs, people
from content.access import Action, can
from content.db import now
from content.errors import Conflict, Invalid
from content.models import Phase
from content.types import Kind
from portal import decided, recurring
from portal.auth import actor, allowed
from portal.db import reading, writing
from portal.html import toast
from portal.paging import Page

bp = Blueprint("themes", __name__, url_prefix="/themes")

# Texts on one page of the texts of a theme.
TEXTS = 50
# Projects named on a theme's page.
PROJECTS = 12


# Pages ----------------------------------------------------------------------------------------


@bp.get("/")
@allowed(Action.theme_read)
def index() -> str:
    """The themes of the newest run, the most recurring first."""
    session = reading()
    decides = can(actor(), Action.theme_run)
    job = jobs.latest(session, "theme run") if decides else None
    kept = weighting.in_force(session)
    weights = recurring.asked_weights(weighting.weights_of(kept))
    projects = standing.closed_projects(session)
    return render_template(
        "themes/index.html",
        run=catalogue.newest(session),
        figures=catalogue.figures(session, by=actor()),
        rows=recurring.listed(session, weights, projects),
        narrowed=any(request.args.get(name) for name in recurring.FILTERS),
        choices=recurring.choices_of(projects),
        weights=weights,
        kept=kept,
        parts=PART_WORDS,
        job=job if job and job.finished_at is None else None,
        failed=job if job and job.state == "failed" else None,
        proposal=catalogue.proposed(session) if decides else None,
        out=decisions.taken_out(session, by=actor()) if decides else [],
    )


# The parts of recurrence in words, for the formula that the page shows.
PART_WORDS = {
    "projects": "share of closed projects hit (its square root)",
    "years": "share of years with a hit",
    "departments": "how evenly it is spread over departments",
    "severity": "how severe its issues and lessons are",
    "recent": "how recent the last hit is (half after two years)",
}


@bp.post("/weights")
@allowed(Action.theme_run)
def weigh() -> Response:
    """Have the list reckoned by these weights for everybody."""
    asked = {name: request.form.get(f"w_{name}", 0.0, type=float) / 100 for name in PART_WORDS}
    try:
        with writing() as unit:
            row = weighting.set_weights(unit, asked, by=actor(), at=now())
    except Invalid as error:
        toast(error.message, kind="error")
    else:
        undo = url_for("themes.unweigh", weights_id=row.id)
        toast("Everybody sees the list by these weights now.", undo=undo)
    return redirect(url_for("themes.index"))


@bp.post("/weights/<int:weights_id>/undo")
@allowed(Action.theme_run)
def unweigh(weights_id: int) -> Response:
    """Take a change of the weights back."""
    with writing() as unit:
        weighting.undo(unit, weighting.get(unit, weights_id), by=actor(), at=now())
    toast("Taken back; the weights before hold again.")
    return redirect(url_for("themes.index"))


@bp.get("/<int:theme_id>")
@allowed(Action.theme_read)
def page(theme_id: int) -> str:
    """One theme: where it stands, the texts behind it, and what people decided."""
    session = reading()
    theme = catalogue.get(session, theme_id, by=actor())
    found = catalogue.members(session, theme, by=actor())
    decides = can(actor(), Action.theme_run)
    listed_ = catalogue.themes(session, by=actor())
    kept = weighting.weights_of(weighting.in_force(session))
    rows = decisions.of_theme(session, theme, by=actor())
    pairs = alike.suggested(session, theme.last_run, listed_, by=actor()) if decides else []
    return render_template(
        "themes/page.html",
        theme=theme,
        members=found,
        typical=catalogue.typical(found),
        doubtful=catalogue.doubtful(found),
        by_project=_by_project(found),
        shown=PROJECTS,
        acted=actions.listing(session, ActionFilter(theme_id=theme.id), by=actor()),
        standing=standing.one(
            session, theme, listed_, by=actor(), today=now().date(), weights=kept
        ),
        rate_in_words=standing.rate_of,
        departments=_department_ids(found),
        decisions=rows,
        titles=decisions.titles(session, rows, listed_, by=actor()),
        said=decided.said,
        decides=decides,
        alike=[pair for pair in pairs if theme in (pair.one, pair.other)],
        others=[one for one in listed_ if one.id != theme.id],
        stages=list(Stage),
        owners=people.listing(session, by=actor()) if decides else [],
    )


def _by_project(members: Sequence[Member]) -> list[tuple[str, int]]:
    counts = Counter(member.project.code for member in members if member.project is not None)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _department_ids(members: Sequence[Member]) -> dict[str, int]:
    """The number of each department that a table names, for the links of its cells."""
    projects = [member.project for member in members if member.project is not None]
    return {standing.department_of(project): project.department_id or 0 for project in projects}


@bp.get("/<int:theme_id>/texts")
@allowed(Action.theme_read)
def texts(theme_id: int) -> str:
    """The texts behind a number of a theme: of a year, department, phase, project or kind."""
    session = reading()
    theme = catalogue.get(session, theme_id, by=actor())
    every = catalogue.members(session, theme, by=actor())
    found = [member for member in every if is_asked(member)]
    page_ = Page.asked(TEXTS)
    decides = can(actor(), Action.theme_run)
    return render_template(
        "themes/texts.html",
        theme=theme,
        members=found[page_.offset : page_.offset + TEXTS],
        every=len(every),
        page=page_.of(len(found)),
        choices=_choices_of_texts(every),
        decides=decides,
        others=[one for one in catalogue.themes(session, by=actor()) if one.id != theme.id]
        if decides
        else [],
    )


def is_asked(member: Member) -> bool:
    """Whether the address asks for this text."""
    args, project, over = request.args, member.project, recurring.asked_for().over
    year = args.get("year", type=int)
    if over.narrows_projects or year is not None:
        if project is None or project.closed_on is None or not over.admits(project):
            return False
        if year is not None and project.closed_on.year != year:
            return False
    wanted = (
        (args.get("phase"), member.phase),
        (args.get("kind"), member.kind),
        (args.get("project"), project.code if project else None),
    )
    return all(not asked or asked == found for asked, found in wanted)


def _choices_of_texts(members: Sequence[Member]) -> dict[str, list[tuple[str, str]]]:
    projects = [member.project for member in members if member.project is not None]
    closed = [project for project in projects if project.closed_on is not None]
    years = sorted({str(p.closed_on.year) for p in closed if p.closed_on}, reverse=True)
    phases = [phase for phase in Phase if any(member.phase is phase for member in members)]
    codes = sorted({project.code for project in projects})
    return {
        **recurring.choices_of(closed),
        "year": [("", "any"), *((year, year) for year in years)],
        "phase": [("", "any"), *((str(phase), str(phase).capitalize()) for phase in phases)],
        "project": [("", "all"), *((code, code) for code in codes)],
        "kind": [("", "both"), ("lesson", "Lessons"), ("issue", "Issues")],
    }


@bp.get("/unplaced")
@allowed(Action.theme_read)
def unplaced() -> str:
    """The texts that fit no theme and were not forced into one."""
    session = reading()
    found = catalogue.unplaced(session, by=actor())
    page_ = Page.asked(TEXTS)
    return render_template(
        "themes/unplaced.html",
        run=catalogue.newest(session),
        members=found[page_.offset : page_.offset + TEXTS],
        page=page_.of(len(found)),
        decides=can(actor(), Action.theme_run),
        others=catalogue.themes(session, by=actor()),
    )


# Deciding -------------------------------------------------------------------------------------


@bp.get("/<int:theme_id>/split")
@allowed(Action.theme_run)
def split(theme_id: int) -> str:
    """Two groups of the texts of a theme, as the model suggests them, to be adjusted."""
    session = reading()
    theme = catalogue.get(session, theme_id, by=actor())
    found = splitting.suggest(session, theme, by=actor())
    return render_template("themes/split.html", theme=theme, suggestion=found)


STEPS = "'rename','describe','stage','dismiss','merge','apart','split','move'"


@bp.post(f"/<int:theme_id>/<any({STEPS}):step>")
@allowed(Action.theme_run)
def decide(theme_id: int, step: str) -> Response:
    """Take one decision about a theme; the toast takes it back."""
    try:
        with writing() as unit:
            theme = catalogue.get(unit, theme_id, by=actor())
            done = _STEPS[step](unit, theme)
    except (Invalid, Conflict) as error:
        _say(error)
        back = "split" if step == "split" else "page"
        return redirect(url_for(f"themes.{back}", theme_id=theme_id))
    said = SAID["pin" if done.kind is DecisionKind.pin else step]
    toast(said, undo=url_for("themes.undo", decision_id=done.id))
    onward = done.detail.get("made") or done.detail.get("into") or theme_id
    return redirect(url_for("themes.page", theme_id=onward))


@bp.post("/unplaced")
@allowed(Action.theme_run)
def place() -> Response:
    """Put texts that fit no theme into one."""
    try:
        with writing() as unit:
            into = catalogue.get(unit, request.form.get("into", 0, type=int), by=actor())
            done = decisions.pin(unit, into, _texts(), by=actor(), at=now(), reason=_reason())
    except (Invalid, Conflict) as error:
        _say(error)
        return redirect(url_for("themes.unplaced"))
    toast(SAID["pin"], undo=url_for("themes.undo", decision_id=done.id))
    return redirect(url_for("themes.unplaced"))


def _say(error: Invalid | Conflict) -> None:
    reasons = getattr(error, "fields", {}).values()
    toast(" ".join(reasons) or error.message, kind="error")


SAID = {
    "rename": "The theme has its name; later runs keep it.",
    "describe": "Noted.",
    "stage": "Noted where the theme stands.",
    "dismiss": "It is no theme; later runs do not bring it back.",
    "merge": "The two are one theme now; later runs keep them together.",
    "apart": "They stay two themes; this is not suggested again.",
    "split": "A theme of its own; later runs keep it.",
    "move": "Moved; later runs leave the texts there.",
    "pin": "Later runs leave the texts there.",
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


def _other(unit: Session) -> Theme:
    return catalogue.get(unit, request.form.get("into", 0, type=int), by=actor())


def _merge(unit: Session, theme: Theme) -> ThemeDecision:
    return decisions.merge(unit, theme, _other(unit), by=actor(), at=now(), reason=_reason())


def _apart(unit: Session, theme: Theme) -> ThemeDecision:
    return decisions.keep_apart(unit, theme, _other(unit), by=actor(), at=now(), reason=_reason())


def _split(unit: Session, theme: Theme) -> ThemeDecision:
    name = request.form.get("name", "")
    return decisions.split(unit, theme, _texts(), name, by=actor(), at=now(), reason=_reason())


def _move(unit: Session, theme: Theme) -> ThemeDecision:
    into = _other(unit) if request.form.get("into") else None
    return decisions.move(unit, theme, _texts(), into, by=actor(), at=now(), reason=_reason())


def _texts() -> list[tuple[Kind, int]]:
    """The texts that a form names, such as ``lesson:12``."""
    found = []
    for name in request.form.getlist("text"):
        kind, _, number = name.partition(":")
        if kind in set(Kind) and number.isdecimal():
            found.append((Kind(kind), int(number)))
    return found


def _reason() -> str:
    return request.form.get("reason", "")


_STEPS = {
    "rename": _rename, "describe": _describe, "stage": _stage, "dismiss": _dismiss,
    "merge": _merge, "apart": _apart, "split": _split, "move": _move,
}  # fmt: skip


@bp.post("/decisions/<int:decision_id>/undo")
@allowed(Action.theme_run)
def undo(decision_id: int) -> Response:
    """Take a decision back."""
    try:
        with writing() as unit:
            row = decisions.get(unit, decision_id, by=actor())
            undoing.undo(unit, row, by=actor(), at=now())
    except Conflict as error:
        _say(error)
    else:
        toast("Taken back.")
    return redirect(url_for("themes.page", theme_id=row.theme_id))
