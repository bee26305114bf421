"""Our search beside tantivy, SQLite FTS5 and plain Whoosh, on the same made-up lessons.

    pip install tantivy
    python -m tests.bench.bench_search [--documents 100000] [--folder DIR]

CPU time of a query, with the rivals taking turns query by query; the first use of words, opening,
memory, indexing, and how soon one change is found. Built indexes stay in DIR for the next run,
with the CPU time that each took. What is not installed is left out.
"""

import argparse
import json
import multiprocessing
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

from content.types import Document
from search import index
from search.engine import SearchEngine, SearchRequest
from tests.bench.machine import machine
from tests.bench.rivals import Fts5, Ours, Tantivy, Whoosh, present
from tests.bench.synthetic import MEMBER, lessons, queries, vocabulary

ENGINES = (Ours, Tantivy, Fts5, Whoosh)
# What is asked: a name, words of a query, and the call of an engine.
CASES = (
    ("3 words, ten best", 3, "best"),
    ("3 words, ten best, total", 3, "total"),
    ("3 words, mask, total, 3 facets", 3, "faceted"),
    ("6 words, ten best", 6, "best"),
    ("6 words, ten best, total", 6, "total"),
)
# A pair of engines takes turns on so many queries: the slow ones get fewer.
QUERIES = {"tantivy": 100, "FTS5": 20, "Whoosh": 20}
ROUNDS = 3
PROCESSES = 5
MEMORY_QUERIES = 500
CHANGES = 30
# Seeds of queries, so that no measurement warms the words of another.
WARM, FIRST, MEMORY = 5, 6, 7


def elsewhere() -> str:
    """A query of words that no other query asks for."""
    return " ".join(vocabulary()[9_000:9_003])


def apart(work: Callable[..., Any], *values: Any) -> Any:
    """What `work` answers in a new process."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(work, *values).result()


def mean_p50_p95(seconds: Sequence[float]) -> str:
    """The mean, the median and the 95th percentile, in milliseconds."""
    ordered = (
        statistics.mean(seconds), statistics.median(seconds),
        statistics.quantiles(seconds, n=20, method="inclusive")[-1],
    )  # fmt: skip
    return "".join(f"{value * 1000:>9.2f}" for value in ordered)


# Indexing -------------------------------------------------------------------------------------


class Timed:
    """Documents as they are made, with the CPU seconds that making them took."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._documents = iter(documents)
        self.seconds = 0.0

    def __iter__(self) -> Iterator[Document]:
        return self

    def __next__(self) -> Document:
        began = time.process_time()
        try:
            return next(self._documents)
        finally:
            self.seconds += time.process_time() - began


def build(engine: Any, folder: Path, documents: int) -> float:
    """CPU seconds of an engine for the documents, without making them."""
    made = Timed(lessons(documents))
    began = time.process_time()
    engine.build(folder, made)
    return time.process_time() - began - made.seconds


def built(engine: Any, base: Path, documents: int) -> tuple[Path, float]:
    """The index of an engine and the CPU seconds that it took, built when it is not there."""
    folder, note = base / engine.name.lower(), base / f"{engine.name.lower()}.json"
    if not note.exists():
        shutil.rmtree(folder, ignore_errors=True)
        print(f"indexing {documents} lessons: {engine.name}", file=sys.stderr)
        note.write_text(json.dumps({"seconds": apart(build, engine, folder, documents)}))
    return folder, json.loads(note.read_text())["seconds"]


def show_indexing(folders: dict[Any, Path], seconds: dict[Any, float], documents: int) -> None:
    """Documents a second of CPU time, and what stands on disk."""
    print(f"\n{'indexing':<12}{'documents/s CPU':>16}{'ours is':>10}{'MB on disk':>12}")
    for engine, folder in folders.items():
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
        speed = f"{documents / seconds[engine]:>16.0f}{seconds[engine] / seconds[Ours]:>9.2f}x"
        print(f"{engine.name:<12}{speed}{size:>12.0f}")


# Opening and memory ---------------------------------------------------------------------------


