"""The files of a lesson: adding, reading, taking off, putting back."""

from io import BytesIO

from flask import Blueprint, redirect, request, send_file, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from content import attachments, lessons
from content.access import Action, require
from content.db import now
from content.documents import safe_name
from content.errors import Invalid, Refused
from portal import uploads
from portal.auth import actor, allowed
from portal.db import reading, runtime, writing
from portal.html import toast

bp = Blueprint("attachments", __name__, url_prefix="/lessons/<int:lesson_id>/files")


@bp.post("/")
@allowed(Action.lesson_edit)
def add(lesson_id: int) -> Response:
    """Attach the chosen files; one that is refused keeps none of the others out."""
    require(actor(), Action.lesson_edit, lessons.get(reading(), lesson_id, by=actor()))
    told = []
    chosen: list[FileStorage | None] = [*request.files.getlist("files")] or [None]
    if len(chosen) > attachments.MOST:
        toast(f"Only the first {attachments.MOST} files were taken. Add fewer.", kind="error")
    for file in chosen[: attachments.MOST]:
        try:
            upload = uploads.take(file)
            with writing() as unit:
                lesson = lessons.get(unit, lesson_id, by=actor())
                row = uploads.register(unit, upload)
                attachments.add(unit, lesson, row, upload.filename, by=actor(), at=now())
            told.append(upload.filename)
        except (Refused, Invalid) as error:
            name = f"{file.filename}: " if file is not None and file.filename else ""
            toast(f"{name}{error.message}", kind="error")
    if told:
        toast(f"Attached {', '.join(told)}. Search finds its words in a moment.")
    return redirect(url_for("lessons.page", lesson_id=lesson_id) + "#files")


@bp.get("/<int:attachment_id>")
@allowed(Action.lesson_read)
def download(lesson_id: int, attachment_id: int) -> Response:
    """One file, to be kept and never to be shown by the browser as a page of the portal's."""
    session = reading()
    lesson = lessons.get(session, lesson_id, by=actor())
    row = attachments.get(session, lesson, attachment_id, by=actor())
    stem = row.name.rsplit(".", 1)[0]
    return send_file(
        BytesIO(runtime().files.read(row.file.sha256)),
        mimetype=row.file.media_type,
        as_attachment=True,
        download_name=safe_name(stem, row.file.format),
    )


@bp.post("/<int:attachment_id>/remove")
@allowed(Action.lesson_edit)
def remove(lesson_id: int, attachment_id: int) -> Response:
    """Take a file off the lesson; the toast puts it back."""
    with writing() as unit:
        lesson = lessons.get(unit, lesson_id, by=actor())
        row = attachments.remove(unit, lesson, attachment_id, by=actor(), at=now())
        undo = url_for("attachments.put_back", lesson_id=lesson_id, file=row.file_id, name=row.name)
    toast("Taken off.", undo=undo)
    return redirect(url_for("lessons.page", lesson_id=lesson_id) + "#files")


@bp.post("/back")
@allowed(Action.lesson_edit)
def put_back(lesson_id: int) -> Response:
    """Attach a file again that was taken off."""
    number, name = request.args.get("file", 0, type=int), request.args.get("name", "file")
    with writing() as unit:
        lesson = lessons.get(unit, lesson_id, by=actor())
        attachments.put_back(unit, lesson, number, name, by=actor(), at=now())
    toast("It is back.")
    return redirect(url_for("lessons.page", lesson_id=lesson_id) + "#files")
