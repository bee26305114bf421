"""What every test stands on: a real database in a folder of its own, builders, a signed-in client.

`portal` gives a `Runtime` over a migrated SQLite file; `make` builds valid rows; `client` and
`client_of(role)` drive the real application. Nothing of ours is ever replaced by a stand-in.
"""

import gc
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from content.db import Database
from content.starter.load import load_organisation
from content.types import Role
from portal import create_app, migrate
from portal.app import stand_on
from portal.runtime import Runtime, open_runtime, settle
from portal.settings import Settings
from tests.builders import NOW, PASSWORD, Builders

# How long an example takes says what else the machine is doing; times are measured in tests/bench.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

SHARED = Path(__file__).parent.parent.parent / "shared" / "data"


# A statement is compiled once a run, and not once for the file of each test, which takes a third of
# the time of most of them: to SQLAlchemy every dialect is another, and here all are alike.
SQLiteDialect.__eq__ = lambda self, other: type(self) is type(other)  # type: ignore[method-assign]
SQLiteDialect.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]
COMPILED: dict[Any, Any] = {}


@event.listens_for(Engine, "engine_connect")
def _share(connection: Connection) -> None:
    connection.execution_options(compiled_cache=COMPILED)


def pytest_collection_finish() -> None:
    """Spare the collector what is loaded: it looked through all of it for a fifth of the time."""
    settle()
    gc.set_threshold(20_000)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data; tests that need it are skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the real data (../shared/data) is not on this machine")
    return SHARED


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file, made once and copied for each test."""
    path = tmp_path_factory.mktemp("empty") / "portal.db"
    database = Database(f"sqlite:///{path}")
    migrate.upgrade(database)
    database.close()
    return path


@pytest.fixture
def portal(tmp_path: Path, empty_database: Path) -> Iterator[Runtime]:
    """A portal's parts over an empty, migrated database."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(empty_database, folder / "portal.db")
    runtime = open_runtime(Settings(data_dir=folder))
    yield runtime
    runtime.close()


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Path:
    """The data folder of the sample organisation as it was at `NOW`, made once; copy it."""
    folder = tmp_path_factory.mktemp("sample") / "data"
    folder.mkdir()
    shutil.copy(empty_database, folder / "portal.db")
    with (
        closing(open_runtime(Settings(data_dir=folder))) as runtime,
        runtime.database.writing() as unit,
    ):
        load_organisation(unit, runtime.files, at=NOW)
    return folder


@pytest.fixture
def sample(tmp_path: Path, sample_folder: Path) -> Iterator[Runtime]:
    """A portal's parts over the sample organisation, of which nothing is indexed yet."""
    folder = shutil.copytree(sample_folder, tmp_path / "sample")
    with closing(open_runtime(Settings(data_dir=folder))) as runtime:
        yield runtime


@pytest.fixture
def session(portal: Runtime) -> Iterator[Session]:
    """A writing unit of work that stays open for the whole test."""
    with portal.database.writing() as unit:
        yield unit


@pytest.fixture
def make(portal: Runtime) -> Builders:
    """Builders that write through units of work of their own (do not mix with `session`)."""
    return Builders(portal)


@pytest.fixture(scope="session", autouse=True)
def _compiled_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Applications of one run share what Jinja compiled."""
    folder = str(tmp_path_factory.mktemp("compiled"))
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": FileSystemBytecodeCache(folder)}


@pytest.fixture(scope="session")
def _applications() -> list[Flask]:
    """The application of this run, once a test has asked for it."""
    return []


@pytest.fixture
def app(portal: Runtime, _applications: list[Flask]) -> Flask:
    """The real application: made once, as making its thousand rules takes longer than most tests,
    and put over the parts of each test.
    """
    if not _applications:
        _applications.append(create_app(portal, testing=True))
    stand_on(_applications[0], portal, testing=True)
    return _applications[0]


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that nobody signed in with; forms carry their token by themselves."""
    return app.test_client()


@pytest.fixture
def client_of(app: Flask, make: Builders) -> Callable[..., FlaskClient]:
    """`client_of("reviewer")` or `client_of(person)`: a browser signed in through the form."""

    def signed_in(who: object) -> FlaskClient:
        person = who if not isinstance(who, str) else make.person(role=Role(who))
        browser = app.test_client()
        answer = post(browser, "/sign-in", email=person.email, password=PASSWORD)
        assert answer.status_code == 302, answer.get_data(as_text=True)
        return browser

    return signed_in


def csrf_of(browser: FlaskClient, path: str = "/sign-in") -> str:
    """The token that a form of this browser carries."""
    import re

    answer = browser.get(path)
    if answer.status_code == 302:  # somebody is signed in: a small page that has a form
        answer = browser.get("/search/like")
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.get_data(as_text=True))
    assert found is not None, f"no form on {path}"
    return found[1]


def post(browser: FlaskClient, path: str, **fields: object) -> TestResponse:
    """Post a form as the browser would, with its token; a list posts a name several times."""
    return browser.post(path, data={"csrf_token": csrf_of(browser), **fields})
