"""The list of imports, what was decided about each, and mappings saved for files of one kind."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from content import activity, jobs, lessons
from content.access import Action, require
from content.errors import Conflict, Invalid, NotFound
from content.imports import fits_columns
from content.models import Import, ImportKind, ImportMapping, ImportState, StoredFile
from content.types import SYSTEM, Actor

NAME_MOST = 120


def begin(
    session: Session,
    *,
    filename: str,
    file: StoredFile | None,
    mapping: Mapping[str, str],
    publish: bool,
    by: Actor,
    at: datetime,
    kind: ImportKind = ImportKind.lessons,
) -> Import:
    """Note that a file is to be taken in."""
    require(by, Action.lesson_import)
    row = Import(
        kind=kind,
        filename=filename[:255],
        file_id=file.id if file else None,
        mapping=dict(mapping),
        publish=publish,
        state=ImportState.uploaded,
        by_id=by.id,
        created_at=at,
    )
    session.add(row)
    session.flush()
    return row


def get(session: Session, import_id: int, *, by: Actor) -> Import:
    """One import that `by` may see.

    Raises:
        NotFound: there is none, or it is another person's.
    """
    row = session.get(Import, import_id, options=[joinedload(Import.by)])
    if row is None:
        raise NotFound("There is no such import.")
    require(by, Action.lesson_import, row)
    return row


def listing(session: Session, *, by: Actor, limit: int = 50) -> Sequence[Import]:
    """The imports that `by` may see, newest first."""
    require(by, Action.lesson_import)
    query = select(Import).options(joinedload(Import.by)).order_by(Import.id.desc()).limit(limit)
    if by.role != "admin" and not by.is_system:
        query = query.where(Import.by_id == by.id)
    return session.scalars(query).all()


def decide(row: Import, *, by: Actor, **said: Any) -> None:
    """Keep what a person decided about a file; None takes a decision away.

    Raises:
        Conflict: the import has been run.
    """
    require_open(row, by=by)
    kept = {**row.decided, **said}
    row.decided = {name: value for name, value in kept.items() if value is not None}


def require_open(row: Import, *, by: Actor) -> None:
    """Pass while a file may still be decided about.

    Raises:
        Conflict: the import has been run.
    """
    require(by, Action.lesson_import, row)
    if row.state is not ImportState.uploaded:
        raise Conflict("This import has been run already.")


def map_columns(row: Import, mapping: Mapping[str, str], *, by: Actor) -> None:
    """Keep which column is which field, empty where none is: it is not guessed again.

    Values that were decided of a column that is another one now are forgotten.
    """
    require_open(row, by=by)
    changed = {name for name, column in mapping.items() if row.mapping.get(name) != column}
    values = row.decided.get("values", {})
    row.mapping = dict(mapping)
    decide(row, by=by, values={name: said for name, said in values.items() if name not in changed})


def offer(
    session: Session,
    row: Import,
    columns: Sequence[str],
    fields: Iterable[str],
    guessed: Mapping[str, str],
) -> None:
    """Take the columns of a file as a saved mapping says that fits it, else as they are guessed."""
    saved = fitting_mapping(session, row.kind, columns)
    taken = saved.columns if saved is not None else guessed
    row.mapping = {field: taken.get(field, "") for field in fields}
    row.decided = {
        **row.decided,
        "values": saved.values if saved is not None else {},
        "mapping": saved.name if saved is not None else "",
    }


def enqueue(
    session: Session, row: Import, job: str, *, by: Actor, at: datetime, of: str = ""
) -> None:
    """Hand the next piece of work on a file to the worker; `of` marks the decisions it is of."""
    require(by, Action.lesson_import, row)
    payload = {"import": row.id, "actor": by.id, "of": of}
    row.job_id = jobs.enqueue(session, job, payload, by=by, at=at).id


def finish(session: Session, row: Import, counts: Mapping[str, int], *, at: datetime) -> None:
    """Mark an import as done."""
    row.state, row.counts, row.finished_at = ImportState.done, dict(counts), at
    if row.publish and row.kind is ImportKind.lessons:
        by = row.by.as_actor() if row.by else SYSTEM
        # The start packs of open projects look at what is new, once for the whole file.
        jobs.enqueue(session, lessons.FOLLOW_JOB, {"import": row.id}, by=by, at=at)


# Saved mappings -------------------------------------------------------------------------------


def save_mapping(
    session: Session, row: Import, name: str, *, by: Actor, at: datetime
) -> ImportMapping:
    """Keep how the columns and values of a file are taken; an earlier one of the name goes.

    Raises:
        Invalid: the name is missing or too long, or a mapping of the other kind has it.
    """
    require(by, Action.lesson_import, row)
    name = " ".join(name.split())
    if not name or len(name) > NAME_MOST:
        text = f"Give it a name of at most {NAME_MOST} characters."
        raise Invalid(text, {"save_as": text})
    known = session.scalars(
        select(ImportMapping).where(func.lower(ImportMapping.name) == name.lower())
    ).first()
    if known is not None and known.kind is not row.kind:
        text = f"A mapping for {known.kind} has this name; choose another."
        raise Invalid(text, {"save_as": text})
    kept = known or ImportMapping(name=name, kind=row.kind)
    kept.columns = {field: column for field, column in row.mapping.items() if column}
    kept.values = row.decided.get("values", {})
    kept.by_id, kept.changed_at = by.id, at
    session.add(kept)
    session.flush()
    activity.record(session, "import mapping", kept.id, "save", by=by, at=at)
    return kept


def mappings(session: Session, *, by: Actor) -> Sequence[ImportMapping]:
    """The saved mappings by name."""
    require(by, Action.lesson_import)
    query = select(ImportMapping).options(joinedload(ImportMapping.by))
    return session.scalars(query.order_by(func.lower(ImportMapping.name))).all()


def fitting_mapping(
    session: Session, kind: ImportKind, columns: Sequence[str]
) -> ImportMapping | None:
    """The saved mapping that takes most of a file's columns, if one fits it."""
    query = select(ImportMapping).where(ImportMapping.kind == kind)
    fitting = [row for row in session.scalars(query) if fits_columns(row.columns, columns)]
    return max(fitting, key=lambda row: (len(row.columns), row.changed_at), default=None)


def delete_mapping(session: Session, mapping_id: int, *, by: Actor, at: datetime) -> str:
    """Forget a saved mapping; answers its name. Imports that used it keep their own copy.

    Raises:
        NotFound: there is none.
    """
    require(by, Action.lesson_import)
    row = session.get(ImportMapping, mapping_id)
    if row is None:
        raise NotFound("There is no such mapping.")
    activity.record(session, "import mapping", row.id, "delete", by=by, at=at)
    session.delete(row)
    return row.name
