"""Writing and reading the activity log. Rows name fields, never the texts in them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from content.models import Activity
from content.types import Actor


def record(
    session: Session,
    kind: str,
    object_id: int,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    moved: tuple[str | None, str | None] = (None, None),
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add one row; `moved` is the state before and after."""
    session.add(
        Activity(
            at=at,
            actor_id=by.id,
            object_kind=kind,
            object_id=object_id,
            verb=verb,
            from_state=moved[0],
            to_state=moved[1],
            reason=reason,
            detail=dict(detail or {}),
        )
    )


def of(session: Session, kind: str, object_id: int, *, limit: int = 100) -> Sequence[Activity]:
    """What happened to one object, newest first."""
    query = (
        select(Activity)
        .where(Activity.object_kind == kind, Activity.object_id == object_id)
        .options(joinedload(Activity.actor))
        .order_by(Activity.id.desc())
        .limit(limit)
    )
    return session.scalars(query).all()
