"""The manager's board of a workshop: notes arrive, are grouped, hidden, and become lessons.

Everything is a form. A tick carries in which group the note stood when the page was made, so that
two people at one board are told of each other instead of undoing each other.
"""

import re
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from content import coach, people
from content.access import Action
from content.db import now
from content.errors import Conflict, Invalid
from content.models import Workshop, WorkshopGroup, WorkshopNote
from content.workshops import groups, lessons, planning
from portal import capturing
from portal.auth import actor, allowed
from portal.db import reading, runtime, writing
from portal.html import toast
from portal.views.workshops import link_of

bp = Blueprint("workshop_board", __name__, url_prefix="/workshops/<int:workshop_id>")
Reply = str | Response | tuple[str, int]
# A tick: the note, and the group that it stood in (0 for none).
_TICK = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})")
# Suggestions at a time: after each the rest is looked at anew.
SUGGESTED_MOST = 8
# Rules of the coach that are about people; the others judge whole lessons, not notes.
ABOUT_PEOPLE = ("name of a person", "blame")


@bp.get("")
@allowed(Action.workshop_manage)
def page(workshop_id: int) -> Reply:
    """The board; with groups that the words suggest where they are asked for."""
    workshop = planning.get(reading(), workshop_id, by=actor())
    if "suggest" not in request.args:
        return _page(workshop)
    board = groups.board(reading(), workshop, by=actor())
    return _page(workshop, suggestions=_suggested(board))


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Loose notes that may say the same; `group` has more of them, else `title` names a new one."""

    notes: list[WorkshopNote]
    group: WorkshopGroup | None
    title: str


def _suggested(board: groups.Board) -> list[Suggestion]:
    """By likeness of words; nothing is moved."""
    from analytics.notes import proposals

    rows = board.notes
    known = {heap.group.id: heap.group for heap in board.heaps}
    placed = {note.id: heap.group.id for heap in board.heaps for note in heap.notes}
    made = proposals([note.text for note in rows], [placed.get(note.id) for note in rows])
    return [
        Suggestion(
            [rows[place] for place in one.notes],
            known[one.group] if one.group is not None else None,
            groups.brief(rows[one.notes[0]].text),
        )
        for one in made[:SUGGESTED_MOST]
    ]


def _page(
    workshop: Workshop,
    status: int = 200,
    said: str = "",
    kept: dict[str, Any] | None = None,
    suggestions: list[Suggestion] | None = None,
) -> Reply:
    """The board; after a conflict with what was ticked and typed."""
    session = reading()
    board = groups.board(session, workshop, by=actor())
    settings = runtime().settings
    return render_template(
        "workshops/board.html", workshop=workshop, board=board, said=said,
        ticked=(kept or {}).get("ticked", set()), typed=(kept or {}).get("title", ""),
        suggestions=suggestions, link=link_of(workshop), is_open=planning.is_open(workshop, now()),
        hints=_hints(session, board.notes), only_here=settings.is_loopback
        and not settings.base_url,
    ), status  # fmt: skip


def _hints(session: Session, notes: list[WorkshopNote]) -> dict[int, list[str]]:
    """Of each note, the words that look like a person's name or like blame."""
    known = people.names(session, by=actor())
    found = {}
    for note in notes:
        hints = coach.review({"driving_event": note.text}, people=known)
        told = [word for hint in hints if hint.rule in ABOUT_PEOPLE for word in hint.found]
        if told:
            found[note.id] = list(dict.fromkeys(told))
    return found


@bp.get("/news")
@allowed(Action.workshop_manage)
def news(workshop_id: int) -> Reply:
    """What is new since the page was made: notes, and whether somebody else has moved things."""
    session = reading()
    workshop = planning.get(session, workshop_id, by=actor())
    after, step = request.args.get("after", 0, type=int), request.args.get("step", 0, type=int)
    notes = groups.since(session, workshop, after, by=actor())
    moved = groups.last_step(session, workshop) != step
    if not notes and not moved:
        return Response(status=204)
    return render_template(
        "workshops/_news.html", workshop=workshop, notes=notes, moved=moved, step=step,
        after=max([after, *(note.id for note in notes)]), hints=_hints(session, list(notes)),
    )  # fmt: skip


# Notes ----------------------------------------------------------------------------------------


@bp.post("/group")
@allowed(Action.workshop_manage)
def group(workshop_id: int) -> Reply:
    """Put the ticked notes into a group, a new one, or into none."""
    seen, target = _ticks(), request.form.get("into", "new")
    into: int | str | None = int(target) if target.isdecimal() else None
    if target == "new":
        into = request.form.get("title", "")
    try:
        with writing() as unit:
            row = planning.get(unit, workshop_id, by=actor())
            made = groups.place(unit, row, seen, into, by=actor(), at=now())
            step = groups.last_step(unit, row)
    except (Conflict, Invalid) as error:
        return _again(workshop_id, seen, error)
    what = f"{len(seen)} {'note is' if len(seen) == 1 else 'notes are'}"
    said = f"{what} in “{made.title}”." if made else f"{what} loose again."
    return _done(workshop_id, said, step, made.id if made else None)


def _ticks() -> dict[int, int | None]:
    found = (_TICK.fullmatch(tick) for tick in request.form.getlist("notes"))
    return {int(match[1]): int(match[2]) or None for match in found if match}


