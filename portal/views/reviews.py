"""Improvement reviews: planning, the room with votes, notes and decisions, minutes, calendar."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField, DateTimeLocalField, IntegerField, SelectMultipleField, StringField
from wtforms.validators import Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from analytics import actions, catalogue, reviews, standing
from analytics.review_models import Outcome, Review, ReviewState
from content import people
from content.access import Action, can
from content.db import now
from content.errors import Conflict, Invalid
from portal import forms, minutes
from portal.auth import actor, allowed
from portal.db import reading, runtime, writing
from portal.html import toast

bp = Blueprint("reviews", __name__, url_prefix="/reviews")
Reply = str | BaseResponse | tuple[str, int]


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
    names_votes = BooleanField("Show votes with names")
    themes = _ticks("Themes")
    people = _ticks("People")

    def values(self) -> dict[str, Any]:
        """The fields as the verb takes them."""
        begins = self.starts_at.data
        return {
            "title": self.title.data, "minutes": self.minutes.data, "place": self.place.data,
            "starts_at": begins.replace(tzinfo=UTC) if begins else None,
            "names_votes": self.names_votes.data,
        }  # fmt: skip


@bp.get("/")
@allowed(Action.theme_read)
def index() -> str:
    """All reviews, the latest first."""
    return render_template("reviews/index.html", rows=reviews.listing(reading(), by=actor()))


@bp.route("/new", methods=["GET", "POST"])
@allowed(Action.theme_run)
def new() -> Reply:
    """Plan a review."""
    form, rows = _form()
    if request.method == "GET":
        form.title.data = f"Improvement review, {now():%B %Y}"
        form.themes.data = [row.theme.id for row in rows[:5]]
        form.people.data = [actor().id]
        return render_template("reviews/form.html", form=form, rows=rows)
    if not form.validate():
        return render_template("reviews/form.html", form=form, rows=rows), 400
    try:
        with writing() as unit:
            review = reviews.plan(
                unit, form.values(), form.themes.data, form.people.data, by=actor(), at=now()
            )
    except Invalid as error:
        forms.take_back(form, error)
        return render_template("reviews/form.html", form=form, rows=rows), 400
    toast(f"Planned; {len(review.people)} people are invited by mail.")
    return redirect(url_for("reviews.page", review_id=review.id))


def _form() -> tuple[ReviewForm, list[standing.Standing]]:
    session, form = reading(), ReviewForm()
    rows = standing.standings(
        session, catalogue.themes(session, by=actor()), by=actor(), today=now().date()
    )
    form.themes.choices = [(row.theme.id, row.theme.title) for row in rows]
    form.people.choices = [(p.id, p.name) for p in people.listing(session, by=actor()) if p.active]
    return form, rows


@bp.get("/<int:review_id>")
@allowed(Action.theme_read)
def page(review_id: int) -> str:
    """One review: before it the agenda and one's votes, in it the room, after it the minutes."""
    return render_template("reviews/page.html", **_known(review_id))


def _known(review_id: int) -> dict[str, Any]:
    session = reading()
    review = reviews.get(session, review_id, by=actor())
    earlier = reviews.before(session, review)
    numbers = [item.id for item in review.items]
    old = [item.id for item in earlier.items] if earlier else []
    return {
        "review": review,
        "tallies": reviews.tallies(review, by=actor()),
        "points": reviews.POINTS,
        "invited": actor().id in {row.person_id for row in review.people},
        "decides": can(actor(), Action.theme_run)
        and review.state in (ReviewState.planned, ReviewState.running),
        "outcomes": list(Outcome),
        "earlier": earlier,
        "earlier_actions": actions.listing(session, by=actor(), item_ids=old) if old else [],
        "actions": actions.listing(session, by=actor(), item_ids=numbers),
        "today": now().date(),
        "ends_at": review.starts_at + timedelta(minutes=review.minutes),
    }


@bp.get("/<int:review_id>/tally")
@allowed(Action.theme_read)
def tally(review_id: int) -> str:
    """The fragment of votes and decisions, asked for again while a review runs."""
    return render_template("reviews/_tally.html", **_known(review_id))


