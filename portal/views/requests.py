"""The pages of content requests: the list, one of them, asking, answering, declining."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import Length

from content import activity, people, requests
from content.access import Action, require
from content.db import now
from content.errors import Conflict, Invalid
from content.models import ContentRequest
from content.requests import Which
from portal import forms
from portal.auth import actor, allowed
from portal.db import reading, writing
from portal.html import toast
from portal.paging import Page

bp = Blueprint("requests", __name__, url_prefix="/requests")
Answer = str | Response | tuple[str, int]

TABS = (
    (Which.open, "Open"),
    (Which.mine, "Mine"),
    (Which.answered, "Answered"),
    (Which.declined, "Declined"),
    (Which.all, "All"),
)
# Characters of a title that comes with an address or a button.
TITLE_TYPED = requests.TITLE_MOST


class RequestForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What is asked for."""

    title = StringField("What is missing?", [Length(max=requests.TITLE_MOST)])
    note = TextAreaField("Say more", [Length(max=requests.TEXT_MOST)])
    owner_id = forms.number_select("Who sees to it?")
    due_on = forms.day("Needed by")
    version = HiddenField()

    def values(self) -> dict[str, Any]:
        """The fields as the verbs take them."""
        return {name: self[name].data for name in requests.FIELDS}


class AnswerForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What answers a request."""

    path = StringField("Where is it read?", [Length(max=requests.PATH_MOST)])
    text = TextAreaField("Answer", [Length(max=requests.TEXT_MOST)])
    version = HiddenField()


class DeclineForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Why nobody will write for a request."""

    reason = TextAreaField("Why not?", [Length(max=requests.TEXT_MOST)])
    version = HiddenField()


def _version(form: FlaskForm) -> int | None:
    return forms.number(form.version.data)  # the row's own number when the post brought none


# The list, and asking -------------------------------------------------------------------------


@bp.get("/")
@allowed(Action.request_create)
def index() -> str:
    """The requests under one tab."""
    session, page, args = reading(), Page.asked(), request.args
    which = Which(args["which"]) if args.get("which") in set(Which) else Which.open
    text = args.get("text", "").strip()[:TITLE_TYPED]
    rows, total = requests.listing(
        session, which, text, by=actor(), offset=page.offset, limit=page.size
    )
    return render_template(
        "requests/index.html",
        rows=rows,
        page=page.of(total),
        which=which,
        text=text,
        tabs=TABS,
        counts=requests.counts(session, by=actor()),
        today=now().date(),
    )


@bp.post("/")
@allowed(Action.request_create)
def take_on() -> Answer:
    """Ask by one button, with the person who clicks as owner; the toast takes it back."""
    title = request.form.get("title", "")[:TITLE_TYPED]
    try:
        with writing() as unit:
            values = {"title": title, "owner_id": actor().id}
            wanted = requests.create(unit, values, by=actor(), at=now())
    except Invalid as error:
        form = _form(None)
        form.owner_id.data = actor().id
        forms.take_back(form, error)
        return _form_page(form, None, 400)
    toast("The request is open, and yours to see to.", undo=_undo(wanted))
    return redirect(url_for("requests.page", request_id=wanted.id))


@bp.route("/new", methods=["GET", "POST"])
@allowed(Action.request_create)
def new() -> Answer:
    """Ask for what nobody has written yet; the address may bring what was searched for."""
    form = _form(None)
    if request.method == "GET":
        form.title.data = request.args.get("title", "").strip()[:TITLE_TYPED]
        return _form_page(form, None)
    if not form.validate():
        return _form_page(form, None, 400)
    try:
        with writing() as unit:
            wanted = requests.create(unit, form.values(), by=actor(), at=now())
    except Invalid as error:
        forms.take_back(form, error)
        return _form_page(form, None, 400)
    toast("Asked. This page will say how it ends.", undo=_undo(wanted))
    return redirect(url_for("requests.page", request_id=wanted.id))


def _undo(wanted: ContentRequest) -> str:
    return url_for("requests.take_back", request_id=wanted.id)


@bp.post("/<int:request_id>/take-back")
@allowed(Action.request_create)
def take_back(request_id: int) -> Response:
    """Undo asking, while nobody has touched the request."""
    with writing() as unit:
        wanted = requests.get(unit, request_id, by=actor())
        requests.take_back(unit, wanted, by=actor(), at=now())
    toast(f"“{wanted.title}” is no longer asked for.")
    return redirect(url_for("requests.index"))


# Changing -------------------------------------------------------------------------------------


@bp.route("/<int:request_id>/edit", methods=["GET", "POST"])
@allowed(Action.request_decide)
def edit(request_id: int) -> Answer:
    """Change what is asked for, by when, or who sees to it."""
    wanted = requests.get(reading(), request_id, by=actor())
    require(actor(), Action.request_decide, wanted)
    form = _form(wanted)
    if request.method == "GET":
        form.version.data = str(wanted.version)
        return _form_page(form, wanted)
    if not form.validate():
        return _form_page(form, wanted, 400)
    try:
        with writing() as unit:
            row = requests.get(unit, request_id, by=actor())
            values, version = form.values(), _version(form)
            requests.edit(unit, row, values, by=actor(), at=now(), version=version)
    except (Invalid, Conflict) as error:
        return _refused(form, request_id, error)
    toast("Saved.")
    return redirect(url_for("requests.page", request_id=request_id))


