"""The nearest of many points by cosine: whole up to some thousand points, by cells above.

Points are unit vectors. Cells are those of a short k-means that starts at evenly spaced points, so
that nothing is drawn; a point is compared with those of the cells nearest to its own (inverted-file
search: Sivic and Zisserman 2003; Jégou, Douze and Schmid 2011).
"""

from itertools import pairwise
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.preprocessing import normalize

Points = NDArray[np.float32]

# Rows of the similarity matrix that are in memory at once.
BLOCK = 1_024
# Up to so many points every one is compared with every other.
WHOLE_MOST = 4_000
# Of so many points one cell each; rounds of the k-means; cells that a point is compared with.
CELL, ROUNDS, PROBED = 100, 3, 12


def unit(rows: Any) -> Any:
    """Rows of length 1, or 0 where they are nothing; dense or sparse, and none at all as well."""
    return normalize(rows) if all(rows.shape) else rows


def neighbours(points: Points, many: int) -> sp.csr_matrix:
    """The symmetric graph of the `many` nearest by cosine, weights their likeness, no loops."""
    texts = len(points)
    many = min(many, texts - 1)
    if many < 1:
        return sp.csr_matrix((texts, texts), dtype=np.float32)
    searched = _whole(points) if texts <= WHOLE_MOST else _cells(points, many)
    rows, columns, values = [], [], []
    for own, others in searched:
        near, likeness = _best(points, own, others, many)
        rows.append(np.repeat(own, near.shape[1]))
        columns.append(near.ravel())
        values.append(likeness.ravel())
    data = np.concatenate(values)
    kept = data > 0
    graph = sp.csr_matrix(
        (data[kept], (np.concatenate(rows)[kept], np.concatenate(columns)[kept])),
        shape=(texts, texts),
    )
    return graph.maximum(graph.T)


Places = NDArray[np.int64]
Searched = list[tuple[Places, Places]]


def _whole(points: Points) -> Searched:
    every = np.arange(len(points))
    return [(every[start : start + BLOCK], every) for start in range(0, len(every), BLOCK)]


def _cells(points: Points, many: int) -> Searched:
    """Groups of points, each with the points that they are compared with."""
    cells, centres = _divided(points)
    order = np.argsort(cells, kind="stable")
    edges = np.searchsorted(cells[order], np.arange(len(centres) + 1))
    held = [order[low:high] for low, high in pairwise(edges)]
    found = []
    for cell, ranked in enumerate(np.argsort(-(centres @ centres.T), axis=1, kind="stable")):
        sizes = np.cumsum(np.diff(edges)[ranked])
        # A cell among small ones still meets enough points to have its neighbours.
        probed = max(PROBED, int(np.searchsorted(sizes, 2 * many)) + 1)
        others = np.sort(np.concatenate([held[place] for place in ranked[:probed]]))
        own = held[cell]
        found += [(own[start : start + BLOCK], others) for start in range(0, len(own), BLOCK)]
    return found


def _divided(points: Points) -> tuple[Places, Points]:
    """The cell of each point, and the cells' centres."""
    many = len(points) // CELL
    centres = points[np.linspace(0, len(points) - 1, many).round().astype(np.int64)]
    for _ in range(ROUNDS):
        cells = _nearest(points, centres)
        member = sp.csr_matrix(
            (np.ones(len(points), np.float32), (cells, np.arange(len(points)))),
            shape=(many, len(points)),
        )
        centres = unit(member @ points)
    return _nearest(points, centres), centres


def _nearest(points: Points, centres: Points) -> Places:
    blocks = range(0, len(points), BLOCK)
    return np.concatenate(
        [np.argmax(points[start : start + BLOCK] @ centres.T, axis=1) for start in blocks]
    )


def _best(points: Points, own: Places, others: Places, many: int) -> tuple[Places, Points]:
    """Of each of the points `own` the nearest of `others`, and their likeness; not itself."""
    likeness = points[own] @ points[others].T
    itself = np.searchsorted(others, own)
    inside = itself < len(others)
    inside[inside] = others[itself[inside]] == own[inside]
    likeness[np.flatnonzero(inside), itself[inside]] = -2.0
    many = min(many, len(others) - 1)
    near = np.argpartition(likeness, len(others) - many, axis=1)[:, len(others) - many :]
    return others[near], np.take_along_axis(likeness, near, axis=1)


def smooth(points: Points, many: int, rounds: int) -> Points:
    """Each point averaged with its neighbours, itself among them, then back to length 1."""
    for _ in range(rounds if many else 0):
        graph = neighbours(points, many)
        graph.data[:] = 1.0
        points = unit(graph @ points + points)
    return points
