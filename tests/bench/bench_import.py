"""An old register of 10,000 rows through the pages: seconds to searchable, memory, taking back.

    python -m tests.bench.bench_import [--rows 10000] [--known 2000]

A fresh portal holds the lessons of NASA's LLIS (`--known` of them). Then 10,000 texts of real
projects (`../shared/data/issues`) are sent as one CSV through the real application and its worker,
in this one process: upload, columns, projects, comparison, import as published, index, taking back.
Memory is the highest of this process above what it was before the upload. The floor beside it is
the same rows written by one plain bulk insert with nothing noted, and the index built from them.
"""

import argparse
import csv
import io
import json
import re
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import func, insert, select

from content import importing, people
from content.db import now
from content.models import Import, Job, Lesson, LessonRevision, LessonState
from content.types import SYSTEM, Role, Scope
from portal import create_app, importer, migrate
from portal.runtime import Runtime, open_runtime
from portal.settings import Settings
from portal.worker.handlers import rebuild
from portal.worker.loop import drain
from search.engine import SearchRequest
from tests.bench.machine import machine

SHARED = Path(__file__).parents[3] / "shared" / "data"
# What is asked of the import.
MOST_SECONDS, MOST_MB, MOST_UNDO = 300, 300, 60
PASSWORD = "a bench has no secrets"


def objects(path: Path) -> Iterator[dict[str, object]]:
    """The objects of a JSON Lines file."""
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def register(rows: int) -> bytes:
    """A register of `rows` real texts as CSV, under the headers of an old spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["Ref", "Title", "What happened", "Project name", "Date", "Tags", "Rating"])
    for number, item in enumerate(objects(SHARED / "issues" / "jira_components_dev.jsonl")):
        if number == rows:
            break
        text = str(item["description"]) or str(item["title"])
        tags = "; ".join(map(str, item["components"]))  # type: ignore[call-overload]
        rating = ("High", "Medium", "Low")[number % 3]
        writer.writerow(
            [item["issue_key"], item["title"], text, item["project_name"], item["created"], tags,
             rating]
        )  # fmt: skip
    return out.getvalue().encode()


def memory(field: str = "VmRSS") -> float:
    """Megabytes of this process: now (`VmRSS`) or at most so far (`VmHWM`)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(rf"{field}:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) / 1024


@contextmanager
def watched(runtime: Runtime) -> Iterator[set[str]]:
    """The steps that a person sees in the meantime, looked at twice a second."""
    seen: set[str] = set()
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.5):
            with runtime.database.reading() as session:
                job = session.scalars(
                    select(Job).where(Job.kind.like("import %")).order_by(Job.id.desc()).limit(1)
                ).first()
                if job is not None and job.step:
                    seen.add(job.step)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def timed(name: str, work: Callable[[], object]) -> float:
    """Do it and print how long it took."""
    began = time.perf_counter()
    work()
    took = time.perf_counter() - began
    print(f"{name:<46}{took:9.1f} s{memory():9.0f} MB now{memory('VmHWM'):9.0f} MB at most")
    return took


def signed_in(runtime: Runtime) -> FlaskClient:
    """A browser of an administrator of a portal that is new."""
    with runtime.database.writing() as session:
        person = people.invite(
            session, email="bench@example.org", name="Bench", role=Role.admin, department_id=None,
            by=SYSTEM, at=now(),
        )  # fmt: skip
        person.password_hash = people.hash_password(PASSWORD)
    browser = create_app(runtime, testing=True).test_client()
    send(browser, "/sign-in", email="bench@example.org", password=PASSWORD)
    return browser


def send(browser: FlaskClient, path: str, **fields: object) -> str:
    """Post a form with its token; answers where it leads."""
    page = browser.get("/sign-in", follow_redirects=True).get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    answer = browser.post(path, data={"csrf_token": token[1], **fields})
    assert answer.status_code == 302, answer.get_data(as_text=True)[:2000]
    return answer.location


def load_known(runtime: Runtime, count: int) -> None:
    """The lessons that are there before, and their index."""
    path = SHARED / "llis" / "llis_dev.jsonl"
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / "known.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)[:count]
        part.write_text("".join(lines), encoding="utf-8")
        reading = importer.read(part, "known.jsonl")
        with runtime.database.writing() as session:
            row = importing.begin(
                session, filename="known.jsonl", file=None, mapping={}, publish=True, by=SYSTEM,
                at=now(),
            )  # fmt: skip
        importer.take(runtime, row.id, reading, by=SYSTEM, progress=lambda _step, _share: None)
    drain(runtime)
    rebuild(runtime)


