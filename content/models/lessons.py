"""Lessons with their revisions and topics, and the issues that projects logged."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from content.db import Base, UTCDateTime, choice
from content.models.files import StoredFile
from content.models.people import Department, Person
from content.models.projects import Phase, Project


class LessonKind(StrEnum):
    """Something to avoid, or something to repeat."""

    problem = "problem"
    success = "success"


class LessonState(StrEnum):
    """Where a lesson stands in its life (the moves between are in `content/workflow`)."""

    draft = "draft"
    submitted = "submitted"
    returned = "returned"
    rejected = "rejected"
    published = "published"
    action_assigned = "action assigned"
    implemented = "implemented"
    verified = "verified"
    superseded = "superseded"
    retired = "retired"


# States whose text everybody may find.
PUBLIC_STATES = (
    LessonState.published,
    LessonState.action_assigned,
    LessonState.implemented,
    LessonState.verified,
)


class Priority(StrEnum):
    """How much it matters that others know."""

    low = "low"
    medium = "medium"
    high = "high"


class Confidentiality(StrEnum):
    """Who may read a published lesson in full."""

    open = "open"
    department = "department"
    restricted = "restricted"


class Reach(StrEnum):
    """Whether a lesson holds for its project only, or for the whole organisation."""

    project = "project"
    organisation = "organisation"


# Offered in forms; an import may bring others.
CATEGORIES = (
    "scope",
    "schedule",
    "cost",
    "quality",
    "resources",
    "communications",
    "risk",
    "procurement",
    "stakeholders",
    "governance",
    "technology",
    "safety",
    "benefits",
)
AFFECTS = ("scope", "quality", "stakeholders", "safety")


class Lesson(Base):
    """What a project learned, with its driving event, cause, effect and recommendation."""

    __tablename__ = "lesson"
    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(String(200), unique=True)
    headline: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(Text, default="")
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), index=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), index=True)
    phase: Mapped[Phase | None] = mapped_column(choice(Phase, "phase"))
    kind: Mapped[LessonKind | None] = mapped_column(choice(LessonKind, "kind"))
    driving_event: Mapped[str] = mapped_column(Text, default="")
    cause: Mapped[str] = mapped_column(Text, default="")
    early_warning: Mapped[str] = mapped_column(Text, default="")
    effect: Mapped[str] = mapped_column(Text, default="")
    cost: Mapped[int | None]  # whole units of the organisation's currency
    days: Mapped[int | None]  # working days lost or won
    affects: Mapped[list[str]] = mapped_column(JSON, default=list)
    lesson: Mapped[str] = mapped_column(Text, default="")
    recommendation: Mapped[str] = mapped_column(Text, default="")
    scope: Mapped[Reach | None] = mapped_column(choice(Reach, "scope"))
    applies_to_types: Mapped[list[str]] = mapped_column(JSON, default=list)
    applies_to_sizes: Mapped[list[str]] = mapped_column(JSON, default=list)
    applies_to_methods: Mapped[list[str]] = mapped_column(JSON, default=list)
    category: Mapped[str | None] = mapped_column(String(200))
    priority: Mapped[Priority | None] = mapped_column(choice(Priority, "priority"))
    previously_identified: Mapped[bool | None]
    date_occurred: Mapped[date | None]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    # Who saved its text before it was handed in; none of them decides on it.
    writer_ids: Mapped[list[int]] = mapped_column(JSON, default=list, server_default="[]")
    author_hidden: Mapped[bool] = mapped_column(default=False)
    confidentiality: Mapped[Confidentiality] = mapped_column(
        choice(Confidentiality, "confidentiality"), default=Confidentiality.open
    )
    sanitised: Mapped[str] = mapped_column(Text, default="")  # shown to all of a restricted lesson
    review_by: Mapped[date | None]
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # still true, said its owner
    evidence: Mapped[str] = mapped_column(Text, default="")
    source_url: Mapped[str] = mapped_column(String(500), default="")
    state: Mapped[LessonState] = mapped_column(choice(LessonState, "state"))
    state_reason: Mapped[str] = mapped_column(Text, default="")
    # Who looks at it for the PMO; anybody who reviews may, until somebody has taken it on.
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    # The lesson that says it now: this one was replaced by it, or merged into it.
    superseded_by_id: Mapped[int | None] = mapped_column(ForeignKey("lesson.id"), index=True)
    submitted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    import_id: Mapped[int | None] = mapped_column(ForeignKey("import.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column()

    project: Mapped[Project | None] = relationship()
    department: Mapped[Department | None] = relationship()
    author: Mapped[Person | None] = relationship(foreign_keys=[author_id])
    reviewer: Mapped[Person | None] = relationship(foreign_keys=[reviewer_id])
    superseded_by: Mapped["Lesson | None"] = relationship(remote_side="Lesson.id")
    topic_rows: Mapped[list["LessonTopic"]] = relationship(
        cascade="all, delete-orphan", order_by="LessonTopic.topic", lazy="selectin"
    )
    files: Mapped[list["LessonFile"]] = relationship(
        order_by="LessonFile.id", back_populates="lesson"
    )

    __table_args__ = (
        Index("ix_lesson_state_submitted_at", "state", "submitted_at"),
        # What holds for all is asked for by each start pack, the newest first.
        Index("ix_lesson_corporate", "scope", "priority", "date_occurred"),
        # What lists of lessons are narrowed by and put in order by, the newest first: they are
        # counted and paged in here, without fetching rows that are long by their texts.
        Index(
            "ix_lesson_listed", "date_occurred", "state", "confidentiality", "department_id",
            "author_id", "project_id", "phase", "kind", "category", "priority", "author_hidden",
            "updated_at", "published_at", "confirmed_at", "review_by", "headline", "external_id",
        ),
        # How long lessons waited is counted in here, of those that a person reads.
        Index(
            "ix_lesson_waited", "published_at", "submitted_at", "state", "confidentiality",
            "department_id", "author_id", "project_id",
        ),
        # The few that have a text for everybody else.
        Index(
            "ix_lesson_sanitised", "confidentiality", "state",
            sqlite_where=text("sanitised != ''"), postgresql_where=text("sanitised != ''"),
        ),
    )  # fmt: skip
    __mapper_args__ = {"version_id_col": version}

    @property
    def topics(self) -> list[str]:
        """The lesson's topics, in alphabetical order."""
        return sorted(row.topic for row in self.topic_rows)

    @property
    def number(self) -> str:
        """The name that people quote: the id it came with, or its own."""
        return self.external_id or f"L-{self.id}"


