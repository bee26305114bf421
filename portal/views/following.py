"""What a person follows, in one place, with the addresses of their feeds."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from content import following, lesson_lists, searches
from content.access import Action
from content.db import now
from content.errors import Conflict, Invalid, NotFound
from content.models import PROJECT_TYPES, Follow, Followed
from portal import feeds, searching
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
        topics=[topic for topic, _ in lesson_lists.topics(session, by=by)],
        project_types=PROJECT_TYPES,
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


# What the choice of a topic or a project type sends, and what it is called.
SUBJECTS = {"topic": "Topic", "project_type": "Project type"}


@bp.post("/subject")
@allowed(Action.follow)
def subject() -> Response:
    """Follow a topic or a project type: a search that is kept under its name."""
    facet, _, value = request.form.get("subject", "").partition(":")
    asked = request.form.get("follow", "")
    how = Follow(asked) if asked in set(Follow) else Follow.weekly
    if facet not in SUBJECTS or not value:
        toast("Choose a topic or a project type first.", kind="error")
        return redirect(url_for("following.index", _anchor="searches"))
    address = searching.address_of(MultiDict({"kind": "lesson", facet: value[:120]}))
    try:
        with writing() as unit:
            name = f"{SUBJECTS[facet]}: {value}"[: searches.NAME_MOST]
            saved = searches.save(unit, name, address, how, by=actor(), at=now())
    except Invalid as error:
        toast(error.message, kind="error")
    else:
        undo = url_for("searches.remove", saved_id=saved.id)
        told = "." if how is Follow.never else f": a mail when a lesson is new, {how}."
        toast(f"You follow “{value}”{told}", undo=undo)
    return redirect(url_for("following.index", _anchor="searches"))


@bp.post("/key")
@allowed(Action.follow)
def renew() -> Response:
    """Make feed addresses, or new ones."""
    with writing() as unit:
        following.renew_key(unit, by=actor(), at=now())
    toast("Your feeds have new addresses; the old ones are void.")
    return redirect(url_for("following.index", _anchor="feeds"))
