"""The words inside stored files, sheet by sheet, slide by slide, page by page, for search.

Read from a file once and kept in rows, because opening an office file takes longer than a search.
The rows can be deleted: the worker reads what is missing again.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from content import jobs
from content.documents import text_of
from content.documents.pdftext import text_of_pdf
from content.errors import PortalError
from content.models import FilePassage, LessonFile, StoredFile, TemplateVersion
from content.types import SYSTEM, Actor, Kind, Passage

JOB = "read file"
# Characters of one file that are kept: a handbook of 60 pages, of which every word is found.
TEXT_MOST = 100_000
PLACE_MOST = 200
# Rows fetched at a time while passages are read for the index.
STREAMED = {"yield_per": 100}


def extract(path: Path, format_: str) -> tuple[Passage, ...]:
    """The passages of a file; none when it holds no words or they cannot be read."""
    try:
        if format_ == "pdf":
            return _bounded(text_of_pdf(path))
        return _bounded([Passage(part.where, part.text) for part in text_of(path, format_)])
    except (PortalError, OSError):
        return ()


def _bounded(found: Sequence[Passage]) -> tuple[Passage, ...]:
    kept, left = [], TEXT_MOST
    for passage in found:
        text = passage.text.replace("\x00", " ").strip()[:left]
        if text:
            kept.append(Passage(passage.place[:PLACE_MOST], text))
        left -= len(text)
    return tuple(kept)


def store(session: Session, file_id: int, passages: Sequence[Passage]) -> None:
    """Keep what was read of a file; one without words gets an empty row, to be read once only."""
    session.execute(delete(FilePassage).where(FilePassage.file_id == file_id))
    kept = passages or (Passage("", ""),)
    session.add_all(
        FilePassage(file_id=file_id, number=number, place=part.place, text=part.text)
        for number, part in enumerate(kept)
    )
    session.flush()


def of_files(session: Session, file_ids: Sequence[int]) -> dict[int, tuple[Passage, ...]]:
    """The passages of some files, in one query."""
    query = select(FilePassage).where(FilePassage.file_id.in_(file_ids), FilePassage.text != "")
    found: dict[int, list[Passage]] = {}
    for row in session.scalars(query.order_by(FilePassage.file_id, FilePassage.number)):
        found.setdefault(row.file_id, []).append(Passage(row.place, row.text))
    return {file_id: tuple(parts) for file_id, parts in found.items()}


def of_lessons(session: Session, lesson_ids: Sequence[int]) -> dict[int, tuple[Passage, ...]]:
    """The passages of the files that some lessons carry, each with the file's name.

    A lesson is one document of the index, so all its files together are bounded as one file is.
    """
    query = (
        select(LessonFile.lesson_id, LessonFile.name, FilePassage.place, FilePassage.text)
        .join(FilePassage, FilePassage.file_id == LessonFile.file_id)
        .where(LessonFile.lesson_id.in_(lesson_ids), FilePassage.text != "")
        .order_by(LessonFile.id, FilePassage.number)
    )
    found: dict[int, list[Passage]] = {}
    left: dict[int, int] = {}
    # Ten handbooks on each lesson of a batch would not fit in memory, so what is cut is not kept.
    for lesson_id, name, place, text in session.execute(query, execution_options=STREAMED):
        room = left.get(lesson_id, TEXT_MOST)
        if room > 0:
            found.setdefault(lesson_id, []).append(Passage(f"{name}, {place}", text[:room]))
            left[lesson_id] = room - len(text)
    return {lesson_id: tuple(parts) for lesson_id, parts in found.items()}


def ask(session: Session, file: StoredFile, *, by: Actor, at: datetime) -> None:
    """Have the worker read a file, unless that was done already."""
    known = select(FilePassage.file_id).where(FilePassage.file_id == file.id).limit(1)
    if session.scalar(known) is None:
        jobs.enqueue(session, JOB, {"file": file.id}, by=by, at=at)


def missing(session: Session) -> Sequence[StoredFile]:
    """The files that a template or a lesson holds and nobody has read."""
    held = select(TemplateVersion.file_id).union(select(LessonFile.file_id))
    query = select(StoredFile).where(
        StoredFile.id.in_(held), StoredFile.id.not_in(select(FilePassage.file_id))
    )
    return session.scalars(query.order_by(StoredFile.id)).all()


def ask_for_missing(session: Session, *, at: datetime) -> int:
    """Have every file read that a template or a lesson holds and nobody has read; answers how many.

    A job that is ahead already is not doubled.
    """
    if jobs.is_waiting(session, JOB):
        return 0
    found = missing(session)
    for file in found:
        jobs.enqueue(session, JOB, {"file": file.id}, by=SYSTEM, at=at)
    return len(found)


def reindex_holders(session: Session, file_id: int, *, at: datetime) -> None:
    """Have the index take up the words for every template and lesson that holds the file."""
    templates = select(TemplateVersion.template_id).where(TemplateVersion.file_id == file_id)
    lessons = select(LessonFile.lesson_id).where(LessonFile.file_id == file_id)
    for kind, query in ((Kind.template, templates), (Kind.lesson, lessons)):
        for object_id in session.scalars(query.distinct()):
            jobs.reindex(session, kind, object_id, by=SYSTEM, at=at)