def _again(workshop_id: int, seen: dict[int, int | None], error: Conflict | Invalid) -> Reply:
    workshop = planning.get(reading(), workshop_id, by=actor())
    kept = {"ticked": set(seen), "title": request.form.get("title", "")[: planning.TITLE_MOST * 2]}
    status = 409 if isinstance(error, Conflict) else 400
    return _page(workshop, status, error.message, kept)


def _done(workshop_id: int, said: str, step: int, group_id: int | None = None) -> Response:
    toast(said, undo=url_for("workshop_board.undo", workshop_id=workshop_id, number=step))
    anchor = f"group-{group_id}" if group_id else None
    suggest = 1 if request.form.get("suggest") else None
    return redirect(
        url_for(
            "workshop_board.page", workshop_id=workshop_id, suggest=suggest,
            _anchor=None if suggest else anchor,
        )
    )  # fmt: skip


@bp.post("/<any('hide','show'):what>")
@allowed(Action.workshop_manage)
def hide(workshop_id: int, what: str) -> Reply:
    """Take notes out of sight, on the board and for everybody with the link, or bring them back."""
    seen = _ticks()
    try:
        with writing() as unit:
            row = planning.get(unit, workshop_id, by=actor())
            many = groups.set_hidden(unit, row, seen, what == "hide", by=actor(), at=now())
            step = groups.last_step(unit, row)
    except Invalid as error:
        return _again(workshop_id, seen, error)
    noun = "note is" if many == 1 else "notes are"
    said = f"{many} {noun} hidden, also for those with the link."
    return _done(workshop_id, said if what == "hide" else f"{many} {noun} back.", step)


@bp.post("/undo/<int:number>")
@allowed(Action.workshop_manage)
def undo(workshop_id: int, number: int) -> Response:
    """Take a step with notes back."""
    with writing() as unit:
        row = planning.get(unit, workshop_id, by=actor())
        many = groups.undo(unit, row, number, by=actor(), at=now())
    toast("Undone." if many else "Nothing to undo: somebody has moved those notes since.")
    return redirect(url_for("workshop_board.page", workshop_id=workshop_id))


# Groups ---------------------------------------------------------------------------------------

# Characters of an address to undo with.
ADDRESS_MOST = 1_000
STEPS = ("rename", "up", "down", "dissolve", "restore", "part")


@bp.post("/groups/<int:group_id>")
@allowed(Action.workshop_manage)
def change(workshop_id: int, group_id: int) -> Reply:
    """Rename a group, move it, take it apart, bring it back, or take its lesson off it."""
    step = request.form.get("step") or request.args.get("step", "")
    if step not in STEPS:
        raise Invalid("This address does not take what was sent to it.")
    try:
        with writing() as unit:
            row = planning.get(unit, workshop_id, by=actor())
            one = groups.group(unit, row, group_id, by=actor())
            before = one.title
            _change(unit, row, one, step)
    except (Conflict, Invalid) as error:
        return _again(workshop_id, {}, error)
    _tell(workshop_id, group_id, step, before)
    anchor = None if step == "dissolve" else f"group-{group_id}"
    return redirect(url_for("workshop_board.page", workshop_id=workshop_id, _anchor=anchor))


def _change(unit: Session, row: Workshop, one: Any, step: str) -> None:
    by, at = actor(), now()
    if step == "rename":
        title, was = request.values.get("title", ""), request.values.get("was", "")
        groups.rename(unit, row, one, title, was=was, by=by, at=at)
    elif step in ("up", "down"):
        groups.shift(unit, row, one, -1 if step == "up" else 1, by=by, at=at)
    elif step == "dissolve":
        groups.dissolve(unit, row, one, by=by, at=at)
    elif step == "restore":
        groups.restore(unit, row, one, by=by, at=at)
    else:
        lessons.part(unit, row, one, by=by, at=at)


def _tell(workshop_id: int, group_id: int, step: str, title: str) -> None:
    back = url_for(
        "workshop_board.change", workshop_id=workshop_id, group_id=group_id, step="restore"
    )
    if step == "dissolve":
        toast(f"“{title}” is taken apart.", undo=back)
    elif step == "restore":
        toast(f"“{title}” is there again.")
    elif step == "rename":
        toast("Renamed.", undo=_rename_back(workshop_id, group_id, title))
    elif step == "part":
        toast("The lesson stays; the group can have another.")


def _rename_back(workshop_id: int, group_id: int, title: str) -> str | None:
    """Where a rename is undone; very long titles do not fit the cookie that carries this."""
    address = url_for(
        "workshop_board.change", workshop_id=workshop_id, group_id=group_id, step="rename",
        title=title, was=request.form.get("title", "").strip(),
    )  # fmt: skip
    return address if len(address) < ADDRESS_MOST else None


@bp.post("/groups/<int:group_id>/lesson")
@allowed(Action.workshop_manage)
def lesson(workshop_id: int, group_id: int) -> Reply:
    """Begin the group's lesson in the questions of capture, or go on with it."""
    session = reading()
    project_id = planning.get(session, workshop_id, by=actor()).project_id
    known = {**capturing.facts_of(project_id), "date_occurred": now().date().isoformat()}
    try:
        with writing() as unit:
            row = planning.get(unit, workshop_id, by=actor())
            one = groups.group(unit, row, group_id, by=actor())
            key = lessons.begin(
                unit, row, one, known, key=capturing.new_key(), by=actor(), at=now(),
                instead=bool(request.form.get("instead")),
            )  # fmt: skip
    except (Conflict, Invalid) as error:
        return _again(workshop_id, {}, error)
    return redirect(url_for("capture.page", key=key, name="event"))
