"""Similar lessons: how many true duplicates are among the ten shown, and how long it takes.

    python -m tests.bench.bench_similar [--documents 100000] [--folder DIR]

Quality on the issues of Hadoop whose reporters linked duplicates (../shared/data/issues): of each
linked issue the text is asked, as somebody types it, and the share of its duplicates among the ten
most like it is averaged. Beside it stands plain TF-IDF with cosine, over the same texts. Time over
made-up lessons: texts of 100 words are asked, for a member who sees nine of ten, ours and TF-IDF in
turns, CPU time.

As pages show it: a signed-in member of a portal with as many lessons (that of `bench_startpack`)
types what happened, two of three words as a published lesson has them, and reads lessons; CPU and
wall time of the whole answer, and of the list of a lesson's page without the rest of the page.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from content.models import Lesson, Person
from content.types import Document, Kind, Scope
from portal import create_app, related
from portal.runtime import Runtime
from search import index
from search.engine import SearchEngine, SearchRequest
from tests.bench.bench_startpack import filled
from tests.bench.judged import DATA
from tests.bench.machine import machine
from tests.bench.synthetic import MEMBER, lessons
from tests.builders import PASSWORD, password_hash
from tests.conftest import csrf_of, post

SHOWN = 10
EVERYBODY = Scope(frozenset({"all"}))
ASKED = 60
DRAFT = "a-draft-of-the-bench"  # its name in addresses
# Numbers of the documents most like a headline and a text, without the one that asks.
Similar = Callable[[str, str, int], list[int]]


def issues() -> tuple[list[Document], Mapping[int, set[int]]]:
    """The issues, and of each linked one the numbers of its duplicates."""
    path = DATA / "issues" / "hadoop_duplicates_dev.jsonl"
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    number = {row["issue_id"]: place for place, row in enumerate(rows, 1)}
    documents = [
        Document(
            Kind.lesson, number[row["issue_id"]], row["issue_id"], row["title"] or "",
            {"event": row["description"] or ""},
        )
        for row in rows
    ]  # fmt: skip
    linked = {
        number[row["issue_id"]]: {number[other] for other in row["duplicates"] if other in number}
        for row in rows
    }
    return documents, {own: others - {own} for own, others in linked.items() if others - {own}}


def ours(engine: SearchEngine, scope: Scope) -> Similar:
    """What the portal shows."""

    def similar(headline: str, text: str, own: int) -> list[int]:
        request = SearchRequest(kinds=(Kind.lesson,), limit=SHOWN + 1)
        found = engine.like_text(text, scope, request, headline=headline).findings
        return [hit.id for hit in found if hit.id != own][:SHOWN]

    return similar


def plain(documents: Sequence[Document]) -> Similar:
    """TF-IDF and cosine over everything, as scikit-learn comes."""
    vectorizer = TfidfVectorizer(stop_words="english", sublinear_tf=True, dtype=np.float32)
    points = vectorizer.fit_transform(_text(d) for d in documents)
    numbers = np.array([document.id for document in documents])

    def similar(headline: str, text: str, own: int) -> list[int]:
        likeness = (points @ vectorizer.transform([f"{headline}\n{text}"]).T).toarray().ravel()
        near = np.argpartition(-likeness, SHOWN + 1)[: SHOWN + 1]
        near = near[np.argsort(-likeness[near], kind="stable")]
        return [int(n) for n in numbers[near] if n != own][:SHOWN]

    return similar


def _text(document: Document) -> str:
    return "\n".join((document.title, *document.texts.values()))


def recall(
    similar: Similar, documents: Sequence[Document], linked: Mapping[int, set[int]]
) -> float:
    """The mean share of an issue's duplicates that are shown."""
    shares = []
    for own, others in linked.items():
        document = documents[own - 1]
        shown = similar(document.title, document.texts["event"], own)
        shares.append(len(others & set(shown)) / len(others))
    return statistics.mean(shares)


def timed(similar: Similar, asked: Sequence[Document]) -> list[float]:
    """CPU milliseconds of each."""
    found = []
    for document in asked:
        text = " ".join(document.texts.values())
        began = time.process_time()
        similar(document.title, text, 0)
        found.append((time.process_time() - began) * 1e3)
    return found


def quality(folder: Path) -> None:
    """Print the share of duplicates found."""
    if not (DATA / "issues").is_dir():
        print("quality is left out: the issues are not there")
        return
    documents, linked = issues()
    index.rebuild(folder / "issues", documents)
    mine = recall(ours(SearchEngine(folder / "issues"), EVERYBODY), documents, linked)
    theirs = recall(plain(documents), documents, linked)
    print(f"{len(documents)} issues, {len(linked)} linked: recall@{SHOWN} ours {mine:.3f}, "
          f"TF-IDF {theirs:.3f}")  # fmt: skip


