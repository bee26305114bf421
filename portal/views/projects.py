"""The register of projects, and the page of each: facts, phases, lessons, issues, documents."""

from datetime import date
from io import BytesIO
from typing import Any

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from content import (
    activity,
    files,
    following,
    gates,
    issues,
    lesson_lists,
    people,
    project_lists,
    projects,
)
from content.access import Action, require
from content.db import now
from content.documents import safe_name
from content.errors import Conflict, Invalid, Refused
from content.issues import IssueFilter
from content.lesson_lists import LessonFilter
from content.models import (
    OUTCOMES,
    PROJECT_TYPES,
    Followed,
    Method,
    Phase,
    Project,
    ProjectState,
    Size,
)
from content.project_lists import ProjectFilter
from content.workshops import planning
from portal import forms, packing, uploads
from portal.auth import actor, allowed
from portal.db import reading, runtime, writing
from portal.html import toast
from portal.paging import Page
from portal.views.packs import section as pack_section

bp = Blueprint("projects", __name__, url_prefix="/projects")
Answer = str | Response | tuple[str, int]
# Lessons and issues shown on a project's page before "all of them".
SHOWN = 200


class ProjectForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """The facts of a project."""

    code = StringField("Code", [InputRequired("Give a short code."), Length(max=40)])
    name = StringField("Name", [InputRequired("Give it a name."), Length(max=200)])
    department_id = forms.number_select("Department")
    type = forms.select("Type", PROJECT_TYPES)
    size = forms.select("Size", Size)
    method = forms.select("Method", Method)
    description = TextAreaField("What it is about", [Length(max=20_000)])
    objectives = TextAreaField("Objectives", [Length(max=20_000)])
    manager_id = forms.number_select("Project manager")
    sponsor_id = forms.number_select("Sponsor")
    starts_on = forms.day("Starts on")
    planned_end_on = forms.day("Planned end")
    budget = forms.amount("Budget", forms.MONEY_MOST)
    version = HiddenField()

    def values(self) -> dict[str, Any]:
        """The fields as the verbs take them: the empty choice is None."""
        found = {name: self[name].data for name in projects.FIELDS}
        found["type"] = found["type"] or None
        found["size"] = Size(found["size"]) if found["size"] in set(Size) else None
        found["method"] = Method(found["method"]) if found["method"] in set(Method) else None
        return found


class ClosingForm(FlaskForm):  # type: ignore[misc]
    """How a project ended."""

    closed_on = forms.day("Closed on")
    outcome = forms.select("Outcome", OUTCOMES, "choose one")
    actual_cost = forms.amount("Actual cost", forms.MONEY_MOST)
    summary = TextAreaField("How it went", [Length(max=20_000)])
    waiver_reason = TextAreaField("Why it has no lessons", [Length(max=5_000)])


def _form(project: Project | None = None) -> ProjectForm:
    form = ProjectForm(obj=project)
    session = reading()
    everybody = [(p.id, p.name) for p in people.listing(session, by=actor())]
    forms.offer(form.department_id, [(d.id, d.name) for d in people.departments(session)])
    forms.offer(form.manager_id, everybody)
    forms.offer(form.sponsor_id, everybody)
    return form


# The register ---------------------------------------------------------------------------------


@bp.get("/")
@allowed(Action.project_read)
def index() -> str:
    """The register, narrowed and in order."""
    session = reading()
    wanted = asked_for()
    page = Page.asked()
    rows, total = project_lists.listing(
        session, wanted, by=actor(), offset=page.offset, limit=page.size
    )
    return render_template(
        "projects/index.html",
        rows=rows,
        counts=project_lists.counts(session, [row.id for row in rows], by=actor()),
        page=page.of(total),
        wanted=wanted,
        choices=_filter_choices(),
    )


def asked_for() -> ProjectFilter:
    """What the address narrows the list to."""
    args = request.args
    return ProjectFilter(
        text=args.get("text", "").strip()[:200],
        state=_known(ProjectState, args.get("state")),
        department_id=args.get("department", type=int),
        type=args.get("type"),
        size=_known(Size, args.get("size")),
        method=_known(Method, args.get("method")),
        manager_id=actor().id if args.get("mine") else None,
        sort=args.get("sort", "newest"),
    )


