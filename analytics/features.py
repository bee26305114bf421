"""Texts as points: words and word pairs weighted by BM25, reduced by LSA, smoothed over neighbours.

BM25 weights in place of TF-IDF and the average over nearest neighbours each raise the agreement
with labels on text sets of the kind (SAFECOM, Jira, news); no word vectors are needed.
"""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import normalize

Points = NDArray[np.float64]

# Robertson & Walker 1994; the usual values, to which the clustering is not sensitive.
K1, B = 1.2, 0.75
# Dimensions of the latent space, and neighbours that a point is averaged over.
DIMENSIONS, NEIGHBOURS, ROUNDS = 100, 15, 2
# From so many texts on, a word must stand in five of them instead of two.
LARGE = 5_000
# Texts of a corpus for each neighbour that is averaged over, up to `NEIGHBOURS`.
TEXTS_PER_NEIGHBOUR = 12
# How much of its project's mean a text loses, and from how many texts on.
COMMON, GROUP_LEAST = 1.0, 5
# Rows of the similarity matrix that are in memory at once.
BLOCK = 1_024


class TextFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Texts to unit vectors.

    Parameters
    ----------
    n_components : int
        Dimensions of the latent space; fewer when there are few texts or words.
    n_neighbors : int
        Neighbours a point is averaged with; 0 leaves points as they are.
    random_state : int
        Seed of the truncated SVD (randomized, Halko et al. 2011).

    Attributes
    ----------
    counts_ : sparse matrix of shape (n_texts, n_terms)
        How often each word or pair stands in each text.
    terms_ : ndarray of shape (n_terms,)
        The words and pairs.
    usable_ : ndarray of bool, shape (n_texts,)
        Whether a text has any term at all; the others are zero vectors.
    """

    def __init__(
        self, n_components: int = DIMENSIONS, n_neighbors: int = NEIGHBOURS, random_state: int = 0
    ) -> None:
        self.n_components = n_components
        self.n_neighbors = n_neighbors
        self.random_state = random_state

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
        """
        counts = self._count(texts)
        self.usable_ = np.asarray(counts.getnnz(axis=1) > 0)
        points = self._reduce(bm25(counts))
        if groups is not None:
            points = centred(points, groups)
        points[~self.usable_] = 0
        # In a small corpus fifteen neighbours would be texts of every theme.
        near = min(self.n_neighbors, max(2, len(texts) // TEXTS_PER_NEIGHBOUR))
        return smooth(points, near if self.n_neighbors else 0, ROUNDS)

    def _count(self, texts: Sequence[str]) -> sp.csr_matrix:
        least = 5 if len(texts) >= LARGE else 2
        for min_df, max_df in ((least, 0.5), (1, 1.0)):
            vectorizer = CountVectorizer(
                ngram_range=(1, 2),
                stop_words="english",
                min_df=min(min_df, len(texts)),
                max_df=max_df,
                max_features=50_000,
                token_pattern=r"(?u)\b[^\W\d_]\w+\b",  # noqa: S106  (a pattern)
            )
            try:
                counts = vectorizer.fit_transform(texts)
            except ValueError:
                continue  # no word is left at these bounds: a tiny or very uniform corpus
            self.terms_ = vectorizer.get_feature_names_out()
            return counts.tocsr()
        self.terms_ = np.empty(0, object)
        return sp.csr_matrix((len(texts), 1))

    def _reduce(self, weights: sp.csr_matrix) -> Points:
        most = min(self.n_components, min(weights.shape) - 1)
        if most < 2 or weights.nnz == 0:
            dense: Points = normalize(weights).toarray().astype(np.float64)
            return dense
        svd = TruncatedSVD(most, n_iter=5, random_state=self.random_state)
        reduced: Points = normalize(svd.fit_transform(normalize(weights)))
        return reduced


def bm25(counts: sp.csr_matrix) -> sp.csr_matrix:
    """BM25 weights of a count matrix of shape (n_texts, n_terms)."""
    counts = counts.tocsr().astype(np.float64)
    texts = counts.shape[0]
    lengths = np.asarray(counts.sum(axis=1)).ravel()
    average = lengths.mean() or 1.0
    held = np.bincount(counts.indices, minlength=counts.shape[1])
    rarity = np.log1p((texts - held + 0.5) / (held + 0.5))
    norm = np.repeat(K1 * (1 - B + B * lengths / average), np.diff(counts.indptr))
    data = counts.data * (K1 + 1) / (counts.data + norm) * rarity[counts.indices]
    return sp.csr_matrix((data, counts.indices, counts.indptr), shape=counts.shape)


def centred(points: Points, groups: Sequence[str]) -> Points:
    """The points without `COMMON` of the mean of their group, back to length 1.

    Groups of fewer than `GROUP_LEAST` texts, and texts of no group, stay as they are: the mean of
    two texts is the texts themselves.
    """
    names, group = np.unique(np.array(groups, dtype=str), return_inverse=True)
    moved = points.copy()
    for number, name in enumerate(names):
        rows = np.flatnonzero(group == number)
        if name and len(rows) >= GROUP_LEAST:
            moved[rows] -= COMMON * points[rows].mean(axis=0)
    result: Points = normalize(moved)
    return result


def neighbours(points: Points, many: int) -> sp.csr_matrix:
    """The symmetric graph of the `many` nearest by cosine, weights their likeness, no loops."""
    texts = len(points)
    many = min(many, texts - 1)
    if many < 1:
        return sp.csr_matrix((texts, texts))
    rows, columns, values = [], [], []
    for start in range(0, texts, BLOCK):
        likeness = points[start : start + BLOCK] @ points.T
        own = np.arange(len(likeness))
        likeness[own, own + start] = -2.0
        near = np.argpartition(-likeness, many - 1, axis=1)[:, :many]
        rows.append(np.repeat(own + start, many))
        columns.append(near.ravel())
        values.append(np.take_along_axis(likeness, near, axis=1).ravel())
    data = np.maximum(np.concatenate(values), 0)
    graph = sp.csr_matrix(
        (data, (np.concatenate(rows), np.concatenate(columns))), shape=(texts, texts)
    )
    graph.eliminate_zeros()
    return graph.maximum(graph.T)


def smooth(points: Points, many: int, rounds: int) -> Points:
    """Each point averaged with its neighbours, itself among them, then back to length 1."""
    for _ in range(rounds if many else 0):
        graph = neighbours(points, many)
        graph.data[:] = 1.0
        points = normalize(graph @ points + points)
    return points
