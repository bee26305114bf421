"""What people say of lessons and pages, what they follow, and their keys to feeds and the API."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from content.db import Base, UTCDateTime, choice
from content.models.lessons import Lesson
from content.models.people import Person
from content.models.playbooks import Page
from content.models.searching import Follow


class Followed(StrEnum):
    """What can be followed beside a search (project types and topics are searches)."""

    lesson = "lesson"
    page = "page"
    project = "project"
    theme = "theme"


class Subscription(Base):
    """A person follows one thing and is told when it changes."""

    __tablename__ = "subscription"
    __table_args__ = (UniqueConstraint("person_id", "kind", "object_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[Followed] = mapped_column(choice(Followed, "followed"))
    object_id: Mapped[int]  # no key: four tables; whoever reads looks whether it is still there
    follow: Mapped[Follow] = mapped_column(choice(Follow, "subscription_follow"))
    told_at: Mapped[datetime] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    person: Mapped[Person] = relationship()


class FeedKey(Base):
    """What a person's feed addresses are signed with; a new one makes the old addresses void."""

    __tablename__ = "feed_key"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    nonce: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    person: Mapped[Person] = relationship()


_ONE = "(lesson_id IS NULL) <> (page_id IS NULL)"


class Comment(Base):
    """What somebody says, or asks its author, below a lesson or a playbook page."""

    __tablename__ = "comment"
    __table_args__ = (CheckConstraint(_ONE, name="of_one_thing"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    lesson_id: Mapped[int | None] = mapped_column(
        ForeignKey("lesson.id", ondelete="CASCADE"), index=True
    )
    page_id: Mapped[int | None] = mapped_column(
        ForeignKey("page.id", ondelete="CASCADE"), index=True
    )
    answers_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"))
    is_question: Mapped[bool] = mapped_column(default=False)  # its author is told by mail
    text: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    edited_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # A removed one is kept out of sight, so that removing can be taken back.
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column()

    lesson: Mapped[Lesson | None] = relationship()
    page: Mapped[Page | None] = relationship()
    by: Mapped[Person | None] = relationship()

    __mapper_args__ = {"version_id_col": version}


class Usefulness(Base):
    """Whether a lesson or a page was useful to a person; one answer of each."""

    __tablename__ = "usefulness"
    __table_args__ = (
        UniqueConstraint("person_id", "lesson_id"),
        UniqueConstraint("person_id", "page_id"),
        CheckConstraint(_ONE, name="of_one_thing"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    lesson_id: Mapped[int | None] = mapped_column(
        ForeignKey("lesson.id", ondelete="CASCADE"), index=True
    )
    page_id: Mapped[int | None] = mapped_column(
        ForeignKey("page.id", ondelete="CASCADE"), index=True
    )
    useful: Mapped[bool]
    note: Mapped[str] = mapped_column(String(500), default="")
    at: Mapped[datetime] = mapped_column(UTCDateTime)

    person: Mapped[Person] = relationship()


class ApiToken(Base):
    """Lets a program act for a person within scopes. The table holds only the token's hash."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    start: Mapped[str] = mapped_column(String(12))  # the first letters, to tell tokens apart
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_on: Mapped[date | None]
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    person: Mapped[Person] = relationship()
