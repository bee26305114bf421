"""The steps of an import from upload to run: file, columns, values, projects, repeats, preview.

Each step keeps its answers and goes on to the next that has a question; all can be gone back to.
"""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from content import importing, jobs, project_lists
from content.access import Action
from content.db import now
from content.errors import Invalid
from content.imports import Look, tracker_of
from content.models import Import, ImportKind, ImportState, JobState
from portal import importer
from portal.auth import actor, allowed
from portal.db import reading, runtime, writing
from portal.html import toast
from portal.importer import checking, deciding, working
from portal.paging import Page
from portal.worker import imports as work

bp = Blueprint("import_steps", __name__, url_prefix="/imports/<int:import_id>")
Answer = str | Response | tuple[str, int]

STEPS = (
    ("sheet", "File"), ("columns", "Columns"), ("values", "Values"), ("projects", "Projects"),
    ("repeats", "Repeats"), ("preview", "Preview and import"),
)  # fmt: skip
# Values or projects asked about on one page; repeats, which take more room.
ASKED, SHOWN = 100, 10


@dataclass(frozen=True)
class Step:
    """One step while a person is at it: the import, and what was found in its file."""

    session: Session
    row: Import
    name: str
    look: Look
    guesses: dict[str, Any]

    def show(self, status: int = 200, **more: Any) -> Answer:
        """The page of this step."""
        known = {"row": self.row, "look": self.look, "steps": STEPS, "here": self.name}
        said: dict[str, Any] = {"error": None, **known, **more}
        return render_template(f"imports/{self.name}.html", **said), status


def _at(name: str, import_id: int, session: Session | None = None) -> Step | None:
    """The step, or None when the file must be looked at first."""
    session = session or reading()
    row = importing.get(session, import_id, by=actor())
    if row.state is not ImportState.uploaded and request.method == "GET":
        return None  # somebody went back in the browser
    importing.require_open(row, by=actor())
    found = working.load(runtime(), row, working.LOOK)
    job = jobs.find(session, row.job_id)
    if found is None or (job is not None and job.finished_at is None and job.kind == work.LOOK):
        return None
    return Step(session, row, name, Look.of_json(found["look"]), found["guesses"])


def _to(name: str, import_id: int, **more: Any) -> Response:
    return redirect(url_for(f"import_steps.{name}", import_id=import_id, **more))


def _look_first(import_id: int) -> Response:
    """Have the file looked at (again) and show how far that is; or what came of it long ago."""
    with writing() as unit:
        row = importing.get(unit, import_id, by=actor())
        if row.state is not ImportState.uploaded:
            toast("This import has been run already. This is what came of it.")
            return redirect(url_for("imports.page", import_id=import_id))
        job = jobs.find(unit, row.job_id)
        if job is None or job.finished_at is not None:
            importing.enqueue(unit, row, work.LOOK, by=actor(), at=now())
    return redirect(url_for("imports.page", import_id=import_id))


# File and columns -----------------------------------------------------------------------------


@bp.get("/sheet")
@allowed(Action.lesson_import)
def sheet(import_id: int) -> Answer:
    """What the file is: its sheet, and whether it holds lessons or issues."""
    step = _at("sheet", import_id)
    return step.show(kinds=ImportKind) if step else _look_first(import_id)


@bp.post("/sheet")
@allowed(Action.lesson_import)
def set_sheet(import_id: int) -> Response:
    """Look at another sheet, or take the rows for something else."""
    kind = ImportKind(request.form.get("kind", "lessons"))
    with writing() as unit:
        row = importing.get(unit, import_id, by=actor())
        before = working.mark(row, working.LOOK)
        importing.decide(row, by=actor(), sheet=request.form.get("sheet", ""))
        row.kind = kind
        if working.mark(row, working.LOOK) != before:
            row.mapping = {}
            importing.enqueue(unit, row, work.LOOK, by=actor(), at=now())
            return redirect(url_for("imports.page", import_id=import_id))
    return _to("columns", import_id)


@bp.get("/columns")
@allowed(Action.lesson_import)
def columns(import_id: int) -> Answer:
    """Which column is which field."""
    step = _at("columns", import_id)
    return _columns(step) if step else _look_first(import_id)


def _columns(step: Step, error: Invalid | None = None) -> Answer:
    typed = request.form if error is not None else None
    names = [column.name for column in step.look.columns]
    tracker = tracker_of(names) if step.row.kind is ImportKind.issues else None
    fields = [(name, deciding.label(name)) for name in importer.fields_of(step.row.kind)]
    rows = deciding.columns_of(step.row, step.look, step.guesses, typed)
    return step.show(
        400 if error else 200, columns=rows, fields=fields, tracker=tracker, error=error
    )


