"""Imports in pages: the list, upload, running with progress, the report, taking back.

The steps between the upload and the run are in `import_steps`.
"""

from io import BytesIO

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from content import files, importing, jobs
from content.access import Action
from content.db import now
from content.errors import NotFound, Refused
from content.models import ImportKind, ImportState, StoredFile
from portal.auth import actor, allowed
from portal.db import reading, runtime, writing
from portal.html import toast
from portal.importer import working
from portal.worker import imports as work

bp = Blueprint("imports", __name__, url_prefix="/imports")
Answer = str | Response | tuple[str, int]

MEGABYTE = 1_000_000


@bp.get("/")
@allowed(Action.lesson_import)
def index() -> str:
    """The imports so far, the upload, and the saved mappings."""
    session = reading()
    rows = importing.listing(session, by=actor())
    saved = importing.mappings(session, by=actor())
    return render_template("imports/index.html", rows=rows, saved=saved)


@bp.post("/")
@allowed(Action.lesson_import)
def upload() -> Answer:
    """Keep the file and have the worker look at it."""
    try:
        data, filename = _taken(request.files.get("file"))
    except Refused as error:
        toast(error.message, kind="error")
        return redirect(url_for("imports.index"))
    kind = ImportKind.issues if request.form.get("kind") == "issues" else ImportKind.lessons
    sha256 = runtime().files.put(data)
    with writing() as unit:
        file = files.register(
            unit, sha256=sha256, size=len(data), format="import",
            media_type="application/octet-stream", at=now(),
        )  # fmt: skip
        row = importing.begin(
            unit, filename=filename, file=file, mapping={}, publish=False, kind=kind, by=actor(),
            at=now(),
        )  # fmt: skip
        importing.enqueue(unit, row, work.LOOK, by=actor(), at=now())
    return redirect(url_for("imports.page", import_id=row.id))


def _taken(file: FileStorage | None) -> tuple[bytes, str]:
    if file is None or not file.filename:
        raise Refused("Choose a file first.")
    most = runtime().settings.import_mb
    data = file.stream.read(most * MEGABYTE + 1)
    if len(data) > most * MEGABYTE:
        raise Refused(f"The file is larger than {most} MB. Split it and import each part.")
    if not data:
        raise Refused("The file is empty.")
    return data, file.filename


@bp.get("/<int:import_id>")
@allowed(Action.lesson_import)
def page(import_id: int) -> Answer:
    """One import: what runs now, else the step that is next, else what came of it."""
    session = reading()
    row = importing.get(session, import_id, by=actor())
    job = jobs.find(session, row.job_id)
    busy = job is not None and job.finished_at is None
    if row.state is ImportState.uploaded and not busy and not (job and job.error):
        look = working.load(runtime(), row, working.LOOK)
        sheets = look["look"]["sheets"] if look else ()
        many = len(sheets) > 1 and "sheet" not in row.decided
        return redirect(url_for(f"import_steps.{'sheet' if many else 'columns'}", import_id=row.id))
    done = row.state is ImportState.done
    return render_template(
        "imports/page.html",
        row=row,
        job=job,
        busy=busy,
        edited=importing.edited_since(session, row) if done else 0,
        registered=importing.registered(session, row) if done else 0,
    )


@bp.post("/<int:import_id>/run")
@allowed(Action.lesson_import)
def run(import_id: int) -> Response:
    """Hand the import to the worker."""
    with writing() as unit:
        row = importing.get(unit, import_id, by=actor())
        importing.require_open(row, by=actor())
        row.publish = request.form.get("publish") == "1"
        row.state = ImportState.running
        importing.enqueue(unit, row, work.RUN, by=actor(), at=now())
    return redirect(url_for("imports.page", import_id=import_id))


@bp.get("/<int:import_id>/progress")
@allowed(Action.lesson_import)
def progress(import_id: int) -> Answer:
    """The fragment that shows how far it is; sends the page on when it is over."""
    session = reading()
    row = importing.get(session, import_id, by=actor())
    job = jobs.find(session, row.job_id)
    if job is None or job.finished_at is not None:
        back = request.headers.get("HX-Current-URL") or url_for("imports.page", import_id=row.id)
        return Response(headers={"HX-Redirect": back})
    return render_template("imports/_progress.html", row=row, job=job)


@bp.post("/<int:import_id>/stop")
@allowed(Action.lesson_import)
def stop(import_id: int) -> Response:
    """Stop what the worker does with a file; what it wrote so far is taken back."""
    with writing() as unit:
        row = importing.get(unit, import_id, by=actor())
        if row.job_id is not None:
            job = jobs.ask_to_stop(unit, row.job_id, at=now())
            if job.finished_at is not None and job.kind == work.RUN:
                row.state = ImportState.undone
    toast("It stops; what the import did so far is taken back.")
    return redirect(url_for("imports.page", import_id=import_id))


@bp.post("/<int:import_id>/undo")
@allowed(Action.lesson_import)
def undo(import_id: int) -> Response:
    """Have the worker take an import back whole."""
    with writing() as unit:
        row = importing.get(unit, import_id, by=actor())
        importing.begin_undo(unit, row, by=actor(), at=now())
        importing.enqueue(unit, row, work.UNDO, by=actor(), at=now())
    toast("The import is being taken back.")
    return redirect(url_for("imports.page", import_id=import_id))


@bp.post("/mappings/<int:mapping_id>/delete")
@allowed(Action.lesson_import)
def delete_mapping(mapping_id: int) -> Response:
    """Forget a saved mapping."""
    with writing() as unit:
        name = importing.delete_mapping(unit, mapping_id, by=actor(), at=now())
    toast(f"The mapping “{name}” is forgotten. Imports that used it are as they were.")
    return redirect(url_for("imports.index"))


@bp.get("/<int:import_id>/report")
@allowed(Action.lesson_import)
def report(import_id: int) -> Response:
    """The report, row by row, as a file."""
    row = importing.get(reading(), import_id, by=actor())
    kept: StoredFile | None = row.report_file
    if kept is None:
        raise NotFound("There is no report yet.")
    return send_file(
        BytesIO(runtime().files.read(kept.sha256)),
        mimetype="text/csv",
        as_attachment=True,
        download_name=f"import-{row.id}-report.csv",
    )
