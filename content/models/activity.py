"""The activity log: who did what, when, from where to where, and why. Rows are only added."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import JSON, ForeignKey, Index, String, Table, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from content.db import Base, UTCDateTime, append_only
from content.models.people import Person


class Activity(Base):
    """One move or change; the database refuses to alter or delete it."""

    __tablename__ = "activity"
    __table_args__ = (Index("ix_activity_object", "object_kind", "object_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # None: the portal
    object_kind: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[int]
    verb: Mapped[str] = mapped_column(String(40))
    from_state: Mapped[str | None] = mapped_column(String(40))
    to_state: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text, default="")
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # names of fields, no texts

    actor: Mapped[Person | None] = relationship()


append_only(cast(Table, Activity.__table__))