@bp.post("/columns")
@allowed(Action.lesson_import)
def set_columns(import_id: int) -> Answer:
    """Keep which column is which field, under a name too when one is given."""
    step = _at("columns", import_id)
    if step is None:
        return _look_first(import_id)
    try:
        mapping = deciding.mapping_in(request.form, step.look, step.row)
        with writing() as unit:
            row = importing.get(unit, import_id, by=actor())
            importing.map_columns(row, mapping, by=actor())
            _save_as(unit, row)
    except Invalid as error:
        return _columns(step, error)
    return _next_after("columns", import_id)


def _save_as(unit: Session, row: Import) -> None:
    if request.form.get("save_as", "").strip():
        kept = importing.save_mapping(unit, row, request.form["save_as"], by=actor(), at=now())
        importing.decide(row, by=actor(), mapping=kept.name)
        toast(f"Saved as “{kept.name}”; it is offered for the next file with these columns.")
    elif (name := row.decided.get("mapping")) and request.form.get("keep"):
        importing.save_mapping(unit, row, name, by=actor(), at=now())


@bp.post("/guess")
@allowed(Action.lesson_import)
def guess_anew(import_id: int) -> Response:
    """Leave a saved mapping aside and take the columns as they are guessed."""
    step = _at("columns", import_id)
    if step is None:
        return _look_first(import_id)
    mapping = {name: said["column"] for name, said in step.guesses.items()}
    with writing() as unit:
        row = importing.get(unit, import_id, by=actor())
        every = {name: mapping.get(name, "") for name in importer.fields_of(row.kind)}
        importing.map_columns(row, every, by=actor())
        importing.decide(row, by=actor(), values={}, mapping="")
    return _to("columns", import_id)


def _next_after(name: str, import_id: int) -> Response:
    """The next step that has a question."""
    step = _at(name, import_id)
    if step is None:
        return _look_first(import_id)
    if name == "columns" and deciding.values_of(step.session, step.row, step.look):
        return _to("values", import_id)
    if name in ("columns", "values"):
        asked, _ = deciding.projects_of(step.session, step.row, step.look, {})
        if asked or step.row.kind is ImportKind.issues:
            return _to("projects", import_id)
    return _to("repeats", import_id)


# Values and projects --------------------------------------------------------------------------


@bp.get("/values")
@allowed(Action.lesson_import)
def values(import_id: int) -> Answer:
    """Which value of the file is which of ours."""
    step = _at("values", import_id)
    if step is None:
        return _look_first(import_id)
    every, page = _values(step)
    part = every[page.offset : page.offset + page.size]
    return step.show(values=part, page=page, label=deciding.label, as_is=deciding.AS_IS)


def _values(step: Step) -> tuple[list[deciding.ValueChoice], Page]:
    wanted = request.args.get("q", "").casefold()
    every = deciding.values_of(step.session, step.row, step.look)
    every = [choice for choice in every if wanted in choice.value.casefold()]
    return every, Page.asked(ASKED).of(len(every))


@bp.post("/values")
@allowed(Action.lesson_import)
def set_values(import_id: int) -> Answer:
    """Keep the values of this page."""
    step = _at("values", import_id)
    if step is None:
        return _look_first(import_id)
    every, page = _values(step)
    taken = deciding.values_in(request.form, every, step.row.decided.get("values", {}))
    with writing() as unit:
        row = importing.get(unit, import_id, by=actor())
        importing.decide(row, by=actor(), values=taken)
        _save_as(unit, row)
    if page.number < page.pages:
        return _to("values", import_id, page=page.number + 1, q=request.args.get("q"))
    return _next_after("values", import_id)


@bp.get("/projects", endpoint="projects")
@allowed(Action.lesson_import)
def projects_page(import_id: int) -> Answer:
    """What becomes of names of projects that are not known, or that several have."""
    step = _at("projects", import_id)
    return _projects(step) if step else _look_first(import_id)


def _asked(step: Step) -> tuple[list[deciding.ProjectChoice], int, Page, dict[int, str]]:
    names = dict(project_lists.choices(step.session, by=actor()))
    wanted = request.args.get("q", "").casefold()
    asked, known = deciding.projects_of(step.session, step.row, step.look, names)
    asked = [choice for choice in asked if wanted in choice.name.casefold()]
    return asked, known, Page.asked(ASKED).of(len(asked)), names


def _projects(step: Step, error: Invalid | None = None) -> Answer:
    asked, known, page, names = _asked(step)
    part = asked[page.offset : page.offset + page.size]
    return step.show(
        400 if error else 200, asked=[deciding.with_likest(one, names) for one in part],
        known=known, page=page, names=names, error=error, sure=deciding.SURE,
        could_link=deciding.nearly_sure(asked, names, step.row.decided.get("projects", {})),
    )  # fmt: skip


