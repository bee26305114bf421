"""What each part of recurrence weighs for the organisation; a change is kept and can be undone."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from analytics.models import ThemeWeights
from analytics.trends import PARTS
from content import activity
from content.access import Action, require
from content.errors import Conflict, Invalid, NotFound
from content.types import Actor


def in_force(session: Session) -> ThemeWeights | None:
    """The weights that somebody set last, or None while the usual ones hold."""
    query = select(ThemeWeights).where(ThemeWeights.undone_at.is_(None))
    newest = query.order_by(ThemeWeights.id.desc()).limit(1)
    return session.scalars(newest.options(joinedload(ThemeWeights.by))).first()


def weights_of(row: ThemeWeights | None) -> dict[str, float]:
    """The weight of each part."""
    return {name: row.weights.get(name, 0.0) for name in PARTS} if row else dict(PARTS)


def set_weights(
    session: Session, weights: Mapping[str, float], *, by: Actor, at: datetime
) -> ThemeWeights:
    """Have recurrence reckoned by these weights, for everybody.

    Raises:
        Invalid: a weight is below 0 or above 1, or all are nothing.
    """
    require(by, Action.theme_run)
    found = {name: round(float(weights.get(name, 0.0)), 4) for name in PARTS}
    if not all(0 <= value <= 1 for value in found.values()) or not sum(found.values()):
        raise Invalid("Each weight goes from 0 to 100, and one of them must count.")
    row = ThemeWeights(weights=found, by_id=by.id, at=at)
    session.add(row)
    session.flush()
    activity.record(session, "theme weights", row.id, "set", by=by, at=at, detail=found)
    return row


def get(session: Session, weights_id: int) -> ThemeWeights:
    """One change of the weights.

    Raises:
        NotFound: there is none.
    """
    row = session.get(ThemeWeights, weights_id)
    if row is None:
        raise NotFound("There is no such change of the weights.")
    return row


def undo(session: Session, row: ThemeWeights, *, by: Actor, at: datetime) -> None:
    """Take a change of the weights back; those before it hold again.

    Raises:
        Conflict: it is undone already.
    """
    require(by, Action.theme_run)
    if row.undone_at is not None:
        raise Conflict("This change is undone already.")
    row.undone_at = at
    activity.record(session, "theme weights", row.id, "undo", by=by, at=at)
