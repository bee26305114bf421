"""Taking a file in, from whichever entrance: command line, or pages and worker.

Reading happens before anything is written; then chunk after chunk, each a unit of work of its
own, so that others can write in between. A run that is stopped is taken back, and one that was
interrupted is taken back and begun again.
"""

import itertools
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from content import files, importing
from content.db import now
from content.errors import NotFound
from content.importing import Decisions, Linker
from content.imports import (
    FIELDS,
    ISSUE_FIELDS,
    IssueDraft,
    LessonDraft,
    RefusedRow,
    Report,
    ReportRow,
    Table,
    check_mapping,
    guess_mapping,
    read_table,
    to_drafts,
    to_issue_drafts,
    unmapped,
    write_report,
)
from content.models import Import, ImportKind, ImportState
from content.types import Actor
from portal.runtime import Runtime

# How far the work is, in words and from 0 to 1.
Progress = Callable[[str, float], None]
Draft = LessonDraft | IssueDraft
_PREVIEWS: Mapping[ImportKind, Callable[..., list[ReportRow]]] = {
    ImportKind.lessons: importing.preview,
    ImportKind.issues: importing.preview_issues,
}
_TAKES: Mapping[ImportKind, Callable[..., list[ReportRow]]] = {
    ImportKind.lessons: importing.take,
    ImportKind.issues: importing.take_issues,
}


@dataclass(frozen=True)
class Reading:
    """A file as it was read: its table, and how its columns and values are taken."""

    table: Table
    mapping: dict[str, str]
    kind: ImportKind = ImportKind.lessons
    decisions: Decisions = Decisions()

    def items(self) -> Iterator[Draft | RefusedRow]:
        """Every row as a draft or its refusal, made anew at each call; they are not kept."""
        decided = self.decisions.values
        if self.kind is ImportKind.issues:
            return to_issue_drafts(self.table, self.mapping, decided=decided)
        return to_drafts(self.table, self.mapping, decided=decided)

    def chunks(self) -> Iterator[tuple[list[Draft], list[ReportRow]]]:
        """Drafts and refusals of as many rows as one unit of work takes."""
        items = self.items()
        while part := list(itertools.islice(items, importing.CHUNK)):
            drafts = [item for item in part if not isinstance(item, RefusedRow)]
            yield drafts, [ReportRow.of(item) for item in part if isinstance(item, RefusedRow)]


def fields_of(kind: ImportKind) -> Mapping[str, tuple[str, ...]]:
    """The fields that rows of this kind may fill."""
    return ISSUE_FIELDS if kind is ImportKind.issues else FIELDS


def read(
    path: Path,
    filename: str,
    mapping: Mapping[str, str] | None = None,
    *,
    kind: ImportKind = ImportKind.lessons,
    decisions: Decisions | None = None,
) -> Reading:
    """Read a file; what `mapping` does not name is guessed.

    Raises:
        Refused: it is no table. Invalid: the mapping names fields or columns that are not there.
    """
    decisions = decisions or Decisions()
    table = read_table(path, filename, decisions.sheet)
    fields = fields_of(kind)
    taken = {**guess_mapping(table.columns, table.rows[:50], fields), **(mapping or {})}
    taken = {field: column for field, column in taken.items() if column}
    return Reading(table, check_mapping(taken, table.columns, fields), kind, decisions)


def reading_of(runtime: Runtime, row: Import) -> Reading:
    """Read the file of an import under what was decided about it.

    Raises:
        NotFound: the file is not kept. Refused, Invalid: see `read`.
    """
    path, decisions = file_of(runtime, row), Decisions.of(row)
    return read(path, row.filename, row.mapping, kind=row.kind, decisions=decisions)


def file_of(runtime: Runtime, row: Import) -> Path:
    """Where the file of an import stands.

    Raises:
        NotFound: it is not kept, as after an import from the command line.
    """
    if row.file is None:
        raise NotFound("The file of this import is not kept.")
    return runtime.files.path(row.file.sha256)


