"""Who starts the portal waits as long as its processes work, says for what, and then gives up."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from werkzeug.serving import make_server

from content.errors import Unavailable
from portal.readiness import SAY_EVERY, SERVER, SIGN, STILL_MOST, Waiting, cpu_seconds, missing
from portal.settings import Settings
from tests.processes import free_port


@pytest.fixture
def busy() -> Iterator[int]:
    """A process that works all the time."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    yield process.pid
    process.kill()
    process.wait()


def worked(pid: int) -> float:
    """Let it work for one sign more; answers how long it has."""
    since = used = cpu_seconds(pid) or 0.0
    while used < since + SIGN:
        used = cpu_seconds(pid) or 0.0
    return used


def test_a_process_that_works_is_waited_for_however_long_it_takes(busy: int) -> None:
    said: list[str] = []
    waiting = Waiting(said.append, at=0)
    for minutes in range(5):
        worked(busy)
        waiting.look(busy, ["index", "worker"], at=minutes * STILL_MOST)
    assert said == [
        "… Waiting for the index and the worker  60 s",
        "… Waiting for the index and the worker  120 s",
        "… Waiting for the index and the worker  180 s",
        "… Waiting for the index and the worker  240 s",
    ]


def test_a_process_that_does_nothing_is_given_up(busy: int) -> None:
    said: list[str] = []
    waiting = Waiting(said.append, at=0)
    os.kill(busy, signal.SIGSTOP)
    os.waitpid(busy, os.WUNTRACED)
    waiting.look(busy, [SERVER], at=0)
    waiting.look(busy, [SERVER], at=SAY_EVERY - 1)
    assert said == []
    waiting.look(busy, [SERVER], at=STILL_MOST)
    with pytest.raises(Unavailable, match=f"web server.*{busy}"):
        waiting.look(busy, [SERVER], at=STILL_MOST + 1)


def test_a_part_that_came_up_is_a_sign_of_work(busy: int) -> None:
    waiting = Waiting(print, at=0)
    os.kill(busy, signal.SIGSTOP)
    os.waitpid(busy, os.WUNTRACED)
    waiting.look(busy, ["index", "worker"], at=0)
    waiting.look(busy, ["index"], at=STILL_MOST - 1)
    waiting.look(busy, ["index"], at=STILL_MOST + 1)


def test_what_is_missing_is_what_the_portal_says(app: Flask, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, port=free_port())
    assert missing(settings) == [SERVER]
    server = make_server("127.0.0.1", settings.port, app)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        assert missing(settings) == ["index", "worker"]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_something_else_that_answers_is_not_the_portal(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, port=free_port())
    server = make_server("127.0.0.1", settings.port, Flask("other"))
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        assert missing(settings) == [SERVER]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
