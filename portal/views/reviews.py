"""Improvement reviews: planning, the agenda, the minutes, documents and the calendar entry."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from analytics import agenda, catalogue, invitations, reviews, room, standing
from analytics.review_models import Review, ReviewState
from content import people
from content.access import Action, can
from content.db import now
from content.errors import Conflict, Invalid
from content.types import ANYBODY
from portal import agendas, calendars, forms, minutes, papers
from portal.auth import actor, allowed
from portal.db import reading, runtime, writing
from portal.html import toast

bp = Blueprint("reviews", __name__, url_prefix="/reviews")
Reply = str | BaseResponse | tuple[str, int]
# Themes that are proposed for a review, beside those that were put off until then.
PROPOSED = 5


def _ticks(label: str) -> Any:
    return SelectMultipleField(
        label, coerce=int, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(),
        validate_choice=True,
    )  # fmt: skip


class ReviewForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What planning a review asks."""

    title = StringField("Title", [Length(max=reviews.TITLE_MOST)])
    starts_at = DateTimeLocalField("Begins (UTC)", [Optional()], format="%Y-%m-%dT%H:%M")
    minutes = IntegerField("Minutes", [Optional(), NumberRange(10, 600)], default=90)
    place = StringField("Where", [Length(max=200)])
    period_from = forms.day("Projects closed from")
    period_to = forms.day("Until")
    names_votes = BooleanField("Show votes with names")
    themes = _ticks("Themes")
    people = _ticks("People")
    version = HiddenField()

    def values(self) -> dict[str, Any]:
        """The fields as the verbs take them."""
        found = {name: self[name].data for name in reviews.FIELDS}
        begins = found["starts_at"]
        return {**found, "starts_at": begins.replace(tzinfo=UTC) if begins else None}


@bp.get("/")
@allowed(Action.theme_read)
def index() -> str:
    """The reviews that one may read, the latest first."""
    return render_template("reviews/index.html", rows=reviews.listing(reading(), by=actor()))


# Planning -------------------------------------------------------------------------------------


@bp.route("/new", methods=["GET", "POST"])
@allowed(Action.theme_run)
def new() -> Reply:
    """Plan a review; after another one (`?after=`) with its people and what was put off."""
    form, rows = _form()
    deferred = _deferred()
    known = {"form": form, "rows": rows, "review": None, "deferred": deferred}
    if request.method == "GET":
        _propose(form, rows, deferred)
        return render_template("reviews/form.html", **known)
    if not form.validate():
        return render_template("reviews/form.html", **known), 400
    try:
        with writing() as unit:
            review = reviews.plan(
                unit, form.values(), form.themes.data, form.people.data, by=actor(), at=now()
            )
    except Invalid as error:
        forms.take_back(form, error)
        return render_template("reviews/form.html", **known), 400
    toast(f"Planned; {_counted(review)} invited by mail.")
    return redirect(url_for("reviews.page", review_id=review.id))


def _counted(review: Review) -> str:
    many = len(review.people)
    return "one person is" if many == 1 else f"{many} people are"


def _form(review: Review | None = None) -> tuple[ReviewForm, list[standing.Standing]]:
    session, form = reading(), ReviewForm(obj=review)
    rows = standing.standings(
        session, catalogue.themes(session, by=ANYBODY), by=ANYBODY, today=now().date()
    )
    titles = {row.theme.id: row.theme.title for row in rows}
    if review is not None:  # a theme that the newest run lost stays on the agenda
        titles |= {item.theme_id: item.theme.title for item in review.items}
    form.themes.choices = list(titles.items())
    form.people.choices = [(p.id, p.name) for p in people.listing(session, by=actor()) if p.active]
    return form, rows


def _deferred() -> Mapping[int, Any]:
    return reviews.deferred(reading(), by=actor(), until=now().date())


def _propose(form: ReviewForm, rows: list[standing.Standing], deferred: Mapping[int, Any]) -> None:
    session, after = reading(), None
    if number := request.args.get("after", type=int):
        after = reviews.get(session, number, by=actor())
    known = {value for value, _ in form.themes.choices}
    put_off = [theme for theme in deferred if theme in known]
    most = [row.theme.id for row in rows if row.theme.id not in put_off]
    form.title.data = f"Improvement review, {now():%B %Y}"
    form.period_from.data, form.period_to.data = reviews.next_period(session, today=now().date())
    form.themes.data = [*put_off, *most[: max(PROPOSED - len(put_off), 0)]]
    form.people.data = [actor().id]
    if after is not None:
        form.people.data = [row.person_id for row in after.people]
        form.minutes.data, form.place.data = after.minutes, after.place
        form.names_votes.data = after.names_votes


@bp.route("/<int:review_id>/edit", methods=["GET", "POST"])
@allowed(Action.theme_run)
def edit(review_id: int) -> Reply:
    """Change a planned review; people hear when it moves."""
    review = reviews.get(reading(), review_id, by=actor())
    form, rows = _form(review)
    known = {"form": form, "rows": rows, "review": review, "deferred": _deferred()}
    if request.method == "GET":
        form.themes.data = [item.theme_id for item in review.items]
        form.people.data = [row.person_id for row in review.people]
        form.version.data = str(review.version)
        return render_template("reviews/form.html", **known)
    if not form.validate():
        return render_template("reviews/form.html", **known), 400
    version = forms.number(form.version.data)
    try:
        with writing() as unit:
            reviews.edit(
                unit, reviews.get(unit, review_id, by=actor()), form.values(), form.themes.data,
                form.people.data, by=actor(), at=now(), version=version,
            )  # fmt: skip
    except Invalid as error:
        forms.take_back(form, error)
        return render_template("reviews/form.html", **known), 400
    except Conflict as error:
        form.form_errors.append(error.message)
        return render_template("reviews/form.html", **known), 409
    toast("Saved. Who is asked in, out, or to another time hears of it by mail.")
    return redirect(url_for("reviews.page", review_id=review_id))


