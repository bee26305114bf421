"""Imports in pages: upload, look at what would happen, run with progress, take back."""

from io import BytesIO
from pathlib import Path

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from content import files, importing, jobs
from content.access import Action
from content.db import now
from content.errors import Conflict, NotFound, Refused
from content.imports import FIELDS
from content.models import Import, ImportState, StoredFile
from portal import importer
from portal.auth import actor, allowed
from portal.db import reading, runtime, writing
from portal.html import toast

bp = Blueprint("imports", __name__, url_prefix="/imports")
Answer = str | Response | tuple[str, int]

MEGABYTE = 1_000_000
# Rows shown as lessons before the import runs.
SHOWN = 20


@bp.get("/")
@allowed(Action.lesson_import)
def index() -> str:
    """The imports so far, and the upload."""
    rows = importing.listing(reading(), by=actor())
    return render_template("imports/index.html", rows=rows)


@bp.post("/")
@allowed(Action.lesson_import)
def upload() -> Answer:
    """Keep the file and show what is in it."""
    try:
        data, filename = _taken(request.files.get("file"))
        sha256 = runtime().files.put(data)
        found = importer.read(runtime().files.path(sha256), filename)
    except Refused as error:
        toast(error.message, kind="error")
        return redirect(url_for("imports.index"))
    with writing() as unit:
        file = files.register(
            unit,
            sha256=sha256,
            size=len(data),
            format="import",
            media_type="application/octet-stream",
            at=now(),
        )
        row = importing.begin(
            unit,
            filename=filename,
            file=file,
            mapping=found.mapping,
            publish=False,
            by=actor(),
            at=now(),
        )
    return redirect(url_for("imports.page", import_id=row.id))


def _taken(file: FileStorage | None) -> tuple[bytes, str]:
    if file is None or not file.filename:
        raise Refused("Choose a file first.")
    most = runtime().settings.import_mb
    data = file.stream.read(most * MEGABYTE + 1)
    if len(data) > most * MEGABYTE:
        raise Refused(f"The file is larger than {most} MB.")
    if not data:
        raise Refused("The file is empty.")
    return data, file.filename


@bp.get("/<int:import_id>")
@allowed(Action.lesson_import)
def page(import_id: int) -> str:
    """One import: its columns and first rows before it runs, its progress, its report after."""
    session = reading()
    row = importing.get(session, import_id, by=actor())
    if row.state is ImportState.uploaded:
        return _preview(row)
    job = jobs.find(session, row.job_id)
    edited = importing.edited_since(session, row) if row.state is ImportState.done else 0
    return render_template("imports/page.html", row=row, job=job, edited=edited)


def _preview(row: Import) -> str:
    found = importer.read(_file(row), row.filename, row.mapping)
    report = importer.dry_run(runtime(), found)
    return render_template(
        "imports/preview.html",
        row=row,
        found=found,
        report=report,
        fields=tuple(FIELDS),
        drafts=found.drafts[:SHOWN],
    )


def _file(row: Import) -> Path:
    if row.file is None:
        raise NotFound("The file of this import is not kept.")
    return runtime().files.path(row.file.sha256)


@bp.post("/<int:import_id>/mapping")
@allowed(Action.lesson_import)
def set_mapping(import_id: int) -> Response:
    """Say which column is which field, and look again."""
    mapping = {
        name: column for name in FIELDS if (column := request.form.get(f"map-{name}", "")) != ""
    }
    with writing() as unit:
        row = importing.get(unit, import_id, by=actor())
        _require_uploaded(row)
        # A field that is set to nothing must not be guessed again.
        row.mapping = {name: mapping.get(name, "") for name in FIELDS}
    return redirect(url_for("imports.page", import_id=import_id))


def _require_uploaded(row: Import) -> None:
    if row.state is not ImportState.uploaded:
        raise Conflict("This import has been run already.")


@bp.post("/<int:import_id>/run")
@allowed(Action.lesson_import)
def run(import_id: int) -> Response:
    """Hand the import to the worker."""
    with writing() as unit:
        row = importing.get(unit, import_id, by=actor())
        _require_uploaded(row)
        row.publish = request.form.get("publish") == "1"
        row.state = ImportState.running
        job = jobs.enqueue(
            unit, "import lessons", {"import": row.id, "actor": actor().id}, by=actor(), at=now()
        )
        row.job_id = job.id
    return redirect(url_for("imports.page", import_id=import_id))


@bp.get("/<int:import_id>/progress")
@allowed(Action.lesson_import)
def progress(import_id: int) -> Answer:
    """The fragment that shows how far it is; sends the page on when it is over."""
    session = reading()
    row = importing.get(session, import_id, by=actor())
    job = jobs.find(session, row.job_id)
    if job is None or job.finished_at is not None:
        return Response(headers={"HX-Redirect": url_for("imports.page", import_id=import_id)})
    return render_template("imports/_progress.html", row=row, job=job)


@bp.post("/<int:import_id>/stop")
@allowed(Action.lesson_import)
def stop(import_id: int) -> Response:
    """Stop a running import; what it did so far is taken back."""
    with writing() as unit:
        row = importing.get(unit, import_id, by=actor())
        if row.job_id is not None:
            job = jobs.ask_to_stop(unit, row.job_id, at=now())
            if job.finished_at is not None:
                row.state = ImportState.undone
    toast("The import stops; what it did so far is taken back.")
    return redirect(url_for("imports.page", import_id=import_id))


@bp.post("/<int:import_id>/undo")
@allowed(Action.lesson_import)
def undo(import_id: int) -> Response:
    """Take an import back whole."""
    with writing() as unit:
        row = importing.get(unit, import_id, by=actor())
        counts = importing.undo(unit, row, by=actor(), at=now())
    toast(f"Taken back: {counts['removed']} removed, {counts['restored']} as they were before.")
    return redirect(url_for("imports.page", import_id=import_id))


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
