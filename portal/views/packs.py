"""Start packs: the lessons that fit a project, answered one by one; its phase gates; its export."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from analytics import packs
from analytics.packs import Pack, Row
from content import applications, exports, gates, lessons, playbooks, projects
from content.access import Action, can, require
from content.applications import NO_VERSION
from content.db import now
from content.errors import Conflict, Invalid, NotFound
from content.models import Answer, Application, Phase, Project, ProjectPhase
from portal import packing, packprint
from portal.auth import actor, allowed
from portal.db import end_reading, reading, runtime, writing
from portal.html import is_fragment, toast
from portal.views.applications import ANSWERS

bp = Blueprint("packs", __name__, url_prefix="/projects/<code>/pack")
Reply = str | Response | tuple[str, int]
SHOWS = {"due": "To answer", "answered": "Answered", "all": "All", "phase": "This phase"}


@bp.get("")
@allowed(Action.pack_read)
def page(code: str) -> str:
    """The pack, the best first; what is to be answered unless the address says otherwise."""
    project, pack = _pack(code)
    known = _known(project, pack)
    parts = _parts(pack, known["present"])
    shown = request.args.get("show", "due")
    shown = shown if shown in parts else "due"
    tabs = [(name, SHOWS[name], len(rows)) for name, rows in parts.items()]
    return render_template("packs/page.html", shown=shown, tabs=tabs, rows=parts[shown], **known)


def _parts(pack: Pack | None, present: ProjectPhase | None) -> dict[str, list[Row]]:
    """The rows of each tab; the one of the present phase is about it, or was put off to it."""
    rows = list(pack.rows) if pack else []
    found = {
        "due": [row for row in rows if row.is_due],
        "answered": [row for row in rows if not row.is_due],
        "all": rows,
    }
    if present is not None:
        name = present.name
        found["phase"] = [
            row
            for row in rows
            if row.lesson.phase is name or (row.answer is not None and row.answer.phase is name)
        ]
    return found


def _pack(code: str, asked: int | None = None) -> tuple[Project, Pack | None]:
    session = reading()
    project = projects.by_code(session, code, by=actor())
    return project, packs.of_project(session, project, by=actor(), asked=asked)


def _known(project: Project, pack: Pack | None) -> dict[str, Any]:
    """What every page of a pack shows or asks."""
    return {
        "project": project,
        "pack": pack,
        "present": gates.present_phase(project, now().date()),
        "answers": ANSWERS,
        "phases": _phases_ahead(project),
        "pages": playbooks.page_choices(reading(), by=actor()),
        "may_answer": can(actor(), Action.application_write, project)
        and project.state.value == "open",
    }


def _phases_ahead(project: Project) -> list[ProjectPhase]:
    begun = packs.begun_phases(project)
    return [phase for phase in project.phases if phase.name not in begun]


@dataclass(frozen=True, slots=True)
class Section:
    """What the page of a project says of the lessons of others."""

    pack: Pack | None
    answers: Sequence[Application]

    @property
    def applied(self) -> int:
        """How many lessons the project applied."""
        return sum(row.answer is Answer.applied for row in self.answers)


def section(project: Project) -> Section:
    """The start pack of a project and its answers, as far as the person reads the lessons."""
    answers = applications.of_project(reading(), project, by=actor())
    return Section(packs.of_project(reading(), project, by=actor(), answers=answers), answers)


@bp.post("")
@allowed(Action.project_edit)
def make(code: str) -> Response:
    """Make the pack, or rank it anew."""
    project = projects.by_code(reading(), code, by=actor())
    require(actor(), Action.project_edit, project)
    packing.make(runtime(), project.id, by=actor())
    end_reading()  # what was read before does not know the pack
    _, pack = _pack(code)
    toast(f"The pack has {len(pack.rows) if pack else 0} lessons, ranked just now.")
    return redirect(url_for("packs.page", code=code))


# Answering ------------------------------------------------------------------------------------


@bp.post("/<int:lesson_id>")
@allowed(Action.application_write)
def answer(code: str, lesson_id: int) -> Reply:
    """Answer one lesson for the project; what was typed stays when something is missing."""
    values, problems = _values(), {}
    try:
        with writing() as unit:
            lesson = lessons.get(unit, lesson_id, by=actor())
            project = projects.by_code(unit, code, by=actor())
            applications.answer(
                unit, lesson, project, values, by=actor(), at=now(), version=_version()
            )
    except Invalid as error:
        problems = dict(error.fields)
    except Conflict as error:
        problems = {"answer": error.message}
    return _answered(code, lesson_id, problems)


def _values() -> dict[str, Any]:
    form = request.form
    said, phase, where = form.get("answer", ""), form.get("phase", ""), form.get("where", "")
    # One box takes both: the name of a playbook page that it offers stands for the page.
    pages = playbooks.page_choices(reading(), by=actor())
    page = next((number for number, name in pages if name == where.strip()), None)
    # Without JavaScript each box is sent; only the one of the chosen answer counts.
    used = said in (Answer.applied, Answer.already_done)
    return {
        "answer": Answer(said) if said in set(Answer) else None,
        "where": where if used and page is None else "",
        "page_id": (page or form.get("page_id", type=int)) if used else None,
        "reason": form.get("reason", ""),
        "phase": Phase(phase) if said == Answer.later and phase in set(Phase) else None,
    }


def _version() -> int:
    return request.form.get("version", NO_VERSION, type=int)


def _answered(code: str, lesson_id: int, problems: dict[str, str]) -> Reply:
    project, pack = _pack(code, lesson_id)
    row = next((r for r in pack.rows if r.lesson.id == lesson_id), None) if pack else None
    if row is None:
        raise NotFound("This lesson is no longer in the pack.")
    status = 400 if problems else 200
    known = {**_known(project, pack), "row": row, "problems": problems, "just": not problems}
    if is_fragment():
        return render_template("packs/_answered.html", **known), status
    if problems:
        return render_template("packs/one.html", **known), status
    toast(f"Answered: {row.answer.answer if row.answer else ''}.", undo=_undo(code, lesson_id))
    return redirect(url_for("packs.page", code=code, _anchor="pack"))


def _undo(code: str, lesson_id: int) -> str:
    return url_for("packs.withdraw", code=code, lesson_id=lesson_id)


@bp.get("/<int:lesson_id>")
@allowed(Action.pack_read)
def one(code: str, lesson_id: int) -> Reply:
    """One lesson of the pack with its form, also to change an answer."""
    project, pack = _pack(code, lesson_id)
    row = next((r for r in pack.rows if r.lesson.id == lesson_id), None) if pack else None
    if row is None:
        raise NotFound("This lesson is not in the pack.")
    return render_template(
        "packs/one.html", row=row, problems={}, just=False, **_known(project, pack)
    )


@bp.post("/<int:lesson_id>/withdraw")
@allowed(Action.application_write)
def withdraw(code: str, lesson_id: int) -> Reply:
    """Take an answer back: the lesson waits again."""
    with writing() as unit:
        lesson = lessons.get(unit, lesson_id, by=actor())
        project = projects.by_code(unit, code, by=actor())
        applications.withdraw(unit, lesson, project, by=actor(), at=now())
    if is_fragment():
        return _answered(code, lesson_id, {})
    toast("Taken back; it waits for an answer again.")
    return redirect(url_for("packs.page", code=code))


# Gates ----------------------------------------------------------------------------------------


@bp.get("/gate")
@allowed(Action.pack_read)
def gate(code: str) -> str:
    """What is open before the next gate: unanswered lessons and those put off to its phase."""
    project, pack = _pack(code)
    ahead = _phases_ahead(project)
    coming = ahead[0] if ahead else None
    put_off = [
        row
        for row in (pack.rows if pack else ())
        if coming and row.answer and row.answer.phase is coming.name and not row.is_due
    ]
    return render_template(
        "packs/gate.html", coming=coming, put_off=put_off, **_known(project, pack)
    )


@bp.post("/gate")
@allowed(Action.project_edit)
def pass_gate(code: str) -> Response:
    """Pass the gate: the next phase begins, and what was put off to it returns."""
    seen = request.form.get("phase", "")
    of = Phase(seen) if seen in set(Phase) else None
    try:
        with writing() as unit:
            project = projects.by_code(unit, code, by=actor())
            phase = gates.pass_gate(unit, project, on=now().date(), by=actor(), at=now(), of=of)
    except Conflict as error:
        toast(error.message, kind="error")
        return redirect(url_for("packs.gate", code=code))
    undo = url_for("packs.take_gate_back", code=code)
    toast(f"The gate of {phase.name} is passed. What waits for an answer is below.", undo=undo)
    return redirect(url_for("packs.page", code=code))


@bp.post("/gate/back")
@allowed(Action.project_edit)
def take_gate_back(code: str) -> Response:
    """Take the last gate back."""
    with writing() as unit:
        project = projects.by_code(unit, code, by=actor())
        phase = gates.take_gate_back(unit, project, by=actor(), at=now())
    toast(f"The project is in {phase.name} again." if phase else "No gate was passed.")
    return redirect(url_for("packs.page", code=code))


# Export ---------------------------------------------------------------------------------------

COLUMNS = (
    exports.Column("rank", "Rank", "number"),
    exports.Column("number", "Lesson"),
    exports.Column("headline", "Headline", "long"),
    exports.Column("recommendation", "Recommendation", "long"),
    exports.Column("why", "Why it was chosen", "long"),
    exports.Column("answer", "Answer"),
    exports.Column("where", "Where", "long"),
    exports.Column("reason", "Reason", "long"),
    exports.Column("phase", "Phase"),
    exports.Column("link", "Link", "link"),
)


@bp.get("/export.<any('xlsx','docx'):format>")
@allowed(Action.pack_read)
def export(code: str, format: str) -> Response:
    """The pack as a workbook to fill in, or as a document for the kick-off."""
    project, pack = _pack(code)
    if pack is None:
        raise NotFound("There is no pack yet.")
    target = BytesIO()
    if format == "xlsx":
        rows = [packprint.as_row(row, _link(row)) for row in pack.rows]
        exports.write_xlsx(rows, COLUMNS, target, sheet=f"Start pack {project.code}")
    else:
        packprint.write_docx(project, pack, target, link=_link)
    target.seek(0)
    return send_file(target, as_attachment=True, download_name=f"start-pack-{code}.{format}")


def _link(row: Row) -> str:
    return runtime().settings.address + url_for("lessons.page", lesson_id=row.lesson.id)
