"""From clauses to scores, and from scores to the best documents.

First BM25F over weighted fields, in arrays: one saturation over the weighted, length-normalised
frequency of all fields (Robertson, Zaragoza, Taylor: Simple BM25 Extension to Multiple Weighted
Fields, CIKM 2004). Then a second look at the best of them: what is like the leaders moves up.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from search.postings import Snapshot
from search.query import Clause
from search.schema import FIELDS, PARTS

Scores = NDArray[np.float32]

# Second stage. How many of the best are looked at again, how many of them lead, and how much
# likeness counts beside the score. Chosen on Cranfield, MEDLINE and the NASA lessons, each by the
# other two (tests/bench/bench_ranking.py): every such choice took ten leaders and a likeness of
# 0.35 to 0.4. For the ten best it makes no difference whether 50 or 100 are looked at.
LOOKED_AT = 50
# Where more than a page is asked for at once, as in an evaluation, more are looked at.
LOOKED_AT_MOST = 300
LEADERS = 10
LIKENESS = 0.35
# Digits of a score after the point that order findings.
DIGITS = 5
# How far one word may stand behind another in a phrase: stop words are not indexed.
GAP = 3
# Scores are looked at in blocks of this many to find the best without sorting all.
BLOCK = 128


def add(index: Snapshot, clause: Clause, into: Scores) -> None:
    """Add what a clause gives to the documents that fit it."""
    if clause.is_plain:
        np.add.at(into, *index.impacts(clause.stems[0]))
        return
    into += score(index, clause)


def score(index: Snapshot, clause: Clause) -> Scores:
    """The scores of a clause, one number a document; 0 where it does not fit."""
    total = _own(index, clause)
    for other in clause.others:
        alternative = _all_of(index, other.stems) * np.float32(other.weight)
        np.maximum(total, alternative, out=total)
    return total


def _own(index: Snapshot, clause: Clause) -> Scores:
    part = clause.field if clause.field in PARTS else None
    fields = ("text",) if part else (clause.field,) if clause.field else FIELDS
    total = np.zeros(index.size, np.float32)
    for stem in dict.fromkeys(clause.stems):
        np.add.at(total, *index.impacts(stem, fields))
    if clause.phrase or part:
        total[~_placed(index, clause, fields, part)] = 0
    return total


def _all_of(index: Snapshot, stems: tuple[str, ...]) -> Scores:
    """The scores of words that must all be there, as the mean of their impacts."""
    total = np.zeros(index.size, np.float32)
    held = np.zeros(index.size, np.uint8)
    for stem in stems:
        ids, impacts = index.impacts(stem)
        np.add.at(total, ids, impacts)
        held[ids] += 1
    total[held < len(stems)] = 0
    return total / np.float32(len(stems))


def _placed(
    index: Snapshot, clause: Clause, fields: tuple[str, ...], part: str | None
) -> NDArray[np.bool_]:
    """Where the words of a clause follow each other, or stand in the part that is asked for."""
    found = np.zeros(index.size, bool)
    for name in fields:
        places = [index.places(name, stem) for stem in clause.stems]
        for row in set(places[0]).intersection(*places[1:]) if clause.phrase else _any(places):
            held = [place.get(row, []) for place in places]
            if part:
                first, end = index.part_of(row, part)
                held = [[p for p in place if first <= p < end] for place in held]
            found[row] = _follows(held) if clause.phrase else any(held)
    return found


def _any(places: list[dict[int, list[int]]]) -> set[int]:
    return set().union(*places)


def _follows(places: Sequence[Iterable[int]]) -> bool:
    reached = set(places[0])
    for place in places[1:]:
        reached = {p for p in place if any(p - gap in reached for gap in range(1, GAP + 1))}
    return bool(reached)


def best(scores: Scores, order: NDArray[np.int64], many: int) -> NDArray[np.int64]:
    """The rows of the `many` highest scores above 0, ties in the order of their keys."""
    rows = _candidates(scores, many)
    values = scores[rows]
    if len(rows) > many:
        edge = np.partition(values, len(values) - many)[len(values) - many]
        rows = rows[values >= edge]
        values = scores[rows]
    ranked: NDArray[np.int64] = rows[np.lexsort((order[rows], -values))][:many]
    return ranked


def _candidates(scores: Scores, many: int) -> NDArray[np.int64]:
    """Rows among which the `many` best are: the best of the blocks bound them from below."""
    blocks = len(scores) // BLOCK
    edge = np.float32(0)
    if blocks > many:
        # Which scores make a block does not matter; by columns NumPy finds the maxima quickest.
        tops = scores[: blocks * BLOCK].reshape(BLOCK, blocks).max(axis=0)
        edge = np.partition(tops, blocks - many)[blocks - many]
    return np.flatnonzero(scores >= edge) if edge > 0 else np.flatnonzero(scores > 0)


def looked_at(limit: int) -> int:
    """How many of the best are looked at again when `limit` findings are asked for."""
    return LOOKED_AT if limit <= LOOKED_AT else LOOKED_AT_MOST


def look_again(
    index: Snapshot, rows: NDArray[np.int64], scores: Scores, meant: Scores | None = None
) -> tuple[NDArray[np.int64], Scores]:
    """The second stage: `rows` (best first) and their new scores, in a new order.

    The likeness of a document to the leaders (cosine of TF-IDF, weighted by the square of their
    scores and without itself) is added to its score, both as shares of the highest: documents
    about the same matter support each other (Diaz: Regularizing query-based retrieval scores,
    Information Retrieval 2007). As a sum over leaders it is one product with their centroid.
    """
    if len(rows) < 3:
        return rows, scores
    first = scores / max(float(scores[0]), 1e-9)
    if meant is not None:
        first = meant
        turn = np.lexsort((index.order[rows], -first))
        rows, first = rows[turn], first[turn] / max(float(first[turn[0]]), 1e-9)
    weights = np.zeros(len(rows), np.float32)
    weights[:LEADERS] = first[:LEADERS] ** 2
    likeness = _likeness(index, rows, weights)
    top = float(likeness.max())
    mixed = (1 - LIKENESS) * first + (LIKENESS / top if top > 0 else 0.0) * likeness
    # Sums over segments differ in their last digits; what is equal but for them is equal.
    turn = np.lexsort((index.order[rows], -mixed.round(DIGITS)))
    return rows[turn], mixed[turn].astype(np.float32)


def _likeness(index: Snapshot, rows: NDArray[np.int64], weights: Scores) -> Scores:
    """For each row the sum over the others of their weight times the cosine with them."""
    turn = np.argsort(rows)
    likeness: Scores = np.empty(len(rows), np.float32)
    likeness[turn] = index.vectors.likeness(rows[turn], weights[turn])
    likeness -= weights  # a document is like itself, by 1
    return likeness.clip(min=0)