def speed(folder: Path, count: int) -> None:
    """Print times beside TF-IDF's."""
    place = folder / f"similar-{count}"
    if not place.exists():
        index.rebuild(place, lessons(count))
    engines = {
        "ours": ours(SearchEngine(place), MEMBER),
        "TF-IDF": plain(list(lessons(count))),
    }
    asked = list(islice(lessons(ASKED, words=100, seed=99), ASKED))
    taken: dict[str, list[float]] = {name: [] for name in engines}
    for round_ in range(2):  # the first warms up
        for document in asked:
            for name, similar in engines.items():
                milliseconds = timed(similar, [document])
                if round_:
                    taken[name] += milliseconds
    for name, every in taken.items():
        ordered = sorted(every)
        print(f"{name:<8} mean {statistics.mean(every):7.2f} ms, "
              f"p95 {ordered[int(len(ordered) * 0.95)]:7.2f} ms")  # fmt: skip
    ratio = statistics.mean(taken["ours"]) / statistics.mean(taken["TF-IDF"])
    print(f"ratio ours / TF-IDF {ratio:.2f}")


def pages(folder: Path, count: int) -> None:
    """Print times of what the pages show: beside the capture form, and beside a lesson."""
    runtime = filled(folder, count)
    with runtime.database.writing() as session:
        person = session.get_one(Person, 1)
        person.password_hash = password_hash()
        reader, email = person.as_actor(), person.email
    runtime.database.take_stock()  # as the worker does
    app = create_app(runtime, testing=True)
    browser = app.test_client()
    assert post(browser, "/sign-in", email=email, password=PASSWORD).status_code == 302
    token, shown = csrf_of(browser, "/account"), [0]

    def beside(text: str) -> None:
        fields = {"csrf_token": token, "step": "event", "driving_event": text}
        answer = browser.post(f"/lessons/capture/{DRAFT}/beside", data=fields)
        assert answer.status_code == 200
        shown[0] += b"Did it happen before?" in answer.data

    def page(number: int) -> None:
        assert b'id="similar"' in browser.get(f"/lessons/{number}").data

    def list_alone(number: int) -> None:
        with app.app_context(), runtime.database.reading() as session:
            lesson = session.get_one(Lesson, number)
            assert related.to_lesson(session, lesson, by=reader).lessons

    numbers = _open_to_member(runtime, count)
    shares = {
        "fragment beside capture": _took(beside, list(_typed(count))),
        "list of a lesson's page": _took(list_alone, numbers),
        "whole page of a lesson": _took(page, numbers),
    }
    for name, every in shares.items():
        _told(name, every)
    print(f"similar lessons were shown for {shown[0] // 2} of {ASKED} texts")
    runtime.close()


def _typed(count: int) -> Iterator[str]:
    """What is typed: as lessons have it, every third word another."""
    others = lessons(ASKED, words=100, seed=99)
    for known, other in zip(islice(lessons(count), ASKED), others, strict=True):
        mixed = zip(_text(known).split()[:100], _text(other).split()[:100], strict=False)
        yield " ".join(pair[place % 3 == 2] for place, pair in enumerate(mixed))


def _open_to_member(runtime: Runtime, count: int) -> list[int]:
    """Lessons in whose page a member sees others; all that the member finds have some."""
    scope = Scope(frozenset({"all"}))
    some = range(1, count + 1, count // (2 * ASKED))
    seen = [n for n in some if runtime.search.like_document(f"lesson:{n}", scope).total]
    return seen[:ASKED]


def _took(ask: Callable[[Any], None], every: Sequence[Any]) -> list[tuple[float, float]]:
    """CPU and wall milliseconds of each; a first round warms up."""
    found = []
    for round_ in range(2):
        for one in every:
            cpu, wall = time.process_time(), time.perf_counter()
            ask(one)
            took = ((time.process_time() - cpu) * 1e3, (time.perf_counter() - wall) * 1e3)
            if round_:
                found.append(took)
    return found


def _told(name: str, every: Sequence[tuple[float, float]]) -> None:
    words = []
    for clock, values in zip(("CPU", "wall"), zip(*every, strict=True), strict=True):
        ordered = sorted(values)
        words.append(f"{clock} p50 {statistics.median(ordered):6.1f}, "
                     f"p95 {ordered[int(len(ordered) * 0.95)]:6.1f} ms")  # fmt: skip
    print(f"{name:<24}{'; '.join(words)}")


def main() -> None:
    """Measure and print."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--documents", type=int, default=100_000)
    reader.add_argument("--folder", type=Path)
    asked = reader.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="portal-bench-"))
    print(machine())
    quality(folder)
    speed(folder, asked.documents)
    pages(folder, asked.documents)


if __name__ == "__main__":
    main()
