"""Changes of published lessons: the form that proposes one, and its page with the decision."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import HiddenField, TextAreaField
from wtforms.validators import Length

from content import (
    activity,
    changes,
    lesson_lists,
    lesson_texts,
    lessons,
    project_lists,
)
from content.access import Action, can, require
from content.changes import Difference
from content.db import now
from content.diff import Piece, word_diff
from content.errors import Conflict, Invalid
from content.models import ChangeState, Lesson, LessonChange
from content.workflow import ChangeMove
from portal import forms
from portal.auth import actor, allowed
from portal.db import reading, writing
from portal.html import toast
from portal.lesson_form import LessonForm, kept_value, label_of
from portal.views.queue import queue_url

bp = Blueprint("changes", __name__, url_prefix="/lessons/<int:lesson_id>")
Answer = str | Response | tuple[str, int]


class ChangeForm(LessonForm):
    """The text of a lesson as it should read, and why."""

    note = TextAreaField("Why it changes", [Length(max=changes.NOTE_MOST)])
    base_revision = HiddenField()


@dataclass(frozen=True, slots=True)
class Shown:
    """One field of a change as the page shows it."""

    field: str
    label: str
    pieces: tuple[Piece, ...]
    conflict: bool
    base: str
    current: str
    wanted: str
    pieces_since: tuple[Piece, ...]


# Proposing ------------------------------------------------------------------------------------


@bp.route("/change", methods=["GET", "POST"])
@allowed(Action.lesson_change)
def new(lesson_id: int) -> Answer:
    """Propose that a published lesson reads differently; readers go on with the text in force."""
    session = reading()
    lesson = lessons.get(session, lesson_id, by=actor())
    require(actor(), Action.lesson_change, lesson)
    mine = changes.mine(session, lesson, by=actor())
    if mine is not None:
        return redirect(url_for("changes.edit", lesson_id=lesson_id, change_id=mine.id))
    form = _form(lesson)
    if request.method == "GET":
        form.base_revision.data = str(lessons.newest_revision(session, lesson.id))
        return _form_page(form, lesson)
    if not form.validate():
        return _form_page(form, lesson, status=400)
    try:
        with writing() as unit:
            row = lessons.get(unit, lesson_id, by=actor())
            change = changes.propose(
                unit, row, _values(form), note=form.note.data or "",
                base_revision=_base(form), by=actor(), at=now(),
            )  # fmt: skip
    except (Invalid, Conflict) as error:
        return _refused(form, lesson_id, None, error)
    return _handed_in(change)


@bp.route("/changes/<int:change_id>/edit", methods=["GET", "POST"])
@allowed(Action.lesson_change)
def edit(lesson_id: int, change_id: int) -> Answer:
    """Write a change again, after it was returned or before anybody decided."""
    change = _change(lesson_id, change_id)
    require(actor(), Action.change_write, change)
    form = _form(change.lesson, change)
    if request.method == "GET":
        form.base_revision.data, form.note.data = str(change.base_revision), change.note
        form.version.data = str(change.version)
        return _form_page(form, change.lesson, change)
    if not form.validate():
        return _form_page(form, change.lesson, change, status=400)
    version = forms.number(form.version.data)
    try:
        with writing() as unit:
            row = changes.get(unit, change_id, by=actor())
            changes.rewrite(
                unit, row, _values(form), note=form.note.data or "",
                base_revision=_base(form), by=actor(), at=now(), version=version,
            )  # fmt: skip
    except (Invalid, Conflict) as error:
        return _refused(form, lesson_id, change_id, error)
    return _handed_in(row)


def _form(lesson: Lesson, change: LessonChange | None = None) -> ChangeForm:
    """The form over the lesson's text, or over what the change wants."""
    if change is None:
        form = ChangeForm(obj=lesson)
    else:
        form = ChangeForm(data=lesson_texts.taken_from(reading(), change.values))
    forms.offer(form.project_id, project_lists.choices(reading(), by=actor()))
    return form


def _values(form: ChangeForm) -> dict[str, Any]:
    return form.values()


def _base(form: ChangeForm) -> int:
    return forms.number(form.base_revision.data) or 0


def _refused(
    form: ChangeForm, lesson_id: int, change_id: int | None, error: Invalid | Conflict
) -> Answer:
    lesson = lessons.get(reading(), lesson_id, by=actor())
    change = changes.get(reading(), change_id, by=actor()) if change_id else None
    if isinstance(error, Invalid):
        forms.take_back(form, error)
        return _form_page(form, lesson, change, status=400)
    form.form_errors.append(error.message)
    if change is not None:
        form.version.data = str(change.version)
    return _form_page(form, lesson, change, status=409)


def _form_page(
    form: ChangeForm, lesson: Lesson, change: LessonChange | None = None, *, status: int = 200
) -> Answer:
    topics = [topic for topic, _ in lesson_lists.topics(reading(), by=actor(), limit=60)]
    return render_template(
        "validation/change_form.html", form=form, lesson=lesson, change=change, theirs=None,
        topic_choices=topics, noted=(),
    ), status  # fmt: skip