def dry_run(runtime: Runtime, reading: Reading, progress: Progress | None = None) -> Report:
    """What an import would do, leaving repeats aside; writes nothing."""
    rows: list[ReportRow] = []
    with runtime.database.reading() as session:
        linker = Linker(session, reading.decisions)
        preview = _PREVIEWS[reading.kind]
        for drafts, refused in reading.chunks():
            rows += [*preview(session, drafts, linker), *refused]
            session.expunge_all()
            if progress is not None:
                progress(*far(reading, len(rows)))
    return _report(reading, rows)


def preview_chunk(kind: ImportKind) -> Callable[..., list[ReportRow]]:
    """The verb that says what would become of a chunk of drafts of this kind."""
    return _PREVIEWS[kind]


def far(reading: Reading, done: int) -> tuple[str, float]:
    """How far the work is when so many rows are done."""
    total = len(reading.table.rows) + len(reading.table.refused)
    return f"{done:,} of {total:,} rows", done / max(1, total)


def take(
    runtime: Runtime, import_id: int, reading: Reading, *, by: Actor, progress: Progress
) -> Report:
    """Take every draft in, then keep the report beside the import."""
    _begin_afresh(runtime, import_id, by=by, progress=progress)
    rows: list[ReportRow] = []
    with runtime.database.reading() as session:
        linker = Linker(session, reading.decisions)
    take_chunk = _TAKES[reading.kind]
    for drafts, refused in reading.chunks():
        progress(*far(reading, len(rows)))
        with runtime.database.writing() as session:
            row = session.get_one(Import, import_id)
            rows += take_chunk(session, row, drafts, by=by, at=now(), linker=linker)
        rows += refused
    report = _report(reading, rows)
    _finish(runtime, import_id, report)
    return report


def _report(reading: Reading, rows: list[ReportRow]) -> Report:
    left = unmapped(reading.table.columns, reading.mapping)
    return Report(tuple(sorted(rows, key=lambda row: row.row)), reading.table.notes, left)


def _finish(runtime: Runtime, import_id: int, report: Report) -> None:
    data = as_csv(report)
    sha256 = runtime.files.put(data)
    with runtime.database.writing() as session:
        row = session.get_one(Import, import_id)
        file = files.register(
            session, sha256=sha256, size=len(data), format="csv", media_type="text/csv", at=now()
        )
        row.report_file_id = file.id
        importing.finish(session, row, report.counts, at=now())


def as_csv(report: Report) -> bytes:
    """The report as a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.csv"
        write_report(report, path)
        return path.read_bytes()


def _begin_afresh(runtime: Runtime, import_id: int, *, by: Actor, progress: Progress) -> None:
    """Take back what an earlier try has made before it was cut off, and note that it runs."""
    with runtime.database.reading() as session:
        begun = importing.has_begun(session, session.get_one(Import, import_id))
    if begun:
        abandon(runtime, import_id, by=by, progress=progress)
    with runtime.database.writing() as session:
        row = session.get_one(Import, import_id)
        row.state, row.counts, row.finished_at = ImportState.running, {}, None


def _quiet(_step: str, _share: float) -> None:
    """Show nothing."""


def abandon(
    runtime: Runtime, import_id: int, *, by: Actor, progress: Progress = _quiet
) -> dict[str, int]:
    """Take back what a stopped or failed run has done so far."""
    with runtime.database.writing() as session:
        session.get_one(Import, import_id).state = ImportState.failed
    return take_back(runtime, import_id, by=by, progress=progress)


def take_back(
    runtime: Runtime, import_id: int, *, by: Actor, progress: Progress = _quiet
) -> dict[str, int]:
    """Take an import back part by part; one that was cut off meanwhile goes on where it was.

    Raises:
        Conflict: it is undone already.
    """
    with runtime.database.writing() as session:
        row = session.get_one(Import, import_id)
        if row.state is not ImportState.running:
            importing.begin_undo(session, row, by=by, at=now())
    done, over = 0, False
    while not over:
        progress(f"{done:,} taken back", 0.0)
        with runtime.database.writing() as session:
            row = session.get_one(Import, import_id)
            over = importing.undo_part(session, row, by=by, at=now())
            done = row.counts["removed"] + row.counts["restored"]
    return {name: row.counts.get(name, 0) for name in ("removed", "restored", "kept", "projects")}
