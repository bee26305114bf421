"""What whoever has a workshop's link sees: its questions, their notes, and nothing of the portal.

The one page on which somebody writes without an account. Nobody is asked who they are; which notes
are somebody's own stands in their browser's signed cookie. Answers are kept nowhere, found by no
search machine, and the address goes to no other site.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.wrappers import Response as BaseResponse

from content.db import now
from content.errors import Conflict, Invalid, NotFound
from content.models import Workshop, WorkshopNote
from content.workshops import notes, planning
from portal.auth import NOBODY, public
from portal.db import reading, writing
from portal.html import is_fragment

bp = Blueprint("workshop_notes", __name__, url_prefix="/w")
Reply = str | BaseResponse | tuple[str, int]
NOWHERE = 404
OWN = "workshop_notes"  # in the cookie: of each workshop, the notes that this browser added
WORKSHOPS_MOST = 4  # of which a cookie remembers notes
PRIVATE = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    # Forms need it on this site; other sites learn nothing.
    "Referrer-Policy": "same-origin",
}

# What one browser may add, what comes from one address (a room of phones shares one), and how
# often an address may ask: a hundred phones look for news every five seconds.
BROWSER_ADDS, ROOM_ADDS, ROOM_ASKS = "20 per minute", "300 per minute", "1500 per minute"
# Links that lead nowhere, from one address.
GUESSES = "60 per minute"


def limit(app: Flask, limiter: Limiter) -> None:
    """Bound what strangers may ask; the counts stand in memory for a minute and nowhere else."""
    bounds: dict[str, list[Any]] = {
        "page": [limiter.limit(ROOM_ASKS), _guesses(limiter)],
        "wall": [limiter.limit(ROOM_ASKS), _guesses(limiter)],
        "add": [
            limiter.limit(ROOM_ADDS), limiter.limit(BROWSER_ADDS, key_func=_browser),
            _guesses(limiter),
        ],
        "take_back": [limiter.limit(ROOM_ADDS), _guesses(limiter)],
    }  # fmt: skip
    for name, limits in bounds.items():
        for bound in limits:
            endpoint = f"{bp.name}.{name}"
            app.view_functions[endpoint] = bound(app.view_functions[endpoint])


def _guesses(limiter: Limiter) -> Any:
    return limiter.limit(GUESSES, deduct_when=lambda answer: answer.status_code == NOWHERE)


def _browser() -> str:
    """What tells one phone of a room from the next: the secret of its forms, else its address."""
    return str(session.get("csrf_token") or get_remote_address())


@bp.after_request
def keep_private(answer: Response) -> Response:
    """Nothing of these pages is kept, found or passed on."""
    answer.headers.update(PRIVATE)
    return answer


@bp.get("/<token>")
@public
def page(token: str) -> Reply:
    """The questions, one at a time."""
    workshop = notes.by_token(reading(), token)
    return _page(workshop, _question(workshop, request.args))


def _question(workshop: Workshop, values: Mapping[str, str]) -> int:
    """The place of the question that is open; people count from 1."""
    text = values.get("q", "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 1
    return min(max(number, 1), len(workshop.questions)) - 1


def _page(workshop: Workshop, question: int, status: int = 200, **more: Any) -> Reply:
    own = _own(workshop)
    known = {
        "workshop": workshop, "question": question, "own": own, "actor": NOBODY, "typed": "",
        "problem": "", "said": "", "is_open": planning.is_open(workshop, now()),
        "rows": notes.shown(reading(), workshop, question, own=own), **more,
    }  # fmt: skip
    known["mark"] = _mark(known["rows"], known["is_open"])
    template = "workshops/_room.html" if is_fragment() else "workshops/room.html"
    return render_template(template, **known, most=notes.NOTE_MOST), status


def _own(workshop: Workshop) -> list[int]:
    kept = session.get(OWN, {})
    return list(kept.get(str(workshop.id), ()))


def _mark(rows: Sequence[WorkshopNote], is_open: bool) -> str:
    """What tells whether the notes shown are still the ones there."""
    return f"{sum(row.id for row in rows)}.{len(rows)}.{int(is_open)}"


@bp.get("/<token>/notes")
@public
def wall(token: str) -> Reply:
    """The notes of a question, asked for again and again; nothing when nothing has changed."""
    workshop = notes.by_token(reading(), token)
    question, own = _question(workshop, request.args), _own(workshop)
    rows = notes.shown(reading(), workshop, question, own=own)
    is_open = planning.is_open(workshop, now())
    mark = _mark(rows, is_open)
    if mark == request.args.get("seen"):
        return Response(status=204)
    if not is_fragment():
        return redirect(url_for("workshop_notes.page", token=workshop.token, q=question + 1))
    return render_template(
        "workshops/_wall.html", workshop=workshop, question=question, own=own, rows=rows,
        is_open=is_open, mark=mark,
    )  # fmt: skip


@bp.post("/<token>")
@public
def add(token: str) -> Reply:
    """Add a note."""
    workshop = notes.by_token(reading(), token)
    question, text = _question(workshop, request.form), request.form.get("text", "")
    own = _own(workshop)
    try:
        with writing() as unit:
            row = notes.by_token(unit, token)
            note = notes.add(unit, row, question, text, at=now(), own=own)
    except (Invalid, Conflict) as error:
        return _refused(token, question, text, error)
    _remember(workshop, [*(number for number in own if number != note.id), note.id])
    return _after(token, question, "Added.")


def _remember(workshop: Workshop, own: list[int]) -> None:
    kept = {key: value for key, value in session.get(OWN, {}).items() if key != str(workshop.id)}
    kept = dict(list(kept.items())[-(WORKSHOPS_MOST - 1) :])
    session[OWN] = {**kept, str(workshop.id): own[-notes.OWN_MOST :]}


def _after(token: str, question: int, said: str, typed: str = "") -> Reply:
    """The question again; without scripts by way of its address, so that reloading adds nothing."""
    if is_fragment() or typed:
        workshop = notes.by_token(reading(), token)
        return _page(workshop, question, said=said, typed=typed)
    return redirect(url_for("workshop_notes.page", token=token, q=question + 1))


def _refused(token: str, question: int, text: str, error: Invalid | Conflict) -> Reply:
    """The page with what was typed, and why it was not taken."""
    workshop = notes.by_token(reading(), token)
    status = 409 if isinstance(error, Conflict) else 400
    return _page(
        workshop, question, status, typed=text[: 4 * notes.NOTE_MOST], problem=error.message
    )


@bp.post("/<token>/notes/<int:note_id>/back")
@public
def take_back(token: str, note_id: int) -> Reply:
    """Take an own note back; its text stands in the field again, to be changed or left."""
    workshop = notes.by_token(reading(), token)
    own, question = _own(workshop), _question(workshop, request.form)
    if note_id not in own:
        raise NotFound("That note is not there any more, or this browser did not write it.")
    try:
        with writing() as unit:
            text = notes.take_back(unit, notes.by_token(unit, token), note_id, at=now())
    except Conflict as error:
        return _refused(token, question, "", error)
    _remember(workshop, [number for number in own if number != note_id])
    return _after(token, question, "Taken back.", typed=text)
