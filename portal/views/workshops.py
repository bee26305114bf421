"""Closing workshops of a project: planning one, its link and sheet, its summary and exports.

The board stands in `workshop_board`, and what whoever has the link sees in `workshop_notes`.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import segno
from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from flask_wtf import FlaskForm
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField, DateTimeLocalField, HiddenField, StringField
from wtforms.validators import Length, Optional

from content import exports, projects
from content.access import Action, reads_whole, require
from content.db import now
from content.errors import Conflict, Invalid
from content.models import Project, Workshop, WorkshopNote
from content.workshops import groups, planning
from content.workshops.planning import DEFAULT_QUESTIONS, OPEN_FOR, QUESTIONS_MOST
from portal import forms
from portal.auth import actor, allowed
from portal.db import reading, runtime, writing
from portal.html import toast
from portal.papers import Block, Bullets, Heading, Paper, Text, write_pdf

bp = Blueprint("workshops", __name__, url_prefix="/workshops")
Reply = str | BaseResponse | tuple[str, int]
LOCAL = "%Y-%m-%dT%H:%M"  # what a field of date and time sends
# How long "take notes again" lasts where no earlier end is known.
A_DAY = timedelta(days=1)


class WorkshopForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What planning a workshop asks; each question has a field of its own."""

    title = StringField("Title", [Length(max=planning.TITLE_MOST)])
    closes_at = DateTimeLocalField("Takes notes until (UTC)", [Optional()], format=LOCAL)
    shows_notes = BooleanField("People see each other’s notes")
    version = HiddenField()

    def values(self) -> dict[str, Any]:
        """The fields as the verbs take them."""
        until = self.closes_at.data
        return {
            "title": self.title.data or "", "questions": request.form.getlist("questions"),
            "closes_at": until.replace(tzinfo=UTC) if until else None,
            "shows_notes": self.shows_notes.data,
        }  # fmt: skip


# Planning -------------------------------------------------------------------------------------


@bp.route("/new", methods=["GET", "POST"])
@allowed(Action.workshop_manage)
def new() -> Reply:
    """Plan a workshop of the project that the address names."""
    project = projects.by_code(reading(), request.args.get("project", ""), by=actor())
    require(actor(), Action.workshop_manage, project)
    form = WorkshopForm()
    if request.method == "GET":
        form.title.data = f"Closing workshop: {project.name}"[: planning.TITLE_MOST]
        form.closes_at.data = _minute(now() + OPEN_FOR).replace(minute=0)
        form.shows_notes.data = True
        return _form_page(form, project, list(DEFAULT_QUESTIONS))
    try:
        if not form.validate():
            raise Invalid("Please look at the fields below.")
        with writing() as unit:
            row = projects.by_code(unit, project.code, by=actor())
            workshop = planning.plan(unit, row, form.values(), by=actor(), at=now())
    except Invalid as error:
        return _refused(form, project, error)
    toast("The link is ready. Send it, or print the sheet and put it on the wall.")
    return redirect(url_for("workshop_board.page", workshop_id=workshop.id))


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0, tzinfo=None)


def _form_page(
    form: WorkshopForm,
    project: Project,
    questions: list[str],
    status: int = 200,
    workshop: Workshop | None = None,
) -> Reply:
    spare = [""] * (QUESTIONS_MOST - len(questions))
    return render_template(
        "workshops/form.html", form=form, project=project, questions=[*questions, *spare],
        workshop=workshop,
    ), status  # fmt: skip


def _refused(
    form: WorkshopForm, project: Project, error: Invalid, workshop: Workshop | None = None
) -> Reply:
    """The form with what was typed; a reason that is about the questions stands beside them."""
    if not form.errors or error.fields:
        forms.take_back(form, error)
    typed = request.form.getlist("questions")[:QUESTIONS_MOST]
    return _form_page(form, project, typed, 400, workshop)


