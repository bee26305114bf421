"""Feeds under addresses of their own: published last first, with the eyes of their owner."""

import hashlib
from urllib.parse import parse_qsl

from flask import Blueprint, Response, abort, request
from werkzeug.datastructures import MultiDict

from content import findable, searches
from content.access import scope_of
from content.db import now
from content.errors import NotFound
from content.types import Actor
from portal import feeds, searching
from portal.auth import public
from portal.db import reading, runtime

bp = Blueprint("feeds", __name__, url_prefix="/feeds")


@bp.get("/<token>/found.atom")
@public
def found(token: str) -> Response:
    """What a search finds, such as `topic=contracts`; the address says who looks."""
    return _feed(token, request.args, searching.described(searching.address_of(request.args)))


@bp.get("/<token>/search/<int:saved_id>.atom")
@public
def saved(token: str, saved_id: int) -> Response:
    """What a saved search finds."""
    by = _reader(token)
    try:
        row = searches.get(reading(), saved_id, by=by)
    except NotFound:
        abort(404)
    return _feed(token, MultiDict(parse_qsl(row.address)), row.name)


def _reader(token: str) -> Actor:
    return feeds.reader(reading(), runtime().secret_key, token) or abort(404)


def _feed(token: str, args: MultiDict[str, str], title: str) -> Response:
    session, by = reading(), _reader(token)
    mine = searching.own_projects(session, by)
    wanted = searching.request_of(args, by, mine=mine, limit=feeds.ENTRIES_MOST)
    latest = searching.last_published_first(wanted)
    hits = runtime().search.search(latest, scope_of(by)).findings
    tokens = scope_of(by).tokens
    documents = {
        document.key: document
        for document in findable.changed(session, [(hit.kind, hit.id) for hit in hits])
        if tokens & set(document.audience) and not tokens & set(document.hidden_from)
    }
    address = runtime().settings.address
    own = address + request.full_path.rstrip("?")
    body = feeds.atom(
        title, address, own, [documents[hit.key] for hit in hits if hit.key in documents], at=now()
    )
    answer = Response(body, mimetype="application/atom+xml")
    answer.set_etag(hashlib.sha256(body).hexdigest()[:32])
    answer.headers["Cache-Control"] = "private, max-age=300"
    return answer.make_conditional(request)  # type: ignore[return-value]  # the same answer
