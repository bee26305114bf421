"""Saved searches belong to one person, stay few, and are due when their time has come."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from content import searches
from content.errors import Invalid, NotFound
from content.models import Follow
from content.types import Actor
from tests.builders import NOW, Builders


@pytest.fixture
def owner(make: Builders) -> Actor:
    return make.person().as_actor()


def test_the_same_search_is_kept_once(make: Builders, owner: Actor) -> None:
    with make.portal.database.writing() as session:
        searches.save(session, "Late", "q=late", Follow.never, by=owner, at=NOW)
        searches.save(session, "  Too   late ", "q=late", Follow.daily, by=owner, at=NOW)
        (kept,) = searches.of(session, by=owner)
        assert (kept.name, kept.follow) == ("Too late", Follow.daily)


@pytest.mark.parametrize(
    ("name", "address"), [(" ", "q=a"), ("x" * 121, "q=a"), ("A", ""), ("A", "q=" + "x" * 1500)]
)
def test_what_cannot_be_kept_is_refused(
    make: Builders, owner: Actor, name: str, address: str
) -> None:
    with make.portal.database.writing() as session, pytest.raises(Invalid):
        searches.save(session, name, address, Follow.never, by=owner, at=NOW)


def test_there_is_an_end(make: Builders, owner: Actor) -> None:
    with make.portal.database.writing() as session:
        for number in range(searches.MOST):
            searches.save(session, "A", f"q={number}", Follow.never, by=owner, at=NOW)
        searches.save(session, "B", "q=1", Follow.never, by=owner, at=NOW)
        with pytest.raises(Invalid):
            searches.save(session, "A", "q=one more", Follow.never, by=owner, at=NOW)


def test_nobody_sees_another_persons(make: Builders, owner: Actor) -> None:
    other = make.person().as_actor()
    with make.portal.database.writing() as session:
        kept = searches.save(session, "Mine", "q=late", Follow.never, by=owner, at=NOW)
        assert searches.of(session, by=other) == []
        with pytest.raises(NotFound):
            searches.get(session, kept.id, by=other)


def due(session: Session, **after: int) -> list[str]:
    return [saved.name for saved in searches.due(session, NOW + timedelta(**after))]


def test_followers_are_due_in_their_rhythm(make: Builders, owner: Actor) -> None:
    gone = make.person(active=False).as_actor()
    with make.portal.database.writing() as session:
        for follow in Follow:
            searches.save(session, follow.value, f"q={follow}", follow, by=owner, at=NOW)
        kept = searches.save(session, "gone", "q=x", Follow.never, by=owner, at=NOW)
        kept.person_id, kept.follow = gone.id or 0, Follow.daily
        session.flush()
        assert due(session, hours=1) == []
        assert due(session, hours=23) == ["daily"]
        assert due(session, days=7) == ["daily", "weekly"]
