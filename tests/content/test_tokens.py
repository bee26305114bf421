"""Tokens: made, found by their secret, void when they should be."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from content import people, tokens
from content.db import now
from content.errors import Conflict, Invalid, NotFound
from content.models import Activity, ApiToken, Person
from content.tokens import TokenScope
from content.types import SYSTEM
from portal.runtime import Runtime
from tests.builders import Builders

AT = now()


def made(portal: Runtime, person: Person, **more: object) -> tuple[ApiToken, str]:
    expires_on = more.get("expires_on")
    assert expires_on is None or isinstance(expires_on, date)
    with portal.database.writing() as unit:
        return tokens.create(
            unit, "Report", [TokenScope.lessons_read], expires_on, by=person.as_actor(), at=AT
        )


def opens(portal: Runtime, secret: str, **later: float) -> bool:
    with portal.database.reading() as session:
        return tokens.opened_by(session, secret, at=AT + timedelta(**later)) is not None


def test_only_a_fingerprint_is_kept(portal: Runtime, make: Builders) -> None:
    row, secret = made(portal, make.person())
    assert secret.startswith("pmo_")
    assert secret[:12] == row.start
    assert secret not in repr(vars(row))
    assert opens(portal, secret)
    assert not opens(portal, secret[:-1] + ("a" if secret[-1] != "a" else "b"))
    with portal.database.reading() as session:
        logged = session.scalars(select(Activity).where(Activity.object_kind == "token")).one()
    assert secret not in repr(logged.detail)


def test_a_token_works_through_its_last_day(portal: Runtime, make: Builders) -> None:
    _, secret = made(portal, make.person(), expires_on=AT.date() + timedelta(days=3))
    assert opens(portal, secret, days=3)
    assert not opens(portal, secret, days=4)


def test_revoked_at_once_and_back_while_fresh(portal: Runtime, make: Builders) -> None:
    person = make.person()
    by = person.as_actor()
    row, secret = made(portal, person)
    with portal.database.writing() as unit:
        tokens.revoke(unit, tokens.get(unit, row.id, by=by), by=by, at=AT)
    assert not opens(portal, secret)
    with portal.database.writing() as unit:
        mine = tokens.get(unit, row.id, by=by)
        with pytest.raises(Conflict):
            tokens.restore(unit, mine, by=by, at=AT + timedelta(hours=1))
        tokens.restore(unit, mine, by=by, at=AT + timedelta(minutes=1))
    assert opens(portal, secret)


def test_void_with_its_person(portal: Runtime, make: Builders) -> None:
    person = make.person()
    _, secret = made(portal, person)
    with portal.database.writing() as unit:
        people.set_active(unit, unit.get_one(Person, person.id), False, by=SYSTEM, at=AT)
    assert not opens(portal, secret)


def test_an_administrator_sees_nothing_of_others(portal: Runtime, make: Builders) -> None:
    row, _ = made(portal, make.person())
    admin = make.person("admin").as_actor()
    with portal.database.reading() as session:
        assert tokens.of(session, by=admin) == []
        with pytest.raises(NotFound):
            tokens.get(session, row.id, by=admin)


@pytest.mark.parametrize(
    ("name", "scopes", "days", "field"),
    [
        ("", ["search"], 30, "name"),
        ("x" * 121, ["search"], 30, "name"),
        ("Report", [], 30, "scopes"),
        ("Report", ["everything"], 30, "scopes"),
        ("Report", ["search"], -1, "expires_on"),
        ("Report", ["search"], 400, "expires_on"),
    ],
)
def test_what_is_refused(
    name: str, scopes: list[str], days: int, field: str, portal: Runtime, make: Builders
) -> None:
    by = make.person().as_actor()
    with portal.database.writing() as unit, pytest.raises(Invalid) as error:
        tokens.create(unit, name, scopes, AT.date() + timedelta(days=days), by=by, at=AT)
    assert list(error.value.fields) == [field]


def test_nobody_has_more_than_they_can_look_after(portal: Runtime, make: Builders) -> None:
    person = make.person()
    for _ in range(tokens.MOST):
        made(portal, person)
    with pytest.raises(Conflict, match="Revoke one"):
        made(portal, person)
