"""Playbooks: trees of pages, each page with its revisions."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from content.db import Base, UTCDateTime, choice
from content.models.people import Person
from content.models.projects import Phase


class RevisionState(StrEnum):
    """Where a page's revision stands; at most one of a page is published."""

    draft = "draft"
    submitted = "submitted"
    returned = "returned"
    published = "published"
    superseded = "superseded"


class Playbook(Base):
    """A methodology guide: a tree of pages."""

    __tablename__ = "playbook"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(Text, default="")
    position: Mapped[int] = mapped_column(default=0)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column()

    owner: Mapped[Person | None] = relationship()
    pages: Mapped[list["Page"]] = relationship(order_by="Page.position", back_populates="playbook")

    __mapper_args__ = {"version_id_col": version}


class Page(Base):
    """One page of a playbook; what readers see is its published revision."""

    __tablename__ = "page"
    __table_args__ = (UniqueConstraint("playbook_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    playbook_id: Mapped[int] = mapped_column(ForeignKey("playbook.id"), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("page.id"), index=True)
    slug: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(200))  # of the published, else the newest revision
    position: Mapped[int] = mapped_column(default=0)
    phase: Mapped[Phase | None] = mapped_column(choice(Phase, "page_phase"))
    review_by: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column()

    playbook: Mapped[Playbook] = relationship(back_populates="pages")
    parent: Mapped["Page | None"] = relationship(remote_side="Page.id")
    revisions: Mapped[list["PageRevision"]] = relationship(
        order_by="PageRevision.number.desc()", back_populates="page"
    )

    __mapper_args__ = {"version_id_col": version}


class PageRevision(Base):
    """The text of a page as one trainer wrote it and another person approved it."""

    __tablename__ = "page_revision"
    __table_args__ = (UniqueConstraint("page_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"), index=True)
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(Text)  # Markdown
    change_note: Mapped[str] = mapped_column(String(500), default="")
    state: Mapped[RevisionState] = mapped_column(
        choice(RevisionState, "revision_state"), index=True
    )
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    saved_at: Mapped[datetime] = mapped_column(UTCDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reason: Mapped[str] = mapped_column(Text, default="")  # why it was returned
    version: Mapped[int] = mapped_column()

    page: Mapped[Page] = relationship(back_populates="revisions")
    author: Mapped[Person | None] = relationship(foreign_keys=[author_id])
    decided_by: Mapped[Person | None] = relationship(foreign_keys=[decided_by_id])

    __mapper_args__ = {"version_id_col": version}
