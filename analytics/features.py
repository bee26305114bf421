"""Texts as points: words and word pairs weighted by BM25, reduced by LSA, smoothed over neighbours.

BM25 weights in place of TF-IDF and the average over nearest neighbours each raise the agreement
with labels on text sets of the kind (SAFECOM, Jira, news). Static word vectors, an optional extra,
stand beside them where they are asked for: they help most where texts are short and many classes
share words (newsgroups: V-measure 0.46 without, 0.53 with; tests/bench/bench_themes.py).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.linalg import svds
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import PCA

from analytics.nearest import Points, smooth, unit
from analytics.words import Words
from content import meaning

# Robertson & Walker 1994; the usual values, to which the clustering is not sensitive.
K1, B = 1.2, 0.75
# Dimensions of the latent space, and neighbours that a point is averaged over.
DIMENSIONS, NEIGHBOURS, ROUNDS = 100, 20, 2
# From so many texts on, a word must stand in five of them instead of two.
LARGE = 5_000
# Texts of a corpus for each neighbour that is averaged over, up to `NEIGHBOURS`.
TEXTS_PER_NEIGHBOUR = 12
# How much of its project's mean a text loses, and from how many texts on.
COMMON, GROUP_LEAST = 1.0, 5
# How exactly the latent space is computed, and the vectors that are kept while it is: more of them
# need fewer rounds. Exact to the last digit it takes three times as long and gives no other themes.
EXACT, KEPT = 1e-3, 3
# Where its search starts, for every seed: what is left of a start moved two texts of 4,000.
START = 0

# What the word vectors weigh beside the words themselves; from 1.0 to 1.5 little changes.
MEANT = 1.2
# Dimensions that are kept of the word vectors.
MEANT_DIMENSIONS = 128


class TextFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Texts to unit vectors.

    Parameters
    ----------
    n_components : int
        Dimensions of the latent space; fewer when there are few texts or words.
    n_neighbors : int
        Neighbours a point is averaged with; 0 leaves points as they are.
    random_state : int
        Seed of what is drawn. The truncated SVD starts at the same vector whatever it is, and is
        computed (ARPACK) and not sketched: sketches of different seeds gave other themes (adjusted
        Rand index 0.5 to 0.96 between two of them, against 1.0).
    semantic : bool
        Whether static word vectors stand beside the words; needs the extra.

    Attributes
    ----------
    words_ : Words
        The words and pairs.
    weighting_ : Bm25
        How terms are weighed.
    weights_ : csr_matrix of shape (n_texts, n_terms)
        The weights of the terms of each text learned on, each row of length 1 or 0.
    components_ : ndarray of shape (n_axes, n_terms), or None
        The axes of the latent space.
    plain_ : ndarray of shape (n_texts, n_dimensions)
        The points before they were smoothed, without what projects share.
    """

    def __init__(
        self,
        n_components: int = DIMENSIONS,
        n_neighbors: int = NEIGHBOURS,
        random_state: int = 0,
        semantic: bool = False,
    ) -> None:
        self.n_components = n_components
        self.n_neighbors = n_neighbors
        self.random_state = random_state
        self.semantic = semantic

    def fit(self, texts: Sequence[str], y: Any = None) -> Self:
        """Learn the words of `texts`."""
        self.fit_transform(texts)
        return self

    def fit_transform(
        self, texts: Sequence[str], y: Any = None, *, groups: Sequence[str] | None = None
    ) -> Points:
        """Points of shape (n_texts, n_dimensions), each of length 1 or 0.

        `groups` names each text's project: what all texts of a project have in common (its pipes,
        its software) is taken out, so that problems are compared and not their settings.

        Raises:
            ModuleNotFoundError: `semantic` is asked for, and the extra is not installed.
        """
        return self.settle(self.learn(texts), groups)

    def learn(self, texts: Sequence[str]) -> Points:
        """Learn the words of `texts`; their points as they are, neither centred nor smoothed."""
        counts = self._count(texts)
        self.weighting_ = Bm25().fit(counts)
        self.weights_ = self._weigh(counts)
        self.components_ = self._axes(self.weights_)
        points = self._reduced(self.weights_)
        if self.semantic:
            self.meant_ = Meant(self.random_state)
            points = _beside(points, self.meant_.fit_transform(texts))
        points[~usable(self.weights_)] = 0
        return points

    def settle(self, points: Points, groups: Sequence[str] | None = None) -> Points:
        """The plain points of a whole corpus without what projects share, and smoothed."""
        if groups is not None:
            points = centred(points, groups)
        self.plain_ = points
        # In a small corpus twenty neighbours would be texts of every theme.
        near = min(self.n_neighbors, max(2, len(points) // TEXTS_PER_NEIGHBOUR))
        return smooth(points, near if self.n_neighbors else 0, ROUNDS)

    def transform(self, texts: Sequence[str]) -> Points:
        """Points of other texts, neither centred nor smoothed; zero without a known term."""
        return self.place(texts)[0]

    def place(self, texts: Sequence[str]) -> tuple[Points, sp.csr_matrix]:
        """As `transform`, with the weights of the terms of each text."""
        weights = self._weigh(self.words_.transform(texts))
        points = self._reduced(weights)
        if self.semantic:
            points = _beside(points, self.meant_.transform(texts))
        points[~usable(weights)] = 0
        return points, weights

    def _weigh(self, counts: sp.csr_matrix) -> sp.csr_matrix:
        """Rows of length 1 or 0."""
        return unit(self.weighting_.transform(counts))

    def _count(self, texts: Sequence[str]) -> sp.csr_matrix:
        least = 5 if len(texts) >= LARGE else 2
        self.words_ = Words(min_df=least, max_df=0.5)
        counts = self.words_.fit_transform(texts)
        if not counts.shape[1]:
            # No word is left at these bounds: a tiny or very uniform corpus.
            self.words_ = Words()
            counts = self.words_.fit_transform(texts)
        return counts

    def _axes(self, weights: sp.csr_matrix) -> Points | None:
        """The axes of the latent space, of shape (n_axes, n_terms); None: terms are the axes."""
        most = min(self.n_components, min(weights.shape) - 1)
        if most < 2 or not weights.nnz:
            return None
        start = np.random.default_rng(START).random(min(weights.shape)).astype(np.float32)
        axes: Points
        _, _, axes = svds(
            weights, most, tol=EXACT, v0=start, return_singular_vectors="vh",
            ncv=KEPT * most if KEPT * most < min(weights.shape) else None,
        )  # fmt: skip
        return axes

    def _reduced(self, weights: sp.csr_matrix) -> Points:
        if not weights.shape[1]:
            return np.zeros((weights.shape[0], 1), np.float32)
        plain = weights.toarray() if self.components_ is None else weights @ self.components_.T
        points: Points = unit(plain)
        return points


def _beside(points: Points, meant: Points) -> Points:
    both: Points = unit(np.hstack([points, MEANT * meant]))
    return both


def usable(weights: sp.csr_matrix) -> NDArray[np.bool_]:
    """Whether a text has any term at all."""
    found: NDArray[np.bool_] = weights.getnnz(axis=1) > 0
    return found


class Bm25(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # the same
    """BM25 weights of a count matrix of shape (n_texts, n_terms) (Robertson & Walker 1994)."""

    def fit(self, counts: sp.csr_matrix, y: Any = None) -> Self:
        """Learn how rare terms are and how long texts are."""
        texts = counts.shape[0]
        self.average_ = float(counts.sum(axis=1).mean()) or 1.0
        held = np.bincount(counts.indices, minlength=counts.shape[1])
        self.rarity_ = np.log1p((texts - held + 0.5) / (held + 0.5))
        return self

    def transform(self, counts: sp.csr_matrix) -> sp.csr_matrix:
        """The weights, as sparse as the counts."""
        counts = counts.tocsr().astype(np.float32)
        lengths = np.asarray(counts.sum(axis=1)).ravel()
        norm = np.repeat(K1 * (1 - B + B * lengths / self.average_), np.diff(counts.indptr))
        data = counts.data * (K1 + 1) / (counts.data + norm) * self.rarity_[counts.indices]
        return sp.csr_matrix(
            (data.astype(np.float32), counts.indices, counts.indptr), shape=counts.shape
        )


class Meant(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # the same
    """Texts as the mean of static word vectors, reduced and softly whitened.

    Each axis of the principal components is divided by the square root of its deviation: between
    leaving the few that hold most of the variance to rule and giving all the same say.

    Raises
    ------
    ModuleNotFoundError
        When the extra that brings the vectors is not installed.
    """

    def __init__(self, random_state: int = 0) -> None:
        self.random_state = random_state

    def fit(self, texts: Sequence[str], y: Any = None) -> Self:
        """Learn the axes."""
        self.fit_transform(texts)
        return self

    def fit_transform(self, texts: Sequence[str], y: Any = None) -> Points:
        """Learn the axes, and the points of the same texts: most of the time makes vectors."""
        found = _encoder().encode(texts).astype(np.float64)
        most = max(1, min(MEANT_DIMENSIONS, *found.shape))
        pca = PCA(most, svd_solver="full", random_state=self.random_state).fit(found)
        # Of an axis along which nothing differs nothing is made.
        self.mean_, self.axes_ = pca.mean_, pca.components_
        deviation = np.sqrt(pca.explained_variance_)
        self.scale_ = np.where(deviation > 1e-9, 1 / np.sqrt(np.maximum(deviation, 1e-9)), 0.0)
        return self._moved(found)

    def kept(self) -> dict[str, NDArray[Any]]:
        """What was learned, as arrays."""
        return {
            "meant_mean": self.mean_,
            "meant_axes": self.axes_,
            "meant_scale": self.scale_,
        }

    def of(self, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Take what `kept` gave."""
        self.mean_, self.axes_ = arrays["meant_mean"], arrays["meant_axes"]
        self.scale_ = arrays["meant_scale"]
        return self

    def transform(self, texts: Sequence[str]) -> Points:
        """Points of length 1, or 0 for a text that says nothing of its own."""
        return self._moved(_encoder().encode(texts).astype(np.float64))

    def _moved(self, vectors: NDArray[np.float64]) -> Points:
        points: Points = unit((vectors - self.mean_) @ self.axes_.T * self.scale_).astype(
            np.float32
        )
        return points


def _encoder() -> meaning.Encoder:
    found = meaning.installed()
    if found is None:
        raise ModuleNotFoundError("Word vectors are an extra: install pmo-portal[semantic].")
    return found


def centred(points: Points, groups: Sequence[str]) -> Points:
    """The points without `COMMON` of the mean of their group, back to length 1.

    Groups of fewer than `GROUP_LEAST` texts, and texts of no group, stay as they are: the mean of
    two texts is the texts themselves.
    """
    names, group = np.unique(np.array(groups, dtype=str), return_inverse=True)
    many = np.bincount(group)
    member = sp.csr_matrix(
        (np.ones(len(points), np.float32), (group, np.arange(len(points)))),
        shape=(len(names), len(points)),
    )
    means = np.asarray(member @ points) / many[:, None].astype(np.float32)
    means[(many < GROUP_LEAST) | (names == "")] = 0
    result: Points = unit(points - np.float32(COMMON) * means[group])
    return result
