"""The jobs of an import: look at the file, check what would happen, run it, take it back."""

from content import importing, people
from content.errors import PortalError
from content.imports import guess_columns, look_at, read_table
from content.models import Import, ImportState
from content.types import Actor
from portal import importer
from portal.importer import checking, working
from portal.worker.task import Stopped, Task

LOOK, CHECK, RUN, UNDO = "import look", "import check", "import run", "import undo"
Result = dict[str, object]


def look(task: Task) -> Result:
    """Count what stands in the file and guess its columns."""
    import_id, by = int(task.payload["import"]), _actor(task)
    try:
        return _look(task, import_id, by)
    except (Stopped, PortalError):
        with task.runtime.database.writing() as session:
            session.get_one(Import, import_id).state = ImportState.failed
        raise


def _look(task: Task, import_id: int, by: Actor) -> Result:
    runtime = task.runtime
    task.progress("Reading the file", 0.1)
    with runtime.database.reading() as session:
        row = importing.get(session, import_id, by=by)
        of, sheet = working.mark(row, working.LOOK), row.decided.get("sheet", "")
        table = read_table(importer.file_of(runtime, row), row.filename, sheet)
        fields = importer.fields_of(row.kind)
    task.progress(f"Looking at {len(table.rows):,} rows", 0.5)
    found = look_at(table)
    guessed = guess_columns(table.columns, table.rows[:200], fields)
    guesses = {
        field: {"column": guess.column, "confidence": guess.confidence, "why": guess.why}
        for field, guess in guessed.items()
    }
    working.keep(
        runtime, import_id, working.LOOK, of, {"look": found.as_json(), "guesses": guesses}
    )
    columns = {field: guess.column for field, guess in guessed.items()}
    with runtime.database.writing() as session:
        row = importing.get(session, import_id, by=by)
        importing.offer(session, row, table.columns, fields, columns)
    return {"rows": found.rows, "columns": len(found.columns)}


def check(task: Task) -> Result:
    """Find out what the import would do, and which rows repeat what is there."""
    import_id = int(task.payload["import"])
    found = checking.check(task.runtime, import_id, by=_actor(task), progress=task.progress)
    return dict(found)


def run(task: Task) -> Result:
    """Take the file in; stopped, take back what was done."""
    import_id, by = int(task.payload["import"]), _actor(task)
    try:
        task.progress("Reading the file", 0.0)
        with task.runtime.database.reading() as session:
            row = importing.get(session, import_id, by=by)
            reading = importer.reading_of(task.runtime, row)
        report = importer.take(task.runtime, import_id, reading, by=by, progress=task.progress)
    except (Stopped, PortalError):
        importer.abandon(task.runtime, import_id, by=by)
        raise
    working.forget(task.runtime, import_id)
    task.runtime.database.take_stock()
    return dict(report.counts)


def undo(task: Task) -> Result:
    """Take the import back."""
    import_id = int(task.payload["import"])
    counts = importer.take_back(task.runtime, import_id, by=_actor(task), progress=task.progress)
    return dict(counts)


def _actor(task: Task) -> Actor:
    with task.runtime.database.reading() as session:
        return people.get(session, int(task.payload["actor"])).as_actor()


HANDLERS = {LOOK: look, CHECK: check, RUN: run, UNDO: undo}
