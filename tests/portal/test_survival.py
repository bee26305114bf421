"""`kill -9` of worker or server at any time: the portal comes back whole and loses nothing.

One portal dies all its deaths, since to start it takes the longest.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator
from http.client import HTTPException
from pathlib import Path

import pytest

from search import index
from tests.processes import ROOT, free_port, wait_until_ready

PORTAL = (sys.executable, "-m", "portal")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Path, str, "subprocess.Popen[bytes]"]]:
    """An empty portal, made by `init`, run by `run`."""
    folder, port = tmp_path / "data", free_port()
    environ = {**os.environ, "PORTAL_DATA_DIR": str(folder), "PORTAL_PORT": str(port)}
    init = [*PORTAL, "init", "--admin", "boss@example.org", "--no-starter"]
    subprocess.run(init, cwd=ROOT, env=environ, check=True, capture_output=True)
    log = tmp_path / "run.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*PORTAL, "run"], cwd=ROOT, env=environ, stdout=out, stderr=subprocess.STDOUT
        )
    url = f"http://127.0.0.1:{port}"
    wait_until_ready(url, process, log)
    yield folder, url, process
    process.kill()
    process.wait()


def children(process: "subprocess.Popen[bytes]") -> dict[str, int]:
    """The processes below the supervisor, by what they do."""
    listing = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    words = {int(pid): Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") for pid in listing}
    return {word.decode(): pid for pid, line in words.items() for word in line
            if word in (b"serve", b"worker")}  # fmt: skip


def until_ready(url: str) -> None:
    """Wait until /readyz is content again."""
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=2) as answer:
                if json.load(answer)["status"] == "ok":
                    return
        except (OSError, HTTPException):
            pass
        time.sleep(0.1)
    raise AssertionError("not ready again within 20 s")


def until_indexed(folder: Path, many: int) -> None:
    """Wait until the index holds so many documents."""
    for _ in range(300):
        if (found := index.status(folder / "index")).documents == many:
            return
        time.sleep(0.1)
    raise AssertionError(found)


def test_whatever_is_killed_the_portal_loses_nothing(
    running: tuple[Path, str, "subprocess.Popen[bytes]"], tmp_path: Path
) -> None:
    folder, url, process = running
    kill_the_worker_in_its_work(folder, process, tmp_path / "many.csv")
    until_ready(url)
    server = children(process)["serve"]
    os.kill(server, signal.SIGKILL)
    until_ready(url)
    pids = children(process).values()
    assert server not in pids
    # Nobody is left to start them again: they end by themselves.
    process.kill()
    process.wait()
    until_gone(pids)


def kill_the_worker_in_its_work(
    folder: Path, process: "subprocess.Popen[bytes]", path: Path
) -> None:
    rows = (f"X{n},Headline number {n},What was learned in case {n}\n" for n in range(400))
    path.write_text("id,title,lesson\n" + "".join(rows))
    command = [*PORTAL, "--data-dir", str(folder), "import", "lessons", str(path), "--publish"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    os.kill(children(process)["worker"], signal.SIGKILL)
    until_indexed(folder, 400)
    with sqlite3.connect(folder / "portal.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT count(*) FROM lesson").fetchone() == (400,)
    database.close()


def until_gone(pids: Iterable[int]) -> None:
    """Wait until none of these processes runs."""
    for _ in range(200):
        if not any(Path(f"/proc/{pid}").exists() for pid in pids):
            return
        time.sleep(0.1)
    raise AssertionError("processes outlive their supervisor by 20 s")
