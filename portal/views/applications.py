"""What projects say to a lesson: the section on its page, the form, and taking an answer back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import Length

from content import applications, lessons, playbooks, projects
from content.access import Action, require_whole_reader
from content.applications import NO_VERSION
from content.db import now
from content.errors import Conflict, Invalid
from content.models import PUBLIC_STATES, Answer, Application, Lesson, Phase, Project
from portal import forms
from portal.auth import actor, allowed
from portal.db import reading, writing
from portal.html import toast

bp = Blueprint("applications", __name__, url_prefix="/lessons/<int:lesson_id>/applications")
Reply = str | Response | tuple[str, int]

ANSWERS = (
    (Answer.applied, "Applied: we do what it says"),
    (Answer.already_done, "Already done: we worked like this before"),
    (Answer.not_applicable, "Not applicable: it does not fit our project"),
    (Answer.later, "Later: we come back to it"),
)


class ApplicationForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """One project's answer to one lesson."""

    project_id = forms.number_select("Project")
    answer = RadioField("Answer", choices=forms.options(ANSWERS), validate_choice=False)
    where = StringField("Where", [Length(max=applications.WHERE_MOST)])
    page_id = forms.number_select("Playbook page")
    # The page of a lesson has another form with a reason, so this one has an id of its own.
    reason = TextAreaField("Reason", id="application-reason")
    phase = forms.select("Phase", Phase)
    result = TextAreaField("What came of it")
    version = HiddenField()

    def values(self) -> dict[str, Any]:
        """The fields as the verb takes them."""
        found = {name: self[name].data for name in applications.FIELDS}
        for name, enum in (("answer", Answer), ("phase", Phase)):
            found[name] = enum(found[name]) if found[name] in set(enum) else None
        return found


# The section on a lesson's page ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Section:
    """The answers to a lesson, and the form for those who may add one."""

    rows: Sequence[Application]
    form: ApplicationForm | None
    open: bool  # whether answers may still be given and changed

    @property
    def times(self) -> int:
        """How many projects applied the lesson."""
        return sum(row.answer is Answer.applied for row in self.rows)


def section(session: Session, lesson: Lesson) -> Section:
    """What the page of a lesson that the person reads whole says about its use."""
    pairs = applications.choices(session, lesson, by=actor())
    return Section(
        rows=applications.of_lesson(session, lesson, by=actor()),
        form=_form(pairs) if pairs else None,
        open=lesson.state in PUBLIC_STATES,
    )


def _form(pairs: Sequence[tuple[int, str]], row: Application | None = None) -> ApplicationForm:
    form = ApplicationForm(obj=row)
    # Which projects and pages may be chosen the verb decides: it knows what changed meanwhile.
    form.project_id.validate_choice = form.page_id.validate_choice = False
    forms.offer(form.project_id, pairs, "choose one")
    forms.offer(form.page_id, playbooks.page_choices(reading(), by=actor()), "none")
    if request.method == "GET":
        form.version.data = str(row.version if row else NO_VERSION)
        if row is None and len(pairs) == 1:
            form.project_id.data = pairs[0][0]
    return form


# Answering ------------------------------------------------------------------------------------


@bp.get("")
@allowed(Action.application_write)
def page(lesson_id: int) -> Reply:
    """The form alone; with the answer of the project that the address names."""
    lesson = _lesson(lesson_id)
    project_id = request.args.get("project", type=int)
    project = projects.get(reading(), project_id, by=actor()) if project_id else None
    row = applications.find(reading(), lesson, project, by=actor()) if project else None
    form = _form(applications.choices(reading(), lesson, by=actor()), row)
    if project_id is not None:
        form.project_id.data = project_id
    return _form_page(form, lesson, project if row else None)


@bp.post("")
@allowed(Action.application_write)
def answer(lesson_id: int) -> Reply:
    """Answer for a project, or change its answer."""
    lesson = _lesson(lesson_id)
    form = _form(applications.choices(reading(), lesson, by=actor()))
    if form.validate() and form.project_id.data is None:
        form.project_id.errors = ["Choose the project that you answer for."]
    if form.errors:
        return _form_page(form, lesson, _answered(lesson, form), 400)
    version = forms.number(form.version.data)
    try:
        with writing() as unit:
            lesson = lessons.get(unit, lesson_id, by=actor())
            project = projects.get(unit, form.project_id.data, by=actor())
            was = applications.find(unit, lesson, project, by=actor()) is not None
            row = applications.answer(
                unit, lesson, project, form.values(), by=actor(), at=now(), version=version
            )
    except (Invalid, Conflict) as error:
        return _refused(form, lesson_id, error)
    return _saved(row, project, changed=was)


def _lesson(lesson_id: int) -> Lesson:
    """The lesson, for those who read the whole of it."""
    lesson = lessons.get(reading(), lesson_id, by=actor())
    require_whole_reader(actor(), lesson)
    return lesson


def _answered(lesson: Lesson, form: ApplicationForm) -> Project | None:
    """The project that the form is about, if it has answered; such a form keeps its project."""
    if form.project_id.data is None:
        return None
    project = projects.get(reading(), form.project_id.data, by=actor())
    return project if applications.find(reading(), lesson, project, by=actor()) else None


def _saved(row: Application, project: Project, *, changed: bool) -> Response:
    said = "counted" if row.answer is Answer.applied else "noted"
    undo = url_for(
        "applications.move", lesson_id=row.lesson_id, project_id=project.id, step="withdraw"
    )
    # Withdrawing takes back a first answer; it would not bring back the one before a change.
    toast(f"The answer of {project.code} is {said}.", undo=None if changed else undo)
    return _to_lesson(row.lesson_id)


def _refused(form: ApplicationForm, lesson_id: int, error: Invalid | Conflict) -> Reply:
    """The form again with everything that was typed; after a conflict with what is there now."""
    lesson = _lesson(lesson_id)
    project = projects.get(reading(), form.project_id.data, by=actor())
    row = applications.find(reading(), lesson, project, by=actor())
    if isinstance(error, Invalid):
        forms.take_back(form, error)
        return _form_page(form, lesson, project if row else None, 400)
    form.form_errors.append(error.message)
    form.version.data = str(row.version if row else NO_VERSION)
    return _form_page(form, lesson, project if row else None, 409, theirs=row)


def _form_page(
    form: ApplicationForm,
    lesson: Lesson,
    project: Project | None,
    status: int = 200,
    theirs: Application | None = None,
) -> Reply:
    """The form; `project` is the one whose answer is changed."""
    return render_template(
        "lessons/application.html", form=form, lesson=lesson, project=project, theirs=theirs
    ), status


# Taking back ----------------------------------------------------------------------------------


@bp.post("/<int:project_id>/<any('withdraw','restore'):step>")
@allowed(Action.application_write)
def move(lesson_id: int, project_id: int, step: str) -> Response:
    """Withdraw a project's answer, or bring it back."""
    verb = applications.withdraw if step == "withdraw" else applications.restore
    with writing() as unit:
        lesson = lessons.get(unit, lesson_id, by=actor())
        project = projects.get(unit, project_id, by=actor())
        verb(unit, lesson, project, by=actor(), at=now())
    said, back = ("withdrawn", "restore") if step == "withdraw" else ("there again", "withdraw")
    undo = url_for("applications.move", lesson_id=lesson_id, project_id=project_id, step=back)
    toast(f"The answer of {project.code} is {said}.", undo=undo)
    return _to_lesson(lesson_id)


def _to_lesson(lesson_id: int) -> Response:
    return redirect(url_for("lessons.page", lesson_id=lesson_id, _anchor="applied"))
