"""The whole fragment of the search page over many lessons: ranking, rows, highlights, HTML.

    python -m tests.bench.bench_fragment [--documents 100000] [--folder DIR]

A portal with as many made-up lessons in its database and its index is asked by a signed-in member
for three words, as htmx asks while one types. CPU time of this process, each query once to warm up
and three times measured. Beside it stands the search alone, as the ratio shows what the page costs.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import insert

from content.access import scope_of
from content.models import Confidentiality, Lesson, LessonState, Person
from content.types import Document, Role
from portal import create_app, migrate
from portal.auth import actor
from portal.runtime import Runtime, open_runtime
from portal.settings import Settings
from portal.worker.handlers import rebuild
from search.engine import SearchRequest
from tests.bench.machine import machine
from tests.bench.synthetic import lessons, queries
from tests.builders import PASSWORD, password_hash
from tests.conftest import post

AT = datetime(2026, 1, 5, tzinfo=UTC)
CHUNK = 2_000
ASKED = 40
ROUNDS = 3


def rows_of(documents: Iterator[Document]) -> Iterator[dict[str, object]]:
    """Lessons as rows, open to all."""
    for document in documents:
        texts = document.texts
        yield {
            "headline": document.title[:200],
            "summary": texts.get("summary", ""),
            "driving_event": texts.get("event", ""),
            "lesson": texts.get("lesson", ""),
            "recommendation": texts.get("recommendation", ""),
            "category": document.facets["category"][0],
            "date_occurred": document.day,
            "state": LessonState.published,
            "confidentiality": Confidentiality.open,
            "affects": [], "applies_to_types": [], "applies_to_sizes": [],
            "applies_to_methods": [],
            "published_at": AT, "created_at": AT, "updated_at": AT, "version": 1,
        }  # fmt: skip


def prepare(folder: Path, count: int) -> Runtime:
    """A portal with `count` lessons, made once and kept."""
    runtime = open_runtime(Settings(data_dir=folder))
    if (folder / "made").exists():
        return runtime
    migrate.upgrade(runtime.database)
    rows = rows_of(lessons(count))
    while chunk := list(islice(rows, CHUNK)):
        with runtime.database.writing() as session:
            session.execute(insert(Lesson), chunk)
    with runtime.database.writing() as session:
        session.add(
            Person(
                email="member@example.org", name="Member", role=Role.member,
                password_hash=password_hash(), created_at=AT,
            )
        )  # fmt: skip
    rebuild(runtime)
    (folder / "made").touch()
    return runtime


def told(name: str, seconds: Sequence[float]) -> float:
    """Print one line and answer the median, in milliseconds."""
    ordered = sorted(seconds)
    p50, p95 = statistics.median(ordered) * 1e3, ordered[int(len(ordered) * 0.95)] * 1e3
    print(f"{name:<28}{statistics.mean(ordered) * 1e3:>9.2f}{p50:>9.2f}{p95:>9.2f}")
    return p50


def main() -> None:
    """Make what is missing, ask, print."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--documents", type=int, default=100_000)
    reader.add_argument("--folder", type=Path)
    asked = reader.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="portal-bench-"))
    runtime = prepare(folder / f"fragment-{asked.documents}", asked.documents)
    browser = create_app(runtime, testing=True).test_client()
    post(browser, "/sign-in", email="member@example.org", password=PASSWORD)
    with browser:
        browser.get("/")
        scope = scope_of(actor())
    texts = list(queries(3, ASKED, 5))
    page, alone = [], []
    for text in texts * (ROUNDS + 1):
        began = time.process_time()
        answer = browser.get("/search", query_string={"q": text}, headers={"HX-Request": "true"})
        page.append(time.process_time() - began)
        assert answer.status_code == 200
        assert b'class="finding"' in answer.data
        began = time.process_time()
        runtime.search.search(SearchRequest(text, limit=10), scope)
        alone.append(time.process_time() - began)
    print(machine())
    print(f"{asked.documents:,} lessons, {ASKED} queries of three words, ms CPU")
    print(f"{'':<28}{'mean':>9}{'p50':>9}{'p95':>9}")
    whole = told("fragment, 10 findings", page[ASKED:])
    search = told("search alone", alone[ASKED:])
    print(f"ratio {whole / search:.1f}")


if __name__ == "__main__":
    main()
