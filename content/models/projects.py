"""Projects, their phases, and the documents they keep."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from content.db import Base, UTCDateTime, choice
from content.models.files import StoredFile
from content.models.people import Department, Person


class Phase(StrEnum):
    """The phases of PM², with the one that runs beside them all."""

    initiating = "initiating"
    planning = "planning"
    executing = "executing"
    monitoring = "monitoring"
    closing = "closing"


class Size(StrEnum):
    """How big a project is, as the PMO classes it."""

    small = "small"
    medium = "medium"
    large = "large"


class Method(StrEnum):
    """How a project is run."""

    predictive = "predictive"
    agile = "agile"
    hybrid = "hybrid"


class ProjectState(StrEnum):
    """Whether a project still runs."""

    open = "open"
    closed = "closed"


# Offered in forms; a project may carry any other type that an import brought.
PROJECT_TYPES = (
    "construction",
    "software",
    "process change",
    "procurement",
    "regulatory",
    "research",
)
OUTCOMES = ("delivered", "delivered late", "delivered over budget", "stopped")


class Project(Base):
    """Something with a start, an end, a department, a type, a size, a method, and phases."""

    __tablename__ = "project"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200), index=True)
    state: Mapped[ProjectState] = mapped_column(choice(ProjectState, "project_state"), index=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), index=True)
    type: Mapped[str | None] = mapped_column(String(60))
    size: Mapped[Size | None] = mapped_column(choice(Size, "size"))
    method: Mapped[Method | None] = mapped_column(choice(Method, "method"))
    description: Mapped[str] = mapped_column(Text, default="")
    objectives: Mapped[str] = mapped_column(Text, default="")
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    sponsor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    starts_on: Mapped[date | None]
    planned_end_on: Mapped[date | None]
    closed_on: Mapped[date | None] = mapped_column(index=True)
    budget: Mapped[int | None]  # whole units of the organisation's currency
    actual_cost: Mapped[int | None]
    outcome: Mapped[str | None] = mapped_column(String(60))
    closing_summary: Mapped[str] = mapped_column(Text, default="")
    waiver_reason: Mapped[str | None] = mapped_column(Text)  # closed without lessons, and why
    import_id: Mapped[int | None] = mapped_column(ForeignKey("import.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column()

    department: Mapped[Department | None] = relationship()
    manager: Mapped[Person | None] = relationship(foreign_keys=[manager_id])
    sponsor: Mapped[Person | None] = relationship(foreign_keys=[sponsor_id])
    phases: Mapped[list["ProjectPhase"]] = relationship(
        order_by="ProjectPhase.position", cascade="all, delete-orphan", back_populates="project"
    )
    documents: Mapped[list["ProjectDocument"]] = relationship(
        order_by="ProjectDocument.id.desc()", back_populates="project"
    )

    __mapper_args__ = {"version_id_col": version}


class ProjectPhase(Base):
    """One phase of one project, with its dates."""

    __tablename__ = "project_phase"

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    name: Mapped[Phase] = mapped_column(choice(Phase, "phase_name"))
    position: Mapped[int]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    passed_on: Mapped[date | None]  # its gate; the first phase without is the present one

    project: Mapped[Project] = relationship(back_populates="phases")


class ProjectDocument(Base):
    """A file that a project keeps."""

    __tablename__ = "project_document"

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    title: Mapped[str] = mapped_column(String(200))
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)

    project: Mapped[Project] = relationship(back_populates="documents")
    file: Mapped[StoredFile] = relationship()
    added_by: Mapped[Person | None] = relationship()