def _handed_in(change: LessonChange) -> Response:
    undo = url_for("changes.move", lesson_id=change.lesson_id, change_id=change.id, step="withdraw")
    toast("Handed in. Readers go on with the text in force until a reviewer accepts.", undo=undo)
    return redirect(url_for("changes.page", lesson_id=change.lesson_id, change_id=change.id))


# Looking and deciding -------------------------------------------------------------------------


@bp.get("/changes/<int:change_id>")
@allowed(Action.change_read)
def page(lesson_id: int, change_id: int) -> Answer:
    """A change word by word, with the decision for reviewers."""
    return _page(lesson_id, change_id)


def _page(
    lesson_id: int, change_id: int, status: int = 200, message: str = "", reason: str = ""
) -> Answer:
    session = reading()
    change = _change(lesson_id, change_id)
    over = change.state in (ChangeState.accepted, ChangeState.rejected)
    waits = change.state is ChangeState.submitted
    return render_template(
        "validation/change.html",
        change=change,
        lesson=change.lesson,
        fields=[_shown(change, row) for row in changes.compare(session, change)],
        newest=lessons.newest_revision(session, lesson_id),
        history=activity.of(session, changes.KIND, change.id),
        decides=waits and can(actor(), Action.change_decide, change),
        writes=not over and can(actor(), Action.change_write, change),
        back=request.values.get("back", ""),
        hides=change.lesson.author_hidden and change.by_id == change.lesson.author_id,
        message=message,
        reason=reason,
    ), status


def _change(lesson_id: int, change_id: int) -> LessonChange:
    change = changes.get(reading(), change_id, by=actor())
    if change.lesson_id != lesson_id:
        lessons.get(reading(), 0, by=actor())
    return change


def _shown(change: LessonChange, row: Difference) -> Shown:
    text = {
        part: kept_value(row.field, getattr(row, part)) for part in ("base", "current", "wanted")
    }
    # Once it is in force, what it changed is told against the text that it was begun on.
    before = text["current"] if change.state is not ChangeState.accepted else text["base"]
    conflict = row.conflict and change.state is not ChangeState.accepted
    return Shown(
        field=row.field,
        label=label_of(row.field),
        pieces=word_diff(text["base"] if conflict else before, text["wanted"]),
        conflict=conflict,
        pieces_since=word_diff(text["base"], text["current"]) if conflict else (),
        **text,
    )


@bp.post("/changes/<int:change_id>/accept")
@allowed(Action.change_decide)
def accept(lesson_id: int, change_id: int) -> Answer:
    """Put a change in force."""
    chosen = {
        name.removeprefix("choose-"): value == "change"
        for name, value in request.form.items()
        if name.startswith("choose-")
    }
    try:
        with writing() as unit:
            change = changes.get(unit, change_id, by=actor())
            changes.accept(
                unit, change, by=actor(), at=now(), version=_number("version"),
                seen_revision=_number("revision"), chosen=chosen,
            )  # fmt: skip
    except (Conflict, Invalid) as error:
        return _page(lesson_id, change_id, 409, error.message, request.form.get("reason", ""))
    toast("Accepted. Everybody reads the new text now.")
    return redirect(queue_url(request.form.get("back", "")))


def _number(name: str) -> int | None:
    return forms.number(request.form.get(name))


SAID = {
    ChangeMove.return_: "Returned with your reason.",
    ChangeMove.reject: "Rejected; its writer reads your reason.",
    ChangeMove.withdraw: "Withdrawn; the lesson stays as it is.",
    ChangeMove.submit: "Handed in again.",
}


@bp.post("/changes/<int:change_id>/<any('return','reject','withdraw','submit'):step>")
@allowed(Action.change_read)
def move(lesson_id: int, change_id: int, step: str) -> Answer:
    """Return, reject or withdraw a change, or hand it in again."""
    wanted = ChangeMove(step)
    try:
        with writing() as unit:
            change = changes.get(unit, change_id, by=actor())
            reason = request.form.get("reason", "")
            changes.move(
                unit, change, wanted, by=actor(), at=now(), reason=reason,
                version=_number("version"),
            )  # fmt: skip
    except Invalid as error:
        return _page(lesson_id, change_id, 400, error.message)
    except Conflict as error:
        return _page(lesson_id, change_id, 409, error.message, request.form.get("reason", ""))
    back = url_for("changes.move", lesson_id=lesson_id, change_id=change_id, step="submit")
    toast(SAID[wanted], undo=back if wanted is ChangeMove.withdraw else None)
    if wanted in (ChangeMove.return_, ChangeMove.reject):
        return redirect(queue_url(request.form.get("back", "")))
    return redirect(url_for("changes.page", lesson_id=lesson_id, change_id=change_id))
