"""One's own API tokens: made, shown once, and revoked. Nobody sees those of others here."""

from datetime import date, timedelta

from flask import Blueprint, Response, make_response, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import SelectField, StringField
from wtforms.validators import Length

from content import tokens
from content.access import Action
from content.db import now
from content.errors import Conflict, Invalid
from content.models import ApiToken
from content.tokens import TokenScope
from portal import forms
from portal.auth import actor, allowed
from portal.db import reading, runtime, writing
from portal.html import toast

bp = Blueprint("tokens", __name__, url_prefix="/account/tokens")
Answer = str | BaseResponse | tuple[str, int]

SCOPE_LABELS = {
    TokenScope.lessons_read: "Read lessons",
    TokenScope.lessons_write: "Write lessons, take their steps",
    TokenScope.projects_read: "Read projects",
    TokenScope.projects_write: "Register, change and close projects",
    TokenScope.issues_read: "Read issues",
    TokenScope.issues_write: "Log and change issues",
    TokenScope.packs_read: "Read start packs and answers",
    TokenScope.packs_write: "Answer start packs",
    TokenScope.search: "Search everything",
}
assert set(SCOPE_LABELS) == set(TokenScope)
LIVES = (("30", "30 days"), ("90", "90 days"), ("365", "a year"), ("", "until I revoke it"))


class TokenForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A token to be made."""

    name = StringField("What will use it?", [Length(max=tokens.NAME_MOST)])
    scopes = forms.checks("It may", TokenScope)
    days = SelectField("It works for", choices=forms.options(LIVES), default="90")

    @property
    def expires_on(self) -> date | None:
        """Its last day."""
        return now().date() + timedelta(days=int(self.days.data)) if self.days.data else None


def token_form() -> TokenForm:
    """The form, its scopes in words."""
    form = TokenForm()
    form.scopes.choices = forms.options((s.value, text) for s, text in SCOPE_LABELS.items())
    return form


@bp.get("")
@allowed(Action.key_manage)
def index() -> str:
    """The person's tokens, and the form for another."""
    return _page(token_form())


@bp.post("")
@allowed(Action.key_manage)
def create() -> Answer:
    """Make a token and show it, this once."""
    form = token_form()
    if not form.validate_on_submit():
        return _page(form), 400
    try:
        with writing() as unit:
            row, secret = tokens.create(
                unit, form.name.data or "", form.scopes.data or [], form.expires_on,
                by=actor(), at=now(),
            )  # fmt: skip
    except (Invalid, Conflict) as error:
        forms.take_back(form, error if isinstance(error, Invalid) else Invalid(error.message))
        return _page(form), 400
    return _unkept(render_template("tokens/made.html", row=row, secret=secret, **_known()))


def _unkept(page: str) -> Response:
    """The page that shows a secret: no cache and no history keeps it."""
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(form: TokenForm) -> str:
    rows = tokens.of(reading(), by=actor())
    today = now().date()
    return render_template(
        "tokens/index.html",
        form=form,
        rows=[(row, _state(row, today)) for row in rows],
        **_known(),
    )


def _known() -> dict[str, object]:
    return {"labels": SCOPE_LABELS, "address": runtime().settings.address}


def _state(row: ApiToken, today: date) -> str:
    if row.revoked_at is not None:
        return "revoked"
    return "expired" if tokens.is_expired(row, today) else "works"


@bp.post("/<int:token_id>/<any('revoke','restore'):step>")
@allowed(Action.key_manage)
def move(token_id: int, step: str) -> Answer:
    """Revoke a token; the toast takes that back."""
    with writing() as unit:
        row = tokens.get(unit, token_id, by=actor())
        verb = tokens.revoke if step == "revoke" else tokens.restore
        verb(unit, row, by=actor(), at=now())
    if step == "revoke":
        undo = url_for("tokens.move", token_id=token_id, step="restore")
        toast(f"“{row.name}” is revoked: its next request is refused.", undo=undo)
    else:
        toast(f"“{row.name}” works again.")
    return redirect(url_for("tokens.index"))