class LessonTopic(Base):
    """One topic of one lesson."""

    __tablename__ = "lesson_topic"

    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(String(100), primary_key=True, index=True)


class LessonRevision(Base):
    """The whole text of a lesson as one person saved it."""

    __tablename__ = "lesson_revision"
    __table_args__ = (UniqueConstraint("lesson_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id"), index=True)
    number: Mapped[int]
    values: Mapped[dict[str, Any]] = mapped_column(JSON)  # field name to value, as text or list
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    saved_at: Mapped[datetime] = mapped_column(UTCDateTime)

    author: Mapped[Person | None] = relationship()


class LessonFile(Base):
    """A file that a lesson carries: a plan, a photograph, a measurement."""

    __tablename__ = "lesson_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    name: Mapped[str] = mapped_column(String(200))
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)

    lesson: Mapped[Lesson] = relationship(back_populates="files")
    file: Mapped[StoredFile] = relationship()
    added_by: Mapped[Person | None] = relationship()


class Severity(StrEnum):
    """How much an issue hurt."""

    low = "low"
    medium = "medium"
    high = "high"
    critical = "critical"


class IssueStatus(StrEnum):
    """Where an issue stands."""

    open = "open"
    in_progress = "in progress"
    closed = "closed"


class Issue(Base):
    """A problem that a project logged."""

    __tablename__ = "issue"

    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(String(80), unique=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    category: Mapped[str | None] = mapped_column(String(80))
    severity: Mapped[Severity | None] = mapped_column(choice(Severity, "severity"))
    status: Mapped[IssueStatus] = mapped_column(choice(IssueStatus, "status"))
    raised_on: Mapped[date | None] = mapped_column(index=True)
    closed_on: Mapped[date | None]
    resolution: Mapped[str] = mapped_column(Text, default="")
    cost: Mapped[int | None]
    days: Mapped[int | None]
    raised_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column()

    project: Mapped[Project] = relationship()
    raised_by: Mapped[Person | None] = relationship()

    __mapper_args__ = {"version_id_col": version}

    @property
    def number(self) -> str:
        """The name that people quote: the id it came with, or its own."""
        return self.external_id or f"I-{self.id}"
