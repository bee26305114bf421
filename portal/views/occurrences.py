"""“It happened to us too”: the section on a lesson's page, the form, and taking it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import TextAreaField
from wtforms.validators import Length

from content import capture, lessons, occurrences
from content.access import Action, can, require_whole_reader
from content.db import now
from content.errors import Conflict, Invalid, NotFound
from content.models import CaptureDraft, Lesson, Occurrence
from portal import capturing, forms
from portal.auth import actor, allowed
from portal.db import reading, writing
from portal.html import toast

bp = Blueprint("occurrences", __name__, url_prefix="/lessons/<int:lesson_id>/occurrences")
Reply = str | Response | tuple[str, int]


class OccurrenceForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """One more time that a lesson's event happened."""

    project_id = forms.number_select("Project")
    occurred_on = forms.day("When did it happen?")
    effect = TextAreaField("What did it do there?", [Length(max=occurrences.TEXT_MOST)])
    cost = forms.amount("Cost", forms.MONEY_MOST)
    days = forms.amount("Days", forms.DAYS_MOST)
    note = TextAreaField("What was different?", [Length(max=occurrences.TEXT_MOST)])

    def values(self) -> dict[str, Any]:
        """The fields as the verb takes them."""
        return {name: self[name].data for name in occurrences.FIELDS}


# The section on a lesson's page ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Section:
    """Where else it happened; `draft` is one's own that says the same and can go."""

    rows: Sequence[Occurrence]
    may_add: bool
    shows_names: bool
    draft: CaptureDraft | None

    def is_mine(self, row: Occurrence) -> bool:
        """Whether the person who looks added it."""
        return row.by_id is not None and row.by_id == actor().id

    def may_withdraw(self, row: Occurrence) -> bool:
        """Whether they may take it back."""
        return self.is_mine(row) or can(actor(), Action.queue_read)


def section(session: Session, lesson: Lesson) -> Section:
    """What the page of a lesson that the person reads whole says of the times it happened.

    Where the author is hidden nobody is named: the one without a name would be the author.
    """
    key = request.args.get("draft", "")
    return Section(
        rows=occurrences.of_lesson(session, lesson, by=actor()),
        may_add=can(actor(), Action.occurrence_write, lesson),
        shows_names=not lesson.author_hidden,
        draft=capture.find(session, key, by=actor()) if key else None,
    )


# Adding ---------------------------------------------------------------------------------------


@bp.get("/new")
@allowed(Action.occurrence_write)
def new(lesson_id: int) -> Reply:
    """The form, filled from the draft that the address names, or from what is known."""
    lesson = _lesson(lesson_id)
    return _form_page(_form(lesson, _known(lesson)), lesson)


def _lesson(lesson_id: int) -> Lesson:
    """The lesson, for those who may add to it.

    Raises:
        NotFound: it is not open to them, or only in part. Conflict: it is not published.
    """
    lesson = lessons.get(reading(), lesson_id, by=actor())
    require_whole_reader(actor(), lesson)
    if not can(actor(), Action.occurrence_write, lesson):
        raise Conflict(f"A lesson that is {lesson.state} takes no further occurrences.")
    return lesson


def _form(lesson: Lesson, known: dict[str, Any]) -> OccurrenceForm:
    form = OccurrenceForm(data=known)
    pairs = capturing.project_choices()
    form.project_id.validate_choice = False  # the verb knows what is registered
    forms.offer(form.project_id, [p for p in pairs if p[0] != lesson.project_id], "choose one")
    return form


def _known(lesson: Lesson) -> dict[str, Any]:
    draft = _draft()
    typed = draft.values if draft else capturing.first_values()
    form = capturing.draft_form(typed)
    number = form.project_id.data
    return {
        "project_id": number if number != lesson.project_id else None,
        "occurred_on": form.date_occurred.data or now().date(),
        "effect": form.effect.data,
        "cost": form.cost.data,
        "days": form.days.data,
        "note": form.driving_event.data,
    }


def _draft() -> CaptureDraft | None:
    key = request.values.get("draft", "")
    return capture.find(reading(), key, by=actor()) if key else None


@bp.post("/new")
@allowed(Action.occurrence_write)
def add(lesson_id: int) -> Reply:
    """Add it; what was typed stays when something is missing."""
    form = _form(_lesson(lesson_id), {})
    if not form.validate():
        return _form_page(form, _lesson(lesson_id), 400)
    try:
        with writing() as unit:
            lesson = lessons.get(unit, lesson_id, by=actor())
            row = occurrences.add(unit, lesson, form.values(), by=actor(), at=now())
    except Invalid as error:
        forms.take_back(form, error)
        return _form_page(form, _lesson(lesson_id), 400)
    except Conflict as error:
        form.form_errors.append(error.message)
        return _form_page(form, _lesson(lesson_id), 409)
    undo = url_for("occurrences.move", lesson_id=lesson_id, occurrence_id=row.id, step="withdraw")
    toast("Added. The lesson now says that it happened to you too.", undo=undo)
    return _to_lesson(lesson_id, _draft())


def _form_page(form: OccurrenceForm, lesson: Lesson, status: int = 200) -> Reply:
    draft = _draft()
    return render_template("lessons/occurrence.html", form=form, lesson=lesson, draft=draft), status


def _to_lesson(lesson_id: int, draft: CaptureDraft | None = None) -> Response:
    key = draft.key if draft else None
    return redirect(url_for("lessons.page", lesson_id=lesson_id, draft=key, _anchor="happened"))


# Taking back ----------------------------------------------------------------------------------


@bp.post("/<int:occurrence_id>/<any('withdraw','restore'):step>")
@allowed(Action.occurrence_write)
def move(lesson_id: int, occurrence_id: int, step: str) -> Response:
    """Withdraw an occurrence, or bring it back."""
    verb = occurrences.withdraw if step == "withdraw" else occurrences.restore
    with writing() as unit:
        row = occurrences.get(unit, occurrence_id, by=actor())
        if row.lesson_id != lesson_id:
            raise NotFound("There is nothing here, or it is not open to you.")
        verb(unit, row, by=actor(), at=now())
    said, back = ("withdrawn", "restore") if step == "withdraw" else ("there again", "withdraw")
    undo = url_for("occurrences.move", lesson_id=lesson_id, occurrence_id=occurrence_id, step=back)
    toast(f"What you added is {said}.", undo=undo)
    return _to_lesson(lesson_id)
