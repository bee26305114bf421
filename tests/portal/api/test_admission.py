"""Who may call what: tokens, scopes, roles, limits."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from content import people, tokens
from content.db import now
from content.models import ApiToken, Person
from content.tokens import TokenScope
from content.types import SYSTEM, Role
from portal import create_app
from portal.api.operations import OPERATIONS
from portal.app import limiter
from portal.runtime import Runtime
from portal.settings import Settings
from tests.builders import Builders
from tests.portal.api.conftest import Program, token_of

Programs = Callable[..., Program]


def path_of(path: str) -> str:
    return path.replace("{code}", "P-1").replace("{lesson_id}", "1").replace("{issue_id}", "1")


def test_every_operation_asks_for_its_scope_and_for_no_other(
    program: Programs, make: Builders
) -> None:
    make.project(code="P-1")
    make.lesson()
    with_one = {scope: program("admin", [scope]) for scope in TokenScope}
    for row in OPERATIONS:
        for scope, caller in with_one.items():
            answer = caller.ask(row.method, path_of(row.path))
            lacks = answer.status_code == 403 and "scope" in answer.json["detail"]
            assert lacks == (scope is not row.scope), (row.name, scope, answer.status)
            if lacks:
                assert f'scope="{row.scope}"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "Basic cG06eA==", "Bearer pmo_wrong", "Bearer x", "pmo_x"],
)
def test_without_a_good_token_everything_is_401(header: str | None, client: FlaskClient) -> None:
    headers = {"Authorization": header} if header is not None else {}
    for row in OPERATIONS:
        answer = client.open(f"/api/v1{path_of(row.path)}", method=row.method, headers=headers)
        assert answer.status_code == 401, row.name
        assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="portal"')
        assert answer.mimetype == "application/problem+json"


def test_a_cookie_opens_nothing(client_of: Callable[..., FlaskClient]) -> None:
    browser = client_of("admin")
    assert browser.get("/api/v1/lessons").status_code == 401
    assert browser.post("/api/v1/lessons", json={"headline": "x", "lesson": "y"}).status_code == 401


def test_a_token_opens_no_page(program: Programs) -> None:
    answer = program("admin").get("/api/")
    assert answer.status_code == 302
    assert "/sign-in" in answer.location


def test_void_at_the_next_request(program: Programs, portal: Runtime) -> None:
    caller = program()
    assert caller.get("/lessons").status_code == 200
    with portal.database.writing() as unit:
        row = unit.get_one(ApiToken, 1)
        tokens.revoke(unit, row, by=caller.person.as_actor(), at=now())
    answer = caller.get("/lessons")
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_void_with_its_person_and_narrowed_with_their_role(
    program: Programs, portal: Runtime, make: Builders
) -> None:
    make.lesson(confidentiality="restricted")
    caller = program("reviewer")
    assert caller.get("/lessons/1").status_code == 200
    with portal.database.writing() as unit:
        person = unit.get_one(Person, caller.person.id)
        person.role = Role.member
    assert caller.get("/lessons/1").status_code == 404
    with portal.database.writing() as unit:
        people.set_active(unit, unit.get_one(Person, person.id), False, by=SYSTEM, at=now())
    assert caller.get("/lessons/1").status_code == 401


def test_expired(program: Programs, portal: Runtime) -> None:
    caller = program(expires_on=now().date())
    assert caller.get("/search?q=x").status_code == 200
    with portal.database.writing() as unit:
        unit.get_one(ApiToken, 1).expires_on = now().date() - timedelta(days=1)
    assert caller.get("/search?q=x").status_code == 401


def test_a_demo_account_has_no_token_off_this_machine(
    portal: Runtime, make: Builders, program: Programs
) -> None:
    caller = program(make.person(is_demo=True))
    assert caller.get("/issues").status_code == 200
    portal.settings = Settings(data_dir=portal.settings.data_dir, host="192.0.2.1")
    assert caller.get("/issues").status_code == 401


def test_use_is_written_down_once_a_minute(program: Programs, portal: Runtime) -> None:
    caller = program()
    written: list[str] = []
    event.listen(
        portal.database.engine, "before_cursor_execute",
        lambda _c, _cursor, statement, *_more: written.append(statement),
    )  # fmt: skip
    for _ in range(3):
        assert caller.get("/issues").status_code == 200
    assert sum(one.startswith("UPDATE api_token") for one in written) == 1
    with portal.database.reading() as session:
        assert session.get_one(ApiToken, 1).used_at is not None


def test_each_token_has_a_limit_of_its_own(portal: Runtime, make: Builders) -> None:
    portal.settings = Settings(data_dir=portal.settings.data_dir, api_per_minute=3)
    app = create_app(portal)
    try:
        one, two = (
            Program(app, token_of(portal, person), person)
            for person in (make.person(), make.person())
        )
        seen = [one.get("/issues").status_code for _ in range(4)]
        assert seen == [200, 200, 200, 429]
        late = one.get("/issues")
        assert late.mimetype == "application/problem+json"
        assert int(late.headers["Retry-After"]) > 0
        assert two.get("/issues").status_code == 200
    finally:
        limiter.reset()
        limiter.enabled = False


def test_a_refused_preflight_and_no_cors(app: Flask, program: Programs) -> None:
    answer = app.test_client().options("/api/v1/lessons", headers={"Origin": "https://x.example"})
    assert answer.status_code == 405
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]