def _known(enum: Any, value: str | None) -> Any:
    return enum(value) if value in set(enum) else None


def _filter_choices() -> dict[str, list[tuple[str, str]]]:
    found = people.departments(reading())
    return {
        "state": forms.choices(ProjectState, "open and closed"),
        "department": [("", "any department"), *((str(d.id), d.name) for d in found)],
        "type": forms.choices(PROJECT_TYPES, "any type"),
        "size": forms.choices(Size, "any size"),
        "method": forms.choices(Method, "any method"),
        "sort": [
            ("newest", "last started"),
            ("closed", "last closed"),
            ("name", "by name"),
            ("code", "by code"),
        ],
    }


# One project ----------------------------------------------------------------------------------


@bp.get("/<code>")
@allowed(Action.project_read)
def page(code: str) -> str:
    """One project: its facts, phases, lessons, issues and documents."""
    session = reading()
    project = projects.by_code(session, code, by=actor())
    found, lesson_total = lesson_lists.listing(
        session, LessonFilter(project_id=project.id), by=actor(), limit=SHOWN
    )
    logged, issue_total = issues.listing(
        session, IssueFilter(project_id=project.id), by=actor(), limit=SHOWN
    )
    return render_template(
        "projects/page.html",
        project=project,
        lessons=found,
        lesson_total=lesson_total,
        issues=logged,
        issue_total=issue_total,
        history=activity.of(session, "project", project.id, limit=30),
        today=now().date(),
        others=pack_section(project),
        present=gates.present_phase(project, now().date()),
        workshops=planning.of_project(session, project, by=actor()),
        follows=following.find(session, Followed.project, project.id, by=actor()),
    )


@bp.route("/new", methods=["GET", "POST"])
@allowed(Action.project_create)
def new() -> Answer:
    """Register a project; who registers it manages it unless the form says otherwise."""
    form = _form()
    if request.method == "GET":
        form.manager_id.data = actor().id
        form.department_id.data = actor().department_id
        return _form_page(form, None)
    if not form.validate():
        return _form_page(form, None, 400)
    try:
        with writing() as unit:
            project = projects.create(unit, form.values(), by=actor(), at=now())
    except (Invalid, Conflict) as error:
        return _refused(form, None, error)
    packing.make(runtime(), project.id, by=actor())
    toast(f"{project.code} is registered. Its start pack is ready.")
    return redirect(url_for("projects.page", code=project.code))


@bp.route("/<code>/edit", methods=["GET", "POST"])
@allowed(Action.project_edit)
def edit(code: str) -> Answer:
    """Change a project's facts and the dates of its phases."""
    project = projects.by_code(reading(), code, by=actor())
    require(actor(), Action.project_edit, project)
    form = _form(project)
    if request.method == "GET":
        form.version.data = str(project.version)
        return _form_page(form, project)
    if not form.validate():
        return _form_page(form, project, 400)
    version = forms.number(form.version.data)
    try:
        phases = _phase_dates()
        with writing() as unit:
            row = projects.by_code(unit, code, by=actor())
            projects.edit(unit, row, form.values(), by=actor(), at=now(), version=version)
            gates.set_phases(unit, row, phases, by=actor(), at=now())
    except (Invalid, Conflict) as error:
        return _refused(form, code, error)
    toast("Saved.")
    return redirect(url_for("projects.page", code=row.code))


def _phase_dates() -> dict[Phase, tuple[date | None, date | None]]:
    return {
        phase: (_date(f"{phase}_starts_on"), _date(f"{phase}_ends_on"))
        for phase in projects.PHASES
        if f"{phase}_starts_on" in request.form
    }


def _date(name: str) -> date | None:
    text = request.form.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = f"“{text[:20]}” is not a date; write it as 2026-03-31."
        raise Invalid(message, {name: message}) from None