@bp.post("/<int:review_id>/items/<int:item_id>/<any('vote','notes','decide'):step>")
@allowed(Action.theme_read)
def item(review_id: int, item_id: int, step: str) -> Reply:
    """Vote, write notes, or decide about one theme."""
    try:
        with writing() as unit:
            review = reviews.get(unit, review_id, by=actor())
            _STEPS[step](unit, reviews.item_of(review, item_id))
    except (Invalid, Conflict) as error:
        if step == "notes" and isinstance(error, Conflict):
            typed = request.form.get("notes", "")
            known = _known(review_id)
            return render_template(
                "reviews/page.html", **known, typed={item_id: typed}, problem=error.message
            ), 409
        reasons = " ".join(getattr(error, "fields", {}).values())
        toast(reasons or error.message, kind="error")
    return redirect(url_for("reviews.page", review_id=review_id, _anchor=f"item-{item_id}"))


def _vote(unit: Any, row: Any) -> None:
    reviews.vote(unit, row, request.form.get("points", 0, type=int), by=actor(), at=now())


def _notes(unit: Any, row: Any) -> None:
    version = request.form.get("version", 0, type=int)
    text = request.form.get("notes", "")
    reviews.take_notes(unit, row, text, by=actor(), at=now(), version=version)


def _decide(unit: Any, row: Any) -> None:
    asked, until = request.form.get("outcome", ""), request.form.get("until", "")
    if asked not in set(Outcome):
        raise Invalid("Choose adopt, defer or reject.")
    try:
        day = datetime.strptime(until, "%Y-%m-%d").replace(tzinfo=UTC).date() if until else None
    except ValueError:
        day = None
    reviews.decide(
        unit, row, Outcome(asked), by=actor(), at=now(), until=day,
        reason=request.form.get("reason", ""),
    )  # fmt: skip


_STEPS = {"vote": _vote, "notes": _notes, "decide": _decide}
_STATES = {
    "begin": ReviewState.running, "close": ReviewState.closed, "cancel": ReviewState.cancelled,
    "reopen": ReviewState.running, "replan": ReviewState.planned,
}  # fmt: skip
SAID = {
    "begin": "The review runs: votes are shown.", "close": "Closed; the minutes go out by mail.",
    "cancel": "Cancelled.", "reopen": "It runs again.", "replan": "It is planned again.",
}  # fmt: skip


@bp.post("/<int:review_id>/<any('begin','close','cancel','reopen','replan'):step>")
@allowed(Action.theme_run)
def move(review_id: int, step: str) -> BaseResponse:
    """Begin, close, cancel, or open a review again."""
    summary = request.form.get("summary", "")
    try:
        with writing() as unit:
            review = reviews.get(unit, review_id, by=actor())
            reviews.move(unit, review, _STATES[step], by=actor(), at=now(), summary=summary)
    except Conflict as error:
        toast(error.message, kind="error")
    else:
        toast(SAID[step])
    return redirect(url_for("reviews.page", review_id=review_id))


@bp.get("/<int:review_id>/minutes.docx")
@allowed(Action.theme_read)
def as_docx(review_id: int) -> BaseResponse:
    """The pack before a review, or its minutes after, as a document."""
    known, target = _known(review_id), BytesIO()
    minutes.write_docx(known["review"], known["tallies"], known["actions"], target)
    target.seek(0)
    return send_file(target, as_attachment=True, download_name=f"review-{review_id}.docx")


@bp.get("/<int:review_id>/review.ics")
@allowed(Action.theme_read)
def as_calendar(review_id: int) -> Response:
    """The calendar entry."""
    review: Review = reviews.get(reading(), review_id, by=actor())
    link = runtime().settings.address + url_for("reviews.page", review_id=review_id)
    answer = Response(minutes.calendar(review, link, at=now()), mimetype="text/calendar")
    answer.headers["Content-Disposition"] = f'attachment; filename="review-{review_id}.ics"'
    return answer
