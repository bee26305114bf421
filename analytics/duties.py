"""What one person has to do: the actions that they own and the requests that they answer for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import String, cast, literal, null, select, union_all
from sqlalchemy.orm import Session

from analytics.review_models import OPEN, Action
from content.models import ContentRequest, RequestState
from content.types import Actor


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing to do: `kind` is action or request."""

    kind: str
    id: int
    title: str
    due_on: date | None
    state: str | None

    def is_overdue(self, today: date) -> bool:
        """Whether it should have been done by now."""
        return self.due_on is not None and self.due_on < today


def of_person(session: Session, *, by: Actor, limit: int) -> Sequence[Duty]:
    """What `by` has still to do, the most urgent first; in one query."""
    own_actions = select(
        literal("action").label("kind"), Action.id.label("id"), Action.title.label("title"),
        Action.due_on.label("due_on"), cast(Action.state, String).label("state"),
    ).where(Action.owner_id == by.id, Action.state.in_(OPEN))  # fmt: skip
    asked = select(
        literal("request"), ContentRequest.id, ContentRequest.title, ContentRequest.due_on,
        cast(null(), String),
    ).where(
        ContentRequest.owner_id == by.id, ContentRequest.state == RequestState.open
    )  # fmt: skip
    every = union_all(own_actions, asked).subquery()
    query = select(every).order_by(every.c.due_on.nulls_last(), every.c.kind, every.c.id)
    return [Duty(*row) for row in session.execute(query.limit(limit))]
