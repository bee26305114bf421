"""A later run: known themes keep their texts, new texts join them, new themes come of what remains.

Texts that a run before placed stay where they are. Each other text joins the nearest theme when it
is near enough. What is in no known theme yet is clustered by itself, and a group of it is a new
theme when it holds together as known themes do and is as far from each of them as they are from one
another. Groups are compared by the words of their texts, new ones included: the axes of the full
fit do not know the words of a new problem.

How like two groups are is the mean cosine between their texts over the geometric mean of those
within each (texts are not compared with themselves), so that it does not depend on their sizes: 1
for two halves of one theme, 0 for groups without a word in common.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
from threadpoolctl import threadpool_limits

from analytics.basis import Basis
from analytics.features import Bm25, usable
from analytics.nearest import Points, unit
from analytics.themes import Labels, ThemeModel, centroids_of, near_enough, nearness
from analytics.words import Words

# What stands for a theme where a text has none yet, and where it is to have none.
LOOSE, OUT = -1, -2
# Texts that a new theme has at least.
BORN_LEAST = 5
# A group is new when it is no more like any known theme than so many of these are like their next.
APART = 0.75
# However alike the known themes are: where all say the same, nothing is apart.
APART_MOST = 0.7
# Its texts are as like one another as those of the median known theme. With half of that, and
# groups half as large, new texts of the old kinds made four themes of nothing (newsgroups).
TOGETHER = 1.0
# Two themes this much alike may be one.
ALIKE = 0.9


@dataclass(frozen=True, slots=True)
class Growth:
    """What became of known themes: texts of shape (n_texts,), themes numbered on from the known.

    `born` are the new themes, `merges` pairs of themes that may be one with their likeness. `drift`
    is how much less texts that came since the full fit are like the themes that it found than those
    it saw, 0 to 1; `since` is the share of such texts.
    """

    labels: Labels
    scores: Points
    margins: Points
    themes: int
    born: tuple[int, ...]
    merges: tuple[tuple[int, int, float], ...]
    drift: float
    since: float
    basis: Basis


def first(model: ThemeModel) -> Growth:
    """A first fit in the same form: nothing is known, nothing has drifted."""
    said = _Said.of(model.basis_.weights, model.labels_, model.n_themes_)
    return Growth(
        model.labels_, model.scores_, model.margins_, model.n_themes_,
        tuple(range(model.n_themes_)), said.alike(ALIKE), 0.0, 0.0, model.basis_,
    )  # fmt: skip


def grow(
    basis: Basis,
    texts: Sequence[str],
    known: Sequence[int],
    *,
    groups: Sequence[str] | None = None,
) -> Growth:
    """Place the texts that are new, and find what is new among them.

    `known` gives the theme of each text from 0 on, `LOOSE` where it has none yet, and `OUT` where
    people took it out of all.
    """
    with threadpool_limits(1):
        return _grow(basis.of(texts), texts, np.asarray(known, np.int64), groups)


def _grow(
    basis: Basis, texts: Sequence[str], known: Labels, groups: Sequence[str] | None
) -> Growth:
    points = basis.features.settle(basis.points, groups)
    themes = int(known.max(initial=-1)) + 1
    least = near_enough(len(texts), groups)
    labels = _joined(points, known, themes, least)
    labels = _with_born(basis, texts, labels, known, themes, groups)
    centroids = centroids_of(
        points[labels >= 0], labels[labels >= 0], int(labels.max(initial=-1)) + 1
    )
    scores, margins = nearness(points, centroids, labels)
    said = _Said.of(basis.weights, labels, len(centroids))
    return Growth(
        labels, scores, margins, len(centroids), tuple(range(themes, len(centroids))),
        said.alike(ALIKE), _drift(basis, labels), float(1 - basis.learned.mean()), basis,
    )  # fmt: skip


def _joined(points: Points, known: Labels, themes: int, least: float) -> Labels:
    """The known labels, and of the other texts those that are near enough to a theme."""
    if not themes or not len(points):
        return np.maximum(known, LOOSE)
    placed = known >= 0
    likeness = points @ centroids_of(points[placed], known[placed], themes).T
    near = (known == LOOSE) & (likeness.max(axis=1) >= least)
    return np.where(near, np.argmax(likeness, axis=1), np.maximum(known, LOOSE))


def _with_born(
    basis: Basis,
    texts: Sequence[str],
    labels: Labels,
    known: Labels,
    themes: int,
    groups: Sequence[str] | None,
) -> Labels:
    """The labels with those of new themes, found among texts that no run placed before."""
    loose = np.flatnonzero(known == LOOSE).tolist()
    if len(loose) < BORN_LEAST:
        return labels
    own = [texts[place] for place in loose]
    here = _Said.of(basis.weights, known, themes)
    weights = _extended(basis, own)
    # Either all of them are one new theme, or some groups of them are new ones.
    found = np.zeros(len(own), np.int64)
    new = _are_new(here, _Said.of(weights, found, 1))
    if not new.any():
        model = ThemeModel(random_state=basis.features.random_state)
        model.fit(own, groups=None if groups is None else [groups[place] for place in loose])
        found = model.labels_
        new = _are_new(here, _Said.of(weights, found, model.n_themes_))
    labels, rows = labels.copy(), np.array(loose)
    for number, group in enumerate(np.flatnonzero(new), themes):
        labels[rows[found == group]] = number
    return labels


def _extended(basis: Basis, texts: Sequence[str]) -> sp.csr_matrix:
    """Weights of the texts over the known terms, and behind them over words nobody knew."""
    features = basis.features
    new = Words(1, min_df=2, stop=ENGLISH_STOP_WORDS | set(features.words_.words_))
    counts = sp.hstack([features.words_.transform(texts), new.fit_transform(texts)], format="csr")
    held = np.bincount(counts.indices, minlength=counts.shape[1])[
        len(features.weighting_.rarity_) :
    ]
    every = len(basis.points)
    weighting = Bm25()
    weighting.average_ = features.weighting_.average_
    weighting.rarity_ = np.concatenate(
        [features.weighting_.rarity_, np.log1p((every - held + 0.5) / (held + 0.5))]
    )
    extended: sp.csr_matrix = unit(weighting.transform(counts))
    return extended


@dataclass(frozen=True, slots=True)
class _Said:
    """What groups of texts say: the mean weights of each, and how alike its texts are.

    `means` has shape (n_groups, n_terms), `within` and `sizes` (n_groups,).
    """

    means: Points
    within: NDArray[np.float64]
    sizes: NDArray[np.int64]

    @classmethod
    def of(cls, weights: sp.csr_matrix, labels: Labels, many: int) -> "_Said":
        rows = np.flatnonzero((labels >= 0) & usable(weights))
        member = sp.csr_matrix(
            (np.ones(len(rows), np.float32), (labels[rows], rows)), shape=(many, weights.shape[0])
        )
        sizes = np.bincount(labels[rows], minlength=many)
        sums = (member @ weights).toarray()
        pairs = np.maximum(sizes * (sizes - 1), 1)
        within = np.maximum((np.square(sums).sum(axis=1) - sizes) / pairs, 1e-6)
        return cls(sums / np.maximum(sizes, 1)[:, None].astype(np.float32), within, sizes)

    def likeness(self, other: "_Said") -> NDArray[np.float64]:
        """Of each group with each of another's."""
        terms = min(self.means.shape[1], other.means.shape[1])
        between = self.means[:, :terms] @ other.means[:, :terms].T
        return np.asarray(between / np.sqrt(np.outer(self.within, other.within)), np.float64)

    def next_best(self) -> NDArray[np.float64]:
        """Of each group the likeness to the group most like it."""
        likeness = self.likeness(self)
        np.fill_diagonal(likeness, 0)
        found: NDArray[np.float64] = likeness.max(axis=1, initial=0)
        return found

    def alike(self, least: float) -> tuple[tuple[int, int, float], ...]:
        """Pairs of groups so much alike, the most alike first."""
        likeness = np.triu(self.likeness(self), 1)
        likeness[self.sizes < BORN_LEAST] = 0
        likeness[:, self.sizes < BORN_LEAST] = 0
        first, second = np.nonzero(likeness >= least)
        order = np.lexsort((second, first, -likeness[first, second]))
        return tuple(
            (int(first[i]), int(second[i]), round(float(likeness[first[i], second[i]]), 4))
            for i in order
        )