# One review -----------------------------------------------------------------------------------


@bp.get("/<int:review_id>")
@allowed(Action.theme_read)
def page(review_id: int) -> str:
    """One review: before it the agenda with its prepared themes, after it the minutes."""
    session = reading()
    review = reviews.get(session, review_id, by=actor())
    found = agendas.gather(session, review, by=actor(), today=now().date())
    open_ = review.state in (ReviewState.planned, ReviewState.running)
    return render_template(
        "reviews/page.html",
        agenda=found,
        review=review,
        formats=FORMATS,
        voters=room.voters(review),
        has_voted=room.has_voted(review, actor()),
        votes=open_ and review.revealed_at is None and room.is_invited(review, actor()),
        arranges=open_ and can(actor(), Action.theme_run),
        spent=reviews.spent(review),
    )


@bp.post("/<int:review_id>/agenda")
@allowed(Action.theme_run)
def arrange(review_id: int) -> BaseResponse:
    """Minutes of each part, and a theme moved up or down, or all by their points."""
    asked = request.form
    try:
        with writing() as unit:
            review = reviews.get(unit, review_id, by=actor())
            minutes_of = {
                item.id: asked.get(f"minutes-{item.id}", item.minutes, type=int)
                for item in review.items
            }
            back = asked.get("back", review.back_minutes, type=int)
            agenda.give_time(unit, review, back, minutes_of, by=actor())
            for name, step in (("up", -1), ("down", 1)):
                if number := asked.get(name, type=int):
                    moved = room.item_of(review, number)
                    agenda.shift(unit, moved, step, by=actor(), at=now())
            if "points" in asked:
                room.arrange_by_points(unit, review, by=actor(), at=now())
    except (Invalid, Conflict) as error:
        toast(error.message, kind="error")
    return redirect(url_for("reviews.page", review_id=review_id, _anchor="agenda"))


# From where to where each button moves a review. A page that was left open may offer one too late:
# "Begin" of a review that is closed by now does not open it again.
_STATES = {
    "begin": (ReviewState.planned, ReviewState.running),
    "close": (ReviewState.running, ReviewState.closed),
    "cancel": (ReviewState.planned, ReviewState.cancelled),
    "reopen": (ReviewState.closed, ReviewState.running),
    "replan": (ReviewState.cancelled, ReviewState.planned),
}
SAID = {
    "begin": "The review runs. People may vote until you show the votes.",
    "close": "Closed; the minutes go out by mail.",
    "cancel": "Cancelled; people are told, and their calendars too.",
    "reopen": "It runs again.", "replan": "It is planned again; people are told.",
}  # fmt: skip


@bp.post("/<int:review_id>/<any('begin','close','cancel','reopen','replan'):step>")
@allowed(Action.theme_run)
def move(review_id: int, step: str) -> BaseResponse:
    """Begin, close, cancel, or open a review again."""
    summary, (was, state) = request.form.get("summary", ""), _STATES[step]
    try:
        with writing() as unit:
            review = reviews.get(unit, review_id, by=actor())
            reviews.move(unit, review, state, by=actor(), at=now(), was=was, summary=summary)
    except Conflict as error:
        toast(error.message, kind="error")
        return redirect(url_for("reviews.page", review_id=review_id))
    toast(
        SAID[step], undo=url_for(".move", review_id=review_id, step="replan")
        if step == "cancel" else None,
    )  # fmt: skip
    where = "room.page" if step in ("begin", "reopen") else "reviews.page"
    return redirect(url_for(where, review_id=review_id))


# To take along --------------------------------------------------------------------------------


# How a review is taken along: the ending of the file, its name in the menu, its sign and its type.
FORMATS = (
    ("pdf", "PDF", "filetype-pdf"),
    ("docx", "Word", "file-earmark-word"),
    ("pptx", "Slides", "file-earmark-slides"),
)
_OFFICE = "application/vnd.openxmlformats-officedocument."
_TYPES = {
    "pdf": "application/pdf", "docx": f"{_OFFICE}wordprocessingml.document",
    "pptx": f"{_OFFICE}presentationml.presentation",
}  # fmt: skip


@bp.get("/<int:review_id>/minutes.<any('pdf','docx','pptx'):format>")
@allowed(Action.theme_read)
def as_document(review_id: int, format: str) -> Response:
    """The pack before a review, or its minutes after, as a document."""
    session, at = reading(), now()
    review = reviews.get(session, review_id, by=actor())
    found = agendas.gather(session, review, by=actor(), today=at.date(), reader=ANYBODY)
    organisation = runtime().settings.organisation or "PMO Portal"
    if format == "pptx":
        made = papers.write_pptx(minutes.deck_of(found), at=at)
    else:
        write = papers.write_pdf if format == "pdf" else papers.write_docx
        made = write(minutes.paper_of(found, foot=f"{organisation}, {review.title}"), at=at)
    answer = Response(made, mimetype=_TYPES[format])
    kind = "minutes" if review.state is ReviewState.closed else "pack"
    name = f"review-{review_id}-{kind}.{format}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@bp.get("/<int:review_id>/review.ics")
@allowed(Action.theme_read)
def as_calendar(review_id: int) -> Response:
    """The calendar entry."""
    review = reviews.get(reading(), review_id, by=actor())
    entry = calendars.entry(invitations.entry(review), runtime().settings, at=now())
    answer = Response(entry, mimetype="text/calendar")
    answer.headers["Content-Disposition"] = f'attachment; filename="review-{review_id}.ics"'
    return answer
