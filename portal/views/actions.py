"""Actions: the board and the list, one action with its effect, and its steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from analytics import actions, answers, catalogue, effects, releases, reviews
from analytics.actions import ActionFilter, Sort
from analytics.review_models import Action as Row
from analytics.review_models import ActionState
from content import activity
from content.access import Action
from content.db import now
from content.errors import Conflict, Invalid
from portal import action_form, forms
from portal.auth import actor, allowed
from portal.db import reading, writing
from portal.html import toast

bp = Blueprint("actions", __name__, url_prefix="/actions")
Reply = str | Response | tuple[str, int]
# Rows of each column of the board; the rest stands in the list.
SHOWN = 20
# Rows of the list at once.
LISTED_MOST = 500


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """One column of the board, the most urgent on top."""

    title: str
    hint: str
    state: ActionState
    rows: Sequence[Row]


def asked_for() -> ActionFilter:
    """The filters that the address names; what it cannot mean narrows nothing."""
    state, sort = request.args.get("state", ""), request.args.get("sort", "")
    owner = request.args.get("owner", type=int)
    return ActionFilter(
        state=ActionState(state) if state in set(ActionState) else None,
        owner_id=actor().id if request.args.get("mine") else owner,
        theme_id=request.args.get("theme", type=int),
        late_on=now().date() if request.args.get("late") else None,
        sort=Sort(sort) if sort in set(Sort) else Sort.due,
    )


@bp.get("/")
@allowed(Action.theme_read)
def index() -> str:
    """The actions as a board of what is ahead, running and done, or as a list."""
    session, wanted, today = reading(), asked_for(), now().date()
    rows = actions.listing(session, wanted, by=actor(), limit=LISTED_MOST)
    return render_template(
        "actions/index.html",
        rows=rows,
        columns=_columns(rows, today),
        releases=releases.since_starts(session, [r for r in rows if r.state == "in progress"]),
        owners=actions.owners(session, by=actor()),
        themes=catalogue.themes(session, by=actor()),
        states=list(ActionState),
        sorts=list(Sort),
        narrowed=wanted != ActionFilter(sort=wanted.sort),
        shown=SHOWN,
        today=today,
    )


def _columns(rows: Sequence[Row], today: date) -> list[BoardColumn]:
    def of(state: ActionState) -> list[Row]:
        return [row for row in rows if row.state is state]

    done = of(ActionState.done)
    watched = [row for row in done if row.measure_on and row.measure_on > today]
    looked = [row for row in done if row not in watched]
    looked.sort(key=lambda row: row.measure_on or today, reverse=True)
    return [
        BoardColumn("Planned", "not begun", ActionState.planned, of(ActionState.planned)),
        BoardColumn("In progress", "being done", ActionState.in_progress,
                    of(ActionState.in_progress)),
        BoardColumn("Monitored", "done; projects profit from now on", ActionState.done, watched),
        BoardColumn("Measured", "the day to look at the effect has come", ActionState.done, looked),
    ]  # fmt: skip


@bp.route("/new", methods=["GET", "POST"])
@allowed(Action.theme_run)
def new() -> Reply:
    """Plan an action against the theme that the address names."""
    theme = catalogue.get(reading(), request.args.get("theme", 0, type=int), by=actor())
    item_id = request.args.get("item", type=int)
    form = action_form.made(theme)
    known = {"form": form, "theme": theme, "row": None, "expected": _expected(theme.id, form)}
    if request.method == "GET" or "count" in request.form:
        return render_template("actions/form.html", **known)
    if not form.validate():
        return render_template("actions/form.html", **known), 400
    try:
        with writing() as unit:
            row = actions.create(
                unit, catalogue.get(unit, theme.id, by=actor()), form.values(), by=actor(),
                at=now(), item_id=item_id, lessons=form.lesson_ids(),
            )  # fmt: skip
    except Invalid as error:
        forms.take_back(form, error)
        return render_template("actions/form.html", **known), 400
    toast("Planned; its owner is told by mail.")
    return redirect(url_for("actions.page", action_id=row.id))


def _expected(theme_id: int, form: action_form.ActionForm) -> effects.Expected:
    """What the day of looking may show, by the indicator as it stands in the form."""
    values = form.values()
    asked = Row(theme_id=theme_id, due_on=values["due_on"], **_indicator(values))
    known = effects.record(reading(), by=actor())
    return effects.expected(known, asked, today=now().date())


def _indicator(values: dict[str, object]) -> dict[str, object]:
    return {name: values[name] for name in actions.INDICATOR}


@bp.post("/expected")
@allowed(Action.theme_read)
def expected() -> str:
    """The fragment that says how surely the indicator in the form would show a halving."""
    theme = catalogue.get(reading(), request.args.get("theme", 0, type=int), by=actor())
    form = action_form.made(theme)
    return render_template(
        "actions/_expected.html", expected=_expected(theme.id, form), on=form.measure_on.data
    )


@bp.get("/<int:action_id>")
@allowed(Action.theme_read)
def page(action_id: int) -> str:
    """One action: what it changes, where it stands, and what came of it."""
    session, today = reading(), now().date()
    row = actions.get(session, action_id, by=actor())
    known = effects.record(session, by=actor())
    return render_template(
        "actions/page.html",
        row=row,
        outcome=effects.outcome(known, row),
        counted=effects.counted(known, row),
        expected=effects.expected(known, row, today=today) if row.state == "planned" else None,
        releases=releases.since_start(session, row) if row.state == "in progress" else [],
        lessons=answers.lessons_of(session, [row.id], by=actor()),
        may_change=actions.may_change(row, actor()),
        review=reviews.find(session, row.item.review_id, by=actor()) if row.item else None,
        narrowed=effects.is_narrowed(row),
        today=today,
        history=activity.of(session, "action", row.id),
    )


@bp.route("/<int:action_id>/edit", methods=["GET", "POST"])
@allowed(Action.theme_read)
def edit(action_id: int) -> Reply:
    """Change an action; its indicator is fixed once it has started."""
    row = actions.get(reading(), action_id, by=actor())
    actions.require_own(row, actor())
    form = action_form.made(row.theme, row)
    known = {"form": form, "theme": row.theme.heir, "row": row, "expected": None}
    if row.started_at is None:
        known["expected"] = _expected(row.theme.heir.id, form)
    if request.method == "GET" or "count" in request.form:
        if request.method == "GET":
            form.version.data = str(row.version)
        return render_template("actions/form.html", **known)
    if not form.validate():
        return render_template("actions/form.html", **known), 400
    return _changed(row, form) or (render_template("actions/form.html", **known), _status(form))


def _changed(row: Row, form: action_form.ActionForm) -> Response | None:
    """Save the form; None when it goes back to the person with its reasons."""
    version = forms.number(form.version.data)
    values = form.values()
    if row.started_at is not None:
        # The form no longer asks for what is fixed; what comes all the same is refused.
        left_out = set(actions.INDICATOR) - set(request.form)
        values = {name: value for name, value in values.items() if name not in left_out}
    try:
        with writing() as unit:
            changed = actions.get(unit, row.id, by=actor())
            actions.edit(
                unit, changed, values, by=actor(), at=now(), version=version,
                lessons=form.lesson_ids(),
            )  # fmt: skip
    except Invalid as error:
        forms.take_back(form, error)
        return None
    except Conflict as error:
        form.form_errors.append(error.message)
        return None
    toast("Saved.")
    return redirect(url_for("actions.page", action_id=row.id))


def _status(form: action_form.ActionForm) -> int:
    return 409 if form.form_errors else 400


@bp.post("/<int:action_id>/<any('start','finish','cancel','reopen'):step>")
@allowed(Action.theme_read)
def move(action_id: int, step: str) -> Response:
    """Take one step of an action."""
    undo = url_for("actions.move", action_id=action_id, step="reopen")
    try:
        with writing() as unit:
            row = actions.get(unit, action_id, by=actor())
            if step == "finish":
                evidence, day = request.form.get("evidence", ""), _day()
                actions.finish(unit, row, evidence, by=actor(), at=now(), in_force_on=day)
            else:
                verbs = {"start": actions.start, "cancel": actions.cancel, "reopen": actions.reopen}
                verbs[step](unit, row, by=actor(), at=now())
    except (Invalid, Conflict) as error:
        toast(error.message, kind="error")
    else:
        toast(SAID[step], undo=undo if step in ("finish", "cancel") else None)
    return redirect(url_for("actions.page", action_id=action_id))


def _day() -> date | None:
    text = request.form.get("in_force_on", "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("Give the day as year, month and day, such as 2026-05-31.") from None


SAID = {
    "start": "Started. What is measured is fixed now.",
    "finish": "Done. Projects that start from now on can profit.",
    "cancel": "Given up.",
    "reopen": "It goes on.",
}
