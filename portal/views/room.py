"""In the room of a review: silent votes, the clock, notes and decisions, the same on every device.

Every step is a form that works without a script. Parts that change by themselves are asked for
again by `status`, which holds nothing that takes the focus.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Literal, cast

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from analytics import actions, agenda, reviews, room
from analytics.review_models import Outcome, Review, ReviewItem, ReviewState
from content.access import Action, can
from content.db import now
from content.errors import Conflict, Invalid
from portal import agendas
from portal.auth import actor, allowed
from portal.db import reading, writing
from portal.html import is_fragment, toast

bp = Blueprint("room", __name__, url_prefix="/reviews/<int:review_id>")
Reply = str | BaseResponse | tuple[str, int]


def _get(review_id: int) -> Review:
    return reviews.get(reading(), review_id, by=actor())


# Votes ----------------------------------------------------------------------------------------


@bp.get("/vote")
@allowed(Action.theme_read)
def ballot(review_id: int) -> Reply:
    """One's own points, on one's own device."""
    return _ballot(_get(review_id))


def _ballot(review: Review, given: Mapping[int, int] | None = None, problem: str = "") -> str:
    tallies = room.tallies(review, by=actor())
    return render_template(
        "reviews/vote.html",
        review=review,
        points=room.POINTS,
        own=given or {number: tally.own for number, tally in tallies.items()},
        voters=room.voters(review),
        has_voted=room.has_voted(review, actor()),
        invited=room.is_invited(review, actor()),
        open=review.state in (ReviewState.planned, ReviewState.running),
        problem=problem,
    )


@bp.post("/vote")
@allowed(Action.theme_read)
def vote(review_id: int) -> Reply:
    """Give one's points; until the votes are shown one may change them."""
    given = {
        int(name.removeprefix("points-")): request.form.get(name, 0, type=int)
        for name in request.form
        if name.removeprefix("points-").isdecimal()
    }
    try:
        with writing() as unit:
            review = reviews.get(unit, review_id, by=actor())
            room.vote(unit, review, given, by=actor(), at=now())
    except Invalid as error:
        return _ballot(_get(review_id), given, error.message), 400
    except Conflict as error:
        toast(error.message, kind="error")
    else:
        toast("Your points are given. You may change them until the votes are shown.")
    return redirect(url_for("room.ballot", review_id=review_id))


@bp.get("/voted")
@allowed(Action.theme_read)
def voted(review_id: int) -> str:
    """The fragment that says how many have voted."""
    review = _get(review_id)
    return render_template("reviews/_voted.html", review=review, voters=room.voters(review))


# The room -------------------------------------------------------------------------------------


@bp.get("/room")
@allowed(Action.theme_read)
def page(review_id: int) -> Reply:
    """Where all are: the part of the agenda that is talked about now."""
    review = _get(review_id)
    if review.state is not ReviewState.running:
        return redirect(url_for("reviews.page", review_id=review_id))
    return _room(review)


def _room(review: Review, **more: Any) -> str:
    session, at = reading(), now()
    found = agendas.gather(session, review, by=actor(), today=at.date())
    known = {
        **_status(review, found), "agenda": found, "outcomes": list(Outcome), "MORE": room.MORE,
        "following": room.following(review), "theirs": {}, "typed": None, "problem": "",
    }  # fmt: skip
    return render_template("reviews/room.html", **{**known, **more})


def _status(review: Review, found: agendas.Agenda | None = None) -> dict[str, Any]:
    order = {item.id: item for item in review.items}
    return {
        "review": review,
        "item": order.get(review.item_now or 0),
        "tallies": found.tallies if found else room.tallies(review, by=actor()),
        "voters": room.voters(review),
        "left": room.left(review, now()),
        "moderates": can(actor(), Action.theme_run),
        "invited": room.is_invited(review, actor()),
        "went_on": False,
    }


