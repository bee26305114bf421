"""The OpenAPI document is valid and true: schemathesis reads it and finds no failure."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import schemathesis
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from werkzeug.serving import WSGIRequestHandler, make_server

from content.models import LessonState
from portal import packing
from portal.api.openapi import document
from portal.api.operations import OPERATIONS
from portal.runtime import Runtime
from tests.builders import Builders
from tests.portal.api.conftest import token_of
from tests.processes import ROOT

# Inputs of each operation in each phase. Raise it by hand after changes of the API.
EXAMPLES = 3


def test_the_document_is_valid_and_has_every_operation(app: Flask) -> None:
    described = document()
    assert described["openapi"] == "3.1.0"
    assert list(OpenAPIV31SpecValidator(described).iter_errors()) == []
    listed = {one["operationId"] for path in described["paths"].values() for one in path.values()}
    assert listed == {row.name for row in OPERATIONS} == set(operations_of(app))


def operations_of(app: Flask) -> list[str]:
    """The routes that take tokens, as the application itself knows them."""
    return [
        rule.endpoint.removeprefix("api.")
        for rule in app.url_map.iter_rules()
        if hasattr(app.view_functions[rule.endpoint], "scope")
    ]


def test_every_body_has_an_example_that_fits(app: Flask) -> None:
    names = operations_of(app)
    for row in OPERATIONS:
        if row.name in names and row.body is not None:
            (example, *_) = row.body.model_json_schema()["examples"]
            row.body.model_validate(example, strict=False)


class Kept(WSGIRequestHandler):
    """Answers many requests over one connection."""

    protocol_version = "HTTP/1.1"


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The application behind a real socket: schemathesis decodes what a client would."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Kept)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def fill(make: Builders, portal: Runtime, role: str) -> str:
    """Lessons in every state, their own and others', a pack; answers the person's token."""
    me, other = make.person(role, make.department()), make.person()
    mine = make.project(code="NET-01", manager_id=me.id)
    theirs = make.project(closed=True)
    for state in (LessonState.draft, LessonState.submitted, LessonState.returned,
                  LessonState.rejected, LessonState.published, LessonState.retired):  # fmt: skip
        make.lesson(state, by=other, project_id=theirs.id)
        make.lesson(state, by=me, project_id=mine.id)
    make.lesson(by=other, confidentiality="restricted", sanitised="Something happened.")
    make.issue(mine, by=me)
    make.issue(theirs)
    packing.make(portal, mine.id)
    return token_of(portal, me)


# What schemathesis itself warns of is nothing of ours.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("role", "phases"),
    [("member", {"examples", "coverage"}), ("reviewer", {"fuzzing", "stateful"})],
)
def test_schemathesis_finds_no_failure(
    role: str, phases: set[str], app: Flask, portal: Runtime, make: Builders
) -> None:
    secret = fill(make, portal, role)
    settings = SchemathesisConfig.from_path(ROOT / "schemathesis.toml")
    settings.update(seed=20261123, max_failures=None)
    with served(app) as url:
        schema = schemathesis.openapi.from_url(f"{url}/api/v1/openapi.json", config=settings)
        schema.config.update(headers={"Authorization": f"Bearer {secret}"})
        schema.config.generation.update(max_examples=EXAMPLES)
        # Random and without end otherwise: the same inputs each time, and none kept on disk.
        schema.config.generation.deterministic = True
        schema.config.generation.database = "none"
        for phase in ("examples", "coverage", "fuzzing", "stateful"):
            getattr(schema.config.phases, phase).enabled = phase in phases
        failures, requests = run(schema)
    assert failures == []
    assert requests > 50  # it did ask


def run(schema: schemathesis.schemas.BaseSchema) -> tuple[list[str], int]:
    """What was found wrong, and how many requests were made."""
    found: list[str] = []
    requests = 0
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            found.append(repr(event))
        if not isinstance(event, events.ScenarioFinished):
            continue
        requests += len(event.recorder.interactions)
        for checks in event.recorder.checks.values():
            found += [
                f"{check.failure_info.failure.title}: {check.failure_info.failure.message}\n"
                f"{check.failure_info.code_sample}"
                for check in checks
                if check.failure_info is not None
            ]
    return found, requests