def forget(folder: Path) -> None:
    """Let the system drop the files from its memory, so that they are read from disk."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def opened(engine: Any, folder: Path, query: str) -> tuple[float, float, float, float]:
    """CPU and wall seconds of opening, then of the first query; imports are done before."""
    for module in engine.needs:
        import_module(module)
    marks = [(time.process_time(), time.perf_counter())]
    found = engine(folder)
    marks.append((time.process_time(), time.perf_counter()))
    found.best(query)
    marks.append((time.process_time(), time.perf_counter()))
    (cpu, wall), (cpu_open, wall_open), (cpu_first, wall_first) = marks
    return cpu_open - cpu, wall_open - wall, cpu_first - cpu_open, wall_first - wall_open


def show_opening(folders: dict[Any, Path]) -> None:
    """The median of some new processes, with the files in the system's memory and without."""
    print(f"\n{f'a new process, ms (median of {PROCESSES})':<36}"
          f"{'open CPU':>10}{'wall':>8}{'1st query CPU':>15}{'wall':>8}")  # fmt: skip
    for where in ("files in memory", "files on disk"):
        for engine, folder in folders.items():
            rows = []
            for _ in range(PROCESSES):
                if where == "files on disk":
                    forget(folder)
                rows.append(apart(opened, engine, folder, elsewhere()))
            values = [statistics.median(column) * 1000 for column in zip(*rows, strict=True)]
            print(f"{engine.name + ', ' + where:<36}{values[0]:>10.1f}{values[1]:>8.1f}"
                  f"{values[2]:>15.1f}{values[3]:>8.1f}")  # fmt: skip


def held() -> tuple[int, int]:
    """Megabytes of this process: all that is resident, and what is its own and no file's."""
    text = Path("/proc/self/status").read_text(encoding="ascii")
    values = dict(line.split(":", 1) for line in text.splitlines())
    return int(values["VmRSS"].split()[0]) // 1024, int(values["RssAnon"].split()[0]) // 1024


def grown(engine: Any, folder: Path, asked: list[str]) -> list[tuple[int, int]]:
    """Memory before opening, after it, and after the queries."""
    found = [held()]
    opened_engine = engine(folder)
    found.append(held())
    for query in asked:
        opened_engine.best(query)
    found.append(held())
    return found


def show_memory(folders: dict[Any, Path]) -> None:
    """Resident memory of a process for each engine."""
    print(f"\n{'MB resident (of it anonymous)':<30}{'before':>14}{'open':>14}"
          f"{f'{MEMORY_QUERIES} queries':>14}")  # fmt: skip
    asked = queries(3, MEMORY_QUERIES, MEMORY)
    for engine, folder in folders.items():
        rows = apart(grown, engine, folder, asked)
        print(f"{engine.name:<30}" + "".join(f"{f'{all_} ({own})':>14}" for all_, own in rows))


# Queries --------------------------------------------------------------------------------------


def taken(call: Callable[[str], Any], query: str) -> float:
    """CPU seconds of one query."""
    began = time.process_time()
    call(query)
    return time.process_time() - began


def in_turns(
    calls: Sequence[Callable[[str], Any]], asked: Sequence[str], rounds: int
) -> list[list[float]]:
    """CPU seconds of each call, which take turns query by query."""
    rows = [[taken(call, query) for call in calls] for _ in range(rounds) for query in asked]
    return [list(column) for column in zip(*rows, strict=True)]


def head(title: str) -> None:
    """The columns of what two engines took."""
    print(f"\n{title:<44}{'queries':>8}{'ours mean':>10}{'p50':>9}{'p95':>9}"
          f"{'its mean':>9}{'p50':>9}{'p95':>9}{'ratio':>8}")  # fmt: skip


def row(title: str, many: int, ours: Sequence[float], its: Sequence[float]) -> None:
    """What two engines took, and ours as a share of the other."""
    ratio = statistics.mean(ours) / statistics.mean(its)
    print(f"{title:<44}{many:>8} {mean_p50_p95(ours)}{mean_p50_p95(its)}{ratio:>8.3f}")


