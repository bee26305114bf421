"""Signing in and out, passwords and links, and what every answer carries."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from content import people
from content.models import Job, MailedToken, SignIn
from content.types import SYSTEM, Role
from portal import create_app
from portal.runtime import Runtime
from portal.worker.loop import drain
from tests.builders import NOW, PASSWORD, Builders
from tests.conftest import csrf_of, post


def test_wrong_passwords_say_nothing_about_accounts(client: FlaskClient, make: Builders) -> None:
    make.person(email="known@example.org")
    answers = [
        post(client, "/sign-in", email=email, password="wrong wrong wrong").get_data(as_text=True)
        for email in ("known@example.org", "unknown@example.org")
    ]
    one, other = (answer.replace("unknown@", "known@") for answer in answers)
    assert "is not right" in one
    assert one.split("csrf_token")[0] == other.split("csrf_token")[0]
    assert 'value="known@example.org"' in one


@pytest.mark.parametrize("change", ["sign out elsewhere", "deactivate", "demote"])
def test_what_an_administrator_changes_holds_at_the_next_click(
    change: str, make: Builders, client_of: Callable[..., FlaskClient]
) -> None:
    person = make.person(Role.reviewer)
    browser = client_of(person)
    assert browser.get("/lessons/queue").status_code == 200
    with make.portal.database.writing() as session:
        row = people.get(session, person.id)
        if change == "demote":
            row.role = Role.member
        elif change == "deactivate":
            people.set_active(session, row, False, by=SYSTEM, at=NOW)
        else:
            people.close_all(session, person.id)
    assert browser.get("/lessons/queue").status_code == (403 if change == "demote" else 302)


def test_demo_accounts_are_refused_off_loopback(portal: Runtime, make: Builders) -> None:
    person = make.person(is_demo=True)
    open_to_all = Runtime(replace(portal.settings, host="0.0.0.0", demo=True))
    browser = create_app(open_to_all, testing=True).test_client()
    assert "demo" not in browser.get("/sign-in").get_data(as_text=True).lower()
    assert post(browser, "/sign-in", email=person.email, password=PASSWORD).status_code == 403


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil", "x"])
def test_signing_in_leads_inside_only(target: str, client: FlaskClient, make: Builders) -> None:
    person = make.person()
    fields = {"csrf_token": csrf_of(client), "email": person.email, "password": PASSWORD}
    answer = client.post("/sign-in", query_string={"next": target}, data=fields)
    assert answer.location == "/"


def test_a_forgotten_password_goes_by_mail_once(
    client: FlaskClient, make: Builders, capsys: pytest.CaptureFixture[str]
) -> None:
    person = make.person()
    for email in (person.email, "nobody@example.org"):
        answer = post(client, "/forgotten-password", email=email)
        assert "Look into your mail" in answer.get_data(as_text=True)
    with make.portal.database.reading() as session:
        mail = session.scalars(select(Job).where(Job.kind == "mail")).one()
        token = mail.payload["token"]
        kept = session.scalars(select(MailedToken.token_hash)).all()
    assert token not in kept
    drain(make.portal)
    assert token in capsys.readouterr().err
    with make.portal.database.reading() as session:
        assert session.get_one(Job, mail.id).payload == {}
    path = f"/password/{token}"
    new = "a quite different sentence"
    short = client.post(path, data={"csrf_token": csrf_of(client, path), "password": "x"})
    assert short.status_code == 400
    fields = {"csrf_token": csrf_of(client, path), "password": new, "again": new}
    assert client.post(path, data=fields).status_code == 302
    assert client.get(path).status_code == 404


def test_a_mailed_link_grows_old(client: FlaskClient, make: Builders) -> None:
    person = make.person()
    post(client, "/forgotten-password", email=person.email)
    with make.portal.database.writing() as session:
        row = session.scalars(select(MailedToken)).one()
        token = session.scalars(select(Job)).one().payload["token"]
        row.expires_at -= timedelta(days=1)
    assert client.get(f"/password/{token}").status_code == 404


def test_the_cookie_holds_a_token_that_the_database_knows_only_hashed(
    make: Builders, client_of: Callable[..., FlaskClient]
) -> None:
    browser = client_of("member")
    cookie = browser.get_cookie("portal")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    with browser.session_transaction() as kept, make.portal.database.reading() as session:
        assert kept["_user_id"] not in session.scalars(select(SignIn.token_hash)).all()
    post(browser, "/sign-out")
    with make.portal.database.reading() as session:
        assert session.scalars(select(SignIn)).all() == []


def test_a_form_without_its_token_is_refused(client_of: Callable[..., FlaskClient]) -> None:
    answer = client_of("member").post("/lessons/new", data={"headline": "x"})
    assert answer.status_code == 400


def test_every_answer_carries_the_strict_headers(client: FlaskClient) -> None:
    for path in ("/sign-in", "/nowhere", "/healthz"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_view_without_a_policy_stops_the_start(portal: Runtime) -> None:
    from portal.auth import check_policies

    app = create_app(portal)
    app.view_functions["bare"] = lambda: ""
    with pytest.raises(RuntimeError, match="bare"):
        check_policies(app)


def test_readyz_names_what_is_not_ready(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["checks"] == {
        "database": "ok",
        "migrations": "ok",
        "index": "not ready",
        "worker": "not ready",
    }
    assert client.get("/healthz").get_json() == {"status": "ok"}