@bp.get("/room/status")
@allowed(Action.theme_read)
def status(review_id: int) -> Reply:
    """The fragment of the clock, the votes and what is written; sends readers on with the room."""
    review = _get(review_id)
    seen = request.args.get("item", type=int)
    known = _status(review)
    went_on = review.state is not ReviewState.running or seen != (review.item_now or 0)
    if went_on and not known["moderates"]:
        return Response(headers={"HX-Refresh": "true"})
    # Who takes notes is not torn out of the sentence: a line says where the others are.
    return render_template("reviews/_status.html", **{**known, "went_on": went_on})


def _back(review_id: int) -> Reply:
    """The status to a script, else the whole room again."""
    if is_fragment():
        return render_template("reviews/_status.html", **_status(_get(review_id)))
    return redirect(url_for("room.page", review_id=review_id))


@bp.post("/clock/<any('start','pause','more'):step>")
@allowed(Action.theme_run)
def clock(review_id: int, step: str) -> Reply:
    """Start the clock, let it rest, or give it more time."""
    asked = cast(Literal["start", "pause", "more"], step)
    try:
        with writing() as unit:
            review = reviews.get(unit, review_id, by=actor())
            room.set_clock(unit, review, asked, by=actor(), at=now())
    except Conflict as error:
        toast(error.message, kind="error")
    return _back(review_id)


@bp.post("/<any('reveal','hide'):step>")
@allowed(Action.theme_run)
def votes(review_id: int, step: str) -> Reply:
    """Show the votes to all, or hide them and let people vote on."""
    try:
        with writing() as unit:
            review = reviews.get(unit, review_id, by=actor())
            room.reveal(unit, review, step == "reveal", by=actor(), at=now())
    except Conflict as error:
        toast(error.message, kind="error")
    return redirect(url_for("room.page", review_id=review_id))


@bp.post("/go")
@allowed(Action.theme_run)
def go(review_id: int) -> Reply:
    """Go to a part of the agenda, with everybody."""
    _go(review_id, request.form.get("item", 0, type=int))
    return redirect(url_for("room.page", review_id=review_id))


def _go(review_id: int, item_id: int) -> None:
    try:
        with writing() as unit:
            review = reviews.get(unit, review_id, by=actor())
            room.go(unit, review, item_id, by=actor(), at=now())
    except Conflict as error:
        toast(error.message, kind="error")


# What is written ------------------------------------------------------------------------------


@bp.post("/looks")
@allowed(Action.theme_run)
def looks(review_id: int) -> Reply:
    """What was said of the actions of the last review; two who write at once are both kept."""
    try:
        both = _take_looks(review_id)
    except Conflict as error:
        return _too_late(_get(review_id), error.message, _said_of_actions())
    toast("Saved. Somebody had written too; both are kept." if both else "Saved.")
    if "next" in request.form:
        _go(review_id, request.form.get("next", 0, type=int))
    return redirect(url_for("room.page", review_id=review_id))


def _take_looks(review_id: int) -> bool:
    """Keep what the form says of each action; answers whether somebody else wrote meanwhile."""
    asked = request.form
    both = False
    with writing() as unit:
        review = reviews.get(unit, review_id, by=actor())
        had = {look.action_id: look for look in review.looks}
        for number in asked.getlist("action", type=int):
            look = had.get(number)
            note, version = asked.get(f"note-{number}", ""), asked.get(f"version-{number}", 0, int)
            if look is not None and look.version != version:
                both = both or note.strip() != look.note
                note, version = _joined(look.note, note), look.version
            agenda.look_at(
                unit, review, number, looked=f"looked-{number}" in asked, note=note,
                by=actor(), at=now(), version=version,
            )  # fmt: skip
    return both


def _said_of_actions() -> dict[str, str]:
    """What the form says of actions, by their titles."""
    return {
        actions.get(reading(), number, by=actor()).title: note
        for number in request.form.getlist("action", type=int)
        if (note := request.form.get(f"note-{number}", ""))
    }


def _too_late(review: Review, problem: str, typed: Mapping[str, str]) -> Reply:
    """The review was closed while somebody wrote: their text stays before their eyes."""
    lost = {name: text for name, text in typed.items() if text.strip()}
    if not lost:
        toast(problem, kind="error")
        return redirect(url_for("reviews.page", review_id=review.id))
    return render_template("reviews/too_late.html", review=review, lost=lost), 409