def _refused(form: RequestForm, request_id: int, error: Invalid | Conflict) -> Answer:
    wanted = requests.get(reading(), request_id, by=actor())
    if isinstance(error, Invalid):
        forms.take_back(form, error)
        return _form_page(form, wanted, 400)
    form.form_errors.append(error.message)
    form.version.data = str(wanted.version)
    return _form_page(form, wanted, 409, theirs=wanted)


def _form(wanted: ContentRequest | None) -> RequestForm:
    """The form with those who may be made owner; people who may not decide offer themselves."""
    form = RequestForm(obj=wanted)
    offered = {actor().id: actor().name}
    if wanted is not None or requests.names_owners(actor()):
        offered = {p.id: p.name for p in people.listing(reading(), by=actor()) if p.active}
    if wanted is not None and wanted.owner is not None:
        offered.setdefault(wanted.owner.id, wanted.owner.name)  # has left, and still stands there
    pairs = [(person_id, name) for person_id, name in offered.items() if person_id is not None]
    forms.offer(form.owner_id, pairs, "nobody yet")
    return form


def _form_page(
    form: RequestForm,
    wanted: ContentRequest | None,
    status: int = 200,
    *,
    theirs: ContentRequest | None = None,
) -> Answer:
    page = render_template("requests/form.html", form=form, wanted=wanted, theirs=theirs)
    return page, status


# One request, and deciding --------------------------------------------------------------------


@bp.get("/<int:request_id>")
@allowed(Action.request_create)
def page(request_id: int) -> Answer:
    """One request, with the forms that close it for those who may."""
    return _page(request_id)


@bp.post("/<int:request_id>/answer")
@allowed(Action.request_decide)
def answer(request_id: int) -> Answer:
    """Close a request with what answers it."""
    form = AnswerForm()
    if not form.validate():
        return _page(request_id, 400, answering=form)
    # People paste whole addresses; what is this portal's own is understood.
    path = (form.path.data or "").strip().removeprefix(request.host_url.rstrip("/"))
    text, version = form.text.data or "", _version(form)
    try:
        with writing() as unit:
            row = requests.get(unit, request_id, by=actor())
            requests.answer(unit, row, text=text, path=path, by=actor(), at=now(), version=version)
    except (Invalid, Conflict) as error:
        status = _explain(form, request_id, error)
        return _page(request_id, status, answering=form)
    toast("Answered.", undo=url_for("requests.reopen", request_id=request_id))
    return redirect(url_for("requests.page", request_id=request_id))


@bp.post("/<int:request_id>/decline")
@allowed(Action.request_decide)
def decline(request_id: int) -> Answer:
    """Close a request that nobody will write for."""
    form = DeclineForm()
    if not form.validate():
        return _page(request_id, 400, declining=form)
    reason, version = form.reason.data or "", _version(form)
    try:
        with writing() as unit:
            row = requests.get(unit, request_id, by=actor())
            requests.decline(unit, row, reason, by=actor(), at=now(), version=version)
    except (Invalid, Conflict) as error:
        status = _explain(form, request_id, error)
        return _page(request_id, status, declining=form)
    toast("Declined.", undo=url_for("requests.reopen", request_id=request_id))
    return redirect(url_for("requests.page", request_id=request_id))


@bp.post("/<int:request_id>/reopen")
@allowed(Action.request_decide)
def reopen(request_id: int) -> Response:
    """Open a closed request again."""
    with writing() as unit:
        wanted = requests.get(unit, request_id, by=actor())
        requests.reopen(unit, wanted, by=actor(), at=now())
    toast("The request is open again.")
    return redirect(url_for("requests.page", request_id=request_id))


def _explain(form: FlaskForm, request_id: int, error: Invalid | Conflict) -> int:
    """Put the reason into the form and answer the status; after a conflict it may be sent again."""
    if isinstance(error, Invalid):
        forms.take_back(form, error)
        return 400
    form.form_errors.append(error.message)
    form.version.data = str(requests.get(reading(), request_id, by=actor()).version)
    return 409


def _page(
    request_id: int,
    status: int = 200,
    *,
    answering: AnswerForm | None = None,
    declining: DeclineForm | None = None,
) -> Answer:
    wanted = requests.get(reading(), request_id, by=actor())
    begun = {"path": wanted.answer_path, "text": wanted.answer, "version": wanted.version}
    shown = render_template(
        "requests/page.html",
        wanted=wanted,
        answering=answering or AnswerForm(formdata=None, data=begun),
        declining=declining or DeclineForm(formdata=None, data={"version": wanted.version}),
        typed=answering or declining,
        history=activity.of(reading(), requests.KIND, wanted.id),
        today=now().date(),
    )
    return shown, status