@bp.post("/projects")
@allowed(Action.lesson_import)
def set_projects(import_id: int) -> Answer:
    """Keep what becomes of the names on this page, or link all that are nearly sure."""
    step = _at("projects", import_id)
    if step is None:
        return _look_first(import_id)
    asked, _, page, names = _asked(step)
    try:
        codes = {label.split(" ")[0].casefold(): key for key, label in names.items()}
        taken = deciding.projects_in(
            request.form, asked, codes, step.row.decided.get("projects", {})
        )
        default = deciding.default_project(request.form, codes)
    except Invalid as error:
        return _projects(step, error)
    if request.form.get("best"):
        taken |= deciding.nearly_sure(asked, names, taken)
    with writing() as unit:
        row = importing.get(unit, import_id, by=actor())
        importing.decide(row, by=actor(), projects=taken, project_id=default)
    if request.form.get("best"):
        return _to("projects", import_id, page=page.number)
    if page.number < page.pages:
        return _to("projects", import_id, page=page.number + 1, q=request.args.get("q"))
    return _to("repeats", import_id)


# Repeats and preview --------------------------------------------------------------------------


def _checked(step: Step) -> dict[str, Any] | None:
    """What the import would do, or None while the worker finds out."""
    found = working.load(runtime(), step.row, working.CHECK)
    if found is not None:
        return found
    job = jobs.find(step.session, step.row.job_id)
    mark = working.mark(step.row, working.CHECK)
    again = job is not None and (job.payload.get("of") != mark or job.state is JobState.done)
    if job is None or (job.finished_at is not None and again):
        with writing() as unit:
            row = importing.get(unit, step.row.id, by=actor())
            importing.enqueue(unit, row, work.CHECK, by=actor(), at=now(), of=mark)
    return None


def _wait(step: Step) -> Answer:
    session = reading()
    row = importing.get(session, step.row.id, by=actor())
    job = jobs.find(session, row.job_id)
    return render_template(
        "imports/wait.html",
        row=row,
        job=job,
        look=step.look,
        steps=STEPS,
        here=step.name,
        error=None,
    )


@bp.get("/repeats")
@allowed(Action.lesson_import)
def repeats(import_id: int) -> Answer:
    """Rows that say what is there already, beside it, each with a choice."""
    step = _at("repeats", import_id)
    if step is None:
        return _look_first(import_id)
    found = _checked(step)
    if found is None:
        return _wait(step)
    if not found["repeats"]:
        return _to("preview", import_id)
    page = Page.asked(SHOWN).of(len(found["repeats"]))
    part = found["repeats"][page.offset : page.offset + page.size]
    known = checking.known_beside(step.session, step.row, part, by=actor())
    return step.show(
        repeats=part, page=page, known=known, found=found, choices_for=deciding.choices_for,
        default_choice=deciding.default_choice, decided=step.row.decided.get("repeats", {}),
    )  # fmt: skip


@bp.post("/repeats")
@allowed(Action.lesson_import)
def set_repeats(import_id: int) -> Answer:
    """Keep the choices of this page, or one choice for all that stand open."""
    step = _at("repeats", import_id)
    found = _checked(step) if step else None
    if step is None or found is None:
        return _to("repeats", import_id)
    page = Page.asked(SHOWN).of(len(found["repeats"]))
    decided = step.row.decided.get("repeats", {})
    taken = deciding.repeats_in(request.form, found["repeats"], decided, step.row.kind)
    with writing() as unit:
        row = importing.get(unit, import_id, by=actor())
        importing.decide(row, by=actor(), repeats=taken)
    if request.form.get("rest") or page.number >= page.pages:
        return _to("preview", import_id)
    return _to("repeats", import_id, page=page.number + 1)


@bp.post("/check")
@allowed(Action.lesson_import)
def check_again(import_id: int) -> Response:
    """Compare once more, after a fault or a stop."""
    with writing() as unit:
        row = importing.get(unit, import_id, by=actor())
        importing.require_open(row, by=actor())
        mark = working.mark(row, working.CHECK)
        importing.enqueue(unit, row, work.CHECK, by=actor(), at=now(), of=mark)
    return _to("preview", import_id)


@bp.get("/preview")
@allowed(Action.lesson_import)
def preview(import_id: int) -> Answer:
    """The first rows as they will be, what would become of all, and the last button."""
    step = _at("preview", import_id)
    if step is None:
        return _look_first(import_id)
    found = _checked(step)
    if found is None:
        return _wait(step)
    decided = step.row.decided.get("repeats", {})
    outcome = deciding.outcome(found, decided)
    return step.show(found=found, outcome=outcome, label=deciding.label)
