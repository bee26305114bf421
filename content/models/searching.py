"""What surrounds search: saved searches, what was asked, content requests, and the thesaurus."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from content.db import Base, UTCDateTime, choice
from content.models.people import Person
from content.types import Role


class Follow(StrEnum):
    """How often a person is told what is new in a saved search."""

    never = "never"
    daily = "daily"
    weekly = "weekly"


class SavedSearch(Base):
    """A search that a person keeps, as the address that shows it, and when they last looked."""

    __tablename__ = "saved_search"
    __table_args__ = (UniqueConstraint("person_id", "address"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    address: Mapped[str] = mapped_column(String(1500))  # the query string, without the page
    follow: Mapped[Follow] = mapped_column(choice(Follow, "follow"), default=Follow.never)
    looked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    told_at: Mapped[datetime] = mapped_column(UTCDateTime)  # the last mail about it
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    person: Mapped[Person] = relationship()


class AskedSearch(Base):
    """One search as it was asked; of who asked it only the role is kept, of when only the day."""

    __tablename__ = "asked_search"
    __table_args__ = (Index("ix_asked_search_asked_on_folded", "asked_on", "folded"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    mark: Mapped[str] = mapped_column(String(40), unique=True)  # random, made by the page
    asked_on: Mapped[date]
    role: Mapped[Role] = mapped_column(choice(Role, "asked_role"))
    text: Mapped[str] = mapped_column(String(200))
    folded: Mapped[str] = mapped_column(String(200))  # lower case, single blanks
    found: Mapped[int]
    opened: Mapped[bool] = mapped_column(default=False)  # whether a finding was followed


class RequestState(StrEnum):
    """Where a content request stands."""

    open = "open"
    answered = "answered"
    declined = "declined"


class ContentRequest(Base):
    """Somebody looked for what nobody has written yet; an owner sees to it."""

    __tablename__ = "content_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))  # what was looked for
    note: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[RequestState] = mapped_column(choice(RequestState, "request_state"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answer: Mapped[str] = mapped_column(Text, default="")  # why it was declined, or what answers it
    answer_path: Mapped[str] = mapped_column(String(300), default="")  # where it is read
    due_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column()

    owner: Mapped[Person | None] = relationship(foreign_keys=[owner_id])
    asked_by: Mapped[Person | None] = relationship(foreign_keys=[asked_by_id])

    __mapper_args__ = {"version_id_col": version}


class Direction(StrEnum):
    """Which way a thesaurus entry is read."""

    both = "both ways"
    one_way = "one way"  # the first term also finds the others, and not the reverse


class ThesaurusEntry(Base):
    """Terms that mean the same to a project manager, or an acronym and its words."""

    __tablename__ = "thesaurus_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    terms: Mapped[list[str]] = mapped_column(JSON)
    direction: Mapped[Direction] = mapped_column(choice(Direction, "direction"))
    note: Mapped[str] = mapped_column(String(300), default="")
    shipped: Mapped[bool] = mapped_column(default=False)  # came with the portal
    active: Mapped[bool] = mapped_column(default=True)
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column()

    changed_by: Mapped[Person | None] = relationship()

    __mapper_args__ = {"version_id_col": version}
