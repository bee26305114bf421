"""People, for administrators: invite, change, deactivate."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import EmailField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from content import activity, people
from content.access import Action
from content.db import now
from content.errors import Conflict, Invalid
from content.models import Purpose
from content.types import Role
from portal import forms
from portal.auth import actor, allowed
from portal.db import reading, writing
from portal.html import toast

bp = Blueprint("people", __name__, url_prefix="/people")
Answer = str | Response | tuple[str, int]

ROLE_LABELS = {
    Role.member: "Member: project manager, records and uses lessons",
    Role.trainer: "Trainer: also writes playbooks and templates",
    Role.reviewer: "Reviewer: also decides on lessons and looks at themes",
    Role.admin: "Administrator: everything, and people",
}


class PersonForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What an administrator says of a person."""

    name = StringField("Name", [InputRequired("Give a name."), Length(max=120)])
    role = SelectField(
        "Role", choices=forms.options((role.value, text) for role, text in ROLE_LABELS.items())
    )
    department_id = forms.number_select("Department")


class InviteForm(PersonForm):
    """A new person."""

    email = EmailField("E-mail", [InputRequired("Give an address."), Length(max=254)])


def _with_departments(form: PersonForm) -> None:
    found = people.departments(reading())
    forms.offer(form.department_id, [(d.id, d.name) for d in found])


@bp.get("/")
@allowed(Action.people_manage)
def index() -> str:
    """Everybody with an account."""
    text = request.args.get("text", "").strip()[:200]
    rows = people.listing(reading(), by=actor(), text=text)
    return render_template("people/index.html", rows=rows, text=text)


@bp.route("/invite", methods=["GET", "POST"])
@allowed(Action.people_manage)
def invite() -> Answer:
    """Make an account; its owner is mailed a link to choose a password."""
    form = InviteForm()
    _with_departments(form)
    if not form.validate_on_submit():
        return render_template("people/invite.html", form=form), 400 if form.errors else 200
    try:
        with writing() as unit:
            person = people.invite(
                unit,
                email=form.email.data,
                name=form.name.data,
                role=Role(form.role.data),
                department_id=form.department_id.data,
                by=actor(),
                at=now(),
            )
    except (Invalid, Conflict) as error:
        form.email.errors = [error.message]
        return render_template("people/invite.html", form=form), 400
    toast(f"{person.name} is invited. The link in the mail works for seven days.")
    return redirect(url_for("people.index"))


@bp.route("/<int:person_id>", methods=["GET", "POST"])
@allowed(Action.people_manage)
def page(person_id: int) -> Answer:
    """One person: name, role, department; a role taken away holds at the next click."""
    session = reading()
    person = people.get(session, person_id)
    form = PersonForm(obj=person)
    _with_departments(form)
    if form.validate_on_submit():
        try:
            with writing() as unit:
                people.change(
                    unit,
                    people.get(unit, person_id),
                    name=form.name.data,
                    role=Role(form.role.data),
                    department_id=form.department_id.data,
                    by=actor(),
                    at=now(),
                )
        except Conflict as error:
            form.role.errors = [error.message]
            person = people.get(reading(), person_id)
        else:
            toast("Saved.")
            return redirect(url_for("people.index"))
    history = activity.of(reading(), "person", person_id, limit=30)
    shown = render_template("people/page.html", form=form, person=person, history=history)
    return shown, 400 if form.errors else 200


@bp.post("/<int:person_id>/<any('activate','deactivate'):step>")
@allowed(Action.people_manage)
def set_active(person_id: int, step: str) -> Answer:
    """Let a person in again, or sign them out and keep them out."""
    active = step == "activate"
    with writing() as unit:
        person = people.get(unit, person_id)
        people.set_active(unit, person, active, by=actor(), at=now())
    back = "deactivate" if active else "activate"
    undo = url_for("people.set_active", person_id=person_id, step=back)
    toast(f"{person.name} {'can sign in again' if active else 'is signed out'}.", undo=undo)
    return redirect(url_for("people.page", person_id=person_id))


@bp.post("/<int:person_id>/invite")
@allowed(Action.people_manage)
def invite_again(person_id: int) -> Answer:
    """Mail a new link to choose a password."""
    with writing() as unit:
        person = people.get(unit, person_id)
        people.mail_link(unit, person, Purpose.invite, by=actor(), at=now())
    toast(f"A new link is on its way to {person.email}.")
    return redirect(url_for("people.page", person_id=person_id))
