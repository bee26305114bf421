"""Themes and the runs that found them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from content.db import Base, UTCDateTime, choice
from content.models import Person
from content.types import Kind


class ThemeRun(Base):
    """One clustering of the texts of closed projects, with all that is needed to repeat it."""

    __tablename__ = "theme_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"))
    texts: Mapped[int] = mapped_column(default=0)
    unclustered: Mapped[int] = mapped_column(default=0)
    projects: Mapped[int] = mapped_column(default=0)  # closed projects with at least one text
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # with seed and versions
    digest: Mapped[str] = mapped_column(String(64), default="")  # SHA-256 of the corpus

    by: Mapped[Person | None] = relationship()


class ThemeState(StrEnum):
    """Whether the newest run still finds it."""

    current = "current"
    gone = "gone"


class Theme(Base):
    """Issues and lessons that say the same thing; the row outlives the runs."""

    __tablename__ = "theme"

    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(String(200))
    terms: Mapped[list[str]] = mapped_column(JSON, default=list)
    state: Mapped[ThemeState] = mapped_column(choice(ThemeState, "theme_state"), index=True)
    first_run_id: Mapped[int] = mapped_column(ForeignKey("theme_run.id"))
    last_run_id: Mapped[int] = mapped_column(ForeignKey("theme_run.id"))
    size: Mapped[int] = mapped_column(default=0)
    projects: Mapped[int] = mapped_column(default=0)  # distinct closed projects it touches

    first_run: Mapped[ThemeRun] = relationship(foreign_keys=[first_run_id])
    last_run: Mapped[ThemeRun] = relationship(foreign_keys=[last_run_id])


class ThemeMember(Base):
    """One text in one theme, as the newest run placed it."""

    __tablename__ = "theme_member"
    __table_args__ = (
        UniqueConstraint("kind", "object_id"),
        Index("ix_theme_member_theme_id_rank", "theme_id", "rank"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"))
    kind: Mapped[Kind] = mapped_column(choice(Kind, "member_kind"))
    object_id: Mapped[int]
    score: Mapped[float]  # likeness to the theme's centre, -1 to 1
    rank: Mapped[int]  # 1 is the most typical

    theme: Mapped[Theme] = relationship()
