"""Improvement reviews over themes, what they decide, and the actions that follow."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from analytics.models import Theme
from content.db import Base, UTCDateTime, choice
from content.models import Department, Lesson, Page, Person, Template


class ReviewState(StrEnum):
    """Where a review stands."""

    planned = "planned"
    running = "running"
    closed = "closed"
    cancelled = "cancelled"


class Review(Base):
    """A meeting over recurring themes, with an agenda, votes, decisions and minutes."""

    __tablename__ = "review"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    state: Mapped[ReviewState] = mapped_column(choice(ReviewState, "review_state"), index=True)
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    minutes: Mapped[int] = mapped_column(default=90)  # how long it is planned for
    place: Mapped[str] = mapped_column(String(200), default="")  # a room, or a link
    period_from: Mapped[date | None]  # closed projects that it looks at
    period_to: Mapped[date | None]
    names_votes: Mapped[bool] = mapped_column(default=False)  # whether votes are shown with names
    revealed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # voting is over from then on
    sequence: Mapped[int] = mapped_column(default=0)  # of the calendar entry, RFC 5545, 3.8.7.4
    back_minutes: Mapped[int] = mapped_column(default=0)  # for the actions of the last review
    # Where the room is: the number of an item, 0 for the actions of the last review. Without a
    # foreign key, which would go round in a circle; a number that is gone means nowhere.
    item_now: Mapped[int | None]
    timer_ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # while it runs
    timer_left: Mapped[int | None]  # seconds, while it rests
    summary: Mapped[str] = mapped_column(Text, default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column()

    by: Mapped[Person | None] = relationship()
    people: Mapped[list["ReviewPerson"]] = relationship(
        cascade="all, delete-orphan", order_by="ReviewPerson.id", back_populates="review"
    )
    items: Mapped[list["ReviewItem"]] = relationship(
        cascade="all, delete-orphan", order_by="ReviewItem.position", back_populates="review"
    )
    looks: Mapped[list["ReviewLook"]] = relationship(cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}

    @property
    def has_period(self) -> bool:
        """Whether it looks at projects closed between days, and not at all of them."""
        return self.period_from is not None or self.period_to is not None


class ReviewPerson(Base):
    """Somebody who is invited."""

    __tablename__ = "review_person"
    __table_args__ = (UniqueConstraint("review_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)

    review: Mapped[Review] = relationship(back_populates="people")
    person: Mapped[Person] = relationship()


class Outcome(StrEnum):
    """What a review decides about a theme."""

    adopt = "adopt"
    defer = "defer"
    reject = "reject"


class ReviewItem(Base):
    """A theme on the agenda, with what was known of it when the review was planned."""

    __tablename__ = "review_item"
    __table_args__ = (UniqueConstraint("review_id", "theme_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id", ondelete="CASCADE"))
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"), index=True)
    position: Mapped[int]
    minutes: Mapped[int] = mapped_column(default=0)
    points: Mapped[int | None]  # the sum, once who gave them is forgotten
    known: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # recurrence and its parts
    notes: Mapped[str] = mapped_column(Text, default="")
    notes_version: Mapped[int] = mapped_column(default=1)  # a decision is no conflict of notes
    outcome: Mapped[Outcome | None] = mapped_column(choice(Outcome, "review_outcome"))
    defer_until: Mapped[date | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column()

    review: Mapped[Review] = relationship(back_populates="items")
    theme: Mapped[Theme] = relationship()
    decided_by: Mapped[Person | None] = relationship()
    votes: Mapped[list["ReviewVote"]] = relationship(cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}


class ReviewVote(Base):
    """A person's points for one theme of a review."""

    __tablename__ = "review_vote"
    __table_args__ = (UniqueConstraint("item_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("review_item.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    points: Mapped[int]

    person: Mapped[Person] = relationship()


class ReviewLook(Base):
    """That a review looked at an action of the one before, and what it said."""

    __tablename__ = "review_look"
    __table_args__ = (UniqueConstraint("review_id", "action_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id", ondelete="CASCADE"))
    action_id: Mapped[int] = mapped_column(ForeignKey("action.id", ondelete="CASCADE"), index=True)
    looked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    note: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class ActionState(StrEnum):
    """Where an action stands."""

    planned = "planned"
    in_progress = "in progress"
    done = "done"
    cancelled = "cancelled"


OPEN = (ActionState.planned, ActionState.in_progress)


class ChangeKind(StrEnum):
    """What an action changes."""

    page = "playbook page"
    template = "template"
    training = "training"
    other = "something else"


class Action(Base):
    """What is changed because of a theme, by whom, until when, and how its effect is measured.

    The indicator is fixed before the action starts: the hit rate of its theme, over projects of one
    type, department, size and method (any where empty), looked at on `measure_on`.
    """

    __tablename__ = "action"

    id: Mapped[int] = mapped_column(primary_key=True)
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"), index=True)
    item_id: Mapped[int | None] = mapped_column(
        ForeignKey("review_item.id", ondelete="SET NULL"), index=True
    )
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[ActionState] = mapped_column(choice(ActionState, "action_state"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    due_on: Mapped[date | None]
    change: Mapped[ChangeKind] = mapped_column(choice(ChangeKind, "action_change"))
    page_id: Mapped[int | None] = mapped_column(ForeignKey("page.id"), index=True)
    template_id: Mapped[int | None] = mapped_column(ForeignKey("template.id"), index=True)
    indicator_type: Mapped[str | None] = mapped_column(String(60))
    indicator_department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    indicator_size: Mapped[str | None] = mapped_column(String(40))
    indicator_method: Mapped[str | None] = mapped_column(String(40))
    measure_on: Mapped[date | None]
    baseline: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # when it was started
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    in_force_on: Mapped[date | None]  # projects that start later can profit
    looked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # the effect, on its day
    evidence: Mapped[str] = mapped_column(Text, default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column()

    theme: Mapped[Theme] = relationship()
    item: Mapped[ReviewItem | None] = relationship()
    owner: Mapped[Person | None] = relationship(foreign_keys=[owner_id])
    page: Mapped[Page | None] = relationship()
    template: Mapped[Template | None] = relationship()
    indicator_department: Mapped[Department | None] = relationship()
    by: Mapped[Person | None] = relationship(foreign_keys=[by_id])
    lessons: Mapped[list["ActionLesson"]] = relationship(cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}

    @property
    def changed_on(self) -> date | None:
        """The day from which on projects can profit; None before it is done."""
        if self.done_at is None:
            return None
        return self.in_force_on or self.done_at.date()

    def is_overdue(self, today: date) -> bool:
        """Whether it should have been done by now."""
        return self.state in OPEN and self.due_on is not None and self.due_on < today


class ActionLesson(Base):
    """A lesson that an action answers."""

    __tablename__ = "action_lesson"

    action_id: Mapped[int] = mapped_column(
        ForeignKey("action.id", ondelete="CASCADE"), primary_key=True
    )
    lesson_id: Mapped[int] = mapped_column(
        ForeignKey("lesson.id", ondelete="CASCADE"), primary_key=True, index=True
    )

    lesson: Mapped[Lesson] = relationship()


class Reminded(StrEnum):
    """What the owner of an action is reminded of."""

    due = "due soon"
    overdue = "overdue"
    effect = "look at the effect"


class ActionReminder(Base):
    """A reminder that went out, so that none goes out twice; `day` is what it was about."""

    __tablename__ = "action_reminder"
    __table_args__ = (UniqueConstraint("action_id", "kind", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    action_id: Mapped[int] = mapped_column(ForeignKey("action.id", ondelete="CASCADE"))
    kind: Mapped[Reminded] = mapped_column(choice(Reminded, "action_reminder_kind"))
    day: Mapped[date]
    sent_at: Mapped[datetime] = mapped_column(UTCDateTime)
