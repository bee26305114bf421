"""The theme model: a Ward tree on a sample starts k-means; modularity says how many themes.

A start from the tree makes the result the same for every seed; the seed only reaches the start of
the truncated SVD, which is computed to its end. Texts without a usable word, and texts far from
every centre, are not clustered (-1) rather than forced.
"""

import warnings
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.cluster.hierarchy import ward
from scipy.sparse.csgraph import connected_components
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from analytics.basis import Basis
from analytics.features import TEXTS_PER_NEIGHBOUR, TextFeatures, usable
from analytics.nearest import Points, neighbours

Labels = NDArray[np.int64]

# Rows that the tree is built on: its memory grows with the square.
WARD_MOST = 3_000
# Cosine to the nearest centre below which a text fits no theme.
NEAR_LEAST = 0.25
# The same once the common vocabulary of projects is taken out, from so many texts on: what is left
# of a text that says something of its own then lies far from every centre. On the sample
# organisation groups of leftovers average 0.41 to 0.46, themes that say one thing 0.57 and more.
NEAR_ACROSS, ACROSS_FROM = 0.45, 100
# The same for texts that a model places without having learned on them: they are not smoothed. On
# four labelled sets one text of a hundred lies below.
PLACED_LEAST = 0.15
# Neighbours in the graph by which the number of themes is chosen. It is taken before smoothing,
# which draws texts together in knots and makes every knot a theme: of five labelled sets (5 to 26
# classes) the number found is within a factor of two in four with 30, in one over smoothed points.
COUNTED_OVER = 30
# Louvain (networkx 3, the same graph) finds about as many: 8, 7, 19, 10 and 15 with one seed, 7, 7,
# 19, 9 and 14 with another, where this finds 6, 8, 17, 10 and 12 of 26, 6, 12, 5 and 20 labels.
# Both are within a factor of two in four of five, so that no library is needed for it.
# The sweep of numbers of themes: from two to a third of the texts, at most this many.
THEMES_MOST = 200


