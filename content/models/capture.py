"""Writing lessons down: drafts saved while somebody types, and workshops where a team collects."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from content.db import Base, UTCDateTime
from content.models.lessons import Lesson
from content.models.people import Person
from content.models.projects import Project


class CaptureDraft(Base):
    """What somebody has typed so far, before it is a lesson or a change of one."""

    __tablename__ = "capture_draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)  # random, in the page's address
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    # The lesson that is being changed; None while it is a new one.
    lesson_id: Mapped[int | None] = mapped_column(
        ForeignKey("lesson.id", ondelete="CASCADE"), index=True
    )
    values: Mapped[dict[str, Any]] = mapped_column(JSON)  # field name to what was typed
    step: Mapped[str] = mapped_column(String(40), default="")  # the question that is open
    saved_at: Mapped[datetime] = mapped_column(UTCDateTime)
    # A deleted one is kept out of sight for some days, so that deleting can be taken back.
    discarded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column()

    person: Mapped[Person] = relationship()
    lesson: Mapped[Lesson | None] = relationship()

    __mapper_args__ = {"version_id_col": version}


class Workshop(Base):
    """A closing workshop: whoever has the link adds notes, with no name and no account."""

    __tablename__ = "workshop"

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(
        ForeignKey("project.id", ondelete="CASCADE"), index=True
    )
    title: Mapped[str] = mapped_column(String(200))
    questions: Mapped[list[str]] = mapped_column(JSON)
    # In the link and the QR code: random, lets people add notes and nothing else.
    token: Mapped[str] = mapped_column(String(64), unique=True)
    shows_notes: Mapped[bool] = mapped_column(default=True)  # brainwriting: see what others wrote
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    closes_at: Mapped[datetime] = mapped_column(UTCDateTime)  # after this the link takes nothing
    version: Mapped[int] = mapped_column()

    project: Mapped[Project] = relationship()
    by: Mapped[Person | None] = relationship()
    groups: Mapped[list["WorkshopGroup"]] = relationship(
        order_by="WorkshopGroup.position", cascade="all, delete-orphan", back_populates="workshop"
    )
    notes: Mapped[list["WorkshopNote"]] = relationship(
        order_by="WorkshopNote.id", cascade="all, delete-orphan", back_populates="workshop"
    )

    __mapper_args__ = {"version_id_col": version}


class WorkshopGroup(Base):
    """Notes that say one thing; becomes a lesson."""

    __tablename__ = "workshop_group"

    id: Mapped[int] = mapped_column(primary_key=True)
    workshop_id: Mapped[int] = mapped_column(
        ForeignKey("workshop.id", ondelete="CASCADE"), index=True
    )
    title: Mapped[str] = mapped_column(String(200))
    position: Mapped[int]
    lesson_id: Mapped[int | None] = mapped_column(ForeignKey("lesson.id", ondelete="SET NULL"))
    # The draft in which somebody writes its lesson; once that is handed in, `lesson_id` says it.
    draft_key: Mapped[str | None] = mapped_column(String(40), index=True)
    # Dissolved: its notes count as loose again, until the group is brought back.
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    workshop: Mapped[Workshop] = relationship(back_populates="groups")
    lesson: Mapped[Lesson | None] = relationship()


class WorkshopNote(Base):
    """One note of a workshop. Of who wrote it nothing is kept."""

    __tablename__ = "workshop_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    workshop_id: Mapped[int] = mapped_column(
        ForeignKey("workshop.id", ondelete="CASCADE"), index=True
    )
    question: Mapped[int]  # place in the workshop's questions, from 0
    text: Mapped[str] = mapped_column(Text)
    group_id: Mapped[int | None] = mapped_column(
        ForeignKey("workshop_group.id", ondelete="SET NULL"), index=True
    )
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)
    hidden_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # taken out by the manager

    workshop: Mapped[Workshop] = relationship(back_populates="notes")
    group: Mapped[WorkshopGroup | None] = relationship()
