"""What a person follows, in one place, with the addresses of their feeds."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from content import following, searches
from content.access import Action
from content.db import now
from content.errors import Conflict, NotFound
from content.models import Follow, Followed
from portal import feeds
from portal.auth import actor, allowed
from portal.db import reading, runtime, writing
from portal.html import toast
from portal.searching import described

bp = Blueprint("following", __name__, url_prefix="/following")


@bp.get("/")
@allowed(Action.follow)
def index() -> str:
    """Searches and things that are followed, and the feeds."""
    session, by = reading(), actor()
    things = []
    for row in following.of(session, by=by):
        try:
            things.append((row, *following.name_of(session, row.kind, row.object_id, by=by)))
        except NotFound:
            continue  # it is gone, or no longer open
    assert by.id is not None  # somebody is signed in
    nonce = following.nonce(session, by.id)
    token = feeds.token(runtime().secret_key, by.id, nonce) if nonce else None
    saved = searches.of(session, by=by)
    return render_template(
        "following/index.html",
        things=things,
        saved=[(row, described(row.address)) for row in saved],
        follows=list(Follow),
        token=token,
        address=runtime().settings.address,
    )


@bp.post("/<any('lesson','page','project'):kind>/<int:object_id>")
@allowed(Action.follow)
def follow(kind: str, object_id: int) -> Response:
    """Follow a thing, follow it differently, or no longer."""
    asked = request.form.get("follow", Follow.daily.value)
    what, how = Followed(kind), Follow(asked) if asked in set(Follow) else Follow.daily
    with writing() as unit:
        name, path = following.name_of(unit, what, object_id, by=actor())
        undo = url_for("following.follow", kind=kind, object_id=object_id)
        if asked == "stop":
            following.unfollow(unit, what, object_id, by=actor())
            toast(f"You no longer follow “{name}”.", undo=undo)
        else:
            try:
                following.follow(unit, what, object_id, how, by=actor(), at=now())
                toast(f"You follow “{name}”: a mail when something is new, {how}.")
            except Conflict as error:
                toast(error.message, kind="error")
    back = request.form.get("back") == "list"
    return redirect(url_for("following.index") if back else path)


@bp.post("/key")
@allowed(Action.follow)
def renew() -> Response:
    """Make feed addresses, or new ones."""
    with writing() as unit:
        following.renew_key(unit, by=actor(), at=now())
    toast("Your feeds have new addresses; the old ones are void.")
    return redirect(url_for("following.index", _anchor="feeds"))