def floor(folder: Path, data: bytes) -> float:
    """Seconds of one plain bulk insert of the same rows, and of building their index."""
    runtime = open_runtime(Settings(data_dir=folder))
    migrate.upgrade(runtime.database)
    at = now()
    texts = list(csv.DictReader(io.StringIO(data.decode())))
    began = time.perf_counter()
    with runtime.database.writing() as session:
        session.execute(
            insert(Lesson),
            [
                {"id": n, "external_id": row["Ref"], "headline": row["Title"][:200],
                 "driving_event": row["What happened"], "state": LessonState.published,
                 "created_at": at, "updated_at": at, "version": 1}
                for n, row in enumerate(texts, start=1)
            ],
        )  # fmt: skip
        session.execute(
            insert(LessonRevision),
            [
                {"lesson_id": n, "number": 1, "values": {}, "saved_at": at}
                for n in range(1, len(texts) + 1)
            ],
        )
    rebuild(runtime)
    runtime.close()
    return time.perf_counter() - began


def found(runtime: Runtime, text: str) -> int:
    """How many documents the search finds."""
    return runtime.search.search(SearchRequest(text), Scope(frozenset(), everything=True)).total


def lessons_in(runtime: Runtime) -> int:
    """How many lessons there are."""
    with runtime.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Lesson)) or 0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--known", type=int, default=2_000)
    asked = parser.parse_args()
    print(machine())
    data = register(asked.rows)
    print(f"{asked.rows:,} rows, {len(data) / 1e6:.1f} MB of CSV")
    with tempfile.TemporaryDirectory() as folder:
        runtime = open_runtime(Settings(data_dir=Path(folder) / "portal"))
        migrate.upgrade(runtime.database)
        measure(runtime, data, asked.known)
        runtime.close()
        plain = floor(Path(folder) / "floor", data)
    print(f"{'floor: plain bulk insert and index':<46}{plain:9.1f} s")


def measure(runtime: Runtime, data: bytes, known: int) -> None:
    """The way of a person through the pages."""
    load_known(runtime, known)
    browser = signed_in(runtime)
    before, lessons_before = memory(), lessons_in(runtime)
    print(f"{lessons_before:,} lessons there before; {before:.0f} MB before the upload")
    with watched(runtime) as seen:
        address = send(browser, "/imports/", file=(io.BytesIO(data), "old register.csv"))
        del data
        looked = timed("looking at the file", lambda: drain(runtime))
        fields = ("external_id", "headline", "driving_event", "project", "date_occurred", "topics",
                  "priority")  # fmt: skip
        send(browser, f"{address}/columns", **{f"to-{n}": name for n, name in enumerate(fields)})
        browser.get(f"{address}/preview")
        checked = timed("comparing every row", lambda: drain(runtime))
        assert browser.get(f"{address}/preview").status_code == 200
        send(browser, f"{address}/run", publish="1")
        ran = timed("import until searchable", lambda: drain(runtime))
        many = found(runtime, "titanium")
        assert many, "the index has not followed"
        print(f"{lessons_in(runtime) - lessons_before:,} lessons more; “titanium” finds {many:,}")
        send(browser, f"{address}/undo")
        undone = timed("taking back, index included", lambda: drain(runtime))
    assert lessons_in(runtime) == lessons_before
    with runtime.database.reading() as session:
        last = session.scalars(select(Import).order_by(Import.id.desc()).limit(1)).one()
        print(f"state {last.state}, {last.counts}")
    grown = memory("VmHWM") - before
    verdict(f"to searchable ({looked + checked + ran:.0f} s with look and comparison)",
            ran, MOST_SECONDS, "s")  # fmt: skip
    verdict("memory growth, all steps", grown, MOST_MB, "MB")
    verdict("taking back", undone, MOST_UNDO, "s")
    print(f"{len(seen)} different steps of progress were shown")


def verdict(name: str, value: float, most: float, unit: str) -> None:
    """A figure beside what is asked."""
    word = "held" if value <= most else "MISSED"
    print(f"{name:<60}{value:8.1f} {unit} of {most:.0f} {unit}: {word}")


if __name__ == "__main__":
    main()
