"""Similar lessons: how many true duplicates are among the ten shown, and how long it takes.

    python -m tests.bench.bench_similar [--documents 100000] [--folder DIR]

Quality on the issues of Hadoop whose reporters linked duplicates (../shared/data/issues): of each
linked issue the text is asked, as somebody types it, and the share of its duplicates among the ten
most like it is averaged. Beside it stands plain TF-IDF with cosine, over the same texts. Time over
made-up lessons: texts of 100 words are asked, for a member who sees nine of ten, ours and TF-IDF in
turns, CPU time.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from content.types import Document, Kind, Scope
from search import index
from search.engine import SearchEngine, SearchRequest
from tests.bench.judged import DATA
from tests.bench.machine import machine
from tests.bench.synthetic import MEMBER, lessons

SHOWN = 10
EVERYBODY = Scope(frozenset({"all"}))
ASKED = 60
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


if __name__ == "__main__":
    main()
