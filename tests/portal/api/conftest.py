"""Programs that call the API: a token of a person, and a client that sends it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from content import tokens
from content.db import now
from content.models import Person
from content.tokens import TokenScope
from portal.runtime import Runtime
from tests.builders import Builders

EVERY = tuple(TokenScope)


@dataclass
class Program:
    """Something that calls the API with a token."""

    app: Flask
    secret: str
    person: Person

    def ask(self, method: str, path: str, **more: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.secret}", **more.pop("headers", {})}
        return self.app.test_client().open(
            f"/api/v1{path}" if not path.startswith("/api/") else path,
            method=method, headers=headers, **more,
        )  # fmt: skip

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.ask("GET", path, **more)

    def post(self, path: str, body: object, **more: Any) -> TestResponse:
        return self.ask("POST", path, json=body, **more)

    def patch(self, path: str, body: object, tag: str | None = None) -> TestResponse:
        headers = {"If-Match": tag} if tag is not None else {}
        return self.ask("PATCH", path, json=body, headers=headers)


def token_of(portal: Runtime, person: Person, scopes: Iterable[str] = EVERY, **more: Any) -> str:
    """The secret of a new token."""
    with portal.database.writing() as unit:
        _, secret = tokens.create(
            unit, "Test", scopes, more.get("expires_on"), by=person.as_actor(), at=now()
        )
    return secret


@pytest.fixture
def program(app: Flask, portal: Runtime, make: Builders) -> Callable[..., Program]:
    """`program("reviewer", scopes)` or `program(person)`: all scopes unless some are named."""

    def made(who: object = "member", scopes: Iterable[str] = EVERY, **more: Any) -> Program:
        person = who if isinstance(who, Person) else make.person(str(who))
        return Program(app, token_of(portal, person, scopes, **more), person)

    return made
