"""How good themes are on labelled texts, how steady, and what they cost.

    python -m tests.bench.bench_themes [--semantic] [--large 100000]

On five labelled sets (../shared/data): V-measure and AMI at the true number of classes, the number
found without asking, agreement between seeds and on nine texts of ten, beside TF-IDF with k-means
in the same run. Then CPU time of a whole run over 10,000 texts, of a second run with a tenth new,
and, with --large, of a file of so many texts with the memory it took.
"""

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import TfidfVectorizer

from analytics import measures
from analytics.basis import Basis
from analytics.evaluate import evaluate
from analytics.features import TextFeatures
from analytics.fit import fit_file, fit_texts
from content.types import ThemeText
from tests.bench.judged import DATA
from tests.bench.machine import machine
from tests.bench.synthetic import lessons

Labelled = tuple[list[str], list[str]]


def _rows(name: str) -> list[dict[str, Any]]:
    with (DATA / name).open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _single(rows: Sequence[dict[str, Any]], text: str, label: str) -> Labelled:
    """The rows with one label."""
    kept = [row for row in rows if len(row[label]) == 1]
    return [row[text] or "" for row in kept], [row[label][0] for row in kept]


def labelled() -> Iterator[tuple[str, Labelled]]:
    """The sets that are there."""
    if not DATA.is_dir():
        print("quality is left out: the labelled sets are not there")
        return
    hazards = _rows("safety/safecom_hazards_dev.jsonl")
    yield "SAFECOM", _single(hazards, "narrative", "hazards")
    factors = _rows("safety/safenet_dev.jsonl")
    yield "SAFENET", _single(factors, "narrative", "contributing_factors")
    issues = _rows("issues/jira_components_dev.jsonl")
    texts = [f"{row['title'] or ''}\n{row['description'] or ''}" for row in issues]
    yield "Jira by project", (texts, [row["project"] for row in issues])
    for name, file in (("BBC", "bbc"), ("newsgroups", "newsgroups")):
        rows = _rows(f"clustering/{file}.jsonl")
        yield name, ([row["text"] for row in rows], [row["label"] for row in rows])


def plain(texts: Sequence[str], many: int) -> list[int]:
    """TF-IDF and k-means as they come."""
    points = TfidfVectorizer(stop_words="english", max_features=50_000).fit_transform(texts)
    found: list[int] = KMeans(many, n_init=1, random_state=0).fit_predict(points).tolist()
    return found


def quality(semantic: bool) -> None:
    """Print a line for each set."""
    print(f"{'':<16}{'texts':>7}{'labels':>7}{'found':>7}{'V':>8}{'AMI':>8}{'seeds':>8}{'90 %':>8}"
          f"{'NPMI':>8}{'CPU s':>8}{'  TF-IDF + k-means: V':>20}{'AMI':>8}")  # fmt: skip
    for name, (texts, labels) in labelled():
        began = time.process_time()
        found = evaluate(texts, labels, semantic=semantic)
        took = time.process_time() - began
        theirs = plain(texts, found.labels)
        print(
            f"{name:<16}{found.texts:>7}{found.labels:>7}{found.found:>7}{found.v_measure:>8.3f}"
            f"{found.adjusted_mutual_information:>8.3f}{found.between_seeds:>8.3f}"
            f"{found.between_draws:>8.3f}{found.coherence:>8.3f}{took:>8.1f}"
            f"{measures.v_measure(labels, theirs):>20.3f}"
            f"{measures.adjusted_mutual_information(labels, theirs):>8.3f}",
            flush=True,
        )


def texts_of(count: int) -> Iterator[ThemeText]:
    """Made-up texts of 200 words: they measure time, never quality."""
    for document in lessons(count, words=200):
        yield ThemeText(f"lesson:{document.id:09}", "\n".join(document.texts.values()))


def cost(semantic: bool, count: int = 10_000) -> None:
    """Print the CPU time of a run and of a second one with a tenth new."""
    every = list(texts_of(count))
    old = every[: count * 9 // 10]
    with tempfile.TemporaryDirectory() as folder:
        learned = Path(folder) / "learned.npz"
        began = time.process_time()
        first = fit_texts(old, semantic=semantic)
        assert first.basis is not None
        first.basis.save(learned)
        middle = time.process_time()
        known = {d.id: d.theme for d in first.documents if d.theme is not None}
        basis = Basis.load(learned, TextFeatures(semantic=semantic))
        assert basis is not None
        later = fit_texts(every, semantic=semantic, known=known, basis=basis)
        assert later.basis is not None
        later.basis.save(learned)
        ended = time.process_time()
    print(f"{count:,} texts: a run over nine tenths {middle - began:.1f} s CPU, a second one with "
          f"the last tenth new {ended - middle:.1f} s")  # fmt: skip


def large(count: int, semantic: bool) -> None:
    """Print time and memory of a large file."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "docs.jsonl"
        with source.open("w", encoding="utf-8") as lines:
            for text in texts_of(count):
                lines.write(json.dumps({"id": text.id, "text": text.text}) + "\n")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.process_time()
        found = fit_file(source, Path(folder) / "themes.json", semantic=semantic)
        took = time.process_time() - began
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{found.documents:,} texts in a file: {took:.0f} s CPU, at most {most / 1e6:.2f} GB "
          f"in memory ({before / 1e6:.2f} GB before)")  # fmt: skip


def main() -> None:
    """Measure and print."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--semantic", action="store_true")
    reader.add_argument("--large", type=int, default=0)
    asked = reader.parse_args()
    print(machine())
    if asked.large:
        large(asked.large, asked.semantic)
        return
    quality(asked.semantic)
    cost(asked.semantic)


if __name__ == "__main__":
    main()