@bp.route("/<int:workshop_id>/edit", methods=["GET", "POST"])
@allowed(Action.workshop_manage)
def edit(workshop_id: int) -> Reply:
    """Change what is asked, and until when."""
    workshop = planning.get(reading(), workshop_id, by=actor())
    form, project = WorkshopForm(obj=workshop), workshop.project
    if request.method == "GET":
        form.closes_at.data = _minute(workshop.closes_at)
        form.version.data = str(workshop.version)
        return _form_page(form, project, list(workshop.questions), workshop=workshop)
    try:
        if not form.validate():
            raise Invalid("Please look at the fields below.")
        with writing() as unit:
            row = planning.get(unit, workshop_id, by=actor())
            planning.change(
                unit, row, _kept(form.values(), row), by=actor(), at=now(),
                version=forms.number(form.version.data),
            )  # fmt: skip
    except Invalid as error:
        return _refused(form, project, error, workshop)
    except Conflict as error:
        form.form_errors.append(error.message)
        typed = request.form.getlist("questions")[:QUESTIONS_MOST]
        form.version.data = str(planning.get(reading(), workshop_id, by=actor()).version)
        return _form_page(form, project, typed, 409, workshop)
    toast("Saved.")
    return redirect(url_for("workshop_board.page", workshop_id=workshop_id))


def _kept(values: dict[str, Any], workshop: Workshop) -> dict[str, Any]:
    """The field holds minutes: an end that nobody touched keeps its seconds, also a past one."""
    until = values["closes_at"]
    if until and _minute(until) == _minute(workshop.closes_at):
        values["closes_at"] = workshop.closes_at
    return values


@bp.post("/<int:workshop_id>/<any('end','open','renew','remove'):step>")
@allowed(Action.workshop_manage)
def move(workshop_id: int, step: str) -> BaseResponse:
    """End it, take notes again, give it a new link, or delete an empty one."""
    with writing() as unit:
        row = planning.get(unit, workshop_id, by=actor())
        before, project = row.closes_at, row.project
        if step == "end":
            planning.end(unit, row, by=actor(), at=now())
        elif step == "open":
            planning.open_again(unit, row, _until(), by=actor(), at=now())
        elif step == "renew":
            planning.renew(unit, row, by=actor(), at=now())
        else:
            planning.remove(unit, row, by=actor(), at=now())
    here = url_for("workshop_board.page", workshop_id=workshop_id)
    if step == "end":
        again = url_for("workshops.move", workshop_id=workshop_id, step="open", until=before)
        toast("The link takes no more notes.", undo=again)
    elif step == "open":
        toast("The link takes notes again.")
    elif step == "renew":
        toast("There is a new link. The old one and its sheets lead nowhere now.")
    else:
        toast("The workshop is deleted.")
        here = url_for("projects.page", code=project.code)
    return redirect(here)


def _until() -> datetime:
    """When a workshop that takes notes again ends: as before, where the address says so."""
    try:
        until = datetime.fromisoformat(request.args.get("until", ""))
    except ValueError:
        return now() + A_DAY
    return until if until.tzinfo and until > now() else now() + A_DAY


# On paper -------------------------------------------------------------------------------------


def link_of(workshop: Workshop) -> str:
    """The address that people open or type."""
    return runtime().settings.address + url_for("workshop_notes.page", token=workshop.token)


def code_of(link: str) -> Markup:
    """A link as a QR code: SVG that scales, black on white."""
    made = segno.make(link, error="m", micro=False)
    drawn = made.svg_inline(omitsize=True, border=4, light="#fff", dark="#000")
    return Markup(drawn)  # noqa: S704  (squares that segno drew)


@bp.get("/<int:workshop_id>/sheet")
@allowed(Action.workshop_manage)
def sheet(workshop_id: int) -> str:
    """A sheet for the wall: the questions, a large code, the address, and how it works."""
    workshop = planning.get(reading(), workshop_id, by=actor())
    link, settings = link_of(workshop), runtime().settings
    return render_template(
        "workshops/sheet.html", workshop=workshop, link=link, code=code_of(link),
        only_here=settings.is_loopback and not settings.base_url,
    )  # fmt: skip


