"""Validation of lessons: remarks beside fields, and changes of published lessons under review."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from content.db import Base, UTCDateTime, choice
from content.models.lessons import Lesson
from content.models.people import Person


class Remark(Base):
    """What a reviewer says of one field of a lesson, or what its author answers."""

    __tablename__ = "remark"

    id: Mapped[int] = mapped_column(primary_key=True)
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id", ondelete="CASCADE"), index=True)
    field: Mapped[str] = mapped_column(String(40), default="")  # empty: the lesson as a whole
    text: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # answered by a change

    lesson: Mapped[Lesson] = relationship()
    by: Mapped[Person | None] = relationship()


class ChangeState(StrEnum):
    """Where a proposed change of a published lesson stands."""

    submitted = "submitted"
    returned = "returned"
    rejected = "rejected"
    accepted = "accepted"
    withdrawn = "withdrawn"


class LessonChange(Base):
    """A change of a published lesson; readers see the lesson as it was until it is accepted."""

    __tablename__ = "lesson_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id", ondelete="CASCADE"), index=True)
    values: Mapped[dict[str, Any]] = mapped_column(JSON)  # the whole text, as a revision keeps it
    base_revision: Mapped[int]  # of the lesson, when the change was begun
    state: Mapped[ChangeState] = mapped_column(choice(ChangeState, "change_state"), index=True)
    note: Mapped[str] = mapped_column(Text, default="")  # why it is changed
    reason: Mapped[str] = mapped_column(Text, default="")  # of the decision
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    submitted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column()

    lesson: Mapped[Lesson] = relationship()
    by: Mapped[Person | None] = relationship(foreign_keys=[by_id])
    decided_by: Mapped[Person | None] = relationship(foreign_keys=[decided_by_id])

    __mapper_args__ = {"version_id_col": version}