def _refused(form: ProjectForm, code: str | None, error: Invalid | Conflict) -> Answer:
    project = projects.by_code(reading(), code, by=actor()) if code else None
    if isinstance(error, Invalid):
        forms.take_back(form, error)
        return _form_page(form, project, 400)
    form.form_errors.append(error.message)
    return _form_page(form, project, 409)


def _form_page(form: ProjectForm, project: Project | None, status: int = 200) -> Answer:
    return render_template(
        "projects/form.html", form=form, project=project, typed=request.form
    ), status


@bp.route("/<code>/close", methods=["GET", "POST"])
@allowed(Action.project_close)
def close(code: str) -> Answer:
    """Close a project, with its lessons or with a waiver."""
    session = reading()
    project = projects.by_code(session, code, by=actor())
    # The page counts what is handed in, restricted lessons too: it is for those who may close it.
    require(actor(), Action.project_edit, project)
    form = ClosingForm()
    if request.method == "GET":
        form.closed_on.data = now().date()
        return _closing_page(form, project)
    if not form.validate():
        return _closing_page(form, project, 400)
    try:
        with writing() as unit:
            row = projects.by_code(unit, code, by=actor())
            projects.close(
                unit,
                row,
                closed_on=form.closed_on.data or now().date(),
                outcome=form.outcome.data or "",
                summary=form.summary.data or "",
                actual_cost=form.actual_cost.data,
                waiver_reason=form.waiver_reason.data or "",
                by=actor(),
                at=now(),
            )
    except Invalid as error:
        forms.take_back(form, error)
        return _closing_page(form, projects.by_code(reading(), code, by=actor()), 400)
    toast(f"{code} is closed.", undo=url_for("projects.reopen", code=code))
    return redirect(url_for("projects.page", code=code))


def _closing_page(form: ClosingForm, project: Project, status: int = 200) -> Answer:
    count = lesson_lists.handed_in_count(reading(), project.id)
    workshops = planning.of_project(reading(), project, by=actor())
    return render_template(
        "projects/close.html", form=form, project=project, lesson_count=count, workshops=workshops
    ), status


@bp.post("/<code>/reopen")
@allowed(Action.project_edit)
def reopen(code: str) -> Answer:
    """Take a closure back."""
    with writing() as unit:
        project = projects.by_code(unit, code, by=actor())
        projects.reopen(unit, project, by=actor(), at=now())
    toast(f"{code} is open again.")
    return redirect(url_for("projects.page", code=code))


# Documents ------------------------------------------------------------------------------------


@bp.post("/<code>/documents")
@allowed(Action.project_edit)
def add_document(code: str) -> Answer:
    """Keep a file with the project."""
    project = projects.by_code(reading(), code, by=actor())
    require(actor(), Action.project_edit, project)
    try:
        upload = uploads.take(request.files.get("file"))
    except Refused as error:
        toast(error.message, kind="error")
        return redirect(url_for("projects.page", code=code, _anchor="documents"))
    title = request.form.get("title", "").strip() or upload.filename.rsplit(".", 1)[0]
    with writing() as unit:
        row = files.register(
            unit,
            sha256=upload.sha256,
            size=upload.inspected.size,
            format=upload.inspected.format,
            media_type=upload.inspected.media_type,
            at=now(),
        )
        project = projects.by_code(unit, code, by=actor())
        projects.add_document(unit, project, title, row, by=actor(), at=now())
    toast(f"“{title}” is kept with the project.")
    return redirect(url_for("projects.page", code=code, _anchor="documents"))


@bp.get("/<code>/documents/<int:document_id>")
@allowed(Action.project_read)
def download(code: str, document_id: int) -> Response:
    """Send a document with its right name and type, always as a download."""
    row = projects.document(reading(), document_id, by=actor())
    data = runtime().files.read(row.file.sha256)
    return send_file(
        BytesIO(data),
        mimetype=row.file.media_type,
        as_attachment=True,
        download_name=safe_name(row.title, row.file.format),
    )