def _are_new(here: _Said, there: _Said) -> NDArray[np.bool_]:
    """Which of the groups found there are themes that are not here yet."""
    enough = there.sizes >= BORN_LEAST
    if not len(here.sizes):
        return enough
    most = min(APART_MOST, np.quantile(here.next_best(), APART))
    apart = there.likeness(here).max(axis=1) <= most
    together = there.within >= TOGETHER * np.median(here.within)
    found: NDArray[np.bool_] = enough & apart & together
    return found


def _drift(basis: Basis, labels: Labels) -> float:
    """How much less alike the themes of the full fit later texts are than those it saw, 0 to 1.

    Looked at is the theme most alike. Themes that were born since do not count, nor does a text in
    the mean of its own theme.
    """
    seen = np.flatnonzero((labels >= 0) & usable(basis.weights) & basis.learned)
    later = np.flatnonzero(~basis.learned)  # also those of whose words it knew none
    if not len(seen) or not len(later):
        return 0.0
    said = _Said.of(basis.weights, np.where(basis.learned, labels, LOOSE), int(labels.max()) + 1)
    before = np.asarray(basis.weights[seen] @ said.means.T)
    own = np.arange(len(seen)), labels[seen]
    sizes = said.sizes[labels[seen]]
    before[own] = (before[own] * sizes - 1) / np.maximum(sizes - 1, 1)
    after = np.asarray(basis.weights[later] @ said.means.T)
    typical = before.max(axis=1).mean()
    return float(np.clip(1 - after.max(axis=1).mean() / typical, 0, 1)) if typical > 0 else 0.0
