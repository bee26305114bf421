"""Actions: the board, one action with its effect, and its steps."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import Length

from analytics import actions, catalogue, reviews
from analytics.review_models import Action as Row
from analytics.review_models import ActionState, ChangeKind
from content import activity, library, people, playbooks
from content.access import Action, can
from content.db import now
from content.errors import Conflict, Invalid
from content.library import TemplateFilter
from content.models import PROJECT_TYPES
from portal import forms
from portal.auth import actor, allowed
from portal.db import reading, writing
from portal.html import toast

bp = Blueprint("actions", __name__, url_prefix="/actions")
Reply = str | Response | tuple[str, int]


class ActionForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What is done, by whom, until when, and how its effect is measured."""

    title = StringField("What is done", [Length(max=actions.TITLE_MOST)])
    description = TextAreaField("How", [Length(max=actions.TEXT_MOST)])
    owner_id = forms.number_select("Who does it")
    due_on = forms.day("Until when")
    change = forms.select("What changes", ChangeKind, "choose one")
    page_id = forms.number_select("Playbook page")
    template_id = forms.number_select("Template")
    indicator_type = forms.select("Measured over projects of type", PROJECT_TYPES, "all types")
    measure_on = forms.day("Effect is looked at on")
    version = HiddenField()

    def values(self) -> dict[str, Any]:
        """The fields as the verb takes them."""
        found = {name: self[name].data for name in actions.FIELDS}
        known = found["change"] in set(ChangeKind)
        found["change"] = ChangeKind(found["change"]) if known else ChangeKind.other
        found["indicator_type"] = found["indicator_type"] or None
        return found


@bp.get("/")
@allowed(Action.theme_read)
def index() -> str:
    """The actions by state, the most urgent first."""
    mine = actor().id if request.args.get("mine") else None
    rows = actions.listing(reading(), by=actor(), owner_id=mine)
    return render_template(
        "actions/index.html", rows=rows, states=list(ActionState), today=now().date()
    )


@bp.route("/new", methods=["GET", "POST"])
@allowed(Action.theme_run)
def new() -> Reply:
    """Plan an action against the theme that the address names."""
    theme = catalogue.get(reading(), request.args.get("theme", 0, type=int), by=actor())
    item_id = request.args.get("item", type=int)
    form = _form()
    known = {"form": form, "theme": theme, "row": None}
    if request.method == "GET":
        return render_template("actions/form.html", **known)
    if not form.validate():
        return render_template("actions/form.html", **known), 400
    try:
        with writing() as unit:
            against = catalogue.get(unit, theme.id, by=actor())
            row = actions.create(
                unit, against, form.values(), by=actor(), at=now(), item_id=item_id
            )
    except Invalid as error:
        forms.take_back(form, error)
        return render_template("actions/form.html", **known), 400
    toast("Planned; its owner is told by mail.")
    return redirect(url_for("actions.page", action_id=row.id))


def _form(row: Row | None = None) -> ActionForm:
    session, form = reading(), ActionForm(obj=row)
    everybody = [(p.id, p.name) for p in people.listing(session, by=actor()) if p.active]
    forms.offer(form.owner_id, everybody, "choose one")
    forms.offer(form.page_id, playbooks.page_choices(session, by=actor()), "none")
    found = library.listing(session, TemplateFilter(), by=actor())
    forms.offer(form.template_id, [(one.id, one.title) for one in found], "none")
    return form


@bp.get("/<int:action_id>")
@allowed(Action.theme_read)
def page(action_id: int) -> str:
    """One action: what it changes, where it stands, and what came of it."""
    session = reading()
    row = actions.get(session, action_id, by=actor())
    found = actions.outcome(session, row, by=actor())
    return render_template(
        "actions/page.html",
        row=row,
        outcome=found,
        suggested=actions.stage_after(found) if found else None,
        may_change=actor().id == row.owner_id or can(actor(), Action.theme_run),
        review=reviews.get(session, row.item.review_id, by=actor()) if row.item else None,
        today=now().date(),
        history=activity.of(session, "action", row.id),
    )


@bp.route("/<int:action_id>/edit", methods=["GET", "POST"])
@allowed(Action.theme_read)
def edit(action_id: int) -> Reply:
    """Change an action; its indicator is fixed once it has started."""
    row = actions.get(reading(), action_id, by=actor())
    form = _form(row)
    known = {"form": form, "theme": row.theme, "row": row}
    if request.method == "GET":
        form.version.data = str(row.version)
        return render_template("actions/form.html", **known)
    if not form.validate():
        return render_template("actions/form.html", **known), 400
    version = int(form.version.data) if str(form.version.data or "").isdigit() else None
    try:
        with writing() as unit:
            changed = actions.get(unit, action_id, by=actor())
            actions.edit(unit, changed, form.values(), by=actor(), at=now(), version=version)
    except (Invalid, Conflict) as error:
        if isinstance(error, Invalid):
            forms.take_back(form, error)
            return render_template("actions/form.html", **known), 400
        form.form_errors.append(error.message)
        return render_template("actions/form.html", **known), 409
    toast("Saved.")
    return redirect(url_for("actions.page", action_id=action_id))


@bp.post("/<int:action_id>/<any('start','finish','cancel','reopen'):step>")
@allowed(Action.theme_read)
def move(action_id: int, step: str) -> Response:
    """Take one step of an action."""
    undo = url_for("actions.move", action_id=action_id, step="reopen")
    try:
        with writing() as unit:
            row = actions.get(unit, action_id, by=actor())
            if step == "finish":
                evidence = request.form.get("evidence", "")
                actions.finish(unit, row, evidence, by=actor(), at=now())
            else:
                verbs = {"start": actions.start, "cancel": actions.cancel, "reopen": actions.reopen}
                verbs[step](unit, row, by=actor(), at=now())
    except (Invalid, Conflict) as error:
        toast(error.message, kind="error")
    else:
        toast(SAID[step], undo=undo if step in ("finish", "cancel") else None)
    return redirect(url_for("actions.page", action_id=action_id))


SAID = {
    "start": "Started. What is measured is fixed now.",
    "finish": "Done. Projects that start from now on can profit.",
    "cancel": "Given up.",
    "reopen": "It goes on.",
}
