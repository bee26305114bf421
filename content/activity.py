"""Writing and reading the activity log. Rows name fields, never the texts in them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, String, cast, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, joinedload

from content.access import Action, require
from content.db import contains
from content.models import Activity, Person
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


# All of it, for administrators ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ActivityFilter:
    """What the log is narrowed to; empty means everything.

    `who` is a part of a name or an address; `by_portal` tells what the portal did by itself from
    what people did; both days are included, as days of UTC.
    """

    who: str = ""
    by_portal: bool | None = None
    kind: str = ""
    since: date | None = None
    until: date | None = None


def listing(
    session: Session,
    wanted: ActivityFilter,
    *,
    by: Actor,
    offset: int = 0,
    limit: int = 50,
    total: int | None = None,
) -> tuple[Sequence[Activity], int]:
    """One page of the whole log, newest first, and how many rows there are in all.

    Raises:
        Forbidden: `by` is no administrator; others read the log of what they may see, with it.
    """
    require(by, Action.system_manage)
    narrowed = _narrow(wanted)
    count = select(func.count(Activity.id)).outerjoin(Activity.actor).where(*narrowed)
    query = (
        select(Activity)
        .outerjoin(Activity.actor)
        .where(*narrowed)
        .options(joinedload(Activity.actor))
        .order_by(Activity.at.desc(), Activity.id.desc())
        .offset(offset)
        .limit(limit)
    )
    if total is None:
        total = session.scalar(count) or 0
    return session.scalars(query).all(), total


def _narrow(wanted: ActivityFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.who:
        like = contains(wanted.who)
        found.append(
            or_(Person.name.ilike(like, escape="\\"), Person.email.ilike(like, escape="\\"))
        )
    if wanted.by_portal is not None:
        found.append(Activity.actor_id.is_(None) == wanted.by_portal)
    if wanted.kind:
        found.append(Activity.object_kind == wanted.kind)
    if wanted.since:
        found.append(Activity.at >= datetime.combine(wanted.since, time(), UTC))
    if wanted.until:
        found.append(Activity.at <= datetime.combine(wanted.until, time.max, UTC))
    return found


Named = tuple[str, int]  # a kind and a number, as the log names things


def titles(
    session: Session, things: Iterable[Named], sources: Mapping[str, Any]
) -> dict[Named, tuple[str, str]]:
    """What things of the log are called now, and the key of their address; in one query.

    Each of `sources` selects the number, the title and the key of a kind. What is gone, or is of
    a kind without a source, is not in the answer.
    """
    wanted: dict[str, set[int]] = {}
    for kind, number in things:
        if kind in sources:
            wanted.setdefault(kind, set()).add(number)
    parts = []
    for kind, numbers in wanted.items():
        source = sources[kind].subquery()
        number, title, key = source.c
        parts.append(
            select(literal(kind), number, cast(title, String), cast(key, String)).where(
                number.in_(numbers)
            )
        )
    if not parts:
        return {}
    rows = session.execute(union_all(*parts))
    return {(kind, number): (title, key) for kind, number, title, key in rows}