def _joined(theirs: str, mine: str) -> str:
    """Two texts, one below the other; one of them when it holds the other."""
    theirs, mine = theirs.strip(), mine.strip()
    if mine in theirs:
        return theirs
    return mine if theirs in mine else f"{theirs}\n\n{mine}"


@bp.post("/items/<int:item_id>/notes")
@allowed(Action.theme_run)
def notes(review_id: int, item_id: int) -> Reply:
    """Keep the notes while somebody types; the fragment says when, or who was quicker."""
    text = _typed()
    with writing() as unit:
        review = reviews.get(unit, review_id, by=actor())
        item = room.item_of(review, item_id)
        try:
            room.take_notes(
                unit, item, text, by=actor(), at=now(),
                version=request.form.get("version", 0, type=int),
            )  # fmt: skip
        except Conflict as error:
            if review.state is not ReviewState.running:
                return render_template("reviews/_saved.html", item=item, lost=error.message)
            return render_template("reviews/_saved.html", item=item, theirs=item.notes)
    return render_template("reviews/_saved.html", item=item, at=now())


def _typed() -> str:
    return request.form.get("notes", "").replace("\r\n", "\n")


@bp.post("/items/<int:item_id>")
@allowed(Action.theme_run)
def item(review_id: int, item_id: int) -> Reply:
    """Save notes and decision of a theme, and go on when asked to."""
    try:
        with writing() as unit:
            review = reviews.get(unit, review_id, by=actor())
            row = room.item_of(review, item_id)
            _write_notes(unit, row)
            _decide(unit, row)
    except Conflict as error:
        found = _get(review_id)
        if found.state is not ReviewState.running:
            return _too_late(found, error.message, _not_kept(room.item_of(found, item_id)))
        return _room(found, **_kept(found, item_id, error.message)), 409
    except Invalid as error:
        found = _get(review_id)
        problem = " ".join(error.fields.values()) or error.message
        return _room(found, **_kept(found, item_id, problem, conflict=False)), 400
    if "next" in request.form:
        _go(review_id, request.form.get("next", 0, type=int))
    else:
        toast("Saved.")
    return redirect(url_for("room.page", review_id=review_id))


def _not_kept(row: ReviewItem) -> dict[str, str]:
    """What the form says of a theme and the minutes do not hold."""
    typed = {"Notes": (_typed(), row.notes), "Why": (request.form.get("reason", ""), row.reason)}
    return {name: text for name, (text, held) in typed.items() if text.strip() != held.strip()}


def _write_notes(unit: Any, row: ReviewItem) -> None:
    text, version = _typed(), request.form.get("version", 0, type=int)
    if "both" in request.form and version != row.notes_version:
        text, version = _joined(row.notes, text), row.notes_version
    elif over := request.form.get("over", type=int):
        version = over
    room.take_notes(unit, row, text, by=actor(), at=now(), version=version)


def _decide(unit: Any, row: ReviewItem) -> None:
    """What the form changes of the decision; what it left as it was shown is left alone."""
    asked, shown = (
        tuple(request.form.get(f"{before}{name}", "").strip() for name in _DECISION)
        for before in ("", "shown-")
    )
    if "outcome" not in request.form or asked == shown:
        return
    stands = (row.outcome or "", str(row.defer_until or ""), row.reason)
    if shown != stands:
        raise Conflict("Somebody decided meanwhile. Look at their decision, then save yours.")
    if asked[0] not in {*Outcome, ""}:
        raise Invalid("Choose adopt, defer or reject.")
    outcome = Outcome(asked[0]) if asked[0] else None
    room.decide(unit, row, outcome, by=actor(), at=now(), until=_day(asked[1]), reason=asked[2])


_DECISION = ("outcome", "until", "reason")


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date() if text else None
    except ValueError:
        return None


def _kept(found: Review, item_id: int, problem: str, *, conflict: bool = True) -> dict[str, Any]:
    """What was typed stays on the page, beside what somebody else wrote meanwhile."""
    row = room.item_of(found, item_id)
    return {
        "item": row, "problem": problem, "typed": request.form,
        "theirs": {row.id: row.notes} if conflict else {},
    }  # fmt: skip
