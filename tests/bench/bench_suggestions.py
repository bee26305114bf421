"""Suggested topics and categories: how often they are right, how honest, and how long it takes.

    python -m tests.bench.bench_suggestions

Topics on NASA's lessons (../shared/data/llis): a third of those that have any is held out, five
times over, near-duplicates always on one side. Categories on the lessons of the sample
organisation, in the same way, by projects: a lesson is judged by what other projects learned.
Beside each stands the most frequent label. `off` is the mean distance between the confidence that
is said and the share that held, in ten steps of confidence, weighted by how many fall into each
(expected calibration error; Guo et al. 2017).
"""

import json
import statistics
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

from analytics.suggestions import LabelSuggester
from tests.bench.judged import DATA
from tests.bench.machine import machine

SPLITS = 5
PARTS = ("title", "abstract", "driving_event", "lessons", "recommendations")
OWN_PARTS = ("headline", "summary", "driving_event", "cause", "effect", "lesson", "recommendation")


@dataclass(frozen=True)
class Row:
    """A text with its labels, and what it must not be parted from."""

    text: str
    labels: frozenset[str]
    group: str


def nasa() -> list[Row]:
    """The lessons of NASA that have topics."""
    with (DATA / "llis" / "llis_dev.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Row(
            "\n".join(row[part] or "" for part in PARTS),
            frozenset(topic.lower() for topic in row["topics"]),
            str(row["near_duplicate_group"] or f"alone {row['lesson_id']}"),
        )
        for row in rows
        if row["topics"]
    ]


def sample(label: str) -> list[Row]:
    """The lessons of the sample organisation."""
    found = []
    for item in (files("content") / "starter" / "projects").iterdir():
        project = tomllib.loads(item.read_text(encoding="utf-8"))
        for row in project.get("lesson", []):
            names = row.get("topics", []) if label == "topics" else [row.get("category")]
            text = "\n".join(row.get(part, "") for part in OWN_PARTS)
            found.append(Row(text, frozenset(filter(None, names)), project["code"]))
    return [row for row in found if row.labels]


def splits(rows: Sequence[Row]) -> Iterator[tuple[list[Row], list[Row]]]:
    """Learned from and judged by, `SPLITS` times."""
    groups = sorted({row.group for row in rows})
    for seed in range(SPLITS):
        order = np.random.default_rng(seed).permutation(len(groups))
        held = {groups[i] for i in order[: len(groups) // 3]}
        yield [r for r in rows if r.group not in held], [r for r in rows if r.group in held]


Ranking = Callable[[Sequence[Row], Sequence[Row]], tuple[list[list[str]], list[list[float]]]]


def ours(learned: Sequence[Row], asked: Sequence[Row]) -> tuple[list[list[str]], list[list[float]]]:
    model = LabelSuggester().fit([r.text for r in learned], [r.labels for r in learned])
    found = [model.suggest(row.text) for row in asked]
    return [[s.label for s in f] for f in found], [[s.confidence for s in f] for f in found]


def frequent(
    learned: Sequence[Row], asked: Sequence[Row]
) -> tuple[list[list[str]], list[list[float]]]:
    often = Counter(label for row in learned for label in sorted(row.labels)).most_common(5)
    names = [name for name, _ in often]
    return [names] * len(asked), [[count / len(learned) for _, count in often]] * len(asked)


def logistic(
    learned: Sequence[Row], asked: Sequence[Row]
) -> tuple[list[list[str]], list[list[float]]]:
    often = Counter(label for row in learned for label in row.labels)
    names = sorted(name for name, count in often.items() if count >= 3)
    words = TfidfVectorizer(sublinear_tf=True, min_df=2, stop_words="english")
    points = words.fit_transform([row.text for row in learned])
    known = np.array([[name in row.labels for name in names] for row in learned])
    model = OneVsRestClassifier(LogisticRegression(C=10, solver="liblinear")).fit(points, known)
    shares = model.predict_proba(words.transform([row.text for row in asked]))
    order = [np.argsort(-row, kind="stable")[:5] for row in shares]
    return (
        [[names[i] for i in best] for best in order],
        [[float(row[i]) for i in best] for row, best in zip(shares, order, strict=True)],
    )


def judge(name: str, rows: Sequence[Row], rank: Ranking) -> None:
    at: dict[int, list[float]] = {1: [], 3: [], 5: []}
    said, held = [], []
    for learned, asked in splits(rows):
        names, shares = rank(learned, asked)
        for row, found, confidence in zip(asked, names, shares, strict=True):
            hits = [label in row.labels for label in found]
            for depth, kept in at.items():
                kept.append(sum(hits[:depth]) / depth)
            said.extend(confidence)
            held.extend(hits)
    shown = "  ".join(f"precision@{d} {statistics.mean(k):.3f}" for d, k in at.items())
    print(f"  {name:<22} {shown}  off {off(said, held):.3f}")


def off(said: Sequence[float], held: Sequence[bool]) -> float:
    """The expected calibration error."""
    steps: dict[int, list[tuple[float, bool]]] = {}
    for share, hit in zip(said, held, strict=True):
        steps.setdefault(min(9, int(share * 10)), []).append((share, hit))
    return sum(
        abs(statistics.mean(s for s, _ in rows) - statistics.mean(h for _, h in rows)) * len(rows)
        for rows in steps.values()
    ) / len(said)


def timed(rows: Sequence[Row], count: int) -> None:
    texts = [rows[i % len(rows)].text for i in range(count)]
    labels = [rows[i % len(rows)].labels for i in range(count)]
    began = time.perf_counter()
    model = LabelSuggester().fit(texts, labels)
    learned = time.perf_counter() - began
    began = time.perf_counter()
    for row in rows[:100]:
        model.suggest(row.text)
    each = (time.perf_counter() - began) * 10
    print(f"  learned from {count:,} lessons in {learned:.2f} s, {each:.1f} ms for one lesson")


def main() -> None:
    print(machine())
    for title, rows in (
        ("Topics of NASA's lessons", nasa()),
        ("Topics of the sample organisation", sample("topics")),
        ("Categories of the sample organisation", sample("category")),
    ):
        print(f"{title}: {len(rows)} lessons, {len({x for r in rows for x in r.labels})} labels")
        for name, rank in (
            ("the suggestions", ours), ("logistic regression", logistic),
            ("the most frequent", frequent),
        ):  # fmt: skip
            judge(name, rows, rank)
    timed(nasa(), 2_000)


if __name__ == "__main__":
    main()
