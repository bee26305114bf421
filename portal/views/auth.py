"""Signing in and out, and passwords."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from content import people
from content.access import Action
from content.db import now
from content.types import DEMO_PASSWORD
from portal import auth
from portal.auth import actor, allowed, public
from portal.db import reading, runtime, writing
from portal.html import toast

bp = Blueprint("auth", __name__)

DEMO_ACCOUNTS = ("pm", "trainer", "reviewer", "admin")
Answer = str | Response | tuple[str, int]


class SignInForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """E-mail and password."""

    email = EmailField("E-mail", [InputRequired("Type your e-mail address."), Length(max=254)])
    password = PasswordField("Password", [InputRequired("Type your password.")])


class AskResetForm(FlaskForm):  # type: ignore[misc]
    """The address that a reset link goes to."""

    email = EmailField("E-mail", [InputRequired("Type your e-mail address."), Length(max=254)])


class NewPasswordForm(FlaskForm):  # type: ignore[misc]
    """A new password, typed twice."""

    username = StringField("E-mail")  # for password stores; shown, not taken
    password = PasswordField(
        "New password",
        [
            InputRequired("Choose a password."),
            Length(
                people.PASSWORD_LEAST,
                people.PASSWORD_MOST,
                f"Use at least {people.PASSWORD_LEAST} characters; a sentence is best.",
            ),
        ],
    )
    again = PasswordField(
        "The same again",
        [InputRequired("Type it again."), EqualTo("password", "The two are not the same.")],
    )


class ChangePasswordForm(NewPasswordForm):
    """The old password and a new one."""

    current = PasswordField("Current password", [InputRequired("Type your current password.")])


@bp.get("/sign-in")
@public
def sign_in_page() -> Answer:
    """The form, with the demo accounts where they are on show."""
    if current_user.is_authenticated:
        return redirect(url_for("home.index"))
    return _sign_in_page(SignInForm())


def _sign_in_page(form: SignInForm, status: int = 200) -> Answer:
    settings = runtime().settings
    demo = DEMO_ACCOUNTS if settings.demo and settings.is_loopback else ()
    page = render_template("auth/sign_in.html", form=form, demo=demo, demo_password=DEMO_PASSWORD)
    return page, status


@bp.post("/sign-in")
@public
def sign_in() -> Answer:
    """Check the password and start a sign-in."""
    form = SignInForm()
    if not form.validate_on_submit():
        return _sign_in_page(form, 400)
    person = people.by_email(reading(), form.email.data)
    if not people.check_password(person, form.password.data) or person is None:
        form.password.errors = ["The e-mail or the password is not right."]
        return _sign_in_page(form, 400)
    if person.is_demo and not runtime().settings.is_loopback:
        form.password.errors = ["Demo accounts work only on the machine that the portal runs on."]
        return _sign_in_page(form, 403)
    auth.sign_in(person)
    return redirect(_safe_next())


def _safe_next() -> str:
    """Where the person wanted to go, if that is inside the portal."""
    wanted = request.args.get("next", "")
    inside = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if inside and wanted.isprintable() else url_for("home.index")


@bp.post("/sign-out")
@public
def sign_out() -> Answer:
    """End the sign-in."""
    auth.sign_out()
    toast("You are signed out.")
    return redirect(url_for("auth.sign_in_page"))


@bp.route("/forgotten-password", methods=["GET", "POST"])
@public
def forgotten() -> Answer:
    """Mail a link; the answer is the same whether or not there is an account."""
    form = AskResetForm()
    if not form.validate_on_submit():
        return render_template("auth/forgotten.html", form=form), 400 if form.errors else 200
    with writing() as unit:
        people.ask_reset(unit, form.email.data, at=now())
    return render_template("auth/mail_sent.html", email=form.email.data)


@bp.route("/password/<token>", methods=["GET", "POST"])
@public
def choose_password(token: str) -> Answer:
    """Choose a password by a mailed link, then be signed in."""
    owner = people.token_owner(reading(), token, at=now())
    form = NewPasswordForm(username=owner.person.email)
    if not form.validate_on_submit():
        page = render_template("auth/choose_password.html", form=form, owner=owner.person)
        return page, 400 if form.errors else 200
    hashed = people.hash_password(form.password.data)
    with writing() as unit:
        person = people.use_token(unit, token, hashed, at=now())
    auth.sign_in(person)
    toast("Your password is set.")
    return redirect(url_for("home.index"))


@bp.route("/account", methods=["GET", "POST"])
@allowed(Action.account_change)
def account() -> Answer:
    """One's own account: who the portal thinks one is, and the password."""
    person_id = actor().id
    assert person_id is not None
    form = ChangePasswordForm(username=current_user.email)
    person = people.get(reading(), person_id)
    if form.validate_on_submit():
        if people.check_password(person, form.current.data):
            return _change_password(person_id, form.password.data)
        form.current.errors = ["This is not your current password."]
    page = render_template("auth/account.html", form=form, person=person)
    return page, 400 if form.errors else 200


def _change_password(person_id: int, password: str) -> Response:
    hashed = people.hash_password(password)
    with writing() as unit:
        person = people.get(unit, person_id)
        people.set_password(unit, person, hashed, by=actor(), at=now())
    auth.sign_in(person)
    toast("Your password is changed. Other browsers are signed out.")
    return redirect(url_for("auth.account"))
