"""Taking a file of lessons in, from whichever entrance: command line, or page and worker.

Reading happens before anything is written; then chunk after chunk, each a unit of work of its
own, so that others can write in between. A run that is interrupted goes on where it stopped,
because what is there already is recognised; a run that is stopped is taken back.
"""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from content import files, importing
from content.db import now
from content.imports import (
    LessonDraft,
    Report,
    ReportRow,
    Table,
    guess_mapping,
    read_table,
    to_drafts,
    unmapped,
    write_report,
)
from content.models import Import, ImportState
from content.types import Actor
from portal.runtime import Runtime

# How far the work is, in words and from 0 to 1.
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Reading:
    """A file as it was read: its table, how its columns are taken, and the drafts."""

    table: Table
    mapping: dict[str, str]
    drafts: tuple[LessonDraft, ...]
    refused: tuple[ReportRow, ...]


def read(path: Path, filename: str, mapping: Mapping[str, str] | None = None) -> Reading:
    """Read a file into drafts; what `mapping` does not name is guessed.

    Raises:
        Refused: it is no table. Invalid: the mapping names fields or columns that are not there.
    """
    table = read_table(path, filename)
    taken = {**guess_mapping(table.columns, table.rows[:50]), **(mapping or {})}
    taken = {field: column for field, column in taken.items() if column}
    items = list(to_drafts(table, taken))
    return Reading(
        table,
        taken,
        tuple(item for item in items if isinstance(item, LessonDraft)),
        tuple(ReportRow.of(item) for item in items if not isinstance(item, LessonDraft)),
    )


def dry_run(runtime: Runtime, reading: Reading) -> Report:
    """What an import would do; writes nothing."""
    with runtime.database.reading() as session:
        rows = importing.preview(session, reading.drafts)
    return _report(reading, rows)


def take(
    runtime: Runtime, import_id: int, reading: Reading, *, by: Actor, progress: Progress
) -> Report:
    """Take every draft in, then keep the report beside the import."""
    _set_running(runtime, import_id)
    rows: list[ReportRow] = []
    drafts = reading.drafts
    for start in range(0, len(drafts), importing.CHUNK):
        progress(f"{start} of {len(drafts)} rows", start / max(1, len(drafts)))
        with runtime.database.writing() as session:
            row = session.get_one(Import, import_id)
            chunk = drafts[start : start + importing.CHUNK]
            rows += importing.take(session, row, chunk, by=by, at=now())
    report = _report(reading, rows)
    _finish(runtime, import_id, report)
    return report


def _report(reading: Reading, rows: list[ReportRow]) -> Report:
    every = sorted((*rows, *reading.refused), key=lambda row: row.row)
    left = unmapped(reading.table.columns, reading.mapping)
    return Report(tuple(every), reading.table.notes, left)


def _set_running(runtime: Runtime, import_id: int) -> None:
    with runtime.database.writing() as session:
        session.get_one(Import, import_id).state = ImportState.running


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


def abandon(runtime: Runtime, import_id: int, *, by: Actor) -> None:
    """Take back what a stopped or failed run has done so far."""
    with runtime.database.writing() as session:
        row = session.get_one(Import, import_id)
        row.state = ImportState.failed
        importing.undo(session, row, by=by, at=now())