@bp.get("/<int:workshop_id>/summary")
@allowed(Action.workshop_manage)
def summary(workshop_id: int) -> str:
    """What came out of it, to read, print and take along."""
    session = reading()
    workshop = planning.get(session, workshop_id, by=actor())
    return render_template(
        "workshops/summary.html", workshop=workshop, at=now(),
        board=groups.board(session, workshop, by=actor()),
    )  # fmt: skip


COLUMNS = (
    exports.Column("group", "Group", "long"),
    exports.Column("question", "Question", "long"),
    exports.Column("note", "Note", "long"),
    exports.Column("lesson", "Lesson"),
    exports.Column("headline", "Headline", "long"),
    exports.Column("state", "State"),
    exports.Column("link", "Link", "link"),
)


@bp.get("/<int:workshop_id>/notes.<any('csv','xlsx'):format>")
@allowed(Action.workshop_manage)
def export(workshop_id: int, format: str) -> BaseResponse:
    """The notes by group, with the lessons that came of them."""
    workshop = planning.get(reading(), workshop_id, by=actor())
    rows = list(_rows(workshop))
    name = f"workshop-{workshop.project.code}-{workshop.id}.{format}"
    if format == "csv":
        answer = Response(b"".join(exports.write_csv(rows, COLUMNS)), mimetype="text/csv")
        answer.headers.set("Content-Disposition", "attachment", filename=name)
        return answer
    target = BytesIO()
    exports.write_xlsx(rows, COLUMNS, target, sheet=workshop.title)
    target.seek(0)
    return send_file(target, as_attachment=True, download_name=name)


@bp.get("/<int:workshop_id>/summary.pdf")
@allowed(Action.workshop_manage)
def as_pdf(workshop_id: int) -> BaseResponse:
    """What came out of it, as a document."""
    workshop = planning.get(reading(), workshop_id, by=actor())
    made = write_pdf(_paper(workshop), at=now())
    name = f"workshop-{workshop.project.code}-{workshop.id}.pdf"
    return send_file(
        BytesIO(made), mimetype="application/pdf", as_attachment=True, download_name=name
    )


def _paper(workshop: Workshop) -> Paper:
    board, project = groups.board(reading(), workshop, by=actor()), workshop.project
    blocks: list[Block] = []
    for heap in board.heaps:
        blocks.append(Heading(heap.group.title))
        lesson = heap.group.lesson
        if lesson is not None and reads_whole(actor(), lesson):
            blocks.append(Text(f"{lesson.number} {lesson.headline} ({lesson.state})", "Lesson"))
        blocks += _asked(workshop, heap.notes)
    loose = [note for notes in board.loose.values() for note in notes]
    if loose:
        blocks += [Heading("In no group" if board.heaps else "Notes"), *_asked(workshop, loose)]
    return Paper(
        workshop.title, blocks or [Text("No note yet.")],
        facts=[("Project", f"{project.code} {project.name}"), ("Notes", str(len(board.notes))),
               ("Groups", str(len(board.heaps)))],
        foot=f"{project.code}: {workshop.title}",
    )  # fmt: skip


def _asked(workshop: Workshop, rows: Sequence[WorkshopNote]) -> list[Block]:
    """Notes under their questions."""
    blocks: list[Block] = []
    for place, question in enumerate(workshop.questions):
        said = [note.text for note in rows if note.question == place]
        if said:
            blocks += [Heading(question, 2), Bullets(said)]
    return blocks


def _rows(workshop: Workshop) -> Iterator[dict[str, object]]:
    board = groups.board(reading(), workshop, by=actor())
    for heap in board.heaps:
        lesson = heap.group.lesson
        known: dict[str, object] = {"group": heap.group.title}
        if lesson is not None and reads_whole(actor(), lesson):
            address = url_for("lessons.page", lesson_id=lesson.id)
            known |= {
                "lesson": lesson.number, "headline": lesson.headline, "state": lesson.state,
                "link": runtime().settings.address + address,
            }  # fmt: skip
        for note in heap.notes:
            yield known | _said(workshop, note)
    for notes in board.loose.values():
        for note in notes:
            yield _said(workshop, note)


def _said(workshop: Workshop, note: WorkshopNote) -> dict[str, object]:
    return {"question": workshop.questions[note.question], "note": note.text}
