"""What projects do with lessons: their answers, and that it happened to them too."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from content.db import Base, UTCDateTime, choice
from content.models.lessons import Lesson
from content.models.people import Person
from content.models.playbooks import Page
from content.models.projects import Phase, Project


class Answer(StrEnum):
    """What a project says to a lesson that another one learned."""

    applied = "applied"
    already_done = "already done"
    not_applicable = "not applicable"
    later = "later"


class Application(Base):
    """A project's answer to a lesson; at most one of each project to each lesson."""

    __tablename__ = "application"
    __table_args__ = (UniqueConstraint("lesson_id", "project_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # An import that is taken back takes its lessons and projects along, and their answers too.
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id", ondelete="CASCADE"), index=True)
    project_id: Mapped[int] = mapped_column(
        ForeignKey("project.id", ondelete="CASCADE"), index=True
    )
    answer: Mapped[Answer] = mapped_column(choice(Answer, "answer"))
    where: Mapped[str] = mapped_column(String(500), default="")  # the plan, contract, habit
    page_id: Mapped[int | None] = mapped_column(ForeignKey("page.id"))  # or what it follows
    reason: Mapped[str] = mapped_column(Text, default="")
    phase: Mapped[Phase | None] = mapped_column(choice(Phase, "application_phase"))
    result: Mapped[str] = mapped_column(Text, default="")  # what came of it
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # who answered last
    at: Mapped[datetime] = mapped_column(UTCDateTime)  # when the answer was last changed
    # A withdrawn answer is kept out of sight, so that withdrawing can be taken back.
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column()

    lesson: Mapped[Lesson] = relationship()
    project: Mapped[Project] = relationship()
    page: Mapped[Page | None] = relationship()
    by: Mapped[Person | None] = relationship()

    __mapper_args__ = {"version_id_col": version}


class Occurrence(Base):
    """“It happened to us too”: another project added to a lesson instead of a duplicate of it."""

    __tablename__ = "occurrence"

    id: Mapped[int] = mapped_column(primary_key=True)
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id", ondelete="CASCADE"), index=True)
    project_id: Mapped[int | None] = mapped_column(
        ForeignKey("project.id", ondelete="CASCADE"), index=True
    )
    occurred_on: Mapped[date | None]
    effect: Mapped[str] = mapped_column(Text, default="")
    cost: Mapped[int | None]  # whole units of the organisation's currency
    days: Mapped[int | None]  # working days lost or won
    note: Mapped[str] = mapped_column(Text, default="")
    # The lesson that was handed in and turned out to say the same; kept, and superseded.
    merged_lesson_id: Mapped[int | None] = mapped_column(
        ForeignKey("lesson.id", ondelete="SET NULL"), index=True
    )
    # The file that it came in with; taking that import back takes it along.
    import_id: Mapped[int | None] = mapped_column(ForeignKey("import.id"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    # A withdrawn one is kept out of sight, so that withdrawing can be taken back.
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column()

    lesson: Mapped[Lesson] = relationship(foreign_keys=[lesson_id])
    merged_lesson: Mapped[Lesson | None] = relationship(foreign_keys=[merged_lesson_id])
    project: Mapped[Project | None] = relationship()
    by: Mapped[Person | None] = relationship()

    __mapper_args__ = {"version_id_col": version}


class StartPack(Base):
    """The ranked lessons that a project is asked to answer; the answers are its applications."""

    __tablename__ = "start_pack"

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(
        ForeignKey("project.id", ondelete="CASCADE"), unique=True
    )
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    refreshed_at: Mapped[datetime] = mapped_column(UTCDateTime)  # when it was last ranked anew

    project: Mapped[Project] = relationship()
    items: Mapped[list["PackItem"]] = relationship(
        order_by="PackItem.rank", cascade="all, delete-orphan", back_populates="pack"
    )


class PackItem(Base):
    """One lesson of a start pack, with why it was chosen."""

    __tablename__ = "pack_item"
    __table_args__ = (UniqueConstraint("pack_id", "lesson_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    pack_id: Mapped[int] = mapped_column(ForeignKey("start_pack.id", ondelete="CASCADE"))
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id", ondelete="CASCADE"), index=True)
    rank: Mapped[int]  # from 1, the best first
    score: Mapped[float]
    reasons: Mapped[list[str]] = mapped_column(JSON, default=list)  # sentences, best first
    alike: Mapped[list[int]] = mapped_column(JSON, default=list)  # lessons folded under this one
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)
    told_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # its manager was told by mail

    pack: Mapped[StartPack] = relationship(back_populates="items")
    lesson: Mapped[Lesson] = relationship()