class ThemeModel(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Themes of texts.

    Parameters
    ----------
    n_themes : int or None
        How many; None finds a number by modularity of the neighbour graph (Newman 2006).
    random_state : int
        Seed of the start of the truncated SVD.
    semantic : bool
        Whether static word vectors stand beside the words; see `TextFeatures`.
    fineness : float
        Where the number is found: 1 as found, 2 twice as many, 0.5 half as many.

    Attributes
    ----------
    labels_ : ndarray of int, shape (n_texts,)
        The theme of each text, 0 to n_themes_ - 1, or -1 when it fits none.
    scores_ : ndarray of float, shape (n_texts,)
        Cosine of each text to the centre of its theme; 0 for those that fit none.
    margins_ : ndarray of float, shape (n_texts,)
        By how much that is above the cosine to the next best theme; 0 for those that fit none.
    n_themes_ : int
    centroids_ : ndarray of shape (n_themes_, n_dimensions)
    features_ : TextFeatures
    basis_ : Basis
        What was learned, to be kept for a later run.
    """

    def __init__(
        self,
        n_themes: int | None = None,
        random_state: int = 0,
        semantic: bool = False,
        fineness: float = 1.0,
    ) -> None:
        self.n_themes = n_themes
        self.random_state = random_state
        self.semantic = semantic
        self.fineness = fineness

    def fit(
        self, texts: Sequence[str], y: Any = None, *, groups: Sequence[str] | None = None
    ) -> Self:
        """Cluster `texts`; their order matters only to ties, so sort them by id first.

        `groups` names each text's project, whose common vocabulary is taken out.
        """
        # More threads take more CPU time in all, leave the portal none, and sum in another order.
        with threadpool_limits(1):
            return self._fit(texts, groups)

    def _fit(self, texts: Sequence[str], groups: Sequence[str] | None) -> Self:
        self.features_ = TextFeatures(random_state=self.random_state, semantic=self.semantic)
        self.basis_ = Basis.fit(self.features_, texts)
        points = self.features_.settle(self.basis_.points, groups)
        known = usable(self.basis_.weights)
        labels, centroids = self._cluster(points[known], self.features_.plain_[known])
        self.labels_ = np.full(len(texts), -1, np.int64)
        self.labels_[known] = labels
        scores, _ = nearness(points, centroids, self.labels_)
        self.labels_[scores < near_enough(len(texts), groups)] = -1
        self._tidy(centroids)
        self.scores_, self.margins_ = nearness(points, self.centroids_, self.labels_)
        return self

    def fit_predict(self, texts: Sequence[str], y: Any = None) -> Labels:
        """The labels of `texts`."""
        return self.fit(texts).labels_

    def predict(self, texts: Sequence[str]) -> tuple[Labels, NDArray[np.float64]]:
        """The nearest theme of other texts, -1 where none is near, and the cosine to its centre.

        They are not smoothed; their cosines are therefore lower than those of `scores_`.
        """
        points = self.features_.transform(texts)
        if not len(self.centroids_) or points.shape[1] != self.centroids_.shape[1]:
            return np.full(len(texts), -1, np.int64), np.zeros(len(texts))
        likeness = points @ self.centroids_.T
        nearest = np.argmax(likeness, axis=1)
        scores = np.take_along_axis(likeness, nearest[:, None], axis=1).ravel()
        fits = scores >= PLACED_LEAST
        return np.where(fits, nearest, -1), np.where(fits, scores, 0.0)

    def _cluster(self, points: Points, plain: Points) -> tuple[Labels, Points]:
        distinct = len(np.unique(points.round(9), axis=0)) if len(points) else 0
        if distinct < 2 or self.n_themes == 1:
            labels = np.zeros(len(points), np.int64)
            return labels, centroids_of(points, labels, 1)
        places = evenly(len(points), WARD_MOST)
        sample = points[places]
        tree = ward(sample)
        many = self.n_themes or self._number(plain[places], tree)
        many = min(many, distinct, len(sample))
        started = cut(tree, many)
        start = centroids_of(sample, started, many)
        model = KMeans(many, init=start, n_init=1, max_iter=100, random_state=self.random_state)
        with warnings.catch_warnings():
            # Texts that say nearly the same make fewer themes than asked; `_tidy` drops the rest.
            warnings.simplefilter("ignore", ConvergenceWarning)
            labels = model.fit_predict(points).astype(np.int64)
        return labels, centroids_of(points, labels, many)

    def _number(self, plain: Points, tree: NDArray[np.float64]) -> int:
        return max(2, round(_best_number(plain, tree) * self.fineness))

    def _tidy(self, centroids: Points) -> None:
        """Number the themes by size, the largest first, and leave out empty ones."""
        kept, counts = np.unique(self.labels_[self.labels_ >= 0], return_counts=True)
        order = kept[np.lexsort((kept, -counts))]
        new = np.full(len(centroids) + 1, -1, np.int64)
        new[order] = np.arange(len(order))
        self.labels_ = new[self.labels_]
        self.centroids_ = centroids[order]
        self.n_themes_ = len(order)


def near_enough(texts: int, groups: Sequence[str] | None) -> float:
    """The cosine to its centre that a text of so many needs to fit a theme."""
    return NEAR_ACROSS if groups is not None and texts >= ACROSS_FROM else NEAR_LEAST


def nearness(points: Points, centroids: Points, labels: Labels) -> tuple[Points, Points]:
    """Of each text the cosine to its theme's centre, and by how much that is above the next best.

    Both 0 for texts of no theme; with one theme only the second is the first. A small margin is a
    text between two themes, and below 0 it is nearer to another than to the one it was put in.
    """
    if not len(centroids) or not len(points):
        return np.zeros(len(points), np.float32), np.zeros(len(points), np.float32)
    likeness = points @ centroids.T
    rows = np.arange(len(points))
    scores = likeness[rows, labels]
    likeness[rows, labels] = -np.inf
    others = likeness.max(axis=1)
    margins = scores - np.where(np.isfinite(others), others, 0)
    none = labels < 0
    scores[none], margins[none] = 0, 0
    return scores, margins


def evenly(many: int, most: int) -> NDArray[np.int64]:
    """At most `most` of `many` places, evenly spaced."""
    if many <= most:
        return np.arange(many)
    return np.linspace(0, many - 1, most).round().astype(np.int64)


def centroids_of(points: Points, labels: NDArray[Any], many: int) -> Points:
    """The mean direction of each label, of length 1."""
    if not len(points):
        return np.zeros((many, 1), np.float32)
    member = sp.csr_matrix(
        (np.ones(len(labels), np.float32), (labels, np.arange(len(labels)))),
        shape=(many, len(labels)),
    )
    sums = np.asarray(member @ points)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    centroids: Points = sums / np.maximum(lengths, 1e-12)
    return centroids


def cut(tree: NDArray[np.float64], many: int) -> Labels:
    """The `many` groups of a tree: all but its last merges are made.

    As scipy's `cut_tree`, which walks the tree in Python, in a hundredth of its time.
    """
    texts = len(tree) + 1
    # A text of each node of the tree, by which a merge of nodes is an edge between texts.
    leaf = np.arange(2 * texts - 1)
    for row, node in enumerate(tree[:, 0].astype(np.int64).tolist()):
        leaf[texts + row] = leaf[node]
    edges = leaf[tree[: texts - many, :2].astype(np.int64)]
    graph = sp.coo_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(texts, texts))
    labels: Labels = connected_components(graph, directed=False)[1].astype(np.int64)
    return labels


def _best_number(points: Points, tree: NDArray[np.float64]) -> int:
    """The cut of the tree whose themes have the highest modularity on the neighbour graph."""
    many = min(COUNTED_OVER, max(2, len(points) // TEXTS_PER_NEIGHBOUR))
    graph = neighbours(points, many)
    most = min(THEMES_MOST, max(2, len(points) // 3))
    sweep = sorted({int(n) for n in np.geomspace(2, most, 40).round()})
    values = [modularity(graph, cut(tree, number)) for number in sweep]
    return sweep[int(np.argmax(values))]


def modularity(graph: sp.csr_matrix, labels: NDArray[Any]) -> float:
    """Newman's modularity of a partition of a weighted, undirected graph, -0.5 to 1."""
    total = graph.sum()
    if total <= 0:
        return 0.0
    degrees = np.asarray(graph.sum(axis=1)).ravel()
    edges = graph.tocoo()
    inside = edges.data[labels[edges.row] == labels[edges.col]].sum()
    shares = np.bincount(labels, weights=degrees)
    return float(inside / total - np.square(shares / total).sum())
