"""Saved searches: a person keeps one, sees what is new in it, and is told by mail if they wish.

What is kept is the address that shows the search; nothing here knows how it is read.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from content.access import Action, require
from content.errors import Invalid, NotFound
from content.models import Follow, Person, SavedSearch
from content.types import Actor

NAME_MOST = 120  # characters, as the column holds
ADDRESS_MOST = 1_500
# Searches of one person: more would be a list that nobody reads.
MOST = 50
# Time between two mails about the same search; a little less than it says, because a mail that
# left late must not push the next one to the day after.
EVERY = {
    Follow.daily: timedelta(hours=20),
    Follow.weekly: timedelta(days=6, hours=20),
}


def of(session: Session, *, by: Actor) -> Sequence[SavedSearch]:
    """The searches that `by` keeps, by name."""
    require(by, Action.search_save)
    query = select(SavedSearch).where(SavedSearch.person_id == by.id)
    return session.scalars(query.order_by(func.lower(SavedSearch.name), SavedSearch.id)).all()


def get(session: Session, saved_id: int, *, by: Actor) -> SavedSearch:
    """One search that `by` keeps.

    Raises:
        NotFound: there is none, or somebody else keeps it.
    """
    saved = session.get(SavedSearch, saved_id)
    if saved is None or saved.person_id != by.id:
        raise NotFound("There is no such saved search.")
    require(by, Action.search_save, saved)
    return saved


def with_address(session: Session, address: str, *, by: Actor) -> SavedSearch | None:
    """The search of `by` that shows the same, if they keep it."""
    query = select(SavedSearch).where(
        SavedSearch.person_id == by.id, SavedSearch.address == address
    )
    return session.scalars(query).first()


def save(
    session: Session, name: str, address: str, follow: Follow, *, by: Actor, at: datetime
) -> SavedSearch:
    """Keep a search; one that shows the same is renamed instead.

    Raises:
        Invalid: it has no name, nothing is searched for, or there are too many.
    """
    require(by, Action.search_save)
    name = _named(name)
    if not address or len(address) > ADDRESS_MOST:
        raise Invalid("This search is empty or too long to be saved.")
    saved = with_address(session, address, by=by)
    if saved is None:
        if len(of(session, by=by)) >= MOST:
            raise Invalid(f"You keep {MOST} searches already; remove one that you need no more.")
        assert by.id is not None  # `require` lets only people through
        saved = SavedSearch(
            person_id=by.id, address=address, looked_at=at, told_at=at, created_at=at
        )
        session.add(saved)
    saved.name, saved.follow = name, follow
    session.flush()
    return saved


def rename(session: Session, saved: SavedSearch, name: str, *, by: Actor) -> None:
    """Give a search another name.

    Raises:
        Invalid: the name is empty or too long.
    """
    require(by, Action.search_save, saved)
    saved.name = _named(name)


def set_follow(saved: SavedSearch, follow: Follow, *, by: Actor, at: datetime) -> None:
    """Choose how often to be told; what is new counts from now."""
    require(by, Action.search_save, saved)
    if saved.follow is Follow.never:
        saved.told_at = at
    saved.follow = follow


def looked(saved: SavedSearch, *, by: Actor, at: datetime) -> None:
    """Note that its person looked: what is new counts from now."""
    require(by, Action.search_save, saved)
    saved.looked_at = at


def remove(session: Session, saved: SavedSearch, *, by: Actor) -> None:
    """Keep a search no longer."""
    require(by, Action.search_save, saved)
    session.delete(saved)


def due(session: Session, at: datetime) -> Sequence[SavedSearch]:
    """The followed searches of active people whose time to be told has come, person by person."""
    times = [
        (SavedSearch.follow == follow) & (SavedSearch.told_at <= at - every)
        for follow, every in EVERY.items()
    ]
    query = (
        select(SavedSearch)
        .join(SavedSearch.person)
        .where(or_(*times), Person.active.is_(True))
        .options(joinedload(SavedSearch.person))
        .order_by(SavedSearch.person_id, SavedSearch.id)
    )
    return session.scalars(query).all()


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > NAME_MOST:
        reason = f"Give the search a name of up to {NAME_MOST} characters."
        raise Invalid(reason, {"name": reason})
    return name