def show_queries(engines: dict[Any, Any], scale: float) -> None:
    """Warm queries, a pair of engines at a time; says where the two count otherwise."""
    head("CPU ms a query, warm, ours and another")
    ours = engines[Ours]
    for name, words, call in CASES:
        for engine, its in engines.items():
            if engine is Ours:
                continue
            asked = queries(words, max(2, round(QUERIES[engine.name] * scale)), WARM)
            pair = [getattr(ours, call), getattr(its, call)]
            in_turns(pair, asked, 1)  # the words become warm
            row(f"{name} / {engine.name}", len(asked), *in_turns(pair, asked, ROUNDS))
            if call != "best":
                differing = sum(pair[0](query)[1:] != pair[1](query)[1:] for query in asked)
                if differing:
                    print(f"    {engine.name} stems otherwise: other counts in {differing}")


def show_first_use(folders: dict[Any, Path], scale: float) -> None:
    """Words that were not asked for before, in an engine just opened and in one at work."""
    head("CPU ms a query, first use of its words")
    for engine in folders:
        if engine is Ours:
            continue
        asked = queries(3, max(2, round(20 * scale)), FIRST, repeating=False)
        kinds = (Ours, engine)
        rows = [[taken(kind(folders[kind]).best, query) for kind in kinds] for query in asked]
        row(f"first query of an engine / {engine.name}", len(asked), *zip(*rows, strict=True))
        at_work = [kind(folders[kind]).best for kind in kinds]
        in_turns(at_work, [elsewhere()], 1)
        row(f"new words in an engine at work / {engine.name}", len(asked),
            *in_turns(at_work, asked, 1))  # fmt: skip


# Changes --------------------------------------------------------------------------------------


def changed(folder: Path, many: int) -> list[tuple[float, float]]:
    """Seconds of each change until it is in the index, and until a search finds it.

    Each change gives another lesson a new word, right after the one before; in the portal the
    worker writes and the server reads, here both in this process.
    """
    engine = SearchEngine(folder)
    engine.search(SearchRequest(elsewhere(), limit=10), MEMBER)
    found = []
    for number, document in enumerate(islice(lessons(many * 2, seed=9), many + 1)):
        word = f"changed{'abcdefghij'[number // 10]}{'abcdefghij'[number % 10]}"
        new = replace(document, title=f"{document.title} {word}", audience=("all",))
        began = time.perf_counter()
        index.apply(folder, [new], [])
        written = time.perf_counter()
        while not _finds(engine, word, new.id):
            time.sleep(0.01)
        found.append((written - began, time.perf_counter() - began))
    return found[1:]


def _finds(engine: SearchEngine, word: str, number: int) -> bool:
    request = SearchRequest(word, limit=10, exact=True)
    return [hit.id for hit in engine.search(request, MEMBER).findings] == [number]


def show_changes(folder: Path) -> None:
    """One change at a time, on a copy of the index."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as copy:
        shutil.copytree(folder, copy, dirs_exist_ok=True)
        found = apart(changed, Path(copy), CHANGES)
    print(f"\n{f'one change, seconds ({CHANGES} in a row)':<44}{'p50':>9}{'p95':>9}{'most':>9}")
    for name, values in (
        ("written", [first for first, _ in found]),
        ("found by a search", [last for _, last in found]),
    ):
        p95 = statistics.quantiles(values, n=20, method="inclusive")[-1]
        print(f"{name:<44}{statistics.median(values):>9.3f}{p95:>9.3f}{max(values):>9.3f}")


def main() -> None:
    """Build what is missing, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="where indexes are kept between runs")
    parser.add_argument("--scale", type=float, default=1.0, help="of the number of queries")
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as scratch:
        base = (options.folder or Path(scratch)) / str(options.documents)
        base.mkdir(parents=True, exist_ok=True)
        pairs = {engine: built(engine, base, options.documents) for engine in present(*ENGINES)}
        folders = {engine: folder for engine, (folder, _) in pairs.items()}
        seconds = {engine: taken for engine, (_, taken) in pairs.items()}
        print(f"{options.documents} lessons")
        show_indexing(folders, seconds, options.documents)
        show_opening(folders)
        show_memory(folders)
        show_queries({engine: engine(folder) for engine, folder in folders.items()}, options.scale)
        show_first_use(folders, options.scale)
        show_changes(folders[Ours])


if __name__ == "__main__":
    main()
