"""Every error under /api/v1 is a problem (RFC 9457) of one shape."""

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from portal.api import operations
from tests.builders import Builders
from tests.portal.api.conftest import Program

Programs = Callable[..., Program]
NEW = {"headline": "Agree criteria", "lesson": "Late ones are argued about."}


def fields(answer: TestResponse, status: int) -> dict[str, str]:
    """The places that a problem names, after a look at its shape."""
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.content_type == "application/problem+json"
    body: dict[str, Any] = answer.json
    assert body["status"] == status
    assert body["type"] == f"/api/#problem-{status}"
    assert body["title"]
    assert body["detail"]
    assert body["instance"] == answer.request.path
    assert set(body) <= {"type", "title", "status", "detail", "instance", "fields"}
    named: dict[str, str] = body.get("fields", {})
    return named


@pytest.mark.parametrize(
    ("method", "path", "status", "more"),
    [
        ("GET", "/nothing", 404, {}),
        ("GET", "/lessons/99", 404, {}),
        ("GET", "/lessons/99999999999999999999", 404, {}),
        ("GET", "/lessons/x", 404, {}),
        ("GET", "/lessons/", 404, {}),
        ("PUT", "/lessons", 405, {}),
        ("GET", "/lessons", 406, {"headers": {"Accept": "text/html"}}),
        ("POST", "/lessons", 415, {"data": "x", "content_type": "text/plain"}),
        ("POST", "/lessons", 415, {}),
        ("POST", "/lessons", 400, {"data": "{", "content_type": "application/json"}),
        ("POST", "/lessons", 400, {"data": b"\xff", "content_type": "application/json"}),
        ("POST", "/lessons", 400, {"json": []}),
        ("POST", "/lessons", 400, {"data": "[" * 9_999, "content_type": "application/json"}),
        ("PATCH", "/lessons/1", 428, {"json": {"cause": "x"}}),
        ("PATCH", "/lessons/1", 412, {"json": {"cause": "x"}, "headers": {"If-Match": '"0"'}}),
        ("PATCH", "/lessons/1", 400, {"json": {"cause": "x"}, "headers": {"If-Match": "1"}}),
    ],
)
def test_shape(
    method: str, path: str, status: int, more: dict[str, Any], program: Programs, make: Builders
) -> None:
    make.lesson()
    answer = program("reviewer").ask(method, path, **more)
    fields(answer, status)
    if status == 405:
        assert "GET" in answer.headers["Allow"]


def test_too_large(program: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "BODY_MOST", 100)
    fields(program().post("/lessons", {**NEW, "cause": "x" * 200}), 413)


def test_a_fault_is_a_problem_too(program: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(*_args: object, **_more: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("content.issues.listing", fault)
    answer = program().get("/issues")
    fields(answer, 500)
    assert "ZeroDivision" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, {"headline"}),
        ({"headline": "x"}, {"body"}),
        ({"headline": "x", "lesson": " \n"}, {"body"}),
        ({"headline": " ", "lesson": "x"}, {"headline"}),
        ({"headline": "x" * 201, "lesson": "x"}, {"headline"}),
        ({**NEW, "phase": "dreaming"}, {"phase"}),
        ({**NEW, "state": "published"}, {"state"}),
        ({**NEW, "cost": -1}, {"cost"}),
        ({**NEW, "cost": 1.5}, {"cost"}),
        ({**NEW, "date_occurred": "1 May 2026"}, {"date_occurred"}),
        ({**NEW, "date_occurred": "2026-02-30"}, {"date_occurred"}),
        ({**NEW, "date_occurred": 20260101}, {"date_occurred"}),
        ({**NEW, "topics": ["x", 1]}, {"topics.1"}),
        ({**NEW, "source_url": "javascript:alert(1)"}, {"source_url"}),
        ({**NEW, "cause": "a\x00b"}, {"cause"}),
    ],
)
def test_a_body_names_its_fields(body: object, named: set[str], program: Programs) -> None:
    assert set(fields(program().post("/lessons", body), 400)) == named


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("limt=5", "limt"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=%2B5", "limit"),
        ("limit=1_0", "limit"),
        ("page=", "page"),
        ("page=1&page=2", "page"),
        ("mine=yes", "mine"),
        ("state=dreaming", "state"),
        ("sort=author", "sort"),
    ],
)
def test_an_address_names_its_parameters(query: str, named: str, program: Programs) -> None:
    assert set(fields(program().get(f"/lessons?{query}"), 400)) == {named}


def test_what_does_not_fit_what_is_there_is_a_conflict(program: Programs, make: Builders) -> None:
    make.project(code="P-1")
    caller = program()
    body = {**NEW, "project_code": "P-9"}
    assert set(fields(caller.post("/lessons", body), 409)) == {"project_code"}
    body = {**NEW, "department_code": "D9"}
    assert set(fields(caller.post("/lessons", body), 409)) == {"department_code"}
    body = {"project_code": "P-1", "title": "Pump", "external_id": "X-1"}
    assert caller.post("/issues", body).status_code == 201
    fields(caller.post("/issues", body), 409)
    body = {"project_code": "P-1", "title": "Pump", "status": "closed", "raised_on": "2026-02-01",
            "closed_on": "2026-01-01"}  # fmt: skip
    assert set(fields(caller.post("/issues", body), 409)) == {"closed_on"}
    fields(caller.post("/projects", {"code": "P-1", "name": "Again"}), 409)
    body = {"code": "P-2", "name": "New", "manager_email": "nobody@example.org"}
    assert set(fields(caller.post("/projects", body), 409)) == {"manager_email"}
