"""Measuring a ranking against judgements, in the field's own formats and definitions (TREC).

nDCG is `ndcg_cut` of trec_eval (linear gain, logarithm to base 2), average precision counts
documents judged at least 1 as relevant. Averages run over the topics that have judgements.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from search.errors import BadLine

Run = Mapping[str, Sequence[tuple[str, float]]]
Qrels = Mapping[str, Mapping[str, int]]
TAG = "portal"


def _lines(path: Path) -> list[tuple[int, str]]:
    text = path.read_text(encoding="utf-8-sig")
    return [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip()]


def read_topics(path: Path) -> dict[str, str]:
    """Topics: one line each, ``id<TAB>query`` of any length.

    Raises:
        BadLine: a line has no tab, no id, or an id for the second time.
    """
    topics: dict[str, str] = {}
    for number, line in _lines(path):
        topic, tab, text = line.partition("\t")
        topic = topic.strip()
        if not tab or not topic:
            raise BadLine(path.name, number, "write the topic's id, a tab, and the query.")
        if topic in topics:
            raise BadLine(path.name, number, f"the topic {topic} stands there twice.")
        topics[topic] = text.strip()
    return topics


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Judgements: ``topic iteration document grade`` a line.

    Raises:
        BadLine: a line has not four parts, or its grade is no whole number.
    """
    qrels: dict[str, dict[str, int]] = {}
    for number, line in _lines(path):
        parts = line.split()
        if len(parts) != 4:
            raise BadLine(path.name, number, "write topic, iteration, document and grade.")
        try:
            qrels.setdefault(parts[0], {})[parts[2]] = int(parts[3])
        except ValueError:
            raise BadLine(path.name, number, f"the grade {parts[3]} is no number.") from None
    return qrels


def write_run(path: Path, run: Run) -> None:
    """Write ``topic Q0 document rank score tag`` a line, best first."""
    with path.open("w", encoding="utf-8") as out:
        for topic, found in run.items():
            for rank, (document, score) in enumerate(found, 1):
                # A blank in a document's number would break the columns of the format.
                out.write(f"{topic} Q0 {document.replace(' ', '_')} {rank} {score:.6f} {TAG}\n")


@dataclass(frozen=True, slots=True)
class TopicMeasures:
    """The measures of one topic, each from 0 to 1."""

    ndcg_at_10: float
    average_precision: float
    recall_at_100: float


@dataclass(frozen=True, slots=True)
class Measures:
    """Averages over topics, and each topic."""

    ndcg_at_10: float
    average_precision: float
    recall_at_100: float
    topics: Mapping[str, TopicMeasures]

    def as_dict(self) -> dict[str, Any]:
        """As plain values for JSON."""
        return asdict(self)


def evaluate(run: Run, qrels: Qrels) -> Measures:
    """Measure a run; a judged topic that the run leaves out counts as nothing found."""
    each = {
        topic: _measure([document for document, _ in run[topic]], qrels[topic])
        for topic in run
        if topic in qrels
    }
    count = max(1, len(each))
    return Measures(
        sum(m.ndcg_at_10 for m in each.values()) / count,
        sum(m.average_precision for m in each.values()) / count,
        sum(m.recall_at_100 for m in each.values()) / count,
        each,
    )


def _measure(found: Sequence[str], grades: Mapping[str, int]) -> TopicMeasures:
    relevant = {document for document, grade in grades.items() if grade >= 1}
    gains = [max(0, grades.get(document, 0)) for document in found[:10]]
    ideal = sorted((max(0, grade) for grade in grades.values()), reverse=True)[:10]
    best = _dcg(ideal)
    hits, precision = 0, 0.0
    for rank, document in enumerate(found, 1):
        if document in relevant:
            hits += 1
            precision += hits / rank
    total = max(1, len(relevant))
    recalled = len(relevant.intersection(found[:100]))
    return TopicMeasures(_dcg(gains) / best if best else 0.0, precision / total, recalled / total)


def _dcg(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))
