"""Themes and the runs that found them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
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
    # Against the run before: `drift` and `since` (see `growth.Growth`), whether it started `fresh`,
    # and `merges`: pairs of themes that may be one, as [theme, theme, likeness].
    difference: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # Of each text that changed its place: the theme before and the theme after, None for no theme.
    moves: Mapped[dict[str, list[int | None]]] = mapped_column(
        JSON, default=dict, server_default="{}", deferred=True
    )
    # Where themes stand on the map; kept from run to run, so that it does not jump.
    layout: Mapped[dict[str, list[float]]] = mapped_column(
        JSON, default=dict, server_default="{}", deferred=True
    )
    # A fresh start that nobody has kept yet: what was found, until somebody keeps or drops it.
    proposal: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True)

    by: Mapped[Person | None] = relationship()


class ThemeState(StrEnum):
    """Whether the newest run still finds it."""

    current = "current"
    gone = "gone"


class Stage(StrEnum):
    """How far the organisation has come with a theme."""

    proposed = "proposed"
    confirmed = "confirmed"
    in_action = "in action"
    monitoring = "monitoring"
    closed = "closed"
    recurred = "recurred"


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
    name: Mapped[str | None] = mapped_column(String(200))  # what people call it
    note: Mapped[str] = mapped_column(Text, default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    stage: Mapped[Stage] = mapped_column(choice(Stage, "theme_stage"), default=Stage.proposed)
    # Taken out by people: its texts are in another theme, or it is none.
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id"))
    dismissed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    owner: Mapped[Person | None] = relationship()
    merged_into: Mapped["Theme | None"] = relationship(remote_side="Theme.id")
    first_run: Mapped[ThemeRun] = relationship(foreign_keys=[first_run_id])
    last_run: Mapped[ThemeRun] = relationship(foreign_keys=[last_run_id])

    @property
    def title(self) -> str:
        """What people call it, or the phrases of its texts."""
        return self.name or self.label

    @property
    def heir(self) -> "Theme":
        """The theme that holds its texts by now: itself, unless people merged it into another."""
        return self.merged_into.heir if self.merged_into is not None else self


class ThemeMember(Base):
    """One text in one theme, as the newest run placed it."""

    __tablename__ = "theme_member"
    __table_args__ = (
        UniqueConstraint("kind", "object_id"),
        Index("ix_theme_member_theme_id_rank", "theme_id", "rank"),
        # Whoever counts over all texts reads it alone.
        Index("ix_theme_member_text", "kind", "object_id", "theme_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"))
    kind: Mapped[Kind] = mapped_column(choice(Kind, "member_kind"))
    object_id: Mapped[int]
    score: Mapped[float]  # likeness to the theme's centre, -1 to 1
    rank: Mapped[int]  # 1 is the most typical
    margin: Mapped[float | None]  # how much less it is like the second-best theme

    theme: Mapped[Theme] = relationship()


class ThemeAside(Base):
    """A text in no theme: it fits none, or the newest run did not look at it.

    A text that was not looked at keeps in mind where it stood, so that a run over all texts finds
    it there again.
    """

    __tablename__ = "theme_aside"
    __table_args__ = (UniqueConstraint("kind", "object_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[Kind] = mapped_column(choice(Kind, "aside_kind"))
    object_id: Mapped[int]
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id"))
    looked_at: Mapped[bool]


class DecisionKind(StrEnum):
    """What people decide about a theme; each can be undone, and holds in later runs."""

    rename = "rename"
    merge = "merge"
    split_ = "split"
    move = "move"
    pin = "pin"
    apart = "apart"
    dismiss = "dismiss"
    note = "note"
    stage = "stage"


class ThemeDecision(Base):
    """One decision, with what it was before, so that it can be undone."""

    __tablename__ = "theme_decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"), index=True)
    kind: Mapped[DecisionKind] = mapped_column(choice(DecisionKind, "theme_decision_kind"))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    reason: Mapped[str] = mapped_column(Text, default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    theme: Mapped[Theme] = relationship()
    by: Mapped[Person | None] = relationship()


class ThemePin(Base):
    """A text that people put into a theme, or out of all of them; runs leave it there."""

    __tablename__ = "theme_pin"
    __table_args__ = (UniqueConstraint("kind", "object_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[Kind] = mapped_column(choice(Kind, "pin_kind"))
    object_id: Mapped[int]
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id"), index=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("theme_decision.id"))


class ThemeWeights(Base):
    """What each part of recurrence weighs for the organisation, from when and by whom."""

    __tablename__ = "theme_weights"

    id: Mapped[int] = mapped_column(primary_key=True)
    weights: Mapped[dict[str, float]] = mapped_column(JSON)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    by: Mapped[Person | None] = relationship()
