"""Imports: one row for each file taken in, so that it can be undone whole; saved mappings."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from content.db import Base, UTCDateTime, choice
from content.models.files import StoredFile
from content.models.people import Person


class ImportState(StrEnum):
    """Where an import stands."""

    uploaded = "uploaded"
    running = "running"
    done = "done"
    undone = "undone"
    failed = "failed"


class ImportKind(StrEnum):
    """What the rows of a file become."""

    lessons = "lessons"
    issues = "issues"


class Import(Base):
    """One file of lessons or issues: what was asked, what came of it, and how to take it back."""

    __tablename__ = "import"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ImportKind] = mapped_column(
        choice(ImportKind, "import_kind"), default=ImportKind.lessons
    )
    filename: Mapped[str] = mapped_column(String(255))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    report_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    mapping: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # field to column
    # What a person decided before it ran: values of the file to ours by field ("values"), projects
    # by the name in the file ("projects"), and rows that repeat a known lesson ("repeats").
    decided: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    publish: Mapped[bool] = mapped_column(default=False)
    state: Mapped[ImportState] = mapped_column(choice(ImportState, "import_state"))
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column()

    file: Mapped[StoredFile | None] = relationship(foreign_keys=[file_id])
    report_file: Mapped[StoredFile | None] = relationship(foreign_keys=[report_file_id])
    by: Mapped[Person | None] = relationship()

    __mapper_args__ = {"version_id_col": version}


class ImportedLesson(Base):
    """One lesson that an import made or changed, so that the import can be taken back."""

    __tablename__ = "imported_lesson"
    __table_args__ = (UniqueConstraint("import_id", "lesson_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("import.id"))
    lesson_id: Mapped[int] = mapped_column(index=True)  # no key: undoing deletes the lesson
    row: Mapped[int]  # in the file, as a person counts
    revision_before: Mapped[int | None]  # None: the import made the lesson
    revision_after: Mapped[int]


class ImportedIssue(Base):
    """One issue that an import made or changed, with what it was before."""

    __tablename__ = "imported_issue"
    __table_args__ = (UniqueConstraint("import_id", "issue_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("import.id"))
    issue_id: Mapped[int] = mapped_column(index=True)  # no key: undoing deletes the issue
    row: Mapped[int]  # in the file, as a person counts
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # None: the import made the issue
    version_after: Mapped[int]  # of the issue; a higher one means that somebody has worked with it


class ImportMapping(Base):
    """How the columns and values of one kind of register are taken, saved under a name."""

    __tablename__ = "import_mapping"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[ImportKind] = mapped_column(choice(ImportKind, "import_mapping_kind"))
    columns: Mapped[dict[str, str]] = mapped_column(JSON)  # field to column
    values: Mapped[dict[str, dict[str, str]]] = mapped_column(JSON, default=dict)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)

    by: Mapped[Person | None] = relationship()
