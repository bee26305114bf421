"""The searches that a person keeps, and follows if they wish."""

from urllib.parse import parse_qsl

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from content import searches
from content.access import Action
from content.db import now
from content.models import Follow, SavedSearch
from portal import searching
from portal.auth import actor, allowed
from portal.db import reading, runtime, writing
from portal.html import toast
from portal.searching import described, found_since

bp = Blueprint("searches", __name__, url_prefix="/searches")


@bp.get("/")
@allowed(Action.search_save)
def index() -> str:
    """The person's searches, each with what is new since they looked."""
    session, by = reading(), actor()
    kept = searches.of(session, by=by)
    mine = searching.own_projects(session, by)
    engine = runtime().search
    rows = [
        (
            saved,
            described(saved.address),
            found_since(engine, saved.address, saved.looked_at, by, mine).total,
        )
        for saved in kept
    ]
    return render_template("searches/index.html", rows=rows, follows=list(Follow))


@bp.post("/")
@allowed(Action.search_save)
def save() -> Response:
    """Keep the search that the form's address shows, and go back to it."""
    args: MultiDict[str, str] = MultiDict(parse_qsl(request.form.get("address", "")[:4_000]))
    address = searching.address_of(args)
    with writing() as unit:
        saved = searches.save(
            unit, request.form.get("name", ""), address, _follow(), by=actor(), at=now()
        )
    told = {Follow.never: "", Follow.daily: " You get a mail when something is new, once a day."}
    toast("Saved." + told.get(saved.follow, " You get a mail when something is new, once a week."))
    return redirect(f"/search?{address}")


@bp.get("/<int:saved_id>")
@allowed(Action.search_save)
def open_(saved_id: int) -> Response:
    """Show the search; what is new counts from now."""
    with writing() as unit:
        saved = searches.get(unit, saved_id, by=actor())
        searches.looked(saved, by=actor(), at=now())
        address = saved.address
    return redirect(f"/search?{address}")


@bp.post("/<int:saved_id>/change")
@allowed(Action.search_save)
def change(saved_id: int) -> Response:
    """Give it another name, or follow it differently."""
    with writing() as unit:
        saved = searches.get(unit, saved_id, by=actor())
        searches.rename(unit, saved, request.form.get("name", ""), by=actor())
        searches.set_follow(saved, _follow(), by=actor(), at=now())
    toast("Saved.")
    return redirect(url_for("searches.index"))


@bp.post("/<int:saved_id>/remove")
@allowed(Action.search_save)
def remove(saved_id: int) -> Response:
    """Keep it no longer; the toast takes that back."""
    with writing() as unit:
        saved = searches.get(unit, saved_id, by=actor())
        undo = _again(saved)
        searches.remove(unit, saved, by=actor())
    toast("Removed.", undo=undo)
    return redirect(url_for("searches.index"))


@bp.post("/again")
@allowed(Action.search_save)
def again() -> Response:
    """Take a removal back: the address says all there was."""
    args = request.args
    follow = Follow(args["follow"]) if args.get("follow") in set(Follow) else Follow.never
    with writing() as unit:
        address = searching.address_of(MultiDict(parse_qsl(args.get("address", "")[:4_000])))
        searches.save(unit, args.get("name", ""), address, follow, by=actor(), at=now())
    toast("It is back.")
    return redirect(url_for("searches.index"))


def _again(saved: SavedSearch) -> str:
    return url_for(
        "searches.again", name=saved.name, address=saved.address, follow=saved.follow.value
    )


def _follow() -> Follow:
    typed = request.form.get("follow")
    return Follow(typed) if typed in set(Follow) else Follow.never
