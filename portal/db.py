"""The request's units of work: one reading session for the page, a writing one for each change."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from flask import Flask, current_app, g
from sqlalchemy.orm import Session

from portal.runtime import Runtime


def runtime() -> Runtime:
    """The parts that this process stands on."""
    parts = current_app.extensions["portal"]
    assert isinstance(parts, Runtime)
    return parts


def reading() -> Session:
    """The request's reading session: one snapshot, closed when the answer is out."""
    if "reading" not in g:
        g.reading_stack = ExitStack()
        g.reading = g.reading_stack.enter_context(runtime().database.reading())
    session = g.reading
    assert isinstance(session, Session)
    return session


@contextmanager
def writing() -> Iterator[Session]:
    """A unit that writes. The reading snapshot is dropped: what follows sees the change."""
    end_reading()
    with runtime().database.writing() as session:
        yield session


def end_reading(_error: BaseException | None = None) -> None:
    """Close the reading session if there is one."""
    stack = g.pop("reading_stack", None)
    g.pop("reading", None)
    if stack is not None:
        stack.close()


def keep_reading() -> Callable[[], None]:
    """Let the reading session outlive the request, for an answer that is read while it is sent.

    Flask ends the request before the first piece is asked for. Returns what closes the session.
    """
    stack: ExitStack = g.pop("reading_stack")
    return stack.close


def init_app(app: Flask) -> None:
    """Close the request's session at its end."""
    app.teardown_appcontext(end_reading)
