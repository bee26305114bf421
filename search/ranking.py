"""BM25F over weighted fields, in arrays.

One saturation over the weighted, length-normalised frequency of all fields (Robertson, Zaragoza,
Taylor: Simple BM25 Extension to Multiple Weighted Fields, CIKM 2004). The rarity of a word is
taken over the whole index, also over documents that the person may not see: it changes how words
weigh against each other and shows no document, count or text.
"""

import numpy as np
from numpy.typing import NDArray

from search.postings import Snapshot
from search.query import Clause
from search.schema import FIELDS, WEIGHTS

# The usual start values (Robertson & Zaragoza 2009, section 3.5); not tuned on any judged set.
K1, B = 1.6, 0.75

Scores = NDArray[np.float32]


def score_stem(index: Snapshot, stem: str, fields: tuple[str, ...]) -> Scores:
    """The scores of one stem: one number a document, 0 where it does not stand."""
    weighted = np.zeros(index.size, np.float32)
    for place, name in enumerate(FIELDS):
        if name not in fields:
            continue
        ids, frequency = index.postings(name, stem)
        if not len(ids):
            continue
        norm = 1 - B + B * index.lengths[place, ids] / max(float(index.averages[place]), 1e-6)
        weighted[ids] += WEIGHTS[name] * frequency / norm
    hits = int(np.count_nonzero(weighted))
    if not hits:
        return weighted
    documents = int(np.count_nonzero(index.live))
    rarity = np.log1p((documents - hits + 0.5) / (hits + 0.5))
    scores: Scores = (rarity * weighted * (K1 + 1) / (K1 + weighted)).astype(np.float32)
    return scores


def score(index: Snapshot, clause: Clause) -> Scores:
    """The scores of a clause; a phrase counts only where its words follow each other."""
    fields = (clause.field,) if clause.field else FIELDS
    total = np.zeros(index.size, np.float32)
    for stem in dict.fromkeys(clause.stems):
        total += score_stem(index, stem, fields)
    if clause.phrase:
        total[~_phrase(index, clause.stems, fields)] = 0
    return total


def _phrase(index: Snapshot, stems: tuple[str, ...], fields: tuple[str, ...]) -> NDArray[np.bool_]:
    found = np.zeros(index.size, bool)
    for name in fields:
        places = [index.positions(name, stem) for stem in stems]
        common = set(places[0]).intersection(*places[1:])
        for number in common:
            if _follows([place[number] for place in places]):
                found[number] = True
    return found


# Stop words are not indexed, so words that followed each other may stand this far apart.
GAP = 3


def _follows(places: list[frozenset[int]]) -> bool:
    reached = places[0]
    for place in places[1:]:
        reached = frozenset(
            p for p in place if any(p - gap in reached for gap in range(1, GAP + 1))
        )
        if not reached:
            return False
    return True


def best(scores: Scores, order: NDArray[np.int64], mask: NDArray[np.bool_], many: int) -> list[int]:
    """The numbers of the `many` best documents of `mask`, ties in the order of their keys."""
    rows = np.flatnonzero(mask)
    if len(rows) > many:
        values = scores[rows]
        edge = np.partition(values, len(values) - many)[len(values) - many]
        rows = rows[values >= edge]
    ranked = rows[np.lexsort((order[rows], -scores[rows]))]
    return [int(row) for row in ranked[:many]]
