"""Imports: one row for each file taken in, so that it can be undone whole."""

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


class Import(Base):
    """One file of lessons: what was asked, what came of it, and how to take it back."""

    __tablename__ = "import"

    id: Mapped[int] = mapped_column(primary_key=True)
    filename: Mapped[str] = mapped_column(String(255))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    report_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    mapping: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # field to column
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
