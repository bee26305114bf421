"""Every page of a running portal's data, warm: server time, queries, bytes of a first load.

    PORTAL_DATA_DIR=DIR python -m tests.bench.bench_pages [--rounds 30]

Runs the real application in this process over the data in DIR (the sample organisation, with any
import beside it), signed in as each demo account. Prints one row a page, then the worst of each
column; for the search page also the same query through Whoosh's own searcher, as a ratio of CPU.
"""

import argparse
import re
import statistics
import time
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import event
from whoosh import index as whoosh_index
from whoosh.qparser import MultifieldParser, OrGroup

from content.types import DEMO_PASSWORD
from portal import create_app
from portal.runtime import open_runtime
from portal.settings import load
from search import index as search_index
from search.schema import FIELDS

QUERY = "what went wrong when requirements changed late"
PAGES = {
    "reviewer": (
        "/", "/lessons/", "/lessons/1", "/lessons/1/revisions", "/lessons/new?all=1",
        "/lessons/queue", "/lessons/capture", "/lessons/1/occurrences/new",
        "/projects/", "/projects/NET-01", "/projects/new", "/issues/", "/issues/1", "/imports/",
        "/themes/", "/themes/1", f"/search?q={QUERY}", "/search", "/search?q=supplier&kind=lesson",
        "/palette?q=permit", "/account",
    ),
    "trainer": (
        "/", "/playbooks/", "/playbooks/project-lifecycle",
        "/playbooks/project-lifecycle/03-gates", "/playbooks/project-lifecycle/03-gates/edit",
        "/library/", "/library/risk-register", "/library/project-charter",
    ),
    "admin": ("/", "/admin/", "/people/", "/people/1"),
    "pm": ("/", "/projects/ITD-05"),
}  # fmt: skip


def p95(values: list[float]) -> float:
    """The 95th percentile, in milliseconds when seconds come in."""
    return statistics.quantiles(values, n=20)[-1] * 1000


def signed_in(app: Any, who: str) -> FlaskClient:
    """A browser that is signed in through the form."""
    browser = app.test_client()
    page = browser.get("/sign-in").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    fields = {"csrf_token": token[1], "email": f"{who}@demo.example", "password": DEMO_PASSWORD}
    assert browser.post("/sign-in", data=fields).status_code == 302
    return browser


def first_load(browser: FlaskClient, path: str) -> int:
    """Compressed bytes of a page with everything that it names."""
    headers = {"Accept-Encoding": "gzip"}
    page = browser.get(path, headers=headers)
    html = browser.get(path).get_data(as_text=True)
    parts = set(re.findall(r'(?:href|src)="(/assets/[^"]+)"', html))
    return len(page.data) + sum(len(browser.get(part, headers=headers).data) for part in parts)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    runtime = open_runtime(load())
    app = create_app(runtime, testing=True)
    queries = [0]
    event.listen(
        runtime.database.engine, "before_cursor_execute",
        lambda *_: queries.__setitem__(0, queries[0] + 1),
    )  # fmt: skip
    worst = [0.0, 0, 0]
    print(f"{'page':<58}{'p95 ms':>8}{'queries':>9}{'kB first':>10}")
    for who, paths in PAGES.items():
        browser = signed_in(app, who)
        for path in paths:
            for _ in range(3):
                assert browser.get(path).status_code == 200, path
            queries[0] = 0
            browser.get(path)
            count, size = queries[0], first_load(browser, path) / 1000
            times = []
            for _ in range(rounds):
                began = time.perf_counter()
                browser.get(path)
                times.append(time.perf_counter() - began)
            row = [p95(times), count, size]
            worst = [max(pair) for pair in zip(worst, row, strict=True)]
            print(f"{who + ' ' + path:<58}{row[0]:>8.1f}{row[1]:>9}{row[2]:>10.1f}")
    print(f"{'worst':<58}{worst[0]:>8.1f}{worst[1]:>9}{worst[2]:>10.1f}")
    compare(runtime)


def compare(runtime: Any) -> None:
    """Our ranking beside Whoosh's own scorer, on the same index and query: CPU of each."""
    from content.types import Scope
    from search.engine import SearchRequest

    scope = Scope(frozenset(), everything=True)
    ours = cpu(lambda: runtime.search.search(SearchRequest(QUERY, limit=10), scope))
    folder = search_index.current(runtime.settings.index_dir)
    found = whoosh_index.open_dir(str(folder))
    query = MultifieldParser(list(FIELDS), found.schema, group=OrGroup).parse(QUERY)
    with found.searcher() as searcher:
        theirs = cpu(lambda: searcher.search(query, limit=10))
    print(f"ranking: {ours * 1000:.2f} ms CPU, Whoosh's own scorer {theirs * 1000:.2f} ms, "
          f"ratio {ours / theirs:.3f}, {found.doc_count()} documents")  # fmt: skip


def cpu(work: Any, rounds: int = 30) -> float:
    """Median CPU seconds of one call, warm."""
    work()
    times = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return statistics.median(times)


if __name__ == "__main__":
    main()
