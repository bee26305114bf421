"""Every page of a running portal's data, warm: server time, queries, bytes of a first load.

    PORTAL_DATA_DIR=DIR python -m tests.bench.bench_pages [--rounds 30]
    python -m tests.bench.bench_pages --lessons 100000 --folder DIR [--rounds 30]

Runs the real application in this process, signed in as each demo account: over the data in DIR
(the sample organisation, with any import beside it), or over the sample organisation with so many
made-up lessons more, which stay in DIR for the next run. Prints one row a page (p95 of wall time,
median of CPU time), then the worst of each column. A page that is not there says so. Rivals of the
search stand in `bench_search`.
"""

import argparse
import re
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import event

from content.types import DEMO_PASSWORD
from portal import create_app
from portal.runtime import open_runtime
from portal.settings import load
from tests.bench.machine import machine
from tests.bench.register import made_up

QUERY = "what went wrong when requirements changed late"
# Lists narrowed and put in order as people do.
LISTS = (
    "/lessons/?page=2000", "/lessons/?phase=planning", "/lessons/?category=cost",
    "/lessons/?state=published", "/lessons/?text=late", "/lessons/?due=1",
    "/lessons/?sort=oldest", "/lessons/?sort=headline", "/lessons/?sort=changed",
    "/lessons/?sort=applied", "/projects/?page=3", "/issues/?status=open", "/issues/?text=late",
)  # fmt: skip
PAGES = {
    "reviewer": (
        "/", "/lessons/", "/lessons/1", "/lessons/1/revisions", "/lessons/new?all=1",
        "/lessons/queue", "/lessons/capture", "/lessons/1/occurrences/new",
        "/projects/", "/projects/NET-01", "/projects/new", "/issues/", "/issues/1", "/imports/",
        "/themes/", "/themes/1", f"/search?q={QUERY}", "/search", "/search?q=supplier&kind=lesson",
        "/palette?q=permit", "/account", *LISTS, "/performance/",
    ),
    "trainer": (
        "/", "/playbooks/", "/playbooks/project-lifecycle",
        "/playbooks/project-lifecycle/03-gates", "/playbooks/project-lifecycle/03-gates/edit",
        "/library/", "/library/risk-register", "/library/project-charter",
    ),
    "admin": ("/", "/admin/", "/people/", "/people/1"),
    "pm": (
        "/", "/projects/ITD-05", "/lessons/", "/lessons/?mine=1", "/projects/", "/issues/",
        "/themes/", f"/search?q={QUERY}", "/search", *LISTS, "/performance/",
    ),
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


def shown(name: str, row: list[Any]) -> str:
    """One row of the table."""
    return f"{name:<58}{row[0]:>8.1f}{row[1]:>8.1f}{row[2]:>9}{row[3]:>10.1f}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--lessons", type=int, help="made-up lessons beside the sample")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "bench_pages")
    asked = parser.parse_args()
    rounds = asked.rounds
    runtime = made_up(asked.folder, asked.lessons) if asked.lessons else open_runtime(load())
    app = create_app(runtime, testing=True)
    queries = [0]

    def count_it(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        queries[0] += not statement.startswith("BEGIN")

    event.listen(runtime.database.engine, "before_cursor_execute", count_it)
    worst = [0.0, 0.0, 0, 0]
    print(machine())
    print(f"{'page':<58}{'p95 ms':>8}{'CPU ms':>8}{'queries':>9}{'kB first':>10}")
    for who, paths in PAGES.items():
        browser = signed_in(app, who)
        for path in paths:
            status = [browser.get(path).status_code for _ in range(3)][-1]
            if status != 200:
                print(f"{who + ' ' + path:<58}  answers {status}")
                continue
            queries[0] = 0
            browser.get(path)
            count, size = queries[0], first_load(browser, path) / 1000
            times, cpus = [], []
            for _ in range(rounds):
                began, spent = time.perf_counter(), time.process_time()
                browser.get(path)
                times.append(time.perf_counter() - began)
                cpus.append(time.process_time() - spent)
            row = [p95(times), statistics.median(cpus) * 1000, count, size]
            worst = [max(pair) for pair in zip(worst, row, strict=True)]
            print(shown(f"{who} {path}", row), flush=True)
    print(shown("worst", worst))


if __name__ == "__main__":
    main()
